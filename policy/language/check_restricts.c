/* SPDX-License-Identifier: Apache-2.0 */
/* restrict: it narrows a rule or a privilege, which others may have written, and never widens one. */
#include "language/check.h"
#include "policy/image.h"

/* Judging a message walks all of them: image_check() bounds that work. */
static void restrict_count(struct policy *p, struct restrict_rule *r)
{
    struct allow *a = r->allow;
    LIST_ADD(p->arena, &a->restricts, r);
    if (a->restricts.count != IMAGE_MAX_RESTRICTS + 1) return;
    diag_error(&p->diag, BH_RESTRICT, r->name.at, "more than %u restrictions of `%s`: put their conditions into fewer",
               IMAGE_MAX_RESTRICTS, a->name.text);
    diag_note(&p->diag, a->name.at, "declared here");
}

/* What holds in no plan would never hold. */
static void restrict_plans(struct policy *p, const struct restrict_rule *r, const struct name *rule, uint32_t *mask)
{
    uint32_t all = UINT32_MAX >> (IMAGE_MAX_PLANS - (p->plans.count == 0 ? 1 : p->plans.count));
    bool empty = (*mask & all) == 0;
    *mask &= r->plan_mask;
    if (empty || (*mask & all) != 0) return;
    diag_error(&p->diag, BH_RESTRICT, r->name.at, "this leaves `%s` no plan to hold in", rule->text);
    diag_note(&p->diag, rule->at, "declared here");
}

/* Where the rule itself lets pass no more, the restriction's rate never refuses. Parts have different authors: it warns. */
static void restrict_rate(struct policy *p, const struct restrict_rule *r, const struct name *rule, const struct rate *of)
{
    const struct rate *own = &r->body.rate;
    if (!policy_check_rate_limits(own) || !policy_check_rate_limits(of)) return;
    if (own->count.number * of->per_ms < of->count.number * own->per_ms || own->burst.number < of->burst.number) return;
    diag_warn(&p->diag, BH_RESTRICT_RATE, own->at, "this rate refuses nothing: `%s` itself lets pass no more", rule->text);
    diag_note(&p->diag, of->at, "the rate of `%s`", rule->text);
}

static void restrict_allow(struct policy *p, struct restrict_rule *r)
{
    restrict_count(p, r);
    restrict_rate(p, r, &r->allow->name, &r->allow->body.rate);
    restrict_plans(p, r, &r->allow->name, &r->allow->plan_mask);
    if (r->allow->type != NULL) policy_check_cond(p, r->body.where, r->allow->type, NULL);
}

static void restrict_privilege(struct policy *p, struct restrict_rule *r)
{
    const struct restrict_rule *other;
    uint32_t count = 0;
    restrict_plans(p, r, &r->privilege->name, &r->privilege->plan_mask);
    restrict_rate(p, r, &r->privilege->name, &r->privilege->body.rate);
    if (r->body.where != NULL)
        diag_error(&p->diag, BH_RESTRICT, r->body.where->at, "a privilege carries no message: there are no fields to look at");
    if (r->privilege->kind == PRIVILEGE_GIVE)
        diag_error(&p->diag, BH_GIVE, r->name.at, "`%s` gives time: nothing narrows that", r->privilege->name.text);
    LIST_EACH(other, &p->restricts) count += other->privilege == r->privilege;
    if (count == IMAGE_MAX_RESTRICTS + 1)
        diag_error(&p->diag, BH_RESTRICT, r->name.at, "more than %u restrictions of `%s`", IMAGE_MAX_RESTRICTS,
                   r->privilege->name.text);
}

static void check_restrict(struct policy *p, struct restrict_rule *r)
{
    r->plan_mask = policy_check_body(p, &r->body);
    if (r->body.rate.at.length == 0 && r->body.where == NULL && r->body.plans.count == 0 && !r->broken)
        diag_error(&p->diag, BH_RESTRICT, r->name.at, "this narrows nothing: it has no `rate`, no `where`, no `only in plan`");
    if (r->body.rate.unlimited) diag_error(&p->diag, BH_RESTRICT, r->body.rate.at, "`rate none` narrows nothing");
    if (r->on.text != NULL) r->privilege = names_look(p, NAME_PRIVILEGE, r->on.text);
    if (r->privilege == NULL) r->allow = names_find(p, NAME_ALLOW, &r->on);
    if (r->privilege != NULL) restrict_privilege(p, r);
    else if (r->allow != NULL) restrict_allow(p, r);
}

void policy_check_restricts(struct policy *p)
{
    struct restrict_rule *r;
    LIST_EACH(r, &p->restricts) check_restrict(p, r);
}
