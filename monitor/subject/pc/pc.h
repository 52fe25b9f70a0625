/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of the monitor `pc` share: its subject's processor as the exit shows it, all of it. Whatever stands there and
 * in the subject's memory is untrusted. A part answers an exit by changing registers and fields; it returns
 * what the monitor gives up with, 0 if the subject is to go on.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "monitor/exit.h"
#include "pc/processor.h"

enum vector {
    VECTOR_DEBUG = 1, VECTOR_NMI = 2, VECTOR_UNDEFINED = 6, VECTOR_PROTECTION = 13, VECTOR_PAGE = 14, VECTOR_ALIGNMENT = 17
};

#define PC_GO_ON 0ull
/* Why the monitor ends its subject: the high half says, the low half tells more. It stands in the audit log. */
enum pc_end {
    PC_ENDED = 1,                     /* by the exit device; its code */
    PC_POWERED_OFF,
    PC_RESET,
    PC_HALTED,                        /* with no interrupt that could come */
    PC_UNKNOWN_INSTRUCTION,           /* an operand in a device's memory, a control register, a string; its first bytes */
    PC_UNKNOWN_EXIT,                  /* the processor's reason */
    PC_NO_MEMORY_TO_RUN,              /* code from where there is none */
    PC_NOT_LOADED                     /* the loader refused the kernel, and has written why */
};
static inline uint64_t pc_end(enum pc_end why, uint32_t more)
{
    return (uint64_t)why << 32 | more;
}

/* ---- the processor's state ---- */
#define RFLAGS_STEP (1ull << 8)
#define RFLAGS_RESUME (1ull << 16)
#define RFLAGS_DIRECTION (1ull << 10)
#define RFLAGS_INTERRUPTS (1ull << 9)
#define CR0_PE 1ull
#define CR0_MP 2ull
#define CR0_EM 4ull
#define CR0_TS 8ull
#define CR0_ET 16ull
#define CR0_NE 32ull
#define CR0_WP (1ull << 16)
#define CR0_AM (1ull << 18)
#define CR0_NW (1ull << 29)
#define CR0_CD (1ull << 30)
#define CR0_PG (1ull << 31)
#define CR4_DE (1ull << 3)
#define CR4_PSE (1ull << 4)
#define CR4_PAE (1ull << 5)
#define CR4_MCE (1ull << 6)
#define CR4_PCIDE (1ull << 17)
#define DR6_BREAKPOINTS 0xfull
#define DR6_DETECTED 0x2000ull
#define DR6_STEP 0x4000ull
#define DR7_DETECT 0x2000ull
#define EFER_SCE 1ull
#define EFER_LME (1ull << 8)
#define EFER_LMA (1ull << 10)
#define EFER_NXE (1ull << 11)

static inline uint64_t pc_base(const struct exit *e, enum segment segment)
{
    return processor->segment(e, segment).base;
}
/* A general register by its number in an instruction. */
uint64_t *pc_register(const struct exit *e, uint32_t number);
/* Bits of the code segment: 16, 32 or 64. */
uint32_t pc_width(const struct exit *e);
/* What the answer sets beyond the first fields. */
void pc_take_all(const struct exit *e);
/*
 * It finds a fault at its instruction, and RF set in what the handler returns to: a breakpoint there has had its turn. Not for
 * debug exceptions, of which some have it and some do not.
 */
void pc_fault(struct exit *e, uint8_t vector);
void pc_fault_error(struct exit *e, uint8_t vector, uint32_t error);
void pc_protection(struct exit *e);   /* #GP(0) */

/* ---- its memory by linear address: walk.c ---- */
/* False: not mapped, or not its memory; `writes` asks for a page that may be written. */
bool walk(const struct exit *e, uint64_t linear, bool writes, uint64_t *gpa);
bool walk_read(const struct exit *e, uint64_t linear, void *to, uint32_t size);
bool walk_write(const struct exit *e, uint64_t linear, const void *from, uint32_t size);
/* Bytes of the instruction at RIP that are there, at most `size`. */
uint32_t walk_code(const struct exit *e, uint8_t *code, uint32_t size);
/*
 * What touched the test device's memory is done again, on memory of the subject's own that stands in for it; false: it was not
 * that, or that cannot be done. Then each turn begins with the end of that. stand_in.c
 */
bool stand_in_begin(const struct exit *e);
void stand_in_end(const struct exit *e);
/* It finds a page fault at this address, which is not mapped so. */
uint64_t pc_page_fault(struct exit *e, uint64_t linear, bool writes);
/* Gives up at the instruction at RIP. */
uint64_t pc_end_unknown(const struct exit *e);

/* ---- exits ---- */
uint64_t control_answer(struct exit *e);          /* control and debug registers: control.c */
/* Linear address of an operand in memory. */
uint64_t control_operand(const struct exit *e, const struct decoded *d);
/* It finds a debug exception, for which DR6 gives these causes. */
void control_raise_debug(struct exit *e, uint64_t causes);
void control_debug_raised(void);      /* one is on its way to it */
/* An access of the instruction that is carried out here: the breakpoints that it meets break behind it. */
void pc_touch_port(const struct exit *e, uint64_t port, uint32_t size);
void pc_touch(const struct exit *e, uint64_t linear, uint32_t size, bool writes);
uint64_t control_efer(const struct exit *e);      /* as the subject sees it */
bool control_set_efer(struct exit *e, uint64_t value);        /* false: #GP */
void control_cpuid(struct exit *e);
void msr_answer(struct exit *e);                  /* RDMSR, WRMSR: msr.c */
uint64_t task_answer(struct exit *e);             /* task.c */
/* As a multiboot loader leaves it: protected mode without paging, flat segments. */
void control_start(struct exit *e, uint32_t entry, uint32_t info);
uint64_t device_answer(struct exit *e);           /* memory that is not there: device.c */
uint64_t ports_answer(struct exit *e);            /* ports.c */
void ports_reset(const struct subject_info *info);
