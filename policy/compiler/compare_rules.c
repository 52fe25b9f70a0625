/* SPDX-License-Identifier: Apache-2.0 */
/* Rates, messages and protocols of two policies: which of both lets more pass. */
#include "compiler/compare.h"
#include "compiler/messages.h"
#include "language/runs.h"

/* ---- rates ---- */
typedef LIST(const struct rate) bucket_list;

static void bucket_add(struct arena *a, bucket_list *list, const struct rate *r)
{
    if (r->at.length > 0 && !r->unlimited && r->per_ms > 0) LIST_ADD(a, list, r);
}

static void buckets(const struct policy *p, const struct trait *t, bucket_list *list)
{
    const struct restrict_rule *r;
    if (t->allow == NULL && t->privilege == NULL) return;
    bucket_add(p->arena, list, t->allow != NULL ? &t->allow->body.rate : &t->privilege->body.rate);
    LIST_EACH (r, &p->restricts) {
        if (r->allow == t->allow && r->privilege == t->privilege) bucket_add(p->arena, list, &r->body.rate);
    }
}

/* Whether each bucket of `loose` is at least as generous as some bucket of `tight`: then `tight` lets no more pass. */
static bool buckets_within(const bucket_list *tight, const bucket_list *loose)
{
    const struct rate *l, *t;
    LIST_EACH (l, loose) {
        bool found = false;
        LIST_EACH (t, tight)
            found |= t->count.number * l->per_ms <= l->count.number * t->per_ms && t->burst.number <= l->burst.number;
        if (!found) return false;
    }
    return true;
}

unsigned compare_rates(const struct policy *p, const struct trait *a, const struct policy *q, const struct trait *b)
{
    bucket_list old_ones = { 0 }, new_ones = { 0 };
    buckets(p, a, &old_ones);
    buckets(q, b, &new_ones);
    unsigned way = buckets_within(&new_ones, &old_ones) ? CHANGE_SAME : CHANGE_WIDER;
    return way | (buckets_within(&old_ones, &new_ones) ? CHANGE_SAME : CHANGE_NARROWER);
}

/* ---- messages ---- */
unsigned compare_messages(const struct policy *p, const struct allow *a, const struct policy *q, const struct allow *b,
                          const char **why)
{
    const char *more = "", *less = "";
    enum messages_result wider = messages_beyond(q, b, p, a, &more), narrower = messages_beyond(p, a, q, b, &less);
    *why = wider == MESSAGES_UNKNOWN   ? "the messages cannot be compared"
           : wider == MESSAGES_SOME    ? arena_print(q->arena, "now passes: %s", more)
           : narrower == MESSAGES_SOME ? arena_print(q->arena, "no longer passes: %s", less)
                                       : NULL;
    return (wider != MESSAGES_NONE ? CHANGE_WIDER : 0u) | (narrower == MESSAGES_SOME ? CHANGE_NARROWER : 0u);
}

bool compare_types(const struct policy *p, const struct type *a, const struct policy *q, const struct type *b)
{
    const struct allow before = { .type = (struct type *)(uintptr_t)a }, after = { .type = (struct type *)(uintptr_t)b };
    const char *witness = "";
    return messages_beyond(p, &before, q, &after, &witness) == MESSAGES_NONE &&
           messages_beyond(q, &after, p, &before, &witness) == MESSAGES_NONE;
}

/* ---- places ---- */
static bool same_cond(struct arena *a, const struct cond *before, const struct cond *after)
{
    if (before == NULL || after == NULL) return before == after;
    return strcmp(messages_cond_text(a, before), messages_cond_text(a, after)) == 0;
}

static bool same_rate(const struct rate *before, const struct rate *after)
{
    return before->count.number == after->count.number && before->burst.number == after->burst.number &&
           before->per_ms == after->per_ms && before->unlimited == after->unlimited;
}

static bool narrows(const struct restrict_rule *r, const struct trait *t)
{
    return r->allow == t->allow && r->privilege == t->privilege;
}

/* The restriction of that name; NULL: there is none. */
static const struct restrict_rule *restrict_named(const struct policy *p, const struct trait *t, const char *name)
{
    const struct restrict_rule *r;
    LIST_EACH (r, &p->restricts) {
        if (narrows(r, t) && name_is(&r->name, name)) return r;
    }
    return NULL;
}

