/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Negations are pushed down to the tests, then `or` is distributed over `and`. Clause lists stay within CNF_MAX_ATOMS, so that
 * an exponential condition ends early.
 */
#include "compiler/cnf.h"

struct cnf_work {
    struct arena *arena;
    bool too_long;
};

static uint32_t cnf_atoms(const cnf *f)
{
    const cnf_clause *clause;
    uint32_t count = 0;
    LIST_EACH(clause, &f->clauses) count += clause->count;
    return count;
}

static void cnf_copy_atoms(struct cnf_work *w, cnf_clause *to, const cnf_clause *from)
{
    for (uint32_t i = 0; i < from->count; i++) LIST_ADD(w->arena, to, from->items[i]);
}

/* f and g */
static cnf cnf_and(struct cnf_work *w, cnf f, const cnf *g)
{
    for (uint32_t i = 0; i < g->clauses.count; i++) LIST_ADD(w->arena, &f.clauses, g->clauses.items[i]);
    if (cnf_atoms(&f) > CNF_MAX_ATOMS) w->too_long = true;
    return f;
}

/* f or g: each clause of one with each of the other */
static cnf cnf_or(struct cnf_work *w, const cnf *f, const cnf *g)
{
    cnf product = { 0 };
    uint32_t atoms = cnf_atoms(f) * g->clauses.count + cnf_atoms(g) * f->clauses.count;     /* each at most 2^18 */
    if (atoms > CNF_MAX_ATOMS) {
        w->too_long = true;
        return product;
    }
    for (uint32_t i = 0; i < f->clauses.count; i++) {
        for (uint32_t j = 0; j < g->clauses.count; j++) {
            cnf_clause *clause = LIST_NEW(w->arena, &product.clauses);
            cnf_copy_atoms(w, clause, f->clauses.items[i]);
            cnf_copy_atoms(w, clause, g->clauses.items[j]);
        }
    }
    return product;
}

/* One of the ranges: a clause. None of them: a clause for each. */
static cnf cnf_test(struct cnf_work *w, const struct cond *c, bool negated)
{
    const struct range *r;
    cnf f = { 0 };
    cnf_clause *clause = NULL;
    LIST_EACH(r, &c->ranges) {
        if (clause == NULL || negated) clause = LIST_NEW(w->arena, &f.clauses);
        *LIST_NEW(w->arena, clause) = (struct cnf_atom){ c->target, r->lo.number, r->hi.number, negated };
    }
    return f;
}

static cnf cnf_of(struct cnf_work *w, const struct cond *c, bool negated)
{
    if (w->too_long) return (cnf){ 0 };
    if (c->kind == COND_TEST) return cnf_test(w, c, negated != c->negated);
    if (c->kind == COND_NOT) return cnf_of(w, c->left, !negated);
    cnf left = cnf_of(w, c->left, c->kind == COND_IMPLIES ? !negated : negated), right = cnf_of(w, c->right, negated);
    bool is_and = (c->kind == COND_AND) != negated;
    return is_and ? cnf_and(w, left, &right) : cnf_or(w, &left, &right);
}

/* A clause that holds for every value of the tag but those of the case. */
static cnf cnf_outside(struct cnf_work *w, const struct type_case *within)
{
    const struct field *tag = within->tag_field;
    cnf f = { 0 };
    cnf_clause *clause = LIST_NEW(w->arena, &f.clauses);
    for (uint32_t from = 0, v = 0; v <= 64; v++) {
        if (v < 64 && (within->tag_set >> v & 1) == 0) continue;
        wide hi = v < 64 ? (wide)v - 1 : ((wide)1 << 8 * tag->width) - 1;
        if (hi >= from) *LIST_NEW(w->arena, clause) = (struct cnf_atom){ tag, from, hi, false };
        from = v + 1;
    }
    return f;
}

bool cnf_convert(struct arena *a, const struct cond *c, const struct type_case *within, cnf *out)
{
    struct cnf_work w = { a, false };
    *out = cnf_of(&w, c, false);
    if (within != NULL && !w.too_long) {
        cnf outside = cnf_outside(&w, within);
        *out = cnf_or(&w, &outside, out);
    }
    return !w.too_long;
}
