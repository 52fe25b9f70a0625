/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Orders, derived from what their statements say and compared with the automaton in the image, whatever the compiler made of
 * them: both are walked side by side from the beginning, rule by rule, until no new pair of an image's state and what each
 * order has seen comes up. So they agree on every sequence of messages, however long, or the shortest one that they disagree
 * on is told. What an order has seen is one bit here: which of its two sides passed last.
 */
#include "compiler/verify/orders.h"

#include <stdlib.h>

#define JOINED_MAX 64u                /* orders that share rules: bits of a word */
#define PAIRS_MAX 8192u               /* more than any image has that is right */
#define NAME_BYTES 57u                /* of two names joined; longer ones are counted */

struct pair { uint64_t until; uint32_t state, before; const char *by; };

/* Orders that share rules, the rules that they name, and the image's states beside what they have seen. */
struct walk {
    struct reader *v;
    const struct said_order *orders[JOINED_MAX];
    uint32_t order_count;
    uint32_t first_step, step_count, state_count;
    uint32_t visited;                 /* states of the image */
    uint32_t pair_count;
    struct pair pairs[PAIRS_MAX];
};

static bool list_has(const name_list *list, const char *rule)
{
    const struct name *name;
    LIST_EACH(name, list) {
        if (name_is(name, rule)) return true;
    }
    return false;
}

static bool order_has(const struct said_order *o, const char *rule)
{
    return list_has(&o->after, rule) || list_has(&o->never, rule) || list_has(&o->until, rule);
}

/* ---- what the reference says of one order; `until`: a message of its `until` side passed last ---- */
static bool begins_until(const struct said_order *o)
{
    return o->after.count > 0;        /* as if it had been waited for already */
}

static bool order_refuses(const struct said_order *o, bool until, const char *rule)
{
    if (o->o->alternates && until && list_has(&o->until, rule)) return true;
    return list_has(&o->never, rule) && !until;
}

static bool order_moves(const struct said_order *o, bool until, const char *rule)
{
    if (list_has(&o->until, rule)) return true;
    return list_has(o->o->always ? &o->never : &o->after, rule) ? false : until;
}

/* ---- which orders share rules ---- */
static bool share_a_rule(const struct said_order *a, const struct said_order *b)
{
    const name_list *lists[] = { &a->after, &a->never, &a->until };
    const struct name *name;
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        LIST_EACH(name, lists[i]) {
            if (order_has(b, name->text)) return true;
        }
    }
    return false;
}

static void groups_join(struct said_order **orders, uint32_t count)
{
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t i = 0; i < count; i++) {
            for (uint32_t k = 0; k < i; k++) {
                uint32_t *a = &orders[i]->group, *b = &orders[k]->group;
                if (*a == *b || !share_a_rule(orders[i], orders[k])) continue;
                *a = *b = *a < *b ? *a : *b;
                changed = true;
            }
        }
    }
}

static int by_name(const void *left, const void *right)
{
    const struct said_order *a = *(struct said_order *const *)left, *b = *(struct said_order *const *)right;
    return strcmp(a->o->name.text, b->o->name.text);
}

void orders_read(struct reader *v)
{
    const struct order *o;
    v->orders = arena_take(v->arena, sizeof *v->orders);
    LIST_EACH(o, &v->said->orders) {
        struct said_order *said = LIST_NEW(v->arena, &v->orders->list);
        said->o = o;
        said_rules(v, &o->after, &said->after);
        said_rules(v, &o->never, &said->never);
        said_rules(v, &o->until, &said->until);
    }
    uint32_t count = v->orders->list.count;
    if (count > 1) qsort(v->orders->list.items, count, sizeof *v->orders->list.items, by_name);
    for (uint32_t i = 0; i < count; i++) v->orders->list.items[i]->group = i;
    groups_join(v->orders->list.items, count);
}

/* Groups stand behind the protocols that are written out, each where its first order has its name. */
static uint32_t group_protocol(const struct reader *v, uint32_t group)
{
    uint32_t at = v->said->protocols.count;
    for (uint32_t i = 0; i < group; i++) at += v->orders->list.items[i]->group == i;
    return at;
}

