/* SPDX-License-Identifier: Apache-2.0 */
/* Frames and lives in a policy's test. */
#include "compiler/test_world.h"
#include "compiler/judge.h"

#include <string.h>

#define TICKS_PER_US (JUDGE_TSC_KHZ / 1000)

void test_world_open(struct test_world *w, struct judge *j)
{
    const struct policy *p = j->build->policy;
    *w = (struct test_world){ .judge = j, .stopped = arena_take(p->arena, (p->subjects.count + 1) * sizeof *w->stopped) };
}

void test_world_begin(struct test_world *w)
{
    judge_reset(w->judge);
    w->frame = w->judge->now;
    w->turn = 0;
    memset(w->stopped, 0, w->judge->build->policy->subjects.count * sizeof *w->stopped);
}

void test_world_pass(struct test_world *w, uint64_t us)
{
    w->judge->now += us * TICKS_PER_US;
    if (w->turn == 0 || w->judge->now < w->turn) return;
    w->judge->plan = w->next;
    w->frame = w->turn;
    w->turn = 0;
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

bool test_world_acts(const struct test_world *w, const struct test_step *s)
{
    static const char *const whats[] = {
        [TEST_SEND] = "it sends nothing", [TEST_OPERATE] = "it uses nothing",
        [TEST_RESTART] = "it restarts by a privilege alone",
    };
    const struct policy *p = w->judge->build->policy;
    const struct test_step *by = w->stopped[s->actor->index];
    if (by == NULL) return true;
    diag_error(w->judge->build->diag, BH_TEST_STOPPED, s->at, "`%s` was stopped in line %u: %s", s->subject.text,
               source_position(&p->sources, by->at).line, whats[s->kind]);
    diag_note(w->judge->build->diag, by->operation.at, "by `%s` here", by->operation.text);
    return false;
}
