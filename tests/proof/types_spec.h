/* SPDX-License-Identifier: Apache-2.0 */
/* What check_types.c means. */
#pragma once

#include "check_spec.h"

/*@ terminates \true; assigns \nothing; ensures \result <==> is_unused(unused); */
static bool bits_unused(uint32_t unused);
/*@ requires is_unused(unused); terminates \true; assigns \nothing; ensures 8 * \result == 64 - unused; */
static uint32_t bytes_used(uint32_t unused);
/*@ requires \valid_read(f) && is_unused(f->unused);
    terminates \true; assigns \nothing;
    ensures \result && is_padding(f) && f->flags == 0 ==> f->base == 0 && f->span == 0; */
static bool range_holds_any(const struct image_field *f);
/*@ terminates \true; assigns \nothing;
    ensures \result && (kind & IMAGE_FIELD_ZERO) != 0 ==> flags == 0; */
static bool flags_agree(uint32_t flags, uint32_t kind);

/*@ requires \valid_read(fields + (0 .. own)) && \forall integer i; 0 <= i < own ==> field_ok(fields, i);
    terminates \true; assigns \nothing;
    ensures \result ==> fields[own].tag == IMAGE_NONE || (fields[own].tag < own && !is_padding(fields + fields[own].tag)); */
static bool tag_agrees(const struct image_field *fields, uint32_t own);

/*@ requires tables_open(t) && \valid_read(type) && type->size <= PAYLOAD_MOST;
    requires type->first_field + type->field_count <= t->fields_count;
    requires own < type->field_count && at == type->first_field + own;
    requires fields_pass(t->fields + type->first_field, own);
    terminates \true; assigns \nothing;
    ensures \result.code == 0 ==> field_ok(t->fields + type->first_field, own); */
static struct image_check_result check_field(const struct policy_tables *t, const struct image_type *type, uint32_t own,
                                             uint32_t at);

/*@ requires tables_open(t);
    terminates \true; assigns \nothing;
    ensures \result.code == 0 ==> types_pass(t, t->types_count); */
struct image_check_result check_types(const struct policy_tables *t);
