/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest's program: a static ELF64 file for x86-64 whose addresses are guest-physical. The file is untrusted: whatever it says
 * is checked against its own size and the subject's memory before it is used.
 */
#pragma once

#include "compiler/build.h"

#define GUEST_MAX_SEGMENTS 16u
#define GUEST_MAX_FILE (64u << 20)

struct guest_segment {
    uint64_t gpa, size;               /* in memory; whole pages are its own */
    uint32_t access;                  /* enum image_access */
    const uint8_t *bytes;             /* the first `stored` bytes; the rest is zero */
    uint64_t stored;
};

struct guest {
    uint64_t entry;
    uint32_t segment_count;
    struct guest_segment segments[GUEST_MAX_SEGMENTS];      /* sorted by gpa, disjoint in pages, below the given limit */
};

/* Parses `size` bytes at `bytes`, which stay in use. Segments lie in [GUEST_LOWEST, limit). NULL, or what is wrong with it. */
#define GUEST_LOWEST 0x1000u          /* page 0 is never mapped: null pointers fault */
const char *guest_parse(struct guest *g, const uint8_t *bytes, size_t size, uint64_t limit);

/* Where a subject's file is. */
const char *guest_path(struct arena *a, const struct subject *s, const char *images);
/*
 * Reads and parses a subject's image below directory `images`; false after a report. Without a directory no file is read: the
 * guest is one page of code at GUEST_LOWEST, and what that needs every program does.
 */
bool guest_read(struct build *b, const struct subject *s, const char *images, struct guest *g);

/* "sha256:..." of its code: what its executable segments hold, one behind the other, whatever else is in the file. */
const char *guest_code(struct arena *a, const struct guest *g);
