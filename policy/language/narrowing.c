/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What conditions leave of a rule: by field, the values that a message which passes can have. Each condition that must hold
 * narrows them; of an `or`, what one of its sides leaves, but for sides that leave nothing. That is never less than what
 * passes, so that "nothing is left" is certain; not everything that is impossible is found. Where a condition must not hold,
 * its comparisons are taken by cases, true and false, as far as there are cases to spare: fields may go together.
 */
#include "language/narrowing.h"

#include <string.h>

#define ROUNDS_MAX 8u                 /* each narrows further what the one before has left */
#define SPANS_MAX 16u                 /* of one field; where there are more, they are run together */
#define CASES_MAX 64u                 /* comparisons that are taken both ways, for one question */
#define WIDE_MOST ((wide)1 << 100)    /* more than any field holds */

struct values { struct span spans[SPANS_MAX]; uint32_t count; };

/* ---- values of one field: spans that rise, with gaps between them ---- */
static void values_add(struct values *v, wide lo, wide hi)
{
    if (lo > hi) return;
    if (v->count > 0 && (lo <= v->spans[v->count - 1].hi + 1 || v->count == SPANS_MAX)) {
        if (hi > v->spans[v->count - 1].hi) v->spans[v->count - 1].hi = hi;
        return;
    }
    v->spans[v->count++] = (struct span){ lo, hi };
}

static void values_of_field(const struct field *f, struct values *v)
{
    struct span spans[DOMAIN_SPANS_MAX];
    uint32_t count = policy_domain(f, spans);
    v->count = 0;
    for (uint32_t i = 0; i < count; i++) values_add(v, spans[i].lo, spans[i].hi);
}

static void values_intersect(struct values *v, const struct values *with)
{
    struct values kept = { .count = 0 };
    for (uint32_t i = 0; i < v->count; i++) {
        for (uint32_t k = 0; k < with->count; k++) {
            wide lo = v->spans[i].lo > with->spans[k].lo ? v->spans[i].lo : with->spans[k].lo;
            wide hi = v->spans[i].hi < with->spans[k].hi ? v->spans[i].hi : with->spans[k].hi;
            values_add(&kept, lo, hi);
        }
    }
    *v = kept;
}

static void values_unite(struct values *v, const struct values *with)
{
    struct values all = { .count = 0 };
    uint32_t i = 0, k = 0;
    while (i < v->count || k < with->count) {
        bool own = k == with->count || (i < v->count && v->spans[i].lo <= with->spans[k].lo);
        const struct span *next = own ? &v->spans[i++] : &with->spans[k++];
        values_add(&all, next->lo, next->hi);
    }
    *v = all;
}

/* ---- conditions ---- */
/* By the fields of the type. */
static bool cond_narrow(struct narrowing *n, const struct cond *c, bool wanted, struct values *left);

static struct values *room_take(struct narrowing *n)
{
    struct values **room = &n->rooms[n->depth++];
    if (*room == NULL) *room = arena_take(n->arena, n->fields_max * sizeof **room);
    return *room;
}

/* One of two: what either leaves. */
static bool either_narrow(struct narrowing *n, const struct cond *c, bool first, bool second, struct values *left)
{
    if (n->depth == ROOMS_MAX) return true;
    struct values *other = room_take(n);
    memcpy(other, left, n->type->flat.count * sizeof *left);
    bool a = cond_narrow(n, c->left, first, left), b = cond_narrow(n, c->right, second, other);
    for (uint32_t i = 0; b && i < n->type->flat.count; i++) {
        if (a) values_unite(&left[i], &other[i]);
        else left[i] = other[i];
    }
    n->depth--;
    return a || b;
}

/* Fields of the type's own list are; of what else a condition may name, anything may be left. */
static bool is_followed(const struct type *t, const struct field *f)
{
    return f != NULL && f->index < t->flat.count && t->flat.items[f->index] == f;
}

static bool test_narrow(const struct narrowing *n, const struct cond *c, bool wanted, struct values *left)
{
    const struct range *r;
    struct values inside = { .count = 0 }, outside = { .count = 0 };
    if (!is_followed(n->type, c->target)) return true;
    LIST_EACH(r, &c->ranges) {
        struct values one = { .spans = { { r->lo.number, r->hi.number } }, .count = 1 };
        values_unite(&inside, &one);
    }
    if (wanted != c->negated) {
        values_intersect(&left[c->target->index], &inside);
    } else if (c->ranges.count < SPANS_MAX) {
        wide from = -WIDE_MOST;
        for (uint32_t i = 0; i < inside.count; i++) {
            values_add(&outside, from, inside.spans[i].lo - 1);
            from = inside.spans[i].hi + 1;
        }
        values_add(&outside, from, WIDE_MOST);
        values_intersect(&left[c->target->index], &outside);
    }
    return left[c->target->index].count > 0;
}

/* Whether anything is left of all fields where the condition is as `wanted`. */
static bool cond_narrow(struct narrowing *n, const struct cond *c, bool wanted, struct values *left)
{
    switch (c->kind) {
    case COND_AND:
    case COND_OR:
        if ((c->kind == COND_OR) == wanted) return either_narrow(n, c, wanted, wanted, left);
        return cond_narrow(n, c->left, wanted, left) && cond_narrow(n, c->right, wanted, left);
    case COND_IMPLIES:
        if (wanted) return either_narrow(n, c, false, true, left);
        return cond_narrow(n, c->left, true, left) && cond_narrow(n, c->right, false, left);
    case COND_NOT: return cond_narrow(n, c->left, !wanted, left);
    case COND_TEST: break;
    }
    return test_narrow(n, c, wanted, left);
}

