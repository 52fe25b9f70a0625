/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions: every test becomes a set of ranges of one field. A test that no message or every message passes is a mistake. */
#include "language/check.h"

#include <stdlib.h>

/* Whether the field exists in that very case: another union may have a case for the same values of another tag. */
static bool cond_within(const struct field *f, const struct type_case *within)
{
    return within != NULL && f->tag_field == within->tag_field && f->tags == within->tag_set;
}

static bool cond_target(struct policy *p, struct cond *c, const struct type *t, const struct type_case *within)
{
    if (!policy_check_element(p, &c->field)) return false;
    c->target = policy_check_field(p, t, &c->field);
    if (c->target == NULL) return false;
    if (c->target->tag_field == NULL || cond_within(c->target, within)) return true;
    diag_error(&p->diag, BH_COND_CASE, c->field.at,
               "`%s` exists only in some cases of the union: put the condition into the case", c->field.text);
    diag_note(&p->diag, c->target->name.at, "declared here");
    return false;
}

/* A side may reach beyond what the field can hold: only their common part can be said in the field's own numbers. */
static struct range cond_side(const struct field *f, struct range side)
{
    wide least = policy_check_field_least(f), greatest = policy_check_field_greatest(f);
    if (side.lo.number > greatest || side.hi.number < least) return side;       /* never holds: reported */
    if (side.lo.number < least) side.lo.number = least;
    if (side.hi.number > greatest) side.hi.number = greatest;
    return side;
}

/* The values that the field can hold; if it can hold none of them, all: then the condition never holds, which is reported. */
static bool cond_set(struct policy *p, struct cond *c, const struct constant *set)
{
    wide least = policy_check_field_least(c->target), greatest = policy_check_field_greatest(c->target);
    const struct range *r;
    bool good = true, any = false;
    LIST_EACH(r, &set->values) any |= r->lo.known && r->lo.number >= least && r->lo.number <= greatest;
    LIST_EACH(r, &set->values) {
        bool fits = r->lo.number >= least && r->lo.number <= greatest;
        good &= r->lo.known;
        if (fits || !any) *LIST_NEW(p->arena, &c->ranges) = *r;
    }
    return good;
}

static bool cond_box(struct policy *p, struct cond *c)
{
    const struct constant *box = names_find(p, NAME_CONSTANT, &c->box);
    const struct side *s;
    if (box == NULL) return false;
    if (box->is_set && c->side.text == NULL) return cond_set(p, c, box);
    if (c->side.text == NULL) {
        diag_error(&p->diag, BH_VALUE_BOX, c->box.at,
                   box->is_box ? "`%s` is a box: name a side, as in `in %s.SIDE`" : "`%s` is a number, not a set: `in { %s }`",
                   box->name.text, box->name.text);
        return false;
    }
    LIST_EACH(s, &box->sides) {
        if (!name_is(&s->name, c->side.text)) continue;
        *LIST_NEW(p->arena, &c->ranges) = cond_side(c->target, s->range);
        return s->range.lo.known && s->range.hi.known;
    }
    diag_error(&p->diag, BH_FIELD_UNKNOWN, c->side.at, "the box `%s` has no side `%s`", box->name.text, c->side.text);
    diag_note(&p->diag, box->name.at, "declared here");
    return false;
}

/* `field < 5` and so on: one range, as far as the field's width goes. */
static void cond_comparison(struct cond *c, struct range *r)
{
    wide value = r->lo.number;
    r->hi = r->lo;
    c->negated = c->op == COND_UNEQUAL;
    if (c->op == COND_LESS || c->op == COND_LESS_EQUAL) {
        r->lo.number = policy_check_field_least(c->target);
        r->hi.number = c->op == COND_LESS ? value - 1 : value;
    } else if (c->op == COND_GREATER || c->op == COND_GREATER_EQUAL) {
        r->lo.number = c->op == COND_GREATER ? value + 1 : value;
        r->hi.number = policy_check_field_greatest(c->target);
    }
}

static bool range_rises(struct policy *p, const struct range *r)
{
    if (r->lo.number <= r->hi.number) return true;
    diag_error(&p->diag, BH_VALUE_EMPTY, place_span(r->lo.at, r->hi.at), "the range is empty: its ends are swapped");
    return false;
}

