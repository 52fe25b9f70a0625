/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Choosing among several channels that a subject receives on, mediated and direct ones alike, so that none starves: round
 * robin, one turn each. Several senders to one receiver have a channel each; here they meet.
 *
 * Fair: the end that had its turn comes last of all at the next look. With n ends, one that has something to tell is chosen
 * at the latest after n - 1 others, whatever these others do; a program that takes one message a turn serves all that are
 * never empty equally often. A turn costs at most one look at each end, and no call to the kernel.
 *
 * Owner: one thread of control, as of the ends themselves. Untrusted: what direct channels hold. A look is a hint there: a
 * sender may take back what it has shown, and then its turn is spent for nothing, its own alone. So is one that tells of a
 * loss: a direct channel with few slots and a fast sender is read until a message or nothing is found, within its turn.
 */
#pragma once

#include "guest/direct_receiver.h"
#include "guest/receiver.h"

#define SELECT_MOST INFO_MAX_CHANNELS
#define SELECT_NONE UINT32_MAX

struct select_end { struct receiver *receiver; struct direct_receiver *direct; };     /* one of the two; the other is NULL */

struct select {
    struct select_end ends[SELECT_MOST];
    uint32_t count;
    uint32_t next;                    /* whose turn it is */
    uint64_t events;                  /* raised since select_take_events(), bits as in the event word */
};

/* No ends yet. */
void select_start(struct select *select);

/*
 * Adds an open end, which stays where it is; its number is returned: 0 for the first, and so on. SELECT_NONE: there are
 * SELECT_MOST already. Ends may still be used by themselves.
 */
uint32_t select_add(struct select *select, struct receiver *receiver);
uint32_t select_add_direct(struct select *select, struct direct_receiver *receiver);

/*
 * The number of the end whose turn it is among those that have something to tell: a message, or a direct channel's loss or
 * contradiction. SELECT_NONE: none has. Never calls the kernel. Memory order: as the receiving functions themselves, which
 * are to be called next; a mediated end's slots are given back by receiver_free() as ever.
 */
uint32_t select_poll(struct select *select);

/*
 * The same; with nothing to tell it gives up the CPU, once, and then looks again. A message that comes between the look and
 * the call is not missed: its event is raised by then, and the call returns at once (channels/abi.h). SELECT_NONE: what woke
 * the subject was the beginning of a window or an event that is no channel's, and the program may look after other things.
 *
 * A direct channel raises no event: it is found when the next window begins. Nor does a mediated one whose policy says no
 * `notify`. On a dedicated CPU no window begins: who receives by such channels there polls. Who takes virtual interrupts
 * calls this with interrupts off: what is handled before the call wakes nobody.
 */
uint32_t select_wait(struct select *select);

/* The events that the waits have found, since this was asked last: those of ports, for one, which are no channel's. */
uint64_t select_take_events(struct select *select);
