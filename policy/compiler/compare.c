/* SPDX-License-Identifier: Apache-2.0 */
/* Facts of two policies side by side, both sorted by key. */
#include "compiler/compare.h"

#include <stdlib.h>

struct pair {
    struct changes *changes;
    const struct fact *before, *after; /* of one key; one of them may be NULL */
};

/* ---- sets ---- */
static const struct name *set_extra(const name_list *set, const name_list *other)
{
    const struct name *n, *o;
    LIST_EACH (n, set) {
        bool found = false;
        LIST_EACH (o, other) found |= name_is(o, n->text);
        if (!found) return n;
    }
    return NULL;
}

/* ---- traits ---- */
static unsigned trait_turned(unsigned way)
{
    return ((way & CHANGE_WIDER) != 0 ? CHANGE_NARROWER : 0u) | ((way & CHANGE_NARROWER) != 0 ? CHANGE_WIDER : 0u);
}

static unsigned trait_way(const struct pair *p, const struct trait *before, const struct trait *after, const char **why)
{
    const struct policy *old_policy = p->changes->old_policy, *new_policy = p->changes->new_policy;
    unsigned number = before->number < after->number ? CHANGE_WIDER : before->number > after->number ? CHANGE_NARROWER : 0;
    unsigned set = (set_extra(&after->set, &before->set) != NULL ? CHANGE_WIDER : 0u) |
                   (set_extra(&before->set, &after->set) != NULL ? CHANGE_NARROWER : 0u);
    switch (after->sense) {
    case TRAIT_MORE:
        return number;
    case TRAIT_LESS:
        return trait_turned(number);
    case TRAIT_SET_MORE:
        return set;
    case TRAIT_SET_LESS:
        return trait_turned(set);
    case TRAIT_ANY:
        return CHANGE_WIDER;
    case TRAIT_RATES:
        return compare_rates(old_policy, before, new_policy, after);
    case TRAIT_MESSAGES:
        return compare_messages(old_policy, before->allow, new_policy, after->allow, why);
    case TRAIT_PROTOCOL:
        return compare_protocols(before->protocol, after->protocol);
    case TRAIT_ORDER:
        return compare_orders(before->order, after->order);
    case TRAIT_NEUTRAL:
    case TRAIT_DERIVED:
        break;
    }
    return CHANGE_SAME;
}

/* The smallest piece of the text that tells: for long texts what they begin and end with alike is left out. */
static void trim_texts(struct arena *a, struct change *c)
{
    const char *before = c->before, *after = c->after;
    size_t first = 0, b = strlen(before), n = strlen(after), last = 0;
    if (b + n < 80) return;
    while (before[first] != '\0' && before[first] == after[first]) first++;
    while (last < b - first && last < n - first && before[b - 1 - last] == after[n - 1 - last]) last++;
    while (first > 0 && before[first - 1] != ';' && before[first - 1] != '{') first--;
    while (last > 0 && before[b - last] != ';' && before[b - last] != '}') last--;
    c->before =
        arena_print(a, "%s%.*s%s", first > 0 ? "..." : "", (int)(b - last - first), before + first, last > 0 ? "..." : "");
    c->after =
        arena_print(a, "%s%.*s%s", first > 0 ? "..." : "", (int)(n - last - first), after + first, last > 0 ? "..." : "");
}

static enum change_section fact_section(const struct fact *f)
{
    return f->kind == FACT_OTHER || f->kind == FACT_EVIDENCE ? CHANGE_OTHER : CHANGE_LIMIT;
}

static struct change *change_add(struct changes *c, enum change_section section, unsigned way, const char *key,
                                 const struct policy *in, struct place at)
{
    struct change *change = LIST_NEW(c->arena, &c->all);
    *change = (struct change){ .section = section, .way = way, .key = key, .in = in, .at = at };
    change->authority = facts_authority(in, at);
    c->way |= way;
    return change;
}