/* A constant or an enumeration's value that has a field's name would make `a == b` look like what it is not. */
static bool value_is_apart(struct policy *p, const struct type *t, const struct value *v)
{
    const struct field *f = v->at.length > 0 && v->constant.text != NULL ? policy_find_field(t, v->constant.text) : NULL;
    if (f == NULL) return true;
    diag_error(&p->diag, BH_COND_FIELD, v->at, "`%s` reads as the field of `%s`; conditions compare with values alone: write a "
               "number, or a name that no field has", v->constant.text, t->name.text);
    diag_note(&p->diag, f->name.at, "declared here");
    return false;
}

static bool cond_ranges(struct policy *p, struct cond *c, const struct type *t)
{
    wide least = policy_check_field_least(c->target), greatest = policy_check_field_greatest(c->target);
    struct range *r;
    bool good = true;
    LIST_EACH(r, &c->ranges) {
        bool single = r->hi.at.length == 0;
        if (!value_is_apart(p, t, &r->lo) || !value_is_apart(p, t, &r->hi)) return false;
        good &= policy_check_field_value(p, &r->lo, c->target, least, greatest, "the value");
        if (!single) good &= policy_check_field_value(p, &r->hi, c->target, least, greatest, "the value");
        if (!good) continue;
        if (c->op != COND_IN)
            cond_comparison(c, r);
        else if (single)
            r->hi = r->lo;
        else
            good &= range_rises(p, r);
    }
    return good;
}

static int span_compare(const void *left, const void *right)
{
    const struct span *a = left, *b = right;
    return a->lo < b->lo ? -1 : a->lo > b->lo;
}

/* The ranges as spans that rise with gaps between them: several may cover together what none covers alone. */
static struct span *cond_spans(struct policy *p, const struct cond *c, uint32_t *count)
{
    struct span *spans = arena_take(p->arena, (c->ranges.count + 1) * sizeof *spans);
    const struct range *r;
    uint32_t all = 0;
    LIST_EACH(r, &c->ranges) {
        if (r->lo.number <= r->hi.number) spans[all++] = (struct span){ r->lo.number, r->hi.number };
    }
    if (all > 1) qsort(spans, all, sizeof *spans, span_compare);
    *count = 0;
    for (uint32_t i = 0; i < all; i++) {
        struct span *last = *count > 0 ? &spans[*count - 1] : NULL;
        if (last == NULL || spans[i].lo > last->hi + 1) spans[(*count)++] = spans[i];
        else if (spans[i].hi > last->hi) last->hi = spans[i].hi;
    }
    return spans;
}

/* Whether every value, or none, of the field's domain lies in the ranges. */
static void cond_sense(struct policy *p, const struct cond *c)
{
    struct span domain[DOMAIN_SPANS_MAX];
    uint32_t count, domain_count = policy_domain(c->target, domain), covered = 0;
    const struct span *spans = cond_spans(p, c, &count);
    bool any = false;
    for (uint32_t i = 0; i < domain_count; i++) {
        for (uint32_t k = 0; k < count; k++) {
            any |= spans[k].lo <= domain[i].hi && spans[k].hi >= domain[i].lo;
            covered += spans[k].lo <= domain[i].lo && spans[k].hi >= domain[i].hi;
        }
    }
    if (domain_count == 0 || (any && covered < domain_count)) return;
    diag_error(&p->diag, BH_COND_SENSE, c->at, "this %s holds: `%s` lies in %s", any != c->negated ? "always" : "never",
               c->field.text, policy_domain_text(p->arena, c->target));
}

void policy_check_cond(struct policy *p, struct cond *c, const struct type *t, const struct type_case *within)
{
    if (c == NULL) return;
    if (c->kind != COND_TEST) {
        policy_check_cond(p, c->left, t, within);
        policy_check_cond(p, c->right, t, within);
        return;
    }
    if (!cond_target(p, c, t, within)) return;
    c->known = c->box.text != NULL ? cond_box(p, c) : cond_ranges(p, c, t);
    if (c->known) cond_sense(p, c);
}
