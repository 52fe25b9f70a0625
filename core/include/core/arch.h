/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contract: what generic code asks of a processor architecture. Implemented by arch/x86_64 (SVM; VMX by the same contract) and
 * by arch/host for tests. Unless it says otherwise, a function acts on the calling CPU, and a subject's functions are called
 * on that subject's CPU alone.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* ---- virtual CPUs: one a subject ---- */
/* Sets registers as the info page's contract says: long mode, entry, stack, page tables, RDI = info page; all else zero. */
void arch_vcpu_reset(uint32_t subject);

/* Puts away what entering and leaving does not switch, of whoever was entered last; entering brings it in. */
void arch_vcpu_unload(void);

/*
 * Enters the subject, and again after each exit for as long as the core's subject_call() returns true, or it was left for an
 * act that is refused, by audit_deny() on record; a subject and its monitor in turn, or those that give each other their time,
 * while one hands over to the other and that one subject_runs(). A monitor hands over once its subject waits for it no longer:
 * what it answers is then taken over as far as that keeps the subject confined. Other exits end it: subject_fault(),
 * subject_wait(), or audit_flush() for time. Before each entry one bit of the event word of whoever is entered (event_peek()),
 * in turn, is offered as virtual interrupt 32 + bit and cleared there; what has not been taken by the next exit is returned. An
 * interrupt that is due leads to an exit before the next instruction. Those of devices are let in here and while the subject
 * waits, until it is unloaded: each raises its bit of the event word, and the subject is entered again, as it is after a kick
 * for an event.
 */
void arch_vcpu_run(uint32_t subject);

/* The subject, whose call this is and succeeds, hands over to another of its CPU. Always false. */
bool arch_vcpu_give(uint64_t subject, uint64_t to);

/* Result of a hypercall: RAX, RDX. Always true: the subject may be entered again. */
bool arch_vcpu_answer(uint32_t subject, uint64_t status, uint64_t result);

/* Which instruction a subject calls with: enum info_call. */
uint32_t arch_call_instruction(void);

/* ---- time and CPUs; the clock is arch_now(), core.h ---- */
/* Index of the calling CPU. */
uint32_t arch_cpu(void);
/* One interrupt at TSC `instant`, UINT64_MAX: none; earlier if that is far: arm again until it is reached. The last is gone. */
void arch_timer_arm(uint64_t instant);
/* Busy-waits until TSC `instant`. */
void arch_wait_until(uint64_t instant);
/* Sleeps until an interrupt (timer or kick) that came since the last exit or sleep, and acknowledges it. */
void arch_sleep(void);
/*
 * Makes another CPU leave its subject or its sleep: its core is to look, or the subject that it runs has an event, which that
 * need not leave for before it can take it.
 */
enum arch_kick { KICK_CORE, KICK_EVENT };
void arch_kick(uint32_t cpu, enum arch_kick why);
/* Stops all other CPUs. */
void arch_stop_others(void);
_Noreturn void arch_power_off(void);
_Noreturn void arch_halt(void);

/*
 * Clears what this CPU keeps of the subject that ran and another could measure: whatever of branch predictors, caches and
 * buffers the processor lets be cleared.
 */
void arch_flush(void);

/* Read memory that a subject may be writing at the same time, once, in units of 8 bytes: `size` is a multiple. */
uint64_t arch_load_once(const uint64_t *from);
void arch_copy_once(void *to, const void *from, uint32_t size);
/* Memory of the kernel's own, or of a subject that does not run. */
void arch_copy(void *to, const void *from, uint64_t size);
void arch_fill_zero(void *to, uint64_t size);
