/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions that are useless as wholes: no message meets one, or every message that the others let pass does. */
#include "language/narrowing.h"

/* The condition of the rule, or of a restriction of it, by `name`: reports one that every message of the type meets. */
static bool where_always_holds(struct narrowing *n, struct policy *p, const struct allow *a, const struct name *name,
                               const struct cond *where)
{
    narrowing_start(n, a->type, NULL);
    if (where == NULL || narrowing_leaves(n, where)) return false;
    diag_error(&p->diag, BH_COND_SENSE, where->at, "`%s` refuses nothing by this: it always holds for a `%s`", name->text,
               a->type->name.text);
    diag_note(&p->diag, a->type->name.at, "its ranges, and what its conditions demand");
    return true;
}

/* ---- restrictions ---- */
/* Whether one rate is as tight as the other, or tighter. */
static bool rate_covers(const struct rate *tight, const struct rate *r)
{
    if (!policy_check_rate_limits(r)) return true;
    return policy_check_rate_limits(tight) && tight->count.number * r->per_ms <= r->count.number * tight->per_ms &&
           tight->burst.number <= r->burst.number;
}

/* Whether `r` refuses nothing that `other` lets pass. */
static bool restrict_covers(struct narrowing *n, const struct restrict_rule *other, const struct restrict_rule *r)
{
    if (!rate_covers(&other->body.rate, &r->body.rate) || (other->plan_mask & ~r->plan_mask) != 0) return false;
    if (r->body.where == NULL) return true;
    narrowing_start(n, r->allow->type, r->allow->body.where);
    if (other->body.where != NULL) LIST_ADD(n->arena, &n->conds, other->body.where);
    return !narrowing_leaves(n, r->body.where);
}

static void restrict_twice(struct narrowing *n, struct policy *p, struct restrict_rule *const *of_rule, uint32_t count)
{
    const struct restrict_rule *r = of_rule[count];
    for (uint32_t i = 0; i < count; i++) {
        if (!restrict_covers(n, of_rule[i], r) || !restrict_covers(n, r, of_rule[i])) continue;
        diag_warn(&p->diag, BH_RESTRICT_RATE, r->name.at, "this refuses what `%s` refuses, and nothing else",
                  of_rule[i]->name.text);
        diag_note(&p->diag, of_rule[i]->name.at, "the other restriction of `%s`", r->on.text);
        return;
    }
}

/* Its condition: one that always holds would look like a judge, one that only repeats the rule's may be a ceiling over it. */
static void restrict_refuses(struct narrowing *n, struct policy *p, const struct allow *a, const struct restrict_rule *r)
{
    if (where_always_holds(n, p, a, &r->name, r->body.where)) return;
    narrowing_start(n, a->type, a->body.where);
    if (narrowing_leaves(n, r->body.where)) return;
    diag_warn(&p->diag, BH_RESTRICT_RATE, r->body.where->at, "this condition refuses nothing: `%s` itself lets pass no more",
              a->name.text);
    diag_note(&p->diag, a->name.at, "declared here");
}

/* Whether its condition leaves anything of what the rule and restrictions before it let pass. */
static bool restrict_leaves(struct narrowing *n, struct policy *p, const struct allow *a, uint32_t index)
{
    const struct restrict_rule *r = a->restricts.items[index];
    restrict_refuses(n, p, a, r);
    narrowing_start(n, a->type, a->body.where);
    for (uint32_t i = 0; i <= index; i++) {
        if (a->restricts.items[i]->body.where != NULL) LIST_ADD(n->arena, &n->conds, a->restricts.items[i]->body.where);
    }
    if (narrowing_leaves(n, NULL)) return true;
    diag_error(&p->diag, BH_RESTRICT, r->body.where->at, "with this, no message passes by `%s`", a->name.text);
    if (a->body.where != NULL) diag_note(&p->diag, a->body.where->at, "what the rule itself demands");
    for (uint32_t i = 0; i < index; i++) {
        const struct restrict_rule *other = a->restricts.items[i];
        if (other->body.where != NULL) diag_note(&p->diag, other->body.where->at, "what `%s` demands", other->name.text);
    }
    return false;
}

/* ---- rules and types ---- */
static void check_allow(struct narrowing *n, struct policy *p, const struct allow *a)
{
    narrowing_start(n, a->type, a->body.where);
    if (a->body.where != NULL && !narrowing_leaves(n, NULL)) {
        diag_error(&p->diag, BH_COND_SENSE, a->body.where->at, "no message passes by `%s`: this never holds for a `%s`",
                   a->name.text, a->type->name.text);
        return;
    }
    where_always_holds(n, p, a, &a->name, a->body.where);
    for (uint32_t i = 0; i < a->restricts.count; i++) {
        restrict_twice(n, p, a->restricts.items, i);
        if (a->restricts.items[i]->body.where != NULL && !restrict_leaves(n, p, a, i)) return;
    }
}

static void check_privilege(struct narrowing *n, struct policy *p, const struct privilege *v)
{
    LIST(struct restrict_rule) own = { 0 };
    struct restrict_rule *r;
    LIST_EACH(r, &p->restricts) {
        if (r->privilege == v) LIST_ADD(p->arena, &own, r);
    }
    for (uint32_t i = 1; i < own.count; i++) restrict_twice(n, p, own.items, i);
}

/* Of two that each make the other useless, the second. */
static void type_refuses(struct narrowing *n, struct policy *p, const struct type *t)
{
    for (uint32_t i = t->wheres.count; i-- > 0;) {
        struct cond *c = n->conds.items[i];
        n->conds.items[i] = n->conds.items[--n->conds.count];
        if (narrowing_leaves(n, c)) LIST_ADD(n->arena, &n->conds, c);
        else diag_error(&p->diag, BH_COND_SENSE, c->at, "this refuses nothing: it always holds for a `%s`%s", t->name.text,
                        t->wheres.count > 1 ? " that is as its other conditions demand" : "");
    }
}

static bool type_makes_sense(struct narrowing *n, struct policy *p, const struct type *t)
{
    uint32_t errors = p->diag.errors;
    if (t->wheres.count == 0) return true;
    narrowing_start(n, t, NULL);
    if (narrowing_leaves(n, NULL)) type_refuses(n, p, t);
    else diag_error(&p->diag, BH_COND_SENSE, t->wheres.items[0]->at, "no `%s` is as its conditions demand", t->name.text);
    return p->diag.errors == errors;
}

void policy_check_narrowing(struct policy *p)
{
    struct narrowing n = { .arena = p->arena };
    struct type *t;
    const struct allow *a;
    const struct privilege *v;
    LIST_EACH(t, &p->types) {
        if (t->flat.count > n.fields_max) n.fields_max = t->flat.count;
    }
    LIST_EACH(t, &p->types) t->broken = !type_makes_sense(&n, p, t);
    LIST_EACH(a, &p->allows) {
        if (!a->type->broken) check_allow(&n, p, a);
    }
    LIST_EACH(v, &p->privileges) check_privilege(&n, p, v);
}
