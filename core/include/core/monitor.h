/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contract: what the core asks of the reference monitor (monitor/kernel). Subject indices come from the core and are trusted;
 * channel, slot, count and sequence come from the subject and are not.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* A send under way. Kept by the core, one a subject, so that it can be resumed in a later window. */
struct monitor_send {
    uint16_t channel;
    uint16_t next, count;             /* the slot whose message comes next, and how many are left */
    uint32_t rule;                    /* rule of the first denial that feedback lets the sender see; 0: none */
    uint32_t accepted;                /* bit i: message i was accepted, as far as feedback lets the sender see */
    uint32_t bit;                     /* of the next message there */
};

/* Start-up: initial states of channels, rates and protocols. */
void monitor_start(void);

/* Checks the arguments of a send and prepares `job`. Returns an abi_status; on anything but ABI_OK the denial is recorded. */
uint32_t monitor_send_begin(uint32_t subject, uint64_t channel, uint64_t first, uint64_t count, struct monitor_send *job);

/* Judges and delivers until the job is done (true) or core_time_up() (false: call again later). */
bool monitor_send_continue(uint32_t subject, struct monitor_send *job);

/* The receiver has consumed all messages below `sequence` (a count of published messages). Returns an abi_status. */
uint32_t monitor_receive(uint32_t subject, uint64_t channel, uint64_t sequence);

/* The sender raises the channel's event without a message, judged and paced as notify.c says. Returns an abi_status. */
uint32_t monitor_notify(uint32_t subject, uint64_t channel);

/*
 * The subject asks for an operation, which is untrusted; `rule` decides. Returns it if the subject may have it, and on record;
 * else null. Neither does nor records anything.
 */
const struct image_operation *monitor_judge_operation(uint32_t subject, uint64_t operation, uint32_t *rule);

/*
 * Hypercall operate, its arguments as all calls have them. The most frequent operation goes to core_give() at once and leaves
 * no record; whatever else is asked for, to core_operate().
 */
bool monitor_operate(uint32_t subject, uint64_t call, uint64_t operation, uint64_t a1, uint64_t a2);

/*
 * The subject has been restarted: raises epochs, drops and counts what is unread, resets protocols that name it. Begins
 * with the step `next`, the first being 1. Returns the next one if time was up before all was done; then 0. What has begun
 * goes on to that before the subject's next restart begins: until then protocols rest.
 */
uint32_t monitor_restarted(uint32_t subject, uint32_t next);
