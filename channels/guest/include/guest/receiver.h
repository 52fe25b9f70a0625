/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The receiving end of a mediated channel: takes messages out of the read-only inbox and frees their slots.
 *
 * What stands in the inbox was written by the kernel alone. A restart of either end begins a new epoch and loses what was
 * unread; so messages are copied out, and a copy counts only if the inbox's epoch is still the same.
 *
 * Owner: one thread of control of the subject whose channel it is; for messages of a policy's types there are typed functions
 * over these in SYSTEM_channels.h. Lengths are bytes. Memory order: `published` is read with acquire order before a message's
 * bytes, so whatever was written before the message was sent is there.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "channels/info.h"
#include "channels/message.h"

struct receiver {
    const struct info_channel *channel;
    const struct inbox_header *inbox;
    uint32_t epoch;
    uint64_t next;                    /* first message that is not taken yet */
    uint64_t freed;                   /* messages below it are given back to the kernel */
    uint64_t taken;                   /* messages taken in all epochs */
    uint64_t sequence;                /* the last taken one's number on the channel, dropped ones included */
};

/* False if the policy does not give this subject a channel of that name to receive on. */
bool receiver_open(struct receiver *receiver, const struct subject_info *info, const char *name);

/* Whether there is a message: as receiver_take() would say it now. No hypercall. */
bool receiver_is_ready(struct receiver *receiver);

/* Copies the next message out: header, and at most `size` bytes of its payload. False if there is none. */
bool receiver_take(struct receiver *receiver, struct message_header *header, void *payload, uint32_t size);

/* Gives the slots of all messages taken so far back to the kernel. */
void receiver_free(struct receiver *receiver);

/* Messages that the kernel dropped because the inbox was full or an end restarted. */
uint64_t receiver_lost(const struct receiver *receiver);
