/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the audit rings have to say: what happened to each source in each class, in order, against what stands there. Demands
 * (require.h) that each record says what happened, byte for byte, or counts what may be lost; that none changes before it is
 * acknowledged, and that the chain is that of what stood there. Over gateway.policy, whose subjects have `reserve` slots each.
 */
#pragma once

#include <stdbool.h>
#include "audit/record.h"

enum { TOLD_CPUS = 2, TOLD_SUBJECTS = 4 };

/* How often a record stood for several events, or for lost ones; records behind a ring's first round. */
struct told_counts { uint64_t rows, losses, laps; };
extern struct told_counts told_counts;

/* Behind audit_start(). */
void told_begin(uint32_t reserve);

/* Whether a full reservation of the class blocks. */
bool told_blocks(uint32_t class_);

/*
 * An event that is to be recorded on the CPU's ring from now on; where a full reservation blocks, it is lost only if it says
 * that it may be. Cpu and epoch are filled in.
 */
void told_happened(uint32_t cpu, struct audit_record event, bool may_be_lost);

/* Compares what is new, and what may not have changed. */
void told_look(void);

/* The audit subject has acknowledged the records below `sequence`; up to which it has. */
void told_acknowledge(uint32_t cpu, uint64_t sequence);
uint64_t told_acknowledged(uint32_t cpu);

/* Slots that a reservation has left; whether all events of that source and class are on record. */
uint32_t told_room(uint32_t cpu, uint32_t subject, uint32_t class_);
bool told_all(uint32_t subject, uint32_t class_);

/* Behind audit_close(): nothing is left to be told. */
void told_end(void);

/* Then too: what the audit subject has read of a ring is what stood there. */
void told_read(uint32_t cpu, const struct audit_record *log, uint64_t count);
