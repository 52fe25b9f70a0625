/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A message and the two halves of a mediated channel.
 *
 * The sender writes messages into its outbox slots and calls send; the kernel copies each once, judges the copy and publishes
 * it into the receiver's inbox, which the receiver maps read-only. Neither side sees the other's half.
 */
#pragma once

#include <assert.h>
#include <stdint.h>

struct message_header {               /* little endian */
    uint16_t type;                    /* index of the message type in the policy */
    uint16_t version;
    uint32_t length;                  /* payload bytes */
    uint64_t sequence;                /* outbox: ignored; inbox: the message's number on this channel, dropped ones included */
};

/*
 * Outbox: slot i at i * slot_size: header, payload. No shared control words: the sender names the slots in its call. Slots keep
 * their bytes over a restart, the outbox's as the inbox's: a restart scrubs a subject's RAM.
 */

/*
 * Inbox: this header, then slot (n % depth) for the n-th published message. Kernel-written; the receiver reads `published`
 * with acquire order, then the slots below it. Slot order counts published messages; header.sequence also counts dropped ones.
 * The counts go on over restarts. A receiver that starts, or that sees another epoch (read with acquire order), goes on at
 * message `first`: those before it belonged to an epoch that has ended and are counted as lost.
 */
struct inbox_header {
    uint64_t published;               /* messages put into slots so far */
    uint64_t lost;                    /* messages dropped because the inbox was full, or unread at a restart */
    uint32_t epoch;                   /* restarts of either end */
    uint32_t reserved;
    uint64_t first;                   /* first message of this epoch: `published` as it was at the restart */
    uint8_t padding[32];
};

static_assert(sizeof(struct message_header) == 16, "layout");
static_assert(sizeof(struct inbox_header) == 64, "layout");
