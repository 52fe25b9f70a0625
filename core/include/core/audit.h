/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contract: what core and monitor ask of the audit rings (audit/kernel). A ring belongs to one CPU and is written there alone;
 * sealing and acknowledging run on the audit subject's CPU.
 */
#pragma once

#include <stdbool.h>
#include "audit/record.h"

struct ring_writer;                   /* the audit's own */

/* Start-up: lays out the rings and begins the chains. */
void audit_start(void);

/*
 * Whether a record of this class could be written now for this subject, or its class may drop and count. False only where the
 * policy says that a full reservation blocks: the caller then denies with IMAGE_RULE_AUDIT and acts no further.
 */
bool audit_admits(uint32_t subject, uint32_t class_);

/*
 * Records an event on `cpu`'s ring. The caller fills event, subject (AUDIT_NONE: the kernel itself, its class
 * AUDIT_CLASS_KERNEL), channel, type, field, rule, class_, value, other and payload; the rest is filled in here. Equal denials
 * of a subject in a row are counted and written as one record later. Without a free slot the event is counted as lost.
 */
void audit_write(uint32_t cpu, struct audit_record *event);

/*
 * The same in two steps, for messages, on the calling CPU's ring: audit_begin() says where the record is to be made, which is
 * the ring itself if nothing of its source waits; null: audit_admits() says no. What may join a row, and what is kept or
 * counted as lost all the same, is made in the draft. Then the caller fills in what it does for audit_write(), and tsc; what
 * lies behind payload_length is and stays zero. Nothing is on record before audit_end().
 */
struct ring_writer *audit_ring(uint32_t cpu);
struct audit_record *audit_begin(struct ring_writer *ring, uint32_t subject, uint32_t class_);
struct audit_record *audit_draft(struct ring_writer *ring);
void audit_end(struct ring_writer *ring, struct audit_record *record);

/*
 * Records an event other than a message's, on the calling CPU, which is the subject's. `channel`: AUDIT_NONE if it has to do
 * with none; likewise `subject`.
 */
void audit_note(uint32_t subject, uint32_t rule, uint64_t value, uint64_t other, uint32_t channel, uint32_t event);

/* Records an act of a subject that `rule` refuses, if the policy wants denials on record. */
void audit_deny(uint32_t subject, uint32_t rule, uint64_t value, uint64_t other, uint32_t channel);

/*
 * Writes what waits on this CPU and has a slot now: counted repeats, and how much was lost. One source, then as many more in
 * turn as time is for. Called at a subject's interrupts and rests, in idle time, before a CPU has no timer: at the end of a
 * window, and wherever a CPU without one may have been kicked for freed slots.
 */
void audit_flush(uint32_t cpu);

/*
 * Hypercall audit_ack: consumption below `sequence` of `cpu`'s ring, then a slice of sealing. Returns an abi_status; the caller
 * records a refusal.
 */
uint32_t audit_ack(uint64_t cpu, uint64_t sequence, uint64_t *sealed);

/* Seals everything written so far and prints heads and counts of every ring on the console. All other CPUs are stopped. */
void audit_close(void);
