/* SPDX-License-Identifier: Apache-2.0 */
/* Lives in a policy's test: as core/subject.c and monitor_restarted() have them. */
#include "compiler/test_lives.h"
#include "compiler/judge.h"

#include <string.h>

void test_lives_open(struct test_lives *l, struct judge *j)
{
    uint32_t count = j->build->policy->subjects.count;
    *l = (struct test_lives){ .judge = j, .all = arena_take(j->build->arena, (count + 1) * sizeof *l->all), .count = count };
}

void test_lives_begin(struct test_lives *l)
{
    memset(l->all, 0, l->count * sizeof *l->all);
}

/* ---- a new life ---- */
/* What the restart of a subject resets, once its memory is in place. */
static void life_resets(struct test_lives *l, uint32_t subject, uint64_t now)
{
    struct judge *j = l->judge;
    for (uint32_t i = 0; i < j->tables.resets_count; i++) {
        const struct image_reset *reset = &j->tables.resets[i];
        if (reset->subject == subject) j->state.protocols[reset->protocol] = decide_protocol_word(0, 0, now);
    }
}

static void life_begins(struct test_lives *l, uint32_t subject, uint64_t now)
{
    uint32_t monitor = l->judge->tables.subjects[subject].monitor;
    l->all[subject].rebuilt = false;
    life_resets(l, subject, now);
    if (monitor != IMAGE_NONE) life_resets(l, monitor, now);
}

/* A monitor lives as its subject does. */
static uint32_t life_of(const struct test_lives *l, uint32_t subject)
{
    uint32_t served = l->judge->tables.subjects[subject].serves;
    return served != IMAGE_NONE ? served : subject;
}

void test_lives_stop(struct test_lives *l, uint32_t subject, const struct test_step *by)
{
    if (l->all[subject].stopped == NULL) l->all[subject].stopped = by;
    l->all[subject].rebuilt = false;
}

void test_lives_restart(struct test_lives *l, uint32_t subject)
{
    l->all[subject].stopped = NULL;
    l->all[subject].rebuilt = true;
    l->all[subject].since = l->judge->now;
}

/* ---- time ---- */
static bool has_windows(const struct judge *j, uint32_t subject)
{
    for (uint32_t i = 0; i < j->tables.windows_count; i++) {
        if (j->tables.windows[i].plan == j->plan && j->tables.windows[i].subject == subject) return true;
    }
    return false;
}

void test_lives_pass(struct test_lives *l, uint64_t until)
{
    const struct judge *j = l->judge;
    uint64_t major = (uint64_t)j->tables.plans[j->plan].major_us * (JUDGE_TSC_KHZ / 1000);
    for (uint32_t i = 0; i < l->count; i++) {
        if (!l->all[i].rebuilt || until - l->all[i].since < major || !has_windows(j, i)) continue;
        life_begins(l, i, l->all[i].since + major);
    }
}

void test_lives_turn(struct test_lives *l, uint64_t now)
{
    for (uint32_t i = 0; i < l->count; i++) {
        if (l->all[i].rebuilt) l->all[i].since = now;
    }
}

/* ---- acts ---- */
bool test_lives_acts(struct test_lives *l, const struct test_step *s)
{
    static const char *const whats[] = {
        [TEST_SEND] = "it sends nothing", [TEST_OPERATE] = "it uses nothing",
        [TEST_RESTART] = "it restarts by a privilege alone",
    };
    const struct build *b = l->judge->build;
    uint32_t life = life_of(l, s->actor->index);
    const struct test_step *by = l->all[life].stopped;
    if (by == NULL) {
        if (l->all[life].rebuilt) life_begins(l, life, l->judge->now);
        return true;
    }
    diag_error(b->diag, BH_TEST_STOPPED, s->at, "`%s` was stopped in line %u: %s", s->subject.text,
               source_position(&b->policy->sources, by->at).line, whats[s->kind]);
    diag_note(b->diag, by->operation.at, "by `%s` here", by->operation.text);
    return false;
}

/* The same question as may_restart() of core/subject.c asks for a fault. */
static bool fault_restarts(struct test_lives *l, uint32_t subject)
{
    const struct image_subject *s = &l->judge->tables.subjects[subject];
    struct test_life *life = &l->all[subject];
    uint64_t now = l->judge->now, period = (uint64_t)s->restart_period_s * JUDGE_TSC_KHZ * 1000;
    if (now - life->period_start > period) life->restarts = 0;
    if (life->restarts >= s->restart_max) return false;
    if (life->restarts++ == 0) life->period_start = now;
    return true;
}

bool test_lives_fault(struct test_lives *l, const struct test_step *s)
{
    const struct build *b = l->judge->build;
    uint32_t subject = life_of(l, s->actor->index);
    const struct subject *who = b->policy->subjects.items[subject];
    const struct image_subject *image = &l->judge->tables.subjects[subject];
    if (fault_restarts(l, subject)) {
        life_begins(l, subject, l->judge->now);
        return true;
    }
    diag_error(b->diag, BH_TEST_RESTART, s->at, "`%s` does not restart: this fault %s", s->subject.text,
               image->fault_then == IMAGE_FAULT_HALT ? "halts the machine" : "stops it");
    struct place at = who->fault.at.length > 0 ? who->fault.at : who->name.at;
    if (image->restart_max > 0)
        diag_note(b->diag, at, "`%s` may restart %u times in %u s, and did", who->name.text, image->restart_max,
                  image->restart_period_s);
    else
        diag_note(b->diag, at, "no fault restarts `%s`", who->name.text);
    return false;
}
