/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verifies an audit log against the heads on the console: every line says what its record says, each ring's records come in
 * order without a gap, and their chain (audit/record.h) has the values that the kernel printed. The log is untrusted; nothing
 * is verified before its chain is.
 */
#pragma once

#include "audit/record.h"
#include "heads.h"
#include "input.h"
#include "names.h"

#define VERIFY_PROBLEMS 20u           /* that are kept; all are counted */

struct verify_problem {
    uint64_t line;                    /* of the log; 0: none in particular */
    char text[400];
};

/* A record where it stands in the log. */
struct verify_record {
    struct audit_record record;
    uint64_t line;
    uint32_t life;                    /* starts of the forwarder before it */
};

struct verify_ring {
    struct heads heads;
    struct verify_record *records;    /* in the order of the log */
    size_t count, room;
    size_t *order;                    /* of record n of the ring: where it stands in `records` */
    uint64_t length;                  /* records 0 to length - 1 are there */
    uint64_t verified;                /* ... of which so many are in a chain that the console confirms */
};

struct verify {
    struct names names;
    struct verify_ring rings[IMAGE_MAX_CPUS];
    uint8_t policy_hash[32];          /* as the first records say */
    struct verify_problem problems[VERIFY_PROBLEMS];
    uint32_t problem_count;
    uint32_t life;
};

/* Checks `log`. v->names is empty or opened from an image; all else is filled in here. True: verified to its last line. */
bool verify_log(struct verify *v, const struct heads *heads, struct slice log);

void verify_free(struct verify *v);
