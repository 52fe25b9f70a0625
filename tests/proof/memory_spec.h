/* SPDX-License-Identifier: Apache-2.0 */
/* What check_memory.c means; functions that take its own structures have their contracts beside them. */
#pragma once

#include "check_spec.h"

/*@ requires tables_open(t); terminates \true; assigns \nothing;
    ensures \result == IMAGE_NONE || \result < t->subjects_count; */
static uint32_t audit_reader(const struct policy_tables *t);

/*@ requires tables_open(t) && \valid_read(r) && subjects_checked(t);
    terminates \true; assigns \nothing;
    ensures \result ==> r->colour_count == 0 || r->first_colour + r->colour_count <= t->header->colours; */
static bool colours_agree(const struct policy_tables *t, const struct image_region *r);

/*@ requires tables_open(t) && header_checked(t->header) && subjects_checked(t);
    terminates \true; assigns \nothing;
    ensures \result.code == 0 ==> regions_checked(t); */
struct image_check_result check_regions(const struct policy_tables *t);

/*@ requires tables_open(t) && \valid_read(r) && subject < t->subjects_count; terminates \true; assigns \nothing; */
static bool is_served(const struct policy_tables *t, const struct image_region *r, uint16_t subject);

/*@ requires tables_open(t) && \valid_read(r) && subject < t->subjects_count; terminates \true; assigns \nothing; */
static uint16_t access_for(const struct policy_tables *t, const struct image_region *r, uint16_t subject);

/*@ requires tables_open(t) && i < t->mappings_count;
    requires t->mappings[i].subject < t->subjects_count;
    terminates \true; assigns \nothing;
    ensures \result.code == 0 ==> mapping_fits(t, i) && t->mappings[i].gpa >= end; */
static struct image_check_result check_mapping(const struct policy_tables *t, uint32_t i, uint64_t end);

/*@ requires \valid_read(s);
    terminates \true; assigns \nothing;
    ensures \result.code == 0 ==> gpa <= s->entry < gpa + size || gpa + size > UINT64_MAX; */
static struct image_check_result check_entry(const struct image_subject *s, uint32_t at, uint64_t gpa, uint64_t size);

/*@ requires tables_open(t) && s < t->subjects_count && \valid_read(ram) && ram->region < t->regions_count;
    requires served == \null || \valid_read(served);
    terminates \true; assigns \nothing; */
static bool monitor_sees(const struct policy_tables *t, uint16_t s, const struct image_mapping *ram,
                         const struct image_mapping *served);

/*@ requires tables_open(t) && s < t->subjects_count && \valid(next) && *next <= t->mappings_count && mappings_pass(t, *next);
    terminates \true; assigns *next;
    ensures \result.code == 0 ==> *next <= t->mappings_count && mappings_pass(t, *next); */
static struct image_check_result check_view(const struct policy_tables *t, uint16_t s, uint32_t *next);

/*@ requires tables_open(t) && regions_checked(t) && t->subjects_count <= IMAGE_MAX_SUBJECTS && image_readable(t->header);
    terminates \true; assigns \nothing;
    ensures \result.code == 0 ==> mappings_pass(t, t->mappings_count); */
struct image_check_result check_mappings(const struct policy_tables *t);

/*@ requires \valid_read(c) && \valid_read(r); terminates \true; assigns \nothing; */
static bool may_fill(const struct image_component *c, const struct image_region *r);

/*@ requires tables_open(t) && components_checked(t->header);
    terminates \true; assigns \nothing;
    ensures \result.code == 0 ==> loads_pass(t, t->loads_count); */
struct image_check_result check_loads(const struct policy_tables *t);