static const struct rule_body *trait_body(const struct trait *t)
{
    return t->allow != NULL ? &t->allow->body : &t->privilege->body;
}

const struct policy *compare_place(const struct policy *p, const struct trait *before, const struct policy *q,
                                   const struct trait *after, struct place *at)
{
    const struct restrict_rule *r, *old_one;
    const struct rule_body *a = trait_body(before), *b = trait_body(after);
    struct place own = after->allow != NULL ? after->allow->name.at : after->privilege->name.at;
    *at = own;
    if (!same_cond(q->arena, a->where, b->where) && b->where != NULL) *at = b->where->at;
    if (!same_rate(&a->rate, &b->rate) && b->rate.at.length > 0) *at = b->rate.at;
    if (!same_cond(q->arena, a->where, b->where) || !same_rate(&a->rate, &b->rate)) return q;
    LIST_EACH (r, &q->restricts) {
        if (!narrows(r, after)) continue;
        old_one = restrict_named(p, before, r->name.text);
        bool same = old_one != NULL && same_cond(q->arena, old_one->body.where, r->body.where) &&
                    same_rate(&old_one->body.rate, &r->body.rate);
        *at = r->name.at;
        if (!same) return q;
    }
    LIST_EACH (r, &p->restricts) {
        *at = r->name.at;
        if (narrows(r, before) && restrict_named(q, after, r->name.text) == NULL) return p;
    }
    *at = own;
    return q;
}

/* ---- protocols ---- */
unsigned compare_protocols(struct arena *a, const struct protocol *old_one, const struct protocol *new_one, const char **why)
{
    struct runs_open wider, narrower;
    bool more = runs_open_other(old_one, new_one, &wider), less = runs_open_other(new_one, old_one, &narrower);
    if (more && wider.rule != NULL)
        *why = arena_print(a, "after messages that it was denied after now passes: `%s`", wider.rule->name.text);
    return (more ? CHANGE_WIDER : 0u) | (less ? CHANGE_NARROWER : 0u);
}

/* ---- orders ---- */
static bool rules_have(const allow_list *rules, const char *name)
{
    for (uint32_t i = 0; i < rules->count; i++) {
        if (name_is(&rules->items[i]->name, name)) return true;
    }
    return false;
}

/* Whether the order, held or not, lets the rule pass; then it is held as the answer says. */
static bool order_step(const struct order *o, const char *rule, bool *held)
{
    if (rules_have(*held ? &o->bans : &o->waits, rule)) return false;
    *held = (*held && !rules_have(&o->frees, rule)) || rules_have(&o->opens, rule);
    return true;
}

/* One rule from all pairs of states that are reached: bit 2 * narrow + loose. False if only `narrow` lets it pass. */
static bool order_follow(const struct order *narrow, const struct order *loose, const char *rule, uint32_t *pairs)
{
    for (uint32_t pair = 0; pair < 4; pair++) {
        bool held = pair >> 1, other = pair & 1;
        if (!(*pairs >> pair & 1) || !order_step(narrow, rule, &held)) continue;
        if (!order_step(loose, rule, &other)) return false;
        *pairs |= 1u << (2 * held + other);
    }
    return true;
}

static bool order_within(const struct order *narrow, const struct order *loose)
{
    const allow_list *lists[] = { &narrow->opens, &narrow->bans, &narrow->frees, &loose->opens, &loose->bans, &loose->frees };
    uint32_t pairs = 1u << (2 * narrow->begins_held + loose->begins_held), before;
    do {
        before = pairs;
        for (size_t l = 0; l < sizeof lists / sizeof lists[0]; l++) {
            for (uint32_t i = 0; i < lists[l]->count; i++) {
                if (!order_follow(narrow, loose, lists[l]->items[i]->name.text, &pairs)) return false;
            }
        }
    } while (pairs != before);
    return true;
}

unsigned compare_orders(const struct order *old_one, const struct order *new_one)
{
    return (order_within(new_one, old_one) ? 0u : CHANGE_WIDER) | (order_within(old_one, new_one) ? 0u : CHANGE_NARROWER);
}
