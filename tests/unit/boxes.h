/* SPDX-License-Identifier: Apache-2.0 */
/* The monitor over the gateway in miniature, by its channels: outboxes that a test fills and sends, and inboxes. */
#pragma once

#include "channels/abi.h"
#include "core/monitor.h"
#include "fake_core.h"
#include "gateway.h"
#include "monitor/kernel/state.h"

/* Starts the monitor afresh over the fake core, which has been opened; an audit has to be there. */
void boxes_start(void);

uint8_t *outbox(uint32_t channel, uint32_t slot);
struct inbox_header *inbox(uint32_t channel);
const struct message_header *inbox_slot(uint32_t channel, uint32_t slot);
const uint8_t *inbox_payload(uint32_t channel, uint32_t slot);

/* Puts `m` into an outbox slot: header and as much payload as the slot holds. */
void outbox_put(uint32_t channel, uint32_t slot, const struct decide_message *m);

/* Sends consecutive outbox slots, or `m` alone, to the end. */
struct monitor_send send_batch(uint16_t subject, uint32_t channel, uint64_t first, uint64_t count);
struct monitor_send send_one(uint16_t subject, uint32_t channel, const struct decide_message *m);
