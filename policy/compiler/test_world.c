/* SPDX-License-Identifier: Apache-2.0 */
/* Frames in a policy's test. */
#include "compiler/test_world.h"
#include "compiler/judge.h"

#define TICKS_PER_US (JUDGE_TSC_KHZ / 1000)

void test_world_open(struct test_world *w, struct judge *j)
{
    *w = (struct test_world){ .judge = j };
    test_lives_open(&w->lives, j);
}

void test_world_begin(struct test_world *w)
{
    judge_reset(w->judge);
    w->frame = w->judge->now;
    w->turn = 0;
    test_lives_begin(&w->lives);
}

void test_world_pass(struct test_world *w, uint64_t us)
{
    w->judge->now += us * TICKS_PER_US;
    if (w->turn != 0 && w->judge->now >= w->turn) {
        test_lives_pass(&w->lives, w->turn);
        test_lives_turn(&w->lives, w->turn);
        w->judge->plan = w->next;
        w->frame = w->turn;
        w->turn = 0;
    }
    test_lives_pass(&w->lives, w->judge->now);
}

/* The end of a frame that every CPU is sure to see coming: as next_frame() of core/schedule.c. */
bool test_world_switch(struct test_world *w, uint32_t plan)
{
    if (w->turn != 0) return false;
    uint64_t major = (uint64_t)w->judge->tables.plans[w->judge->plan].major_us * TICKS_PER_US;
    uint64_t seen = w->judge->now + 2 * (uint64_t)TEST_WORLD_MARGIN_US * TICKS_PER_US;
    w->turn = w->frame + ((seen - w->frame) / major + 1) * major;
    w->next = plan;
    return true;
}
