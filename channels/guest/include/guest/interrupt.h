/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Virtual interrupts, for subjects that want them instead of waiting: event bit n arrives as vector 32 + n. Installs a GDT and
 * an IDT of the runtime's own; an exception without a handler
 * ends the subject.
 */
#pragma once

#include <stdint.h>

#define INTERRUPT_FIRST 32u           /* vector of event bit 0 */
#define INTERRUPT_COUNT 64u

/* Called with interrupts off, on the interrupted stack. */
typedef void interrupt_handler(uint32_t event);

/* Loads the runtime's GDT and an IDT without handlers. */
void interrupt_start(void);

/* Sets a handler of the program's own: code that begins at `entry` and ends with IRETQ. */
void interrupt_set(uint8_t vector, const void *entry);

/* interrupt_start(), then one C function for all events. Interrupts stay off until interrupt_enable(). */
void interrupt_install(interrupt_handler *handler);

static inline void interrupt_enable(void)
{
    __asm__ volatile("sti" : : : "memory");
}

static inline void interrupt_disable(void)
{
    __asm__ volatile("cli" : : : "memory");
}
