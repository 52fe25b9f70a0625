/* SPDX-License-Identifier: Apache-2.0 */
/* The monitor over the gateway in miniature, with an audit that notes what it is given: for tests of mediation. */
#pragma once

#include "boxes.h"
#include "core/audit.h"

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

/* Makes the inbox of BUILDER_REPORTS two messages deep, without a rate, and fills it with `m`. */
void fill_inbox(const struct decide_message *m);

void expect_record(uint32_t i, uint16_t event, uint32_t rule, uint32_t class_);
