/* SPDX-License-Identifier: Apache-2.0 */
/* The monitor over the gateway in miniature, with an audit that notes what it is given: for tests of mediation. */
#pragma once

#include "channels/abi.h"
#include "core/audit.h"
#include "core/monitor.h"
#include "fake_core.h"
#include "gateway.h"
#include "monitor/kernel/state.h"

#define MONITORED_RECORDS 64u

struct monitored {
    struct audit_record records[MONITORED_RECORDS];
    uint32_t record_count;
    bool admits[IMAGE_CLASS_COUNT];
    void (*before_commit)(void);      /* what another CPU does between verdict and commit of a recorded message */
    void (*before_publish)(void);     /* between its commit, and record, and its being published */
};

extern struct monitored monitored;

int monitored_setup(void **unused);
int monitored_teardown(void **unused);

/* Starts the monitor afresh on what gateway.builder describes. */
void monitored_start(void);

uint8_t *outbox(uint32_t channel, uint32_t slot);
struct inbox_header *inbox(uint32_t channel);
const struct message_header *inbox_slot(uint32_t channel, uint32_t slot);
const uint8_t *inbox_payload(uint32_t channel, uint32_t slot);

/* Puts `m` into an outbox slot: header and as much payload as the slot holds. */
void outbox_put(uint32_t channel, uint32_t slot, const struct decide_message *m);

/* Sends consecutive outbox slots, or `m` alone, to the end. */
struct monitor_send send_batch(uint16_t subject, uint32_t channel, uint64_t first, uint64_t count);
struct monitor_send send_one(uint16_t subject, uint32_t channel, const struct decide_message *m);

/* Makes the inbox of BUILDER_REPORTS two messages deep, without a rate, and fills it with `m`. */
void fill_inbox(const struct decide_message *m);

void expect_record(uint32_t i, uint16_t event, uint32_t rule, uint32_t class_);
