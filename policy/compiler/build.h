/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A system image under construction: tables grow entry by entry, components are collected, image.c puts them together. Input is
 * a policy that language/ has found no error in, and guests' files, which are untrusted.
 */
#pragma once

#include "language/model.h"
#include "policy/tables.h"

/* One table of the image; `bytes` moves as it grows. */
struct build_table { uint8_t *bytes; uint32_t count, capacity; };

/* A rule of the policy; its number is IMAGE_RULE_FIRST and its place in the list. */
struct build_rule {
    const char *name;
    struct place at;
    const name_list *requirements;    /* NULL: none */
};

struct build_component {
    uint32_t kind, subject;           /* as struct image_component says */
    const char *name;
    uint8_t *bytes;
    size_t size;
};

/* Where the regions so far end, in each colour, and where the kernel's view of coloured ones does. */
struct build_reach { uint64_t of_colour[IMAGE_MAX_COLOURS], gathered; };

struct build {
    struct policy *policy;
    struct arena *arena;
    struct diag *diag;
    struct image_header header;
    struct build_table tables[IMAGE_TABLE_COUNT];
    struct build_reach reach;
    bool is_packed;                   /* no gaps for pages of 1 GiB: the platform has no memory for them */
    LIST(struct build_rule) rules;
    LIST(struct build_component) components;      /* the tables themselves, component 0, are not among them */
    uint32_t *allow_index, *privilege_index;      /* entries of IMAGE_RULES, by the policy's lists */
    uint8_t *next_event;              /* by subject: the first bit of its event word that no channel has yet */
    bool release;                     /* every file is signed; what must be pinned is wanted so */
    bool least;                       /* the least programs stand for the guests' */
    bool images_told;                 /* where guests are looked for: said once */
};

/* ---- build.c ---- */
/* Bytes of an entry of each table. */
extern const uint32_t build_entry_sizes[IMAGE_TABLE_COUNT];
void build_start(struct build *b, struct policy *p);
/* A zeroed entry at a table's end; valid until the table grows again. */
void *build_add(struct build *b, enum image_table_id table);
void *build_entry(struct build *b, enum image_table_id table, uint32_t index);
uint32_t build_count(const struct build *b, enum image_table_id table);
/* Names a rule and returns its number. */
uint32_t build_rule(struct build *b, const char *name, struct place at, const name_list *requirements);
/* Whether every table is one that an image can hold; else it is reported. */
bool build_is_bounded(struct build *b);
/* Copies a short name; the checks have bounded its length. */
void build_name(char *to, size_t size, const char *text);

/* ---- what the policy says, without any memory ---- */
void build_types(struct build *b);              /* types.c */
void build_flows(struct build *b);              /* flows.c: channels, rules, privileges, protocols */
void build_subjects(struct build *b);           /* subjects.c: CPUs, plans, windows, subjects, ports, CPUID */

/* ---- guests and memory ---- */
/*
 * Reads the guests below directory `images` and lays out memory. Reports what does not fit. NULL: with the least programs in
 * their places, so that what is reported is wrong whatever the programs are.
 */
void build_layout(struct build *b, const char *images);     /* layout.c */

/* ---- image.c ---- */
/* Header, component list and tables, with policy_tables_open() working on them; of `size` bytes, in the arena. */
void *image_tables(struct build *b, size_t *size);
/* The whole image. It has passed image_check(), or NULL after a report. */
void *image_whole(struct build *b, size_t *size);

/* ---- catalogue.c, hash.c ---- */
size_t build_catalogue_size(const struct build *b);
void build_catalogue(struct build *b);          /* appends the component */
void hash_policy(const struct policy *p, uint8_t digest[32]);
/* Of what the `allow`, `restrict`, `protocol` or type means (language/meaning.h). False: no such name. */
bool hash_meaning(const struct policy *p, const char *name, uint8_t digest[32]);
/* The digest as the catalogue holds it; 0 without one. */
uint32_t hash_meaning_short(const struct policy *p, const char *name);
