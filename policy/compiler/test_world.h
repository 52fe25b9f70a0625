/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What outlives a step of a policy's test, besides what the judge keeps: the frames of the plan that runs, the plan that the
 * next end of a frame takes up, and who lives. As core/schedule.c has it.
 */
#pragma once

#include "compiler/test_lives.h"

#define TEST_WORLD_MARGIN_US 20u      /* the kernel's SCHEDULE_MARGIN_US */

struct test_world {
    struct judge *judge;
    uint64_t frame;                   /* when the first frame of the plan that runs began */
    uint64_t turn;                    /* when `next` is taken up; 0: no switch is under way */
    uint32_t next;
    struct test_lives lives;
};

void test_world_open(struct test_world *w, struct judge *j);

/* A test begins at the start of a frame of the first plan, with all subjects running. */
void test_world_begin(struct test_world *w);

void test_world_pass(struct test_world *w, uint64_t us);

/* Has `plan` taken up at the next end of a frame. False while an earlier switch is under way. */
bool test_world_switch(struct test_world *w, uint32_t plan);
