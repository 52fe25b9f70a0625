/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The audit record and the ring that carries it, as the audit subject and host tools see them. Written by the kernel alone;
 * mapped read-only to the audit subject. One ring a CPU.
 *
 * Chain: each ring's head is the SHA-256 of 64 bytes (the policy hash, the CPU number as u32 little endian, zeros) followed by
 * its records 0 to sealed - 1, as they stand here.
 */
#pragma once

#include <assert.h>
#include <stdint.h>

#define AUDIT_NONE 0xffffu            /* no subject, channel, type or field */
#define AUDIT_PAYLOAD_MAX 64u
#define AUDIT_PAGE 4096u
#define AUDIT_CLASS_KERNEL 2u         /* the kernel's own slots: no flood of denials hides a restart or a stop */

/* Event, name on the wire, RFC 5424 severity (section 6.2.1). */
#define AUDIT_EVENTS(X)                                                                                                    \
    X(BOOT, "boot", 5)                /* first record of a ring; payload: policy hash; value: rollback version */          \
    X(MEASURED, "measured", 5)        /* value: enum audit_measured; other: PCR */                                         \
    X(ALLOWED, "allowed", 6)          /* a message that the policy wants recorded; other: its sequence for the receiver, as \
                                         of "downgrade", "endorse" and "dropped" */                                        \
    X(DENIED, "denied", 4)            /* a message, call or access; rule says why. memory: value: guest-physical address,  \
                                         other: enum image_access; port, msr, register: value: which; a message: value:    \
                                         the offending field's value, other: sequence of sends on the channel; a call:     \
                                         value: what it got wrong (call, channel, slot, count, sequence) */                \
    X(DOWNGRADE, "downgrade", 5)      /* an allowed message that crosses labels downwards */                               \
    X(DROPPED, "dropped", 4)          /* allowed, but the inbox was full */                                                \
    X(RESTART, "restart", 4)          /* subject starts again; value: restarts so far */                                   \
    X(STOP, "stop", 3)                /* subject stopped for good; rule says why */                                        \
    X(LOST, "lost", 3)                /* records that found no slot; value: how many since the last such record */         \
    X(SHUTDOWN, "shutdown", 5)        /* asked for by subject */                                                           \
    X(INTEGRITY, "integrity", 1)      /* a check of the kernel's own state failed; value: which */                         \
    X(PLAN, "plan", 5)                /* subject switches plans; value: to which; other: from which */                     \
    X(ORDER, "order", 5)              /* subject has another restarted or stopped, as a privilege lets it (denials by an   \
                                         `order` statement are "denied"); value: whom; other: the plan */                  \
    X(ENDORSE, "endorse", 5)          /* an allowed message that crosses labels upwards in integrity, and not downwards */     \
    X(CORRUPT, "corrupt", 1)          /* subject stopped for good: its memory is not what it begins with */

enum audit_event {
#define AUDIT_EVENT_ENUM(id, name, severity) AUDIT_EVENT_##id,
    AUDIT_EVENTS(AUDIT_EVENT_ENUM)
    AUDIT_EVENT_COUNT
};

enum audit_measured { AUDIT_MEASURED_NOT = 0, AUDIT_MEASURED_STATIC = 1, AUDIT_MEASURED_DYNAMIC = 2 };

struct audit_record {
    uint64_t sequence;                /* of this ring, from 0, without gaps */
    uint64_t tsc;
    uint16_t event;                   /* enum audit_event */
    uint16_t cpu;
    uint16_t subject, channel, type, field;   /* field: index into IMAGE_FIELDS; AUDIT_NONE where there is none */
    uint32_t rule;                    /* that decided */
    uint32_t count;                   /* equal events that this record stands for: 1, or those after one already written */
    uint32_t class_;                  /* whose reservation it used: enum image_audit_class, or AUDIT_CLASS_KERNEL */
    uint64_t value, other;            /* as the event says */
    uint32_t payload_length;          /* bytes of payload that follow */
    uint32_t epoch;                   /* restarts of the subject so far */
    uint8_t payload[AUDIT_PAYLOAD_MAX];
};

struct audit_ring {                   /* first page; records follow at AUDIT_PAGE */
    uint64_t written;                 /* records so far; read with acquire order */
    uint64_t sealed;                  /* records below it are in the chain */
    uint64_t acked;                   /* records below it are consumed */
    uint64_t lost;                    /* events that found no slot */
    uint32_t slots, cpu;
    uint8_t policy_hash[32];
};

static_assert(sizeof(struct audit_record) == 128, "layout");
