/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Both ends of a direct channel: no kernel, no judge, no waiting (layout: guest/direct_layout.h).
 *
 * The sender overwrites what its receiver was too slow for. The receiver believes nothing that stands in the channel: it keeps
 * its own place and the channel's size, copies a message before it looks at it, and counts what it missed and what could not be
 * right. Whether the message is one of its type is for the type's NAME_valid() to say: nobody has asked before.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "guest/direct_layout.h"
#include "channels/info.h"

struct direct_sender {
    const struct info_channel *channel;
    uint64_t next;                    /* number of the next message */
};

struct direct_receiver {
    const struct info_channel *channel;
    uint64_t next;                    /* first message that is neither taken nor missed */
    uint64_t taken;
    uint64_t lost;                    /* overwritten before they were taken: exact while the sender keeps to the layout */
    uint64_t corrupt;                 /* times that the sender's words contradicted themselves */
};

/* False if the policy does not give this subject such an end of a direct channel of that name. */
bool direct_sender_open(struct direct_sender *sender, const struct subject_info *info, const char *name);
bool direct_receiver_open(struct direct_receiver *receiver, const struct subject_info *info, const char *name);

/* Writes one message of `length` bytes. False if a slot cannot hold it. */
bool direct_send(struct direct_sender *sender, uint16_t type, uint16_t version, const void *payload, uint32_t length);

/*
 * Copies the next message out: header, with the message's number as its sequence, and at most `size` bytes of its payload.
 * False if there is none. Looks at as many slots as the channel has, at most.
 */
bool direct_take(struct direct_receiver *receiver, struct message_header *header, void *payload, uint32_t size);
