/* SPDX-License-Identifier: Apache-2.0 */
/* The audit rings of the gateway in miniature, and an audit subject that reads them: for tests of audit/kernel. */
#pragma once

#include "audit/kernel/ring.h"
#include "channels/abi.h"
#include "core/audit.h"
#include "fake_core.h"
#include "gateway.h"

#define RESERVE 16u                   /* the gateway's, for each subject and class */
#define AUDITED_LOG 4096u

struct audited {
    struct audit_record logged[2][AUDITED_LOG];       /* what the audit subject has read, by CPU */
    uint64_t count[2];
};

extern struct audited audited;

int audited_setup(void **unused);
int audited_teardown(void **unused);

/* Starts the rings afresh for what gateway.builder describes. */
void audited_start(void);

/* Events on CPU 0's ring by subject `low`, or by any. */
void deny(uint32_t rule);
void allow(void);
bool pass(uint16_t event, uint32_t class_);       /* as the monitor records what passes; true: made where it stands */
void write_event(uint32_t cpu, uint16_t event, uint16_t subject, uint32_t rule, uint32_t class_);
struct audit_record event_of(uint16_t event, uint16_t subject, uint32_t rule, uint32_t class_);

/* The record with this sequence in the ring, and what it is expected to be (on CPU 0). */
const struct audit_record *audited_record(uint32_t cpu, uint64_t sequence);
void expect(uint64_t sequence, uint16_t event, uint32_t rule, uint32_t count);

/* One round of the audit subject on one ring: acknowledges what it has read, reads what is sealed; or rounds until all is. */
uint64_t read_ring(uint32_t cpu);
void read_all(uint32_t cpu);
