/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the image within its bounds, and noting differences. */
#pragma once

#include "compiler/verify/layout.h"
#include "compiler/verify/verify.h"

#define VERIFY_DIFFERENCES_MAX 50u    /* what comes after is counted only */

struct reader {
    struct arena *arena;
    const struct policy *p, *said;
    const struct verify_input *in;
    FILE *out;
    uint32_t table_at[RAW_TABLES], count[RAW_TABLES];
    uint32_t component_count;
    uint64_t differences, values, conditions;
    uint64_t work;                    /* of comparing conditions */
    /* running positions: entries of these tables belong to their owners one behind the other */
    uint32_t next_field, next_atom, next_port, next_step, next_timeout;
    /* the catalogue, once header.c has found it */
    const uint8_t *catalogue;
    uint32_t catalogue_count;
    uint32_t *allow_entry;            /* entry of the rule table, by the policy's list of allows */
    struct said_orders *orders;       /* orders.h */
};

/* Little endian, `width` bytes of `bytes` at `at`. */
uint64_t raw_number(const uint8_t *bytes, uint64_t at, uint32_t width);

/* Whether [at, at + size) lies in the image. */
bool raw_inside(const struct reader *v, uint64_t at, uint64_t size);

/* A value of an entry; 0 beyond the table. */
uint64_t raw_get(const struct reader *v, enum raw_table table, uint64_t index, uint32_t at, uint32_t width);
const uint8_t *raw_entry(const struct reader *v, enum raw_table table, uint64_t index);
const char *raw_table_name(enum raw_table table);

/* Opens header and tables; false if the image is too broken to be read on. */
bool reader_open(struct reader *v);

__attribute__((format(printf, 2, 3))) void differ(struct reader *v, const char *format, ...);

/* Compare one value: the image's with what the policy says. `what` is the value's name in layout.h. */
bool verify_equal(struct reader *v, enum raw_table table, uint64_t index, const char *what, uint32_t at, uint32_t width,
                  uint64_t wanted);
#define EQUAL(v, table, index, field, wanted) verify_equal(v, table, index, #field, table##_##field, (uint64_t)(wanted))
#define GET(v, table, index, field) raw_get(v, table, index, table##_##field)
bool verify_header(struct reader *v, const char *what, uint32_t at, uint32_t width, uint64_t wanted);
#define HEADER_EQUAL(v, field, wanted) verify_header(v, #field, HEADER_##field, (uint64_t)(wanted))
#define HEADER_GET(v, field) raw_number((v)->in->image, HEADER_##field)

/* A NUL-padded name of `size` bytes, terminated. */
void verify_name(struct reader *v, const char *what, uint64_t index, const uint8_t *bytes, size_t size, const char *wanted);

/* How many entries a table has; tells if it is not `wanted`. */
void verify_count(struct reader *v, enum raw_table table, uint64_t wanted);

#define TEXT(v, ...) arena_print((v)->arena, __VA_ARGS__)

uint64_t raw_round_up(uint64_t value, uint64_t unit);

/* ---- what is compared ---- */
void verify_header_and_components(struct reader *v);      /* header.c */
void verify_names(struct reader *v);                      /* names.c */
void verify_time(struct reader *v);                       /* time.c */
void verify_types(struct reader *v);                      /* types.c */
void verify_roles(struct reader *v);                      /* roles.c */
void verify_flows(struct reader *v);                      /* flows.c */
void verify_memory(struct reader *v);                     /* memory.c */
void verify_margin(struct reader *v);                     /* margin.c */
void verify_guests(struct reader *v);                     /* guests.c */

/* ---- names.c: whether the catalogue calls that rule so; "" is RULE_NONE_NUMBER ---- */
void verify_rule(struct reader *v, enum raw_table table, uint64_t index, const char *what, uint64_t rule, const char *wanted);

/* ---- conditions.c ---- */
/* Conditions of a type: the list and those of its cases; or of one rule. Takes the next `count` atoms. */
void verify_type_conditions(struct reader *v, const struct type *t, uint32_t first, uint32_t count);
void verify_rule_condition(struct reader *v, const struct type *t, const struct cond *where, const char *name, uint32_t first,
                           uint32_t count);
uint32_t field_flags(const struct type *t, const struct field *f);

/* ---- roles.c: the rules of a list, with those of each holder where it names a role's rule ---- */
void said_rules(struct reader *v, const name_list *names, name_list *all);

/* ---- types.c ---- */
const char *field_rule_name(const struct field *f);
/* Entries of the field table that a field, or an element of an array, has. */
uint32_t field_entries(const struct field *f);

/* ---- time.c ---- */
/* The number of the subject of that name; RAW_NONE: there is none. */
uint64_t subject_numbered(const struct policy *p, const char *name);

/* ---- memory.c ---- */
/* One thing that a subject is shown beside its memory, in the order of the addresses. */
struct view { uint64_t gpa, region, size, access; };
struct views { struct view items[128]; uint32_t count; };
/* Payload bytes of a direct channel's slot, for the greatest of its types; and how many there are, a power of two. */
uint64_t direct_slot_bytes(const struct policy *p, const struct direct *d);
uint64_t direct_slot_count(const struct direct *d);
void views_of(struct reader *v, const struct subject *s, struct views *out);
bool channel_is_written_by(const struct channel *c, const struct subject *s);

/* ---- labels.c ---- */
uint64_t verify_sensitivity(const struct reader *v, const struct sensitivity *s);
uint64_t verify_integrity(const struct reader *v, const struct name *name);
void verify_subject_label(struct reader *v, uint32_t at, const struct subject *s);
void verify_allow_label(struct reader *v, uint64_t at, const struct allow *a);
void verify_no_label(struct reader *v, uint64_t at);
