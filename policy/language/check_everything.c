/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A rule that refuses nothing: any bytes of a length, as often as the sender likes. The monitor would look at each message and
 * never say no. A protocol or an order that never denies the rule is no judge of it, nor is a plan that never runs; what only
 * subjects could do that have time in no plan that runs never happens. Who means that says `direct`, which is seen in the
 * layout and is a right of its own.
 */
#include "language/automaton.h"

/* Whether the field can hold whatever its bytes can. */
static bool field_is_open(const struct field *f)
{
    if (f->kind != FIELD_NUMBER || f->domain == DOMAIN_SET || f->tag_field != NULL) return false;
    if (f->array != NULL && (f->array->is_text || f->array->length.text != NULL)) return false;
    return f->lo == policy_check_field_least(f) && f->hi == policy_check_field_greatest(f);
}

static bool type_is_open(const struct type *t)
{
    const struct field *f;
    if (t->broken || t->wheres.count > 0 || t->flat.count == 0) return false;
    LIST_EACH (f, &t->flat) {
        if (!field_is_open(f)) return false;
    }
    return true;
}

/* A condition that always holds is refused as such, a rule's and a restriction's (BH0407). */
static bool body_is_open(const struct rule_body *b)
{
    return b->where == NULL && (b->rate.at.length == 0 || b->rate.unlimited);
}

static bool allow_is_open(const struct allow *a, const struct running *running)
{
    const struct restrict_rule *r;
    if (!body_is_open(&a->body) || (running->plans & ~a->plan_mask) != 0) return false;
    if (a->protocol != NULL && automaton_denies(a->protocol, a, running)) return false;
    LIST_EACH (r, &a->restricts) {
        if (!body_is_open(&r->body)) return false;
    }
    return true;
}

void policy_check_everything(struct policy *p)
{
    const struct allow *a;
    struct running running = running_find(p);
    LIST_EACH (a, &p->allows) {
        if (a->channel == NULL || a->type == NULL || !allow_is_open(a, &running) || !type_is_open(a->type)) continue;
        diag_error(&p->diag, BH_EVERYTHING, a->name.at,
                   "`%s` grants everything: any %u bytes as often as `%s` likes; give a `rate`, a `where`, or fields with "
                   "ranges", a->name.text, a->type->size, a->from.text);
        diag_note(&p->diag, a->type->name.at, "no field of `%s` has less than all values", a->type->name.text);
    }
}
