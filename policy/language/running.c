/* SPDX-License-Identifier: Apache-2.0 */
/* The least plans, and the least of them for each subject, that are closed under time, switches and given windows. */
#include "language/running.h"
#include "policy/image.h"

/* What could not be read is believed to give time to all: one mistake is one message. */
static bool plan_gives(const struct plan *plan, const struct subject *s)
{
    return plan->broken || policy_plan_cpu(plan, s) != NULL;
}

/* The plans among these that have time for the subject. */
static uint32_t plans_with_time(const struct policy *p, uint32_t plans, const struct subject *s)
{
    const struct plan *plan;
    uint32_t with = 0;
    s = policy_life(s);
    LIST_EACH (plan, &p->plans) {
        if (plan_at < IMAGE_MAX_PLANS && (plans >> plan_at & 1) != 0 && plan_gives(plan, s)) with |= 1u << plan_at;
    }
    return with;
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
static bool privileges_lead(const struct policy *p, uint32_t *plans, uint32_t *in)
{
    const struct privilege *v;
    bool more = false;
    LIST_EACH (v, &p->privileges) {
        uint32_t when = v->actor != NULL ? in[v->actor->index] & v->plan_mask : 0, bit = plan_bit(p, v->plan);
        if (v->kind == PRIVILEGE_SWITCH && when != 0 && (bit & ~*plans) != 0) {
            *plans |= bit;
            more = true;
        }
        if (v->kind != PRIVILEGE_GIVE || v->target == NULL || (when & ~in[v->target->index]) == 0) continue;
        in[v->target->index] |= when;
        more = true;
    }
    return more;
}

const struct running *running_find(struct policy *p)
{
    const struct subject *s;
    if (p->running != NULL) return p->running;
    uint32_t *in = arena_take(p->arena, (p->subjects.count + 1) * sizeof *in), plans = 1;
    do {
        LIST_EACH (s, &p->subjects) in[s->index] |= plans_with_time(p, plans, s);
    } while (privileges_lead(p, &plans, in));
    struct running *found = arena_take(p->arena, sizeof *found);
    *found = (struct running){ plans, in };
    p->running = found;
    return found;
}

uint32_t running_rule(const struct running *r, const struct allow *a)
{
    return a->plan_mask & r->in[a->channel->sender->index];
}
