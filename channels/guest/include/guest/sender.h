/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sending end of a mediated channel: messages are written into outbox slots, then judged by the kernel in batches.
 *
 * The kernel copies during the call, so slots are free again when it returns. Denied messages are gone: the monitor's verdict
 * is final.
 *
 * Owner: one thread of control of the subject whose channel it is; for messages of a policy's types there are typed functions
 * over these in SYSTEM_channels.h. Lengths are bytes. Memory order: what was written before sender_flush() is there for who
 * receives the message; the call is that order, no other is needed.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "channels/info.h"
#include "guest/pace.h"

struct sender {
    const struct info_channel *channel;
    uint32_t first;                   /* slot of the oldest message that is not sent yet */
    uint32_t waiting;                 /* messages that are not sent yet, at most channel->slots */
    struct pace pace;                 /* of the strictest rate on the channel */
};

/* Verdicts on one batch, as far as the channel's feedback lets the sender see them. */
struct sender_result {
    uint32_t status;                  /* enum abi_status */
    uint32_t rule;                    /* of the first denial */
    uint32_t count;                   /* messages judged, or gone without: see sender_flush() */
    uint32_t accepted;                /* messages accepted */
    uint32_t verdicts;                /* bit i: message i was accepted */
};

/* False if the policy does not give this subject a channel of that name to send on. */
bool sender_open(struct sender *sender, const struct subject_info *info, const char *name);

/* Claims the next slot and writes the header; returns the payload, to be filled in before the next flush. NULL: the outbox is
 * full, or the message is longer than a slot. */
void *sender_claim(struct sender *sender, uint16_t type, uint16_t version, uint32_t length);

/*
 * Messages that may go now without breaking any rate of the channel: the strictest is kept by all types together. UINT32_MAX:
 * there is none. Where types have rates of their own, pace_CHANNEL__TYPE() of SYSTEM_channels.h begins a pace for each, and
 * this is not asked.
 */
uint32_t sender_allowance(struct sender *sender);

/*
 * Sends at most `limit` of the waiting messages, oldest first, at most ABI_BATCH_MAX. They no longer wait, whatever the status:
 * where it is neither ABI_OK nor ABI_DENIED the call was refused (the program and the image do not fit, or there is no kernel),
 * none is judged, `accepted` is 0, and `count` says how many are gone.
 */
struct sender_result sender_flush(struct sender *sender, uint32_t limit);
