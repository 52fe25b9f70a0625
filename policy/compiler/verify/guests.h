/* SPDX-License-Identifier: Apache-2.0 */
/* One subject's memory as the image fills it. */
#pragma once

#include "compiler/verify/reader.h"

#define SEGMENTS_MAX 16u

struct segment { uint64_t gpa, size, stored, access; const uint8_t *bytes; };

/* What is loaded into a subject's memory below its page tables. */
struct program_piece { uint64_t gpa, size; const uint8_t *bytes; };

struct guest_view {
    struct reader *v;
    const struct subject *s;
    uint64_t ram;                     /* bytes from guest-physical 0 */
    uint64_t tables, table_bytes;     /* guest-physical; its own page tables, root first */
    const uint8_t *table_image;       /* their bytes */
    struct views views;
    bool has_program;                 /* `segments` and `entry` are the program's file */
    uint64_t entry;
    uint32_t segment_count;
    struct segment segments[SEGMENTS_MAX];
    LIST(struct program_piece) pieces;
    bool is_mapped;                   /* its page tables are right */
};

/* program.c: reads the subject's ELF64 file below `images`; false after a difference. */
bool program_read(struct guest_view *g);

/* paging.c: whether the guest's page tables show what they must and nothing else. */
void verify_paging(struct guest_view *g);
/* Whether right page tables let the guest execute there. */
bool paging_executes(const struct guest_view *g, uint64_t gpa);

/* digests.c: whether the image has the digest of each memory that the policy has checked, and no other. */
void verify_digests(struct reader *v, const struct guest_view *all);

/* stages.c: whether the stages of each pipeline run the code that the image holds for them alone. */
void verify_stages(struct reader *v, const struct guest_view *all);