uint64_t order_protocol_of(const struct reader *v, const struct allow *a)
{
    const struct said_order *o;
    LIST_EACH(o, &v->orders->list) {
        if (order_has(o, a->name.text)) return group_protocol(v, o->group);
    }
    return RAW_NONE;
}

/* ---- the walk ---- */
static bool is_of_walk(const struct walk *w, const char *rule)
{
    for (uint32_t i = 0; i < w->order_count; i++) {
        if (order_has(w->orders[i], rule)) return true;
    }
    return false;
}

/* The state that the image's step leads to; RAW_NONE: it refuses the rule there. */
static uint32_t image_step(const struct walk *w, uint32_t state, uint32_t entry)
{
    for (uint32_t at = w->first_step; at < w->first_step + w->step_count; at++) {
        if (GET(w->v, STEP, at, ALLOW) == entry && (GET(w->v, STEP, at, FROM_MASK) >> state & 1) != 0)
            return (uint32_t)GET(w->v, STEP, at, TO);
    }
    return RAW_NONE;
}

static const struct said_order *walk_refuses(const struct walk *w, uint64_t until, const char *rule)
{
    for (uint32_t i = 0; i < w->order_count; i++) {
        if (order_refuses(w->orders[i], (until >> i & 1) != 0, rule)) return w->orders[i];
    }
    return NULL;
}

static uint64_t walk_moves(const struct walk *w, uint64_t until, const char *rule)
{
    uint64_t moved = 0;
    for (uint32_t i = 0; i < w->order_count; i++)
        moved |= (uint64_t)order_moves(w->orders[i], (until >> i & 1) != 0, rule) << i;
    return moved;
}

static bool pair_enter(struct walk *w, struct pair pair)
{
    for (uint32_t i = 0; i < w->pair_count; i++) {
        if (w->pairs[i].until == pair.until && w->pairs[i].state == pair.state) return true;
    }
    if (w->pair_count == PAIRS_MAX) return false;
    w->pairs[w->pair_count++] = pair;
    w->visited |= 1u << pair.state;
    return true;
}

/* "from the beginning" or "after `a`, `b`". */
static const char *pair_way(const struct walk *w, uint32_t at)
{
    const char *text = "";
    if (at == 0) return "from the beginning";
    for (uint32_t i = at; i != 0; i = w->pairs[i].before)
        text = TEXT(w->v, "`%s`%s%s", w->pairs[i].by, i != at ? ", " : "", text);
    return TEXT(w->v, "after %s", text);
}

/* One rule from one pair; false once something differs, which is told. */
static bool pair_follow(struct walk *w, uint32_t at, uint32_t allow)
{
    const char *rule = w->v->p->allows.items[allow]->name.text;
    const struct pair *from = &w->pairs[at];
    const struct said_order *refusing = walk_refuses(w, from->until, rule);
    uint32_t to = image_step(w, from->state, w->v->allow_entry[allow]);
    w->v->values++;
    if ((refusing != NULL) != (to == RAW_NONE)) {
        differ(w->v, "order `%s`: %s the policy %s `%s` and the image %s it",
               refusing != NULL ? refusing->o->name.text : w->orders[0]->o->name.text, pair_way(w, at),
               refusing != NULL ? "refuses" : "takes", rule, refusing != NULL ? "takes" : "refuses");
        return false;
    }
    if (refusing != NULL) return true;
    if (to < w->state_count && pair_enter(w, (struct pair){ walk_moves(w, from->until, rule), to, at, rule })) return true;
    differ(w->v, "order `%s`: %s `%s` leads to no state, or to too many", w->orders[0]->o->name.text, pair_way(w, at), rule);
    return false;
}

static void walk_run(struct walk *w)
{
    struct pair first = { 0 };
    for (uint32_t i = 0; i < w->order_count; i++) first.until |= (uint64_t)begins_until(w->orders[i]) << i;
    pair_enter(w, first);
    for (uint32_t at = 0; at < w->pair_count; at++) {
        for (uint32_t i = 0; i < w->v->p->allows.count; i++) {
            if (is_of_walk(w, w->v->p->allows.items[i]->name.text) && !pair_follow(w, at, i)) return;
        }
    }
    if (w->visited != (uint32_t)((1ull << w->state_count) - 1))
        differ(w->v, "order `%s`: the image has states that no messages lead to", w->orders[0]->o->name.text);
}

