/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the generated receive_CHANNEL() functions return, the same for both kinds of channel (SYSTEM_channels.h).
 *
 * RECEIVE_REFUSED on a mediated channel cannot be while the monitor is whole and program and image are of one policy: it judged
 * the message by the same type. So the program was built with the header of another policy, or the monitor is broken; nothing
 * else that comes can be relied on either way.
 *
 * Owner: the receiving end's thread of control. None of these waits. Memory order: as of the receiving functions.
 */
#pragma once

#include "guest/direct_receiver.h"

enum receive_result {
    RECEIVE_EMPTY,                    /* no message yet */
    RECEIVE_TAKEN,                    /* a message of the channel's type, and valid */
    RECEIVE_LOST,                     /* direct: the sender was faster; the receiver counts how much is lost. What is left may
                                         be overwritten next: who reads but now and then calls until it has one or none is */
    RECEIVE_REFUSED,                  /* one that the type does not allow; gone. Mediated: see above */
    RECEIVE_CORRUPT                   /* direct: the sender's words contradict themselves; the receiver counts how often */
};

static_assert((int)RECEIVE_EMPTY == DIRECT_EMPTY && (int)RECEIVE_TAKEN == DIRECT_TAKEN && (int)RECEIVE_LOST == DIRECT_LOST &&
              (int)RECEIVE_REFUSED == DIRECT_REFUSED && (int)RECEIVE_CORRUPT == DIRECT_CORRUPT, "one is cast to the other");

/* A message that was taken and is not valid. */
static inline enum receive_result direct_refuse(struct direct_receiver *receiver)
{
    receiver->refused++;
    return RECEIVE_REFUSED;
}

/* Of a batch: where nothing was taken, nothing is left that might be taken for a message. `size`: bytes. */
static inline void receive_clear(void *message, uint64_t size)
{
    __builtin_memset(message, 0, size);
}

/*
 * Of a batch: moves `run` messages of `size` bytes each up by one place, which is left all zero, for the result that tells of
 * what was lost before them. There is room: they are fewer than were asked for by at least what was lost.
 */
static inline void receive_shift(void *messages, uint64_t size, uint32_t run)
{
    __builtin_memmove((uint8_t *)messages + size, messages, run * size);
    receive_clear(messages, size);
}
