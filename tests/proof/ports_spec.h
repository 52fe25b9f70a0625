/* SPDX-License-Identifier: Apache-2.0 */
/* What check_ports.c means. */
#pragma once

#include "check_spec.h"

/*@ requires \valid_read(p); terminates \true; assigns \nothing; ensures \result <= 3; */
static uint32_t find_device(const struct image_ports *p);

/*@ requires tables_open(t) && \valid_read(p);
    terminates \true; assigns \nothing;
    ensures \result ==> p->line == IMAGE_NONE || p->line < 32;
    ensures \result ==> line_ok(p); */
static bool line_agrees(const struct policy_tables *t, const struct image_ports *p);

/*@ requires tables_open(t) && cpus_checked(t) && subjects_checked(t);
    terminates \true; assigns \nothing;
    ensures \result.code == 0 ==> all_ports_pass(t, t->subjects_count); */
struct image_check_result check_ports(const struct policy_tables *t);
