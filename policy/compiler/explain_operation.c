/* SPDX-License-Identifier: Apache-2.0 */
/* Why a subject may restart, stop, switch or give, or not; and which privilege comes nearest to letting it. */
#include "compiler/explain.h"

#include <string.h>

enum use_check { USE_PRIVILEGE, USE_PLAN, USE_RATE, USE_COUNT };
static const char *const use_names[USE_COUNT] = { "privilege", "plan", "rate" };
static const char *const acts[] = {
    [PRIVILEGE_SWITCH] = "switch", [PRIVILEGE_RESTART] = "restart", [PRIVILEGE_STOP] = "stop",
    [PRIVILEGE_GIVE] = "give"
};

bool explain_act(const char *word, enum privilege_kind *kind)
{
    for (uint32_t i = 0; i < sizeof acts / sizeof *acts; i++) {
        if (strcmp(word, acts[i]) != 0) continue;
        *kind = (enum privilege_kind)i;
        return true;
    }
    return false;
}

static const char *act_text(enum privilege_kind kind)
{
    return kind == PRIVILEGE_SWITCH ? "switch to plan" : kind == PRIVILEGE_GIVE ? "give its window to" : acts[kind];
}

void explain_plans(const struct judge *j, const struct name *rule, const struct rule_body *body, explain_reasons *reasons)
{
    const struct name *name;
    const char *runs = j->build->policy->plans.items[j->plan]->name.text;
    if (body->plans.count == 0) return;
    LIST_EACH(name, &body->plans) {
        if (strcmp(name->text, runs) == 0) return;
    }
    explain_add(j->build->arena, reasons, body->plans.items[0]->at, "`%s` holds only in plan `%s`%s; `%s` runs", rule->text,
                body->plans.items[0]->text, body->plans.count > 1 ? " and others" : "", runs);
}

/* Plans of the privilege and of what narrows it. */
static void use_plans(const struct judge *j, const struct privilege *v, explain_reasons *reasons)
{
    const struct restrict_rule *r;
    explain_plans(j, &v->name, &v->body, reasons);
    LIST_EACH(r, &j->build->policy->restricts) {
        if (r->privilege == v) explain_plans(j, &r->name, &r->body, reasons);
    }
}

static bool use_is_for(const struct privilege *v, const struct explain_use *q)
{
    return v->actor == q->subject && v->kind == q->kind && v->target == q->target && v->plan == q->plan;
}

/* The privilege that gives it; of several one that does so now. */
static const struct privilege *use_find(const struct judge *j, const struct explain_use *q)
{
    const struct privilege *v, *found = NULL;
    LIST_EACH(v, &j->build->policy->privileges) {
        if (!use_is_for(v, q)) continue;
        if (judge_operation(j, q->subject->index, v->index).allowed) return v;
        if (found == NULL) found = v;
    }
    return found;
}

/* Another act is less than another object, and another subject is most. */
static uint32_t use_distance(const struct privilege *v, const struct explain_use *q)
{
    return (v->actor != q->subject) * 4u + (v->target != q->target || v->plan != q->plan) * 2u + (v->kind != q->kind);
}

static const struct privilege *use_nearest(const struct policy *p, const struct explain_use *q)
{
    const struct privilege *v, *best = NULL;
    LIST_EACH(v, &p->privileges) {
        if (best == NULL || use_distance(v, q) < use_distance(best, q)) best = v;
    }
    return best;
}

static void use_nearest_reasons(const struct judge *j, const struct privilege *v, const struct explain_use *q,
                                explain_reasons *reasons)
{
    struct arena *a = j->build->arena;
    const char *asked = q->plan != NULL ? q->plan->name.text : q->target->name.text;
    if (v->actor != q->subject)
        explain_add(a, reasons, v->subject.at, "it is for `%s`, not `%s`", v->subject.text, q->subject->name.text);
    if (v->kind != q->kind || v->target != q->target || v->plan != q->plan)
        explain_add(a, reasons, v->object.at, "it is to %s `%s`, not to %s `%s`", act_text(v->kind), v->object.text,
                    act_text(q->kind), asked);
    use_plans(j, v, reasons);
    if (v->actor != q->subject && judge_operation(j, v->actor->index, v->index).allowed)
        explain_add(a, reasons, PLACE_NOWHERE, "such a use by `%s` would be allowed", v->actor->name.text);
}

void explain_operation(struct judge *j, const struct explain_use *q, struct explanation *e)
{
    const struct privilege *found = use_find(j, q), *nearest = use_nearest(j->build->policy, q);
    uint32_t operation = found != NULL ? found->index : UINT32_MAX;
    *e = (struct explanation){ .verdict = judge_operation(j, q->subject->index, operation), .checks = use_names,
                               .check_count = USE_COUNT, .failed = USE_COUNT, .kind = "privilege" };
    if (e->verdict.allowed) return;
    if (found == NULL) {
        e->failed = USE_PRIVILEGE;
        explain_add(j->build->arena, &e->reasons, PLACE_NOWHERE, "no `privilege` lets `%s` %s `%s`", q->subject->name.text,
                    act_text(q->kind), q->plan != NULL ? q->plan->name.text : q->target->name.text);
    } else {
        e->failed = e->verdict.rule == IMAGE_RULE_PLAN ? USE_PLAN : USE_RATE;
        use_plans(j, found, &e->reasons);
    }
    if (nearest == NULL) return;
    e->nearest = &nearest->name;
    use_nearest_reasons(j, nearest, q, &e->nearest_reasons);
}
