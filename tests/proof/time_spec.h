/* SPDX-License-Identifier: Apache-2.0 */
/* What check_time.c means. */
#pragma once

#include "check_spec.h"

/*@ requires tables_open(t);
    terminates \true; assigns \nothing;
    ensures \result.code == 0 ==> cpus_checked(t); */
struct image_check_result check_cpus(const struct policy_tables *t);

/*@ requires tables_open(t);
    terminates \true; assigns \nothing;
    ensures \result.code == 0 ==> plans_checked(t); */
struct image_check_result check_plans(const struct policy_tables *t);

/*@ requires tables_open(t) && i < t->windows_count && begin <= major;
    terminates \true; assigns \nothing;
    ensures \result.code == 0 ==> window_fits(t, i, begin, major) && window_named(t, i); */
static struct image_check_result check_window(const struct policy_tables *t, uint32_t i, uint32_t begin, uint32_t major);

/*@ requires tables_open(t) && plans_checked(t);
    terminates \true; assigns \nothing;
    ensures \result.code == 0 ==> windows_pass(t, t->windows_count); */
struct image_check_result check_windows(const struct policy_tables *t);

/*@ requires tables_open(t) && cpus_checked(t);
    terminates \true; assigns \nothing;
    ensures \result.code == 0 ==> rings_pass(t, t->cpus_count); */
struct image_check_result check_audit(const struct policy_tables *t);
