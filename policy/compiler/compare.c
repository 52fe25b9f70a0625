/* SPDX-License-Identifier: Apache-2.0 */
/* Facts of two policies side by side, both sorted by key. */
#include "compiler/compare.h"
#include "compiler/messages.h"
#include "language/check.h"

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

static bool set_has(const name_list *set, const char *name)
{
    const struct name *n;
    LIST_EACH (n, set) {
        if (name_is(n, name)) return true;
    }
    return false;
}

/* ---- traits ---- */
static unsigned trait_bits(wide before, wide after)
{
    return ((after & ~before) != 0 ? CHANGE_WIDER : 0u) | ((before & ~after) != 0 ? CHANGE_NARROWER : 0u);
}

static unsigned trait_turned(unsigned way)
{
    return ((way & CHANGE_WIDER) != 0 ? CHANGE_NARROWER : 0u) | ((way & CHANGE_NARROWER) != 0 ? CHANGE_WIDER : 0u);
}

static unsigned trait_often(const struct trait *before, const struct trait *after)
{
    bool both = before->number > 0 && after->number > 0;
    unsigned number = before->number < after->number ? CHANGE_WIDER : before->number > after->number ? CHANGE_NARROWER : 0u;
    if (!both || before->period == after->period) return number;
    return number | (after->period < before->period ? CHANGE_WIDER : CHANGE_NARROWER);
}

static bool rule_is_named(const struct policy *p, const char *name)
{
    const struct allow *a;
    const struct privilege *v;
    LIST_EACH (a, &p->allows) {
        if (name_is(&a->name, name)) return true;
    }
    LIST_EACH (v, &p->privileges) {
        if (name_is(&v->name, name)) return true;
    }
    return false;
}

/* Protocols, orders, exceptions and records name rules: whoever takes another's name over stands there in its place. */
static unsigned trait_name(const struct pair *p, const struct trait *before, const struct trait *after, const char **why)
{
    bool taken = rule_is_named(p->changes->old_policy, after->text), left = rule_is_named(p->changes->new_policy, before->text);
    if (!taken && !left) return CHANGE_SAME;
    *why = arena_print(p->changes->arena, "what names `%s` %s", taken ? after->text : before->text,
                       taken ? "means this one now" : "means another one now");
    return CHANGE_WIDER | CHANGE_NARROWER;
}

static unsigned trait_way(const struct pair *p, const struct trait *before, const struct trait *after, const char **why)
{
    const struct policy *old_policy = p->changes->old_policy, *new_policy = p->changes->new_policy;
    struct arena *arena = p->changes->arena;
    unsigned number = before->number < after->number ? CHANGE_WIDER : before->number > after->number ? CHANGE_NARROWER : 0;
    unsigned set = (set_extra(&after->set, &before->set) != NULL ? CHANGE_WIDER : 0u) |
                   (set_extra(&before->set, &after->set) != NULL ? CHANGE_NARROWER : 0u);
    switch (after->sense) {
    case TRAIT_MORE:
        return number;
    case TRAIT_SOME:
        return before->number == 0 || after->number == 0 ? number : CHANGE_SAME;
    case TRAIT_LESS:
        return trait_turned(number);
    case TRAIT_SET_MORE:
    case TRAIT_KEYS:
        return set;
    case TRAIT_SET_LESS:
        return trait_turned(set);
    case TRAIT_ANY:
        return CHANGE_WIDER;
    case TRAIT_MIXED:
    case TRAIT_REBUILD:
        return CHANGE_WIDER | CHANGE_NARROWER;
    case TRAIT_BITS:
        return trait_bits(before->number, after->number);
    case TRAIT_POWERS:
        return set | (set_has(&before->set, "shutdown") && !set_has(&after->set, "shutdown") ? CHANGE_WIDER : 0u);
    case TRAIT_TIME:
        return number != 0 || set != 0 ? CHANGE_WIDER | CHANGE_NARROWER : CHANGE_SAME;
    case TRAIT_NAME:
        return trait_name(p, before, after, why);
    case TRAIT_OFTEN:
        return trait_often(before, after);
    case TRAIT_PEOPLE:
        return compare_authorities(before->authority, after->authority);
    case TRAIT_RATES:
        return compare_rates(old_policy, before, new_policy, after);
    case TRAIT_MESSAGES:
        if (before->allow == NULL || after->allow == NULL) return CHANGE_WIDER | CHANGE_NARROWER;     /* one side has no rule */
        return compare_messages(old_policy, before->allow, new_policy, after->allow, why);
    case TRAIT_PROTOCOL:
        return compare_protocols(arena, before->protocol, after->protocol, why);
    case TRAIT_ORDER:
        return compare_closing_order(arena, compare_orders(before->order, after->order), old_policy, after->order, why);
    case TRAIT_STEPS:
        return compare_steps(before, after);
    case TRAIT_NEUTRAL:
    case TRAIT_NUMBERED:
    case TRAIT_DERIVED:
        break;
    }
    return CHANGE_SAME;
}

