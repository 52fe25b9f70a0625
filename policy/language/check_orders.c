/* SPDX-License-Identifier: Apache-2.0 */
/* Orders: what each one alone says, and which of them share rules and so become one automaton. */
#include "language/automaton.h"
#include "policy/image.h"

#define RULES_MAX 256u                /* in one list */
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

static bool order_resets(const struct order *o, const struct name *subject)
{
    const struct name *name;
    LIST_EACH(name, &o->resets) {
        if (name_is(name, subject->text)) return true;
    }
    return false;
}

/* Who owes a message of the second side forgets it when it restarts; then the first side would wait for it for ever. */
static bool order_goes_on(struct policy *p, const struct order *o)
{
    for (uint32_t i = 0; o->alternates && i < o->bans.count; i++) {
        const struct allow *a = o->bans.items[i];
        if (a->channel == NULL || order_resets(o, &a->from)) continue;
        diag_error(&p->diag, BH_ORDER_STUCK, o->at,
                   "once `%s` restarts it may not know that it owes `%s`: then both sides wait for ever", a->from.text,
                   a->name.text);
        diag_note(&p->diag, a->name.at, "`reset when %s restart` begins anew with the first side", a->from.text);
        return false;
    }
    return true;
}

static bool order_is_bounded(struct policy *p, const struct order *o)
{
    const name_list *lists[] = { &o->after, &o->never, &o->until };
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        if (!policy_check_count(p, o->at, lists[i]->count, RULES_MAX, "rules of an order")) return false;
    }
    return policy_check_count(p, o->at, o->resets.count, IMAGE_MAX_SUBJECTS, "subjects that reset an order");
}

static void order_resolve(struct policy *p, struct order *o)
{
    if (!order_is_bounded(p, o)) return;
    bool good = order_rules(p, &o->never, &o->bans);
    good &= order_rules(p, &o->until, &o->frees);
    good &= order_rules(p, o->always ? &o->never : &o->after, &o->opens);
    if (o->alternates) good &= order_rules(p, &o->until, &o->waits);
    o->begins_held = o->after.count == 0;
    o->good = good && o->name.text != NULL && o->bans.count > 0 && order_sense(p, o) && order_goes_on(p, o);
}

/* ---- which belong together ---- */
/* The least number of an order that names a rule spreads to all orders that name it. */
static bool rules_join(struct order *o, const allow_list *rules)
{
    bool changed = false;
    for (uint32_t i = 0; i < rules->count; i++) {
        struct allow *a = rules->items[i];
        changed |= a->joined != o->group;
        if (a->joined != 0 && a->joined < o->group) o->group = a->joined;
        a->joined = o->group;
    }
    return changed;
}

static void orders_join(struct policy *p)
{
    struct order *o;
    bool changed;
    do {
        changed = false;
        LIST_EACH(o, &p->orders) {
            if (!o->good) continue;
            if (o->group == 0) o->group = o_at + 1;
            changed |= rules_join(o, &o->opens);
            changed |= rules_join(o, &o->bans);
            changed |= rules_join(o, &o->frees);
        }
    } while (changed);
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
        if (o == first || (resets_equal(first, o) && resets_equal(o, first))) continue;
        diag_error(&p->diag, BH_ORDER_SIZE, o->name.at, "`%s` and `%s` share rules, but not what resets them", o->name.text,
                   first->name.text);
        diag_note(&p->diag, first->name.at, "orders that share rules begin anew together: give both the same `reset when`");
    }
    protocol->resets = first->resets;
    protocol->reset_at = first->reset_at;
}

/* What its orders meet, each once. */
static void joined_requirements(struct policy *p, struct protocol *protocol)
{
    const struct order *o;
    const struct name *n, *other;
    LIST_EACH(o, &protocol->orders) {
        LIST_EACH(n, &o->requirements) {
            bool has = false;
            LIST_EACH(other, &protocol->requirements) has |= name_is(other, n->text);
            if (!has) *LIST_NEW(p->arena, &protocol->requirements) = *n;
        }
    }
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

static void group_join(struct policy *p, uint32_t group)
{
    struct order *o;
    struct protocol *protocol = LIST_NEW(p->arena, &p->protocols);
    LIST_EACH(o, &p->orders) {
        if (!o->good || o->group != group) continue;
        o->protocol = protocol;
        LIST_ADD(p->arena, &protocol->orders, o);
    }
    joined_name(p, protocol);
    joined_resets(p, protocol);
    joined_requirements(p, protocol);
    automaton_join(p, protocol);
}

void policy_check_orders(struct policy *p)
{
    const struct order *o;
    for (uint32_t i = 0; i < p->orders.count; i++) {
        if (!p->orders.items[i]->broken) order_resolve(p, p->orders.items[i]);
    }
    orders_join(p);
    LIST_EACH(o, &p->orders) {
        if (o->good && o->protocol == NULL) group_join(p, o->group);
    }
}