/* ---- its entry, its steps and what resets it ---- */
/* Steps keep and match nothing, are of rules that the orders name, and no two of a rule leave one state. */
static void steps_are_plain(struct walk *w)
{
    struct reader *v = w->v;
    for (uint32_t at = w->first_step; at < w->first_step + w->step_count; at++) {
        bool known = false;
        EQUAL(v, STEP, at, FLAGS, 0);
        for (uint32_t i = 0; i < v->p->allows.count; i++)
            known |= GET(v, STEP, at, ALLOW) == v->allow_entry[i] && is_of_walk(w, v->p->allows.items[i]->name.text);
        if (!known) differ(v, "step %u: no order of its protocol names its rule", at);
        for (uint32_t i = w->first_step; i < at; i++) {
            if (GET(v, STEP, i, ALLOW) == GET(v, STEP, at, ALLOW) &&
                (GET(v, STEP, i, FROM_MASK) & GET(v, STEP, at, FROM_MASK)) != 0)
                differ(v, "steps %u and %u: one message would take both", i, at);
        }
    }
}

static const char *walk_name(const struct walk *w)
{
    const char *first = w->orders[0]->o->name.text, *second = w->order_count > 1 ? w->orders[1]->o->name.text : "";
    if (w->order_count == 1) return first;
    if (w->order_count == 2 && strlen(first) + 1 + strlen(second) <= NAME_BYTES) return TEXT(w->v, "%s+%s", first, second);
    return TEXT(w->v, "%s+%u", first, w->order_count - 1);
}

static void walk_resets(struct walk *w, uint32_t protocol)
{
    struct reader *v = w->v;
    uint32_t count = 0;
    for (uint32_t at = 0; at < v->count[RESET]; at++) {
        uint64_t subject = GET(v, RESET, at, SUBJECT);
        if (GET(v, RESET, at, PROTOCOL) != protocol) continue;
        count++;
        if (subject >= v->p->subjects.count || !list_has(&w->orders[0]->o->resets, v->p->subjects.items[subject]->name.text))
            differ(v, "order `%s`: the image resets it when another restarts", w->orders[0]->o->name.text);
    }
    if (count != w->orders[0]->o->resets.count)
        differ(v, "order `%s`: the image has %u that reset it, the policy %u", w->orders[0]->o->name.text, count,
               w->orders[0]->o->resets.count);
}

static void group_compare(struct walk *w, uint32_t protocol)
{
    struct reader *v = w->v;
    uint64_t first = GET(v, PROTOCOL, protocol, FIRST_STEP), steps = GET(v, PROTOCOL, protocol, STEP_COUNT);
    uint64_t states = GET(v, PROTOCOL, protocol, STATE_COUNT);
    verify_rule(v, PROTOCOL, protocol, "RULE", GET(v, PROTOCOL, protocol, RULE), walk_name(w));
    EQUAL(v, PROTOCOL, protocol, TIMEOUT_COUNT, 0);
    walk_resets(w, protocol);
    if (states == 0 || states > 32 || steps > v->count[STEP] || first > v->count[STEP] - steps) {
        differ(v, "order `%s`: its states or steps lie outside the tables", w->orders[0]->o->name.text);
        return;
    }
    w->first_step = (uint32_t)first;
    w->step_count = (uint32_t)steps;
    w->state_count = (uint32_t)states;
    steps_are_plain(w);
    walk_run(w);
}

void verify_orders(struct reader *v)
{
    uint32_t count = v->orders->list.count, groups = 0;
    struct said_order **orders = v->orders->list.items;
    struct walk *w = count > 0 ? arena_take(v->arena, sizeof *w) : NULL;
    for (uint32_t group = 0; group < count; group++) {
        if (orders[group]->group != group) continue;
        *w = (struct walk){ .v = v };
        for (uint32_t i = group; i < count && w->order_count < JOINED_MAX; i++) {
            if (orders[i]->group == group) w->orders[w->order_count++] = orders[i];
        }
        group_compare(w, group_protocol(v, group));
        groups++;
    }
    verify_count(v, PROTOCOL, v->said->protocols.count + groups);
}