/* Whether one list of names begins with the other: then what both have has its numbers still. */
static bool numbers_stay(const char *before, const char *after)
{
    size_t first = strlen(before), second = strlen(after), shorter = first < second ? first : second;
    const char *longer = first < second ? after : before;
    return strncmp(before, after, shorter) == 0 && (longer[shorter] == '\0' || longer[shorter] == ',');
}

/* The rule whose messages a flow is, and the privilege; NULL: none. */
static const struct allow *fact_rule(const struct fact *f)
{
    const struct trait *t;
    LIST_EACH (t, &f->traits) {
        if (t->allow != NULL) return t->allow;
    }
    return NULL;
}

static const struct privilege *fact_privilege(const struct fact *f)
{
    const struct trait *t;
    LIST_EACH (t, &f->traits) {
        if (t->privilege != NULL) return t->privilege;
    }
    return NULL;
}

/* Traits of a flow that say how much passes: less of what closes something else leaves that open. */
static bool trait_passes(const struct trait *t)
{
    bool set = (t->sense == TRAIT_SET_MORE && strcmp(t->name, "plans") == 0) ||
               (t->sense == TRAIT_SET_LESS && strcmp(t->name, "protocol") == 0);
    return set || t->sense == TRAIT_RATES || t->sense == TRAIT_MESSAGES;
}

/* The way of a change of a flow that was there. */
static unsigned flow_way(const struct changes *c, const struct fact *before, unsigned way, const char **why)
{
    if (before->kind != FACT_FLOW) return way;
    const struct privilege *v = fact_privilege(before);
    if (v != NULL) return compare_closing_privilege(c->arena, way, v, why);
    return compare_closing(c->arena, way, fact_rule(before), why);
}

/* Whether both mean the same, in whatever words. */
static bool trait_same(const struct trait *before, const struct trait *after, enum trait_sense sense)
{
    if (sense == TRAIT_DERIVED) return true;
    if (sense == TRAIT_NUMBERED) return numbers_stay(before->text, after->text);
    return strcmp(before->text, after->text) == 0 && before->number == after->number && before->period == after->period;
}

/* Many texts are rounded. */
static const char *trait_text(struct arena *a, const struct trait *t, const struct trait *other)
{
    if (strcmp(t->text, other->text) != 0) return t->text;
    return arena_print(a, "%s (exactly %s)", t->text, policy_check_number_text(a, t->number));
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

/* ---- when a restart resets ---- */
static void instant_told(struct arena *a, struct change *c)
{
    c->before = arena_print(a, "%s %s", c->trait, c->before);
    c->after = arena_print(a, "%s %s", c->trait, c->after);
    c->trait = "rebuilt";
    c->why = "resets come at other instants";
    c->instant = true;
}

/* Of sorted ones; those of a subject and an authority stand together. */
static void instants_join(struct changes *c)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < c->all.count; i++) {
        struct change *one = c->all.items[i], *last = kept > 0 ? c->all.items[kept - 1] : NULL;
        if (last != NULL && last->instant && one->instant && strcmp(last->key, one->key) == 0 &&
            strcmp(last->authority, one->authority) == 0) {
            last->before = arena_print(c->arena, "%s, %s", last->before, one->before);
            last->after = arena_print(c->arena, "%s, %s", last->after, one->after);
        } else {
            c->all.items[kept++] = one;
        }
    }
    c->all.count = kept;
}

