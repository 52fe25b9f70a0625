/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The local APIC of a PC's only processor, in xAPIC mode (AMD64 APM volume 2, chapter 16): registers, priorities, interrupts to
 * itself, the timer. It is told the time, in ticks of the time stamp counter, before anything else is asked of it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define APIC_PAGE 0xfee00000ull       /* where it is after reset */
#define APIC_NEVER UINT64_MAX

void apic_reset(void);

/* MSR 0x1b. False: not a value that this one can have. */
uint64_t apic_base(void);
bool apic_set_base(uint64_t value);
bool apic_is_on(void);
/* Whether it is on, and that guest-physical address is one of its own. Where the subject has memory, that is found instead. */
bool apic_has_address(uint64_t gpa);

uint32_t apic_read(uint32_t reg);
void apic_write(uint32_t reg, uint32_t value);
uint8_t apic_task_priority(void);
void apic_set_task_priority(uint8_t value);

/* Lets time pass up to `now`. */
void apic_run(uint64_t now);
/* When the timer's next interrupt is due that is not waiting already; APIC_NEVER: at no time. */
uint64_t apic_due(void);

/* Whether the processor is to be interrupted, and with which vector; taken: it has been. */
bool apic_pending(uint8_t *vector);
void apic_taken(uint8_t vector);
/* Whether one has sent itself an NMI; which is gone then. */
bool apic_has_nmi(void);
void apic_take_nmi(void);
/* Whether the PIC's interrupts reach the processor by LINT0: as they are, or as an interrupt of the APIC's own. */
bool apic_passes_pic(void);
bool apic_hears_line(void);
/* An edge there. */
void apic_raise_line(void);
/* An interrupt from the I/O APIC, to the physical or logical identity `to`; of a level it is told the end. */
void apic_receive(uint8_t to, bool logical, uint8_t vector, bool is_level);
