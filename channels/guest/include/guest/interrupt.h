/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Virtual interrupts, for subjects that want them instead of waiting: event bit n arrives as vector 32 + n. Installs a GDT and
 * an IDT of the runtime's own; an exception without a handler ends the subject.
 *
 * Who may call: the subject's one thread of control, in kernel mode; start, set and install with interrupts off, as a subject
 * begins. None of them fails. Memory order: a handler runs on the thread's own CPU between two of its instructions, so it sees
 * what these have written; but the compiler knows of no handler, so what both use is atomic, or volatile, or used by the thread
 * with interrupts off. Channels' ends and other structures of this library are either the thread's or the handler's.
 */
#pragma once

#include <stdint.h>

#define INTERRUPT_FIRST 32u           /* vector of event bit 0 */
#define INTERRUPT_COUNT 64u

/* Called with interrupts off, on the interrupted stack, `event` 0 to INTERRUPT_COUNT - 1. May make calls; does not enable. */
typedef void interrupt_handler(uint32_t event);

/* Loads the runtime's GDT and an IDT without handlers. */
void interrupt_start(void);

/*
 * Sets a handler of the program's own, behind interrupt_start() or before it: code that begins at `entry` and ends with IRETQ.
 * Also for exceptions. A vector of INTERRUPT_FIRST + INTERRUPT_COUNT or above: nothing happens.
 */
void interrupt_set(uint8_t vector, const void *entry);

/* interrupt_start(), then one C function for all events. Interrupts stay off until interrupt_enable(). */
void interrupt_install(interrupt_handler *handler);

/*
 * Lets interrupts in; what has been raised meanwhile comes now. Who is to wait for an event calls the kernel first, with
 * interrupts off: what is handled before that call does not wake from it.
 */
static inline void interrupt_enable(void)
{
    __asm__ volatile("sti" : : : "memory");
}

/* Keeps interrupts out until interrupt_enable(); what is raised meanwhile stays raised. */
static inline void interrupt_disable(void)
{
    __asm__ volatile("cli" : : : "memory");
}
