/* SPDX-License-Identifier: Apache-2.0 */
/* What check_subjects.c means. */
#pragma once

#include "check_spec.h"

/*@ requires \valid_read(a + (0 .. IMAGE_NAME - 1)) && \valid_read(b + (0 .. IMAGE_NAME - 1));
    terminates \true; assigns \nothing; */
static bool same_name(const char *a, const char *b);

/*@ requires tables_open(t) && i < t->subjects_count;
    terminates \true; assigns \nothing;
    ensures \result.code == 0 ==> subject_named(t, i); */
static struct image_check_result check_subject(const struct policy_tables *t, uint32_t i);

/*@ requires \valid_read(m) && \valid_read(s); terminates \true; assigns \nothing; */
static bool monitor_is_bare(const struct image_subject *m, const struct image_subject *s);

/*@ requires tables_open(t) && i < t->subjects_count;
    terminates \true; assigns \nothing;
    ensures \result.code == 0 ==> monitor_named(t, i); */
static struct image_check_result check_monitor(const struct policy_tables *t, uint32_t i);

/*@ requires tables_open(t) && i < t->subjects_count && t->header->colours <= IMAGE_MAX_COLOURS;
    requires \valid(taken + (0 .. IMAGE_MAX_COLOURS - 1));
    terminates \true; assigns taken[0 .. IMAGE_MAX_COLOURS - 1];
    ensures \result.code == 0 ==> \old(colours_named(t, i)); */
static struct image_check_result check_colours(const struct policy_tables *t, uint32_t i, uint32_t *taken);

/*@ requires tables_open(t) && t->header->colours <= IMAGE_MAX_COLOURS;
    terminates \true; assigns \nothing;
    ensures \result.code == 0 ==> subjects_checked(t); */
struct image_check_result check_subjects(const struct policy_tables *t);
