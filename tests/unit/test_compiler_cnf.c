/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conjunctive form: random conditions on two small fields say the same as before, for every value of both. Conditions in a
 * union's case count for that case alone. What would grow too long is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include "compiler/cnf.h"

#define VALUES 8                      /* of each field: 0 to 7 */
#define CONDITIONS 3000
#define DEPTH 5

static struct arena memory;
static struct field fields[2] = { { .kind = FIELD_NUMBER, .width = 1 }, { .kind = FIELD_NUMBER, .width = 1 } };
static uint32_t seed;

static uint32_t draw(uint32_t below)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % below;
}

static struct cond *make_test(void)
{
    struct cond *c = arena_take(&memory, sizeof *c);
    c->kind = COND_TEST;
    c->target = &fields[draw(2)];
    c->negated = draw(2) == 0;
    for (uint32_t left = 1 + draw(3); left > 0; left--) {
        struct range *r = LIST_NEW(&memory, &c->ranges);
        r->lo.number = draw(VALUES);
        r->hi.number = r->lo.number + draw(3);
    }
    return c;
}

static struct cond *make_cond(uint32_t depth)
{
    static const enum cond_kind kinds[] = { COND_AND, COND_OR, COND_IMPLIES, COND_NOT };
    if (depth == 0 || draw(4) == 0) return make_test();
    struct cond *c = arena_take(&memory, sizeof *c);
    c->kind = kinds[draw(4)];
    c->left = make_cond(depth - 1);
    c->right = c->kind == COND_NOT ? NULL : make_cond(depth - 1);
    return c;
}

static bool in_range(const struct field *f, wide lo, wide hi, const uint8_t *values)
{
    uint8_t value = values[f - fields];
    return value >= lo && value <= hi;
}

static bool holds(const struct cond *c, const uint8_t *values)
{
    const struct range *r;
    bool any = false;
    switch (c->kind) {
    case COND_AND: return holds(c->left, values) && holds(c->right, values);
    case COND_OR: return holds(c->left, values) || holds(c->right, values);
    case COND_IMPLIES: return !holds(c->left, values) || holds(c->right, values);
    case COND_NOT: return !holds(c->left, values);
    default:
        LIST_EACH(r, &c->ranges) any |= in_range(c->target, r->lo.number, r->hi.number, values);
        return any != c->negated;
    }
}

static bool form_holds(const cnf *f, const uint8_t *values)
{
    const cnf_clause *clause;
    const struct cnf_atom *atom;
    LIST_EACH(clause, &f->clauses) {
        bool any = false;
        LIST_EACH(atom, clause) any |= in_range(atom->field, atom->lo, atom->hi, values) != atom->negated;
        if (!any) return false;
    }
    return true;
}

static uint32_t form_size(const cnf *f)
{
    const cnf_clause *clause;
    uint32_t atoms = 0;
    LIST_EACH(clause, &f->clauses) atoms += clause->count;
    return atoms;
}

static void compare(const struct cond *c, const struct type_case *within)
{
    cnf form;
    if (!cnf_convert(&memory, c, within, &form)) return;
    assert_true(form_size(&form) <= CNF_MAX_ATOMS);
    for (uint32_t i = 0; i < VALUES * VALUES; i++) {
        uint8_t values[2] = { (uint8_t)(i / VALUES), (uint8_t)(i % VALUES) };
        bool counts = within == NULL || (within->tag_set >> values[0] & 1) != 0;
        assert_int_equal(form_holds(&form, values), !counts || holds(c, values));
    }
}

static void test_form_means_the_same(void **unused)
{
    (void)unused;
    for (seed = 1; seed <= CONDITIONS; seed++) {
        uint32_t kept = seed;
        compare(make_cond(DEPTH), NULL);
        seed = kept;
    }
    arena_release(&memory);
}

static void test_form_in_a_case_counts_there_alone(void **unused)
{
    (void)unused;
    for (seed = 1; seed <= CONDITIONS; seed++) {
        uint32_t kept = seed;
        struct type_case within = { .tag_set = draw(256), .tag_field = &fields[0] };
        compare(make_cond(3), &within);
        seed = kept;
    }
    arena_release(&memory);
}

/* (a and b) or (a and b) or ...: doubles with each term. */
static void test_explosion_is_refused(void **unused)
{
    (void)unused;
    cnf form;
    struct cond *c = NULL;
    for (uint32_t i = 0; i < 60; i++) {
        struct cond *both = arena_take(&memory, sizeof *both), *either = arena_take(&memory, sizeof *either);
        *both = (struct cond){ .kind = COND_AND, .left = make_test(), .right = make_test() };
        *either = (struct cond){ .kind = COND_OR, .left = c, .right = both };
        c = c == NULL ? both : either;
    }
    assert_false(cnf_convert(&memory, c, NULL, &form));
    arena_release(&memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_form_means_the_same),
        cmocka_unit_test(test_form_in_a_case_counts_there_alone),
        cmocka_unit_test(test_explosion_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
