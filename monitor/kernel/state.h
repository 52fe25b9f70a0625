/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the monitor knows of channels, rates and protocols at run time, in arrays indexed as the image's tables are. Kernel
 * memory: no decision rests on a page that a subject sees (what the inbox header counts for its reader is kept there alone).
 * No locks: each word has one CPU that writes it, or is moved by one atomic operation.
 */
#pragma once

#include "decide.h"

/* By channel; written by the sender's CPU. */
struct monitor_sender {
    const uint8_t *outbox;            /* const after start-up: the two halves as the kernel sees them */
    struct inbox_header *inbox;
    uint64_t turns;                   /* twice the messages judged, and one more while one is on its way; others read it */
    uint64_t accepted;                /* messages accepted, those that found the inbox full included */
    uint64_t published;               /* messages put into the inbox; the receiver's CPU reads it */
    uint64_t slot;                    /* of the inbox, for the next message: published % depth */
};
extern struct monitor_sender monitor_senders[IMAGE_MAX_CHANNELS];

/* By channel; written by the receiver's CPU, read by the sender's: messages whose slots are free again. Never falls. */
extern uint64_t monitor_consumed[IMAGE_MAX_CHANNELS];

/* By channel; moved by the CPUs of both ends: `published` at the last restart of either. Never falls. */
extern uint64_t monitor_first[IMAGE_MAX_CHANNELS];

/* Rates and protocols: see decide.h for who writes what. */
extern struct decide_pace monitor_paces[IMAGE_MAX_RULES];
extern struct decide_line monitor_lines[IMAGE_MAX_CHANNELS];
extern uint64_t monitor_due[IMAGE_MAX_RULES];
extern uint64_t monitor_protocols[IMAGE_MAX_PROTOCOLS];
extern struct decide_state monitor_state;

/* By rule; const after start-up: how a message that passes under it is recorded. Behind the rules: one that does not pass. */
struct monitor_record {
    uint8_t event;                    /* 0: not at all */
    uint8_t class_ : 1, payload : 1;  /* payload: the beginning of its payload too */
};
enum { MONITOR_DENIED = IMAGE_MAX_RULES, MONITOR_DROPPED, MONITOR_RECORDS };
extern struct monitor_record monitor_records[MONITOR_RECORDS];

/* Start-up: which rule each channel's event passes under. */
void notify_start(const struct policy_tables *policy);

/*
 * Records that `subject` was refused `what` (a slot, a count, a sequence: whatever the call got wrong) on the channel that it
 * named, if the policy wants denials recorded. Returns `status`.
 */
uint32_t monitor_refuse(uint32_t subject, uint64_t channel, uint32_t rule, uint64_t what, uint32_t status);
