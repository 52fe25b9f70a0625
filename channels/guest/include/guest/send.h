/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the generated functions return that send several messages at once, the same for both kinds of channel
 * (SYSTEM_channels.h), and what they have in common.
 *
 * Owner: the sending end's thread of control. Lengths are bytes. None of these waits.
 */
#pragma once

#include "channels/abi.h"
#include "guest/direct_sender.h"
#include "guest/sender.h"

/* What became of one message. */
enum send_result {
    SEND_DONE,                        /* sent; mediated: and accepted, as far as the channel's feedback shows */
    SEND_INVALID,                     /* its values are not its type's: it went nowhere */
    SEND_DENIED                       /* mediated: the kernel refused it; the call's status and rule say why */
};

/* What became of a batch: of its first `tried` messages something, of all behind them nothing. */
struct send_batch {
    uint32_t tried;                   /* results that are filled in */
    uint32_t sent;                    /* of these, SEND_DONE */
    uint32_t status;                  /* enum abi_status of the call; ABI_SLOT without one: there was no room */
    uint32_t rule;                    /* mediated: of the first denial, of what waited before as well */
};

/* ---- mediated ---- */
/* Makes the one call for what waits: `before` older messages, then those of the batch that are SEND_DONE as yet. */
static inline void send_settle(struct sender *sender, uint32_t before, struct send_batch *batch, enum send_result *results)
{
    struct sender_result said = sender_flush(sender, sender->waiting);

    batch->status = said.status;
    batch->rule = said.rule;
    for (uint32_t i = 0, place = before; i < batch->tried; i++) {
        if (results[i] != SEND_DONE) continue;
        if (said.verdicts >> place & 1) batch->sent++;
        else results[i] = SEND_DENIED;
        place++;
    }
}

/* ---- direct ---- */
/* Sends `count` valid messages, which lie one behind the other. False: not all of them, for want of room. */
SHARED_ALWAYS bool send_run(struct direct_sender *sender, uint32_t type, const void *messages, uint32_t length, uint32_t count,
                            struct send_batch *batch, enum send_result *results)
{
    const uint8_t *from = messages;
    uint32_t sent = 0, more;

    do {
        more = direct_push_batch(sender, type, from + (uint64_t)sent * length, length, count - sent);
        sent += more;
    } while (more > 0 && sent < count);
    for (uint32_t i = 0; i < sent; i++) results[batch->tried++] = SEND_DONE;
    batch->sent += sent;
    if (sent < count) batch->status = ABI_SLOT;
    return sent == count;
}
