/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Choosing among channels (guest/select.h) by a subject that takes virtual interrupts (guest/interrupt.h): it sleeps until one
 * comes, and handles what has come with interrupts off.
 *
 * Coalesced: an event is one bit of the subject's event word, so whatever is published while a subject is at work with
 * interrupts off raises one interrupt a channel, and `notify each N` one for N messages of a batch. An interrupt says no more
 * than that it is worth to look; who is served is select_poll()'s choice, as fair as ever.
 *
 * Owner: the ends' thread of control; select_note() is for its interrupt handler.
 */
#pragma once

#include "guest/interrupt.h"
#include "guest/select.h"

/* In the program's interrupt handler: `event` was raised. select_take_events(), with interrupts off, tells of it. */
static inline void select_note(struct select *select, uint32_t event)
{
    select->events |= 1ull << event % INTERRUPT_COUNT;
}

/*
 * As select_wait(), by HLT in place of a hypercall: called with interrupts off, returns with them off. A message that comes
 * between the look and the sleep is not missed: its interrupt waits, STI lets nothing in before HLT, and HLT ends at once
 * (Intel SDM volume 2, STI). SELECT_NONE: what woke the subject was no channel of these, or is taken already. Only for channels
 * with `notify`: no other raises an interrupt, and on a dedicated CPU nothing else ends the sleep.
 */
static inline uint32_t select_sleep(struct select *select)
{
    uint32_t found = select_poll(select);

    if (found != SELECT_NONE) return found;
    __asm__ volatile("sti\n\thlt\n\tcli" : : : "memory");
    return select_poll(select);
}
