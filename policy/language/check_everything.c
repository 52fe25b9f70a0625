/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A rule that refuses nothing: any bytes of a length, as often as the sender likes. The monitor would look at each message and
 * never say no. A protocol or an order that never denies the rule is no judge of it, nor is a plan that never runs or in which
 * the sender has no time; what subjects could do only in such a plan never happens. Who means that says `direct`, which is seen
 * in the layout and is a right of its own.
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

/* By what it says itself: its sender runs in no plan in which it does not hold. */
static bool allow_is_open(const struct allow *a, const struct running *running)
{
    const struct restrict_rule *r;
    if (a->channel == NULL || a->type == NULL || !body_is_open(&a->body)) return false;
    if (running_rule(running, a) != running->in[a->channel->sender->index]) return false;
    LIST_EACH (r, &a->restricts) {
        if (!body_is_open(&r->body)) return false;
    }
    return type_is_open(a->type);
}

/* `states`: of each protocol, once it is asked for. */
static bool protocol_denies(const struct allow *a, const struct running *running, uint32_t *states)
{
    if (a->protocol == NULL) return false;
    uint32_t *reached = &states[a->protocol->index];
    if (*reached == 0) *reached = automaton_states(a->protocol, running);
    return automaton_denies(a->protocol, a, *reached);
}

void policy_check_everything(struct policy *p)
{
    const struct allow *a;
    const struct running *running = running_find(p);
    uint32_t *states = arena_take(p->arena, (p->protocols.count + 1) * sizeof *states);
    LIST_EACH (a, &p->allows) {
        if (!allow_is_open(a, running) || protocol_denies(a, running, states)) continue;
        diag_error(&p->diag, BH_EVERYTHING, a->name.at,
                   "`%s` grants everything: any %u bytes as often as `%s` likes; give a `rate`, a `where`, or fields with "
                   "ranges", a->name.text, a->type->size, a->from.text);
        diag_note(&p->diag, a->type->name.at, "no field of `%s` has less than all values", a->type->name.text);
    }
}