/* Where a fact's changes are told, and which way one more and one less is. */
static const struct {
    enum change_section section;
    unsigned gained, lost;
} fact_ways[FACT_KINDS] = {
    [FACT_FLOW] = { CHANGE_LIMIT, CHANGE_WIDER, CHANGE_NARROWER },
    [FACT_BOUND] = { CHANGE_LIMIT, CHANGE_NARROWER, CHANGE_WIDER },
    [FACT_LIMIT] = { CHANGE_LIMIT, CHANGE_SAME, CHANGE_SAME },
    [FACT_ASSERTION] = { CHANGE_ASSERTION, CHANGE_NARROWER, CHANGE_WIDER },
    [FACT_EVIDENCE] = { CHANGE_EVIDENCE, CHANGE_NARROWER, CHANGE_WIDER },
    [FACT_TEST] = { CHANGE_TEST, CHANGE_NARROWER, CHANGE_WIDER },
    [FACT_PIN] = { CHANGE_SIGNATURE, CHANGE_NARROWER, CHANGE_WIDER },
    [FACT_PEOPLE] = { CHANGE_SIGNATURE, CHANGE_WIDER, CHANGE_WIDER },
    [FACT_OTHER] = { CHANGE_OTHER, CHANGE_SAME, CHANGE_SAME },
};

struct change *change_add(struct changes *c, enum change_section section, unsigned way, const char *key,
                                 const struct policy *in, struct place at)
{
    struct change *change = LIST_NEW(c->arena, &c->all);
    *change = (struct change){ .section = section, .way = way, .key = key, .in = in, .at = at };
    change->authority = facts_authority(in, at);
    c->way |= way;
    return change;
}

/* What one side lacks is of none; nor is a direct channel's rate, which is not there. */
static bool is_of_rule(const struct trait *t)
{
    return t->allow != NULL || t->privilege != NULL;
}

/* Texts that read otherwise and let the same pass. Of a type its validators in guests take what it takes, without any rule. */
static bool other_words(const struct pair *p, const struct trait *before, const struct trait *after)
{
    const struct policy *old_policy = p->changes->old_policy, *new_policy = p->changes->new_policy;
    if (after->sense == TRAIT_PROTOCOL || after->sense == TRAIT_ORDER) return true;
    if (after->sense != TRAIT_MESSAGES) return false;
    return strcmp(after->name, "fields") != 0 || before->allow == NULL || after->allow == NULL ||
           compare_types(old_policy, before->allow->type, new_policy, after->allow->type);
}

/* Whether other numbers alone can have changed it; a flow's numbers follow from other facts. */
static bool by_words(enum fact_kind kind, const struct trait *t)
{
    bool names = t->sense == TRAIT_SET_MORE || t->sense == TRAIT_SET_LESS || t->sense == TRAIT_POWERS ||
                 t->sense == TRAIT_KEYS;
    bool guest = t->sense == TRAIT_MIXED && kind == FACT_OTHER;       /* its parameters, its restarts */
    if (kind == FACT_FLOW) return t->sense == TRAIT_MESSAGES || t->sense == TRAIT_RATES || strcmp(t->name, "depth") == 0;
    return !names && (t->sense != TRAIT_MIXED || guest) && t->sense != TRAIT_PEOPLE && t->sense != TRAIT_ORDER;
}

/* `before` or `after` may stand for a trait that is not there; `known` is one that is. */
static void compare_trait(const struct pair *p, const struct trait *before, const struct trait *after,
                          const struct trait *known)
{
    struct changes *c = p->changes;
    const char *why = NULL;
    bool compared = before->name != NULL && after->name != NULL;
    bool of_both = known->sense == TRAIT_REBUILD || known->sense == TRAIT_KEYS;
    if (trait_same(before, after, known->sense) || (of_both && !compared)) return;
    unsigned way = trait_way(p, before, after, &why);
    if (way == CHANGE_SAME && other_words(p, before, after)) return;
    if (trait_passes(known)) way = flow_way(c, p->before, way, &why);
    struct place at = known->at;
    const struct policy *in = known == after ? c->new_policy : c->old_policy;
    if (is_of_rule(before) && is_of_rule(after) && (known->sense == TRAIT_RATES || strcmp(known->name, "where") == 0))
        in = compare_place(c->old_policy, before, c->new_policy, after, &at);
    struct change *change = change_add(c, fact_ways[p->after->kind].section, way, p->after->key, in, at);
    change->trait = known->name;
    change->before = trait_text(c->arena, before, after);
    change->after = trait_text(c->arena, after, before);
    change->why = why;
    trim_texts(c->arena, change);
    if (known->instant) instant_told(c->arena, change);
    if (by_words(p->after->kind, known)) compare_share(c, change);
}

