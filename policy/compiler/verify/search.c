/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looks for a message that only one of two conditions takes. Fields begin with all their values; a step divides those of one
 * field into what a test takes and what it does not, until both sides are decided. A clause is the opposite of a box, and a
 * part of the policy's condition is small: so that each is held against all of the other side by itself.
 */
#include "compiler/verify/conditions.h"

enum truth { NO, YES, OPEN };

/* What divides a field's values: a test of the policy, the tag of a union's case, or an atom of the image. */
struct piece {
    struct variable *of;
    const struct cond *test;
    const struct type_case *in;
    const struct atom *atom;
};

static bool piece_takes(const struct piece *p, wide value)
{
    const struct range *r;
    bool inside = false;
    if (p->atom != NULL) return (value >= p->atom->lo && value <= p->atom->hi) != p->atom->negated;
    if (p->in != NULL) return value >= 0 && value < 64 && (p->in->tag_set >> (uint64_t)value & 1) != 0;
    LIST_EACH(r, &p->test->ranges) inside |= value >= r->lo.number && value <= r->hi.number;
    return inside != p->test->negated;
}

static enum truth piece_truth(struct comparison *c, struct piece piece, struct piece *open)
{
    const struct trial *t;
    bool takes = false, refuses = false;
    LIST_EACH(t, &piece.of->values) {
        if (t->out != 0) continue;
        if (piece_takes(&piece, t->value))
            takes = true;
        else
            refuses = true;
        if (takes && refuses) break;
    }
    c->v->work += piece.of->values.count;
    if (!takes || !refuses) return takes ? YES : NO;
    *open = piece;
    return OPEN;
}

/* ---- what is known of either side ---- */
static enum truth opposite(enum truth t)
{
    return t == OPEN ? OPEN : t == YES ? NO : YES;
}

static enum truth cond_truth(struct comparison *c, const struct cond *k, struct piece *open)
{
    if (k->kind == COND_TEST) return piece_truth(c, (struct piece){ .of = variable_of(c, k->target), .test = k }, open);
    enum truth left = cond_truth(c, k->left, open);
    if (k->kind == COND_NOT) return opposite(left);
    if (k->kind == COND_IMPLIES) left = opposite(left);
    enum truth decides = k->kind == COND_AND ? NO : YES;
    if (left == decides) return decides;
    enum truth right = cond_truth(c, k->right, open);
    return right == decides ? decides : left == OPEN ? OPEN : right;
}

static enum truth part_truth(struct comparison *c, const struct condition_part *p, struct piece *open)
{
    enum truth applies = YES;
    if (p->in != NULL) applies = piece_truth(c, (struct piece){ .of = variable_of(c, p->in->tag_field), .in = p->in }, open);
    if (applies == NO) return YES;
    enum truth holds = cond_truth(c, p->k, open);
    return holds == YES || applies == YES ? holds : OPEN;
}

static enum truth policy_truth(struct comparison *c, struct piece *open)
{
    const struct condition_part *p;
    enum truth all = YES;
    LIST_EACH(p, &c->parts) {
        enum truth t = part_truth(c, p, open);
        if (t == NO) return NO;
        if (t == OPEN) all = OPEN;
    }
    return all;
}

static enum truth image_truth(struct comparison *c, struct piece *open)
{
    enum truth all = YES, clause = NO;
    for (uint32_t i = 0; i < c->atom_count; i++) {
        const struct atom *a = &c->atoms[i];
        enum truth t = clause == YES ? YES : piece_truth(c, (struct piece){ .of = a->of, .atom = a }, open);
        if (t != NO) clause = t;
        if (!a->ends) continue;
        if (clause == NO) return NO;
        if (clause == OPEN) all = OPEN;
        clause = NO;
    }
    return all;
}

/* ---- the search ---- */
/* Leaves only the values that the piece takes, or only the others; false if none stays. */
static bool narrow(const struct piece *p, bool takes, uint32_t depth)
{
    struct trial *t;
    bool any = false;
    LIST_EACH(t, &p->of->values) {
        if (t->out != 0) continue;
        if (piece_takes(p, t->value) == takes)
            any = true;
        else
            t->out = depth;
    }
    return any;
}

static void widen(struct variable *of, uint32_t depth)
{
    struct trial *t;
    LIST_EACH(t, &of->values) {
        if (t->out == depth) t->out = 0;
    }
}

/* A message that the policy takes, or (with a part) one that the part refuses and the image takes. */
static bool search(struct comparison *c, const struct condition_part *refused, uint32_t depth)
{
    struct piece open, image_open;
    enum truth t = refused == NULL ? policy_truth(c, &open) : opposite(part_truth(c, refused, &open));
    if (refused != NULL && t != NO) {
        enum truth image = image_truth(c, &image_open);
        if (t == YES) open = image_open;
        if (image != YES && (t == YES || image == NO)) t = image;
    }
    if (t != OPEN) return t == YES;
    if (c->v->work > CONDITION_WORK_MAX || depth > CONDITION_DEPTH_MAX) {
        c->is_large = true;
        return false;
    }
    for (int takes = 0; takes < 2; takes++) {
        narrow(&open, takes, depth);
        if (search(c, refused, depth + 1)) return true;
        widen(open.of, depth);
    }
    return false;
}

/* A message that one clause refuses and the policy takes. Moves `at` behind the clause. */
static bool search_clause(struct comparison *c, uint32_t *at)
{
    uint32_t first = *at;
    bool can_refuse = true, ends = false;
    for (; !ends; ++*at) {
        const struct atom *a = &c->atoms[*at];
        can_refuse = can_refuse && narrow(&(struct piece){ .of = a->of, .atom = a }, false, 1);
        ends = a->ends;
    }
    if (can_refuse && search(c, NULL, 2)) return true;
    for (uint32_t i = first; i < *at; i++) widen(c->atoms[i].of, 1);
    return false;
}

bool condition_search(struct comparison *c, bool *passes)
{
    const struct condition_part *p;
    *passes = true;
    for (uint32_t at = 0; at < c->atom_count;) {
        if (search_clause(c, &at)) return true;
    }
    *passes = false;
    LIST_EACH(p, &c->parts) {
        if (search(c, p, 1)) return true;
    }
    return false;
}
