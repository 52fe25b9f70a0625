/* SPDX-License-Identifier: Apache-2.0 */
/* The least set of plans and subjects that is closed under time, switches and given windows. */
#include "language/running.h"
#include "policy/image.h"

/* What could not be read is believed to give time to all: one mistake is one message. */
static bool plan_gives(const struct plan *plan, const struct subject *s)
{
    return plan->broken || policy_plan_cpu(plan, s) != NULL;
}

static bool subject_has_time(const struct policy *p, uint32_t plans, const struct subject *s)
{
    const struct plan *plan;
    if (s->served != NULL) s = s->served;
    LIST_EACH (plan, &p->plans) {
        if (plan_at < IMAGE_MAX_PLANS && (plans >> plan_at & 1) != 0 && plan_gives(plan, s)) return true;
    }
    return false;
}

static uint32_t plan_bit(const struct policy *p, const struct plan *wanted)
{
    const struct plan *plan;
    LIST_EACH (plan, &p->plans) {
        if (plan == wanted && plan_at < IMAGE_MAX_PLANS) return 1u << plan_at;
    }
    return 0;
}

/* By those who run. Whether anything more runs by them. */
static bool privileges_lead(const struct policy *p, struct running *r, bool *subjects)
{
    const struct privilege *v;
    uint32_t plans = r->plans;
    bool more = false;
    LIST_EACH (v, &p->privileges) {
        if (v->actor == NULL || !subjects[v->actor->index]) continue;
        if (v->kind == PRIVILEGE_SWITCH && (v->plan_mask & r->plans) != 0) r->plans |= plan_bit(p, v->plan);
        if (v->kind != PRIVILEGE_GIVE || v->target == NULL || subjects[v->target->index]) continue;
        subjects[v->target->index] = more = true;
    }
    return more || plans != r->plans;
}

struct running running_find(const struct policy *p)
{
    const struct subject *s;
    bool *subjects = arena_take(p->arena, p->subjects.count + 1);
    struct running r = { 1, subjects };
    do {
        LIST_EACH (s, &p->subjects) subjects[s->index] = subjects[s->index] || subject_has_time(p, r.plans, s);
    } while (privileges_lead(p, &r, subjects));
    return r;
}
