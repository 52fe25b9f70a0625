/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two halves of an audit ring as the kernel knows them. The writing half belongs to the ring's own CPU, the reading half to
 * the audit subject's. Each word has one CPU that writes it; the other half loads it with acquire order. The shared page is a
 * copy for the audit subject: of the ring, the kernel reads back the records alone.
 */
#pragma once

#include "audit/record.h"
#include "core/core.h"
#include "core/sha256.h"

/* Where records come from: a subject, or the kernel itself on one CPU. */
#define RING_SOURCES (IMAGE_MAX_SUBJECTS + IMAGE_MAX_CPUS)

#define RING_BLOCK 64u                /* of SHA-256: what is sealed between two looks at the clock; the chain begins with one */

/* The last event of a source and class if equal ones are to join it, and how many have not been written yet. */
struct ring_row {
    uint64_t since;                   /* TSC at which it was last written */
    uint32_t count;
    bool open;
    struct audit_record event;
};

/* Slots reserved for one source and class. Always taken - released <= reserve. */
struct ring_credit {
    uint64_t taken;                   /* by the writing half */
    uint64_t sure;                    /* by the writing half, at most released + reserve: while taken is below, nothing waits */
    uint64_t released;                /* by the reading half */
    uint64_t lost;                    /* by the writing half: events without a slot since the last LOST record */
    uint32_t reserve;                 /* const after start-up */
    uint32_t kept;                    /* const after start-up: slots of these that STOP alone may take */
    uint16_t subject, class_;         /* const after start-up: whose they are, as a LOST record says it */
    uint16_t source;                  /* const after start-up: index */
    bool blocks;                      /* const after start-up: whoever would need a slot and has none may not act */
    struct ring_row row;              /* by the writing half */
};

#define WORD_BITS 64u
struct ring_writer {
    struct audit_ring *shared;        /* const after start-up: the first page as the audit subject sees it */
    struct audit_record *records, *end;       /* const after start-up: all its slots */
    struct audit_record *next;        /* where the next record will stand */
    struct ring_credit *credit;       /* whose slot that is, from audit_begin() to audit_end() */
    uint64_t slots;                   /* const after start-up: how many */
    uint64_t written;                 /* records so far; the reading half looks at it */
    uint64_t lost;                    /* events without a slot, in all */
    uint64_t waiting[(RING_SOURCES + WORD_BITS - 1) / WORD_BITS];     /* sources with something to be written in a slot */
    uint32_t turn;                    /* the first source that has its turn at the next flush */
    uint16_t cpu;                     /* const after start-up */
    struct audit_record draft;        /* a record under way that cannot be made where it will stand */
};

struct ring_reader {
    uint64_t sealed, acked;           /* acked <= sealed <= written */
    uint64_t anchor;                  /* the last `sealed` that was acknowledged in full */
    struct sha256 sealing;            /* over as many blocks as time was for */
    struct sha256 chain;              /* over the records below `sealed` */
    struct sha256 anchor_chain;       /* over those below `anchor`: verifies a log that ends there */
};

extern struct ring_writer ring_writers[IMAGE_MAX_CPUS];
extern struct ring_reader ring_readers[IMAGE_MAX_CPUS];
extern struct ring_credit ring_credits[RING_SOURCES][IMAGE_CLASS_COUNT];

/* Where the record with this number is, or will be. */
static inline struct audit_record *ring_record(const struct ring_writer *writer, uint64_t sequence)
{
    return &writer->records[sequence % writer->slots];
}

/* The reservation that a record on `cpu`'s ring uses. */
struct ring_credit *ring_credit(uint32_t cpu, uint32_t subject, uint32_t class_);

/* Whether something on `cpu` waits for a slot, and may not have seen those that the caller has released. */
bool ring_is_waiting(uint32_t cpu);

/* The end of a ring: writes what is still held back as a count, or counts it as lost. All other CPUs are stopped. */
void ring_finish(uint32_t cpu);