/* ---- what is behind the end of an array is zero ---- */
static bool values_hold_zero(const struct values *v)
{
    for (uint32_t i = 0; i < v->count; i++) {
        if (v->spans[i].lo <= 0 && v->spans[i].hi >= 0) return true;
    }
    return false;
}

static void values_keep(struct values *v, wide lo, wide hi)
{
    struct values kept = { .spans = { { lo, hi } }, .count = 1 };
    values_intersect(v, &kept);
}

/* `end` below `from` makes the element zero; an element that is not zero keeps `end` from being so. */
static bool end_narrow(struct values *end, wide from, struct values *element)
{
    if (end->count > 0 && end->spans[end->count - 1].hi < from) values_keep(element, 0, 0);
    if (!values_hold_zero(element)) values_keep(end, from, WIDE_MOST);
    return end->count > 0 && element->count > 0;
}

/* Of each array that is in every message: a text's element ends it for the next one, a length for those that it leaves out. */
static bool ends_narrow(const struct narrowing *n, struct values *left)
{
    const struct field *f;
    LIST_EACH(f, &n->type->flat) {
        const struct field *a = f->array;
        if (a == NULL || f->tag_field != NULL) continue;
        bool has_next = f->element + 1 < a->elements.count;
        if (a->is_text && has_next && !end_narrow(&left[f_at], TEXT_FIRST, &left[f_at + 1])) return false;
        if (a->is_text || a->length_field == NULL) continue;
        if (!end_narrow(&left[a->length_field->index], (wide)f->element + 1, &left[f_at])) return false;
    }
    return true;
}

/* ---- all conditions together ---- */
/* How much is left: it becomes less as long as anything is narrowed. */
static wide values_size(const struct narrowing *n, const struct values *left)
{
    wide size = 0;
    for (uint32_t i = 0; i < n->type->flat.count; i++) {
        for (uint32_t k = 0; k < left[i].count; k++) size += left[i].spans[k].hi - left[i].spans[k].lo + 1;
    }
    return size;
}

static bool all_narrow(struct narrowing *n, const struct cond *but, struct values *left)
{
    const struct field *f;
    const struct cond *c;
    LIST_EACH(f, &n->type->flat) values_of_field(f, &left[f_at]);
    for (uint32_t round = 0; round < ROUNDS_MAX; round++) {
        wide before = values_size(n, left);
        LIST_EACH(c, &n->conds) {
            if (!cond_narrow(n, c, true, left)) return false;
        }
        if (but != NULL && !cond_narrow(n, but, false, left)) return false;
        if (!ends_narrow(n, left)) return false;
        if (values_size(n, left) == before) return true;
    }
    return true;
}

/* ---- cases ---- */
/* Whether what is left of its field leaves the comparison open. */
static bool test_is_open(const struct narrowing *n, const struct cond *c, struct values *left)
{
    if (!is_followed(n->type, c->target) || c->ranges.count >= SPANS_MAX) return false;
    struct values *of_field = &left[c->target->index], before = *of_field;
    bool can_hold = test_narrow(n, c, true, left);
    *of_field = before;
    bool can_fail = test_narrow(n, c, false, left);
    *of_field = before;
    return can_hold && can_fail;
}

/* The first comparison of the condition that is open; NULL: none. */
static const struct cond *open_test(const struct narrowing *n, const struct cond *c, struct values *left)
{
    if (c->kind == COND_TEST) return test_is_open(n, c, left) ? c : NULL;
    const struct cond *found = open_test(n, c->left, left);
    return found != NULL || c->kind == COND_NOT ? found : open_test(n, c->right, left);
}

static bool case_leaves(struct narrowing *n, const struct cond *but, uint32_t *spare)
{
    n->depth = 0;
    struct values *left = room_take(n);
    if (!all_narrow(n, but, left)) return false;
    const struct cond *test = but != NULL && *spare > 0 ? open_test(n, but, left) : NULL;
    if (test == NULL) return true;
    struct cond holds = *test, fails = *test, *ways[] = { &holds, &fails };
    bool leaves = false;
    fails.negated = !fails.negated;
    --*spare;
    for (uint32_t i = 0; i < 2 && !leaves; i++) {
        LIST_ADD(n->arena, &n->conds, ways[i]);
        leaves = case_leaves(n, but, spare);
        n->conds.count--;
    }
    return leaves;
}

bool narrowing_leaves(struct narrowing *n, const struct cond *but)
{
    uint32_t spare = CASES_MAX;
    return case_leaves(n, but, &spare);
}

void narrowing_start(struct narrowing *n, const struct type *t, struct cond *where)
{
    struct cond *c;
    n->type = t;
    n->conds.count = 0;
    LIST_EACH(c, &t->wheres) LIST_ADD(n->arena, &n->conds, c);
    if (where != NULL) LIST_ADD(n->arena, &n->conds, where);
}
