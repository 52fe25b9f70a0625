/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The catalogue: names behind the numbers, and where the policy says them. A measured component of the image, mapped
 * read-only to the subject that reads the audit rings. Written by the policy compiler; the kernel never reads it.
 */
#pragma once

#include <assert.h>
#include <stdint.h>

#define CATALOGUE_MAGIC "BHCATLG1"

enum catalogue_kind {
    CATALOGUE_RULE,                   /* index: rule; file and line of its statement, line 0 for the built-in ones */
    CATALOGUE_SUBJECT,                /* index into IMAGE_SUBJECTS */
    CATALOGUE_CHANNEL,                /* index into IMAGE_CHANNELS */
    CATALOGUE_TYPE,                   /* index into IMAGE_TYPES */
    CATALOGUE_FIELD,                  /* index into IMAGE_FIELDS */
    CATALOGUE_PLAN,                   /* index into IMAGE_PLANS */
    /* What labels are made of. The first bits are the levels', one less than there are levels; the next ones integrity's. */
    CATALOGUE_LEVEL,                  /* index: from the lowest, 0; it has that many of the levels' bits, the first ones */
    CATALOGUE_INTEGRITY,              /* index: from the worst, 0; it has integrity's bits but for the first ones, that many */
    CATALOGUE_CATEGORY                /* index: the number of its bit in the label */
};

struct catalogue_header {
    char magic[8];
    uint32_t count;
    uint32_t reserved;
};

/* Sorted by kind, then index. Names and files are NUL-terminated. */
struct catalogue_entry {
    uint32_t kind;                    /* enum catalogue_kind */
    uint32_t index;
    uint32_t line;
    uint32_t meaning;                 /* first four bytes of the SHA-256 of what the rule or type means; 0: none of its own */
    char name[64];
    char file[48];
};

static_assert(sizeof(struct catalogue_entry) == 128, "layout");
