/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A direct channel: one region that its sender may write and its receiver may only read. Nobody judges what passes.
 *
 * Message n (from 0) lies in slot n % depth. Its sender never waits: it overwrites the oldest. Around each write the slot's
 * stamp is odd (2n + 1), afterwards it is 2n + 2, so that a receiver knows whether it copied one whole message and which; and
 * `written` counts the whole ones. The receiver keeps its own place, believes none of these words, and counts what it missed.
 * The region is zero at the first start and kept over restarts.
 */
#pragma once

#include "channels/message.h"

struct direct_header {
    uint64_t written;                 /* messages that are whole */
    uint8_t padding[56];
};

struct direct_slot {                  /* then the payload */
    uint64_t stamp;
    uint64_t reserved;
    struct message_header header;
};

#define DIRECT_SLOT_ALIGN 16u
#define DIRECT_MAX_PAYLOAD 4080u      /* a whole message has at most 4,096 bytes, as on a mediated channel */
#define DIRECT_MAX_SLOT (sizeof(struct direct_slot) + DIRECT_MAX_PAYLOAD)

/* Bytes of a slot for payloads of so many bytes. */
static inline uint32_t direct_slot_size(uint32_t payload)
{
    return (uint32_t)(sizeof(struct direct_slot) + payload + DIRECT_SLOT_ALIGN - 1) / DIRECT_SLOT_ALIGN * DIRECT_SLOT_ALIGN;
}

static_assert(sizeof(struct direct_header) == 64, "layout");
static_assert(sizeof(struct direct_slot) == 32, "layout");
