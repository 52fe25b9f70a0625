/* SPDX-License-Identifier: Apache-2.0 */
/* Orders: what each one alone says, and which of them share rules and so become one automaton. */
#include "language/automaton.h"
#include "policy/image.h"

#define JOINED_NAME_MAX 57u           /* of two names; longer ones are counted */

bool allow_list_has(const allow_list *list, const struct allow *a)
{
    for (uint32_t i = 0; i < list->count; i++) {
        if (list->items[i] == a) return true;
    }
    return false;
}

/* ---- one order ---- */
static bool order_rules(struct policy *p, const name_list *names, allow_list *rules)
{
    const struct name *name;
    bool good = true;
    LIST_EACH(name, names) {
        struct allow *a = names_find(p, NAME_ALLOW, name);
        good &= a != NULL;
        if (a != NULL && !allow_list_has(rules, a)) LIST_ADD(p->arena, rules, a);
    }
    return good;
}

/* A rule that both lists name, or NULL. */
static const struct name *order_shared(const name_list *names, const allow_list *with)
{
    const struct name *name;
    LIST_EACH(name, names) {
        for (uint32_t i = 0; i < with->count; i++) {
            if (name_is(name, with->items[i]->name.text)) return name;
        }
    }
    return NULL;
}

static bool order_sense(struct policy *p, const struct order *o)
{
    const struct name *own = order_shared(&o->until, &o->bans);
    if (o->after.count == 0 && o->until.count == 0) {
        diag_error(&p->diag, BH_ORDER_SENSE, o->at, "`%s` could never pass: then leave the rule out, or say until when",
                   o->never.items[0]->text);
        return false;
    }
    if (own != NULL) {
        diag_error(&p->diag, BH_ORDER_SENSE, own->at, "`%s` would wait for itself", own->text);
        return false;
    }
    own = order_shared(&o->until, &o->opens);
    if (own != NULL && !o->always) {
        diag_error(&p->diag, BH_ORDER_SENSE, own->at, "`%s` would begin and end the same wait", own->text);
        return false;
    }
    return true;
}

static void order_resolve(struct policy *p, struct order *o)
{
    bool good = order_rules(p, &o->never, &o->bans);
    good &= order_rules(p, &o->until, &o->frees);
    good &= order_rules(p, o->always ? &o->never : &o->after, &o->opens);
    o->begins_held = o->after.count == 0;
    o->good = good && o->name.text != NULL && o->bans.count > 0 && order_sense(p, o);
}

/* ---- which belong together ---- */
static bool order_names(const struct order *o, const struct allow *a)
{
    return allow_list_has(&o->opens, a) || allow_list_has(&o->bans, a) || allow_list_has(&o->frees, a);
}

static bool lists_meet(const allow_list *list, const struct order *with)
{
    for (uint32_t i = 0; i < list->count; i++) {
        if (order_names(with, list->items[i])) return true;
    }
    return false;
}

static bool orders_meet(const struct order *a, const struct order *b)
{
    return lists_meet(&a->opens, b) || lists_meet(&a->bans, b) || lists_meet(&a->frees, b);
}

static bool resets_equal(const struct order *a, const struct order *b)
{
    const struct name *n, *m;
    bool has = true;
    LIST_EACH(n, &a->resets) {
        bool found = false;
        LIST_EACH(m, &b->resets) found |= name_is(n, m->text);
        has &= found;
    }
    return has;
}

static void joined_resets(struct policy *p, struct protocol *protocol)
{
    const struct order *first = protocol->orders.items[0], *o;
    LIST_EACH(o, &protocol->orders) {
        if (resets_equal(first, o) && resets_equal(o, first)) continue;
        diag_error(&p->diag, BH_ORDER_SIZE, o->name.at, "`%s` and `%s` share rules, but not what resets them", o->name.text,
                   first->name.text);
        diag_note(&p->diag, first->name.at, "orders that share rules begin anew together: give both the same `reset when`");
    }
    protocol->resets = first->resets;
    protocol->reset_at = first->reset_at;
}

static void joined_name(struct policy *p, struct protocol *protocol)
{
    const struct order *first = protocol->orders.items[0];
    protocol->name = first->name;
    if (protocol->orders.count == 1) return;
    const char *second = protocol->orders.items[1]->name.text;
    size_t length = strlen(first->name.text) + 1 + strlen(second);
    if (protocol->orders.count == 2 && length <= JOINED_NAME_MAX)
        protocol->name.text = arena_print(p->arena, "%s+%s", first->name.text, second);
    else
        protocol->name.text = arena_print(p->arena, "%s+%u", first->name.text, protocol->orders.count - 1);
}

/* The order, and all that share rules with those that are in already. */
static void order_gather(struct policy *p, struct protocol *protocol, struct order *first)
{
    struct order *o;
    bool grew = true;
    first->protocol = protocol;
    while (grew) {
        grew = false;
        LIST_EACH(o, &p->orders) {
            if (!o->good || o->protocol != NULL) continue;
            for (uint32_t i = 0; i < p->orders.count && o->protocol == NULL; i++) {
                const struct order *in = p->orders.items[i];
                if (in->protocol == protocol && orders_meet(in, o)) o->protocol = protocol;
            }
            grew |= o->protocol != NULL;
        }
    }
    LIST_EACH(o, &p->orders) {
        if (o->protocol == protocol) LIST_ADD(p->arena, &protocol->orders, o);
    }
}

void policy_check_orders(struct policy *p)
{
    struct order *o;
    LIST_EACH(o, &p->orders) {
        if (!o->broken) order_resolve(p, o);
    }
    LIST_EACH(o, &p->orders) {
        if (!o->good || o->protocol != NULL) continue;
        struct protocol *protocol = LIST_NEW(p->arena, &p->protocols);
        order_gather(p, protocol, o);
        joined_name(p, protocol);
        joined_resets(p, protocol);
        automaton_join(p, protocol);
    }
}