static void compare_trait(const struct pair *p, const struct trait *before, const struct trait *after)
{
    struct changes *c = p->changes;
    const char *why = NULL;
    if (after->sense == TRAIT_DERIVED || strcmp(before->text, after->text) == 0) return;
    unsigned way = trait_way(p, before, after, &why);
    if (way == CHANGE_SAME && (after->sense == TRAIT_MESSAGES || after->sense == TRAIT_PROTOCOL ||
                               after->sense == TRAIT_ORDER)) return; /* other words */
    struct place at = after->at;
    const struct policy *in = c->new_policy;
    if (after->sense == TRAIT_RATES || strcmp(after->name, "where") == 0)
        in = compare_place(c->old_policy, before, c->new_policy, after, &at);
    struct change *change = change_add(c, fact_section(p->after), way, p->after->key, in, at);
    change->trait = after->name;
    change->before = before->text;
    change->after = after->text;
    change->why = why;
    trim_texts(c->arena, change);
}

/* Traits stand in one order in each fact; one that is there in one of both only has nothing to be compared with. */
static void compare_fact(const struct pair *p)
{
    static const struct trait nothing = { .text = "none" };
    const struct trait *t, *other;
    LIST_EACH (t, &p->after->traits) {
        const struct trait *before = NULL;
        LIST_EACH (other, &p->before->traits) {
            if (strcmp(other->name, t->name) == 0) before = other;
        }
        compare_trait(p, before != NULL ? before : &nothing, t);
    }
}

/* ---- facts ---- */
static void fact_gained(const struct pair *p)
{
    const struct fact *f = p->after;
    unsigned way = f->kind == FACT_FLOW                                ? CHANGE_WIDER
                   : f->kind == FACT_BOUND || f->kind == FACT_EVIDENCE ? CHANGE_NARROWER
                                                                       : 0;
    enum change_section section = f->kind == FACT_FLOW ? CHANGE_GAINED : fact_section(f);
    change_add(p->changes, section, way, f->key, p->changes->new_policy, f->at)->after = "new";
}

static void fact_lost(const struct pair *p)
{
    const struct fact *f = p->before;
    unsigned way = f->kind == FACT_FLOW                                ? CHANGE_NARROWER
                   : f->kind == FACT_BOUND || f->kind == FACT_EVIDENCE ? CHANGE_WIDER
                                                                       : 0;
    enum change_section section = f->kind == FACT_FLOW ? CHANGE_LOST : fact_section(f);
    change_add(p->changes, section, way, f->key, p->changes->old_policy, f->at)->before = "gone";
}

static int change_order(const void *left, const void *right)
{
    const struct change *a = *(struct change *const *)left, *b = *(struct change *const *)right;
    if (a->section != b->section) return a->section < b->section ? -1 : 1;
    int order = strcmp(a->authority, b->authority);
    if (order == 0) order = strcmp(a->key, b->key);
    if (order == 0 && a->trait != NULL && b->trait != NULL) order = strcmp(a->trait, b->trait);
    if (order != 0) return order;
    return a->at.offset < b->at.offset ? -1 : a->at.offset > b->at.offset;
}

void compare_policies(struct changes *c, const struct policy *old_policy, const struct policy *new_policy)
{
    struct facts before, after;
    uint32_t i = 0, k = 0;
    *c = (struct changes){ .arena = new_policy->arena, .old_policy = old_policy, .new_policy = new_policy };
    facts_collect(&before, old_policy);
    facts_collect(&after, new_policy);
    while (i < before.all.count || k < after.all.count) {
        struct pair p = { c, i < before.all.count ? before.all.items[i] : NULL,
                          k < after.all.count ? after.all.items[k] : NULL };
        int order = p.before == NULL ? 1 : p.after == NULL ? -1 : strcmp(p.before->key, p.after->key);
        if (order == 0)
            compare_fact(&p);
        else if (order < 0)
            fact_lost(&p);
        else
            fact_gained(&p);
        i += order <= 0;
        k += order >= 0;
    }
    if (c->all.count > 1) qsort(c->all.items, c->all.count, sizeof *c->all.items, change_order);
}