static const struct trait *trait_named(const struct fact *f, const char *name)
{
    const struct trait *t;
    LIST_EACH (t, &f->traits) {
        if (strcmp(t->name, name) == 0) return t;
    }
    return NULL;
}

/* One that is there in one of both only is compared with nothing. */
static void compare_fact(const struct pair *p)
{
    const struct trait *t;
    LIST_EACH (t, &p->after->traits) {
        const struct trait *before = trait_named(p->before, t->name), none = { .text = "none", .sense = t->sense };
        compare_trait(p, before != NULL ? before : &none, t, t);
    }
    LIST_EACH (t, &p->before->traits) {
        const struct trait none = { .text = "none", .sense = t->sense };
        if (trait_named(p->after, t->name) == NULL) compare_trait(p, t, &none, t);
    }
}

/* ---- facts ---- */
static bool has_bits(const struct fact *f)
{
    const struct trait *t;
    LIST_EACH (t, &f->traits) {
        if (t->sense == TRAIT_BITS && t->number != 0) return true;
    }
    return false;
}

/* Whether it is a type that the other policy has just so: only rules that use it came or went. */
static bool type_stays(const struct fact *f, const struct policy *other)
{
    const struct type *t;
    if (f->type == NULL) return false;
    LIST_EACH (t, &other->types) {
        if (t->name.text == NULL || strcmp(t->name.text, f->type->name.text) != 0) continue;
        return strcmp(messages_type_text(other->arena, t), messages_type_text(other->arena, f->type)) == 0;
    }
    return false;
}

/* By whom, where one signer's part alone changed; of several nobody knows whose words a flow that follows came through. */
static void share_whole(struct changes *c, struct change *change)
{
    if (c->signers.count == 1) compare_share(c, change);
}

static void fact_gained(const struct pair *p)
{
    const struct fact *f = p->after;
    struct changes *c = p->changes;
    if (type_stays(f, c->old_policy)) return;
    bool first_people = f->kind == FACT_PEOPLE && c->old_policy->authorities.count == 0;
    enum change_section section = f->kind == FACT_FLOW ? CHANGE_GAINED : fact_ways[f->kind].section;
    unsigned way = first_people ? CHANGE_NARROWER : has_bits(f) ? CHANGE_WIDER : fact_ways[f->kind].gained;
    struct change *change = change_add(c, section, way, f->key, c->new_policy, f->at);
    change->after = "new";
    share_whole(c, change);
}

static void fact_lost(const struct pair *p)
{
    const struct fact *f = p->before;
    if (type_stays(f, p->changes->new_policy)) return;
    enum change_section section = f->kind == FACT_FLOW ? CHANGE_LOST : fact_ways[f->kind].section;
    const char *why = NULL;
    unsigned way = flow_way(p->changes, f, has_bits(f) ? CHANGE_NARROWER : fact_ways[f->kind].lost, &why);
    struct change *change = change_add(p->changes, section, way, f->key, p->changes->old_policy, f->at);
    change->before = "gone";
    change->why = why;
    share_whole(p->changes, change);
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
    struct handovers handovers = { 0 };
    uint32_t i = 0, k = 0;
    *c = (struct changes){ .arena = new_policy->arena, .old_policy = old_policy, .new_policy = new_policy };
    compare_words(c);
    compare_signers(c);
    facts_collect(&before, old_policy);
    facts_collect(&after, new_policy);
    while (i < before.all.count || k < after.all.count) {
        struct pair p = { c, i < before.all.count ? before.all.items[i] : NULL,
                          k < after.all.count ? after.all.items[k] : NULL };
        int order = p.before == NULL ? 1 : p.after == NULL ? -1 : strcmp(p.before->key, p.after->key);
        if (order == 0) {
            compare_fact(&p);
            compare_speakers(c, &handovers, p.before->at, p.after->at);
        }
        if (order < 0) fact_lost(&p);
        if (order > 0) fact_gained(&p);
        i += order <= 0;
        k += order >= 0;
    }
    if (c->all.count > 1) qsort(c->all.items, c->all.count, sizeof *c->all.items, change_order);
    instants_join(c);
}
