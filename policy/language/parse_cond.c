/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conditions:
 *   cond  = any [ "implies" cond ]
 *   any   = one { "and" one } | one { "or" one }        both in one row want parentheses: readers differ on which binds closer
 *   one   = "not" one | "(" cond ")" | FIELD [ "[" ( NUMBER | CONSTANT ) "]" ] test
 *   test  = ("==" | "!=" | "<" | "<=" | ">" | ">=") VALUE
 *         | "in" ( VALUE ".." VALUE | "{" VALUE, ... "}" | BOX "." SIDE | SET )
 */
#include "language/parser.h"

#define COND_MAX_DEPTH 32u
#define COND_MAX_TERMS 64u            /* in one row */

static struct cond *cond_new(struct parser *p, enum cond_kind kind, struct place at, struct cond *left, struct cond *right)
{
    struct cond *c = arena_take(p->arena, sizeof *c);
    *c = (struct cond){ .kind = kind, .at = at, .left = left, .right = right };
    return c;
}

/* `in box.side` and `in set` begin like `in NAME .. VALUE`: the mark after the name decides. */
static void cond_in(struct parser *p, struct cond *c)
{
    c->op = COND_IN;
    if (p->failed || p->token.kind != TOKEN_WORD) {
        parser_ranges(p, &c->ranges);
        return;
    }
    struct name name = parser_name(p, "a constant");
    if (parser_take_mark(p, "..")) {
        struct range range = { .lo = { .at = name.at, .constant = name }, .hi = parser_value(p) };
        if (!p->failed) *LIST_NEW(p->arena, &c->ranges) = range;
        return;
    }
    c->box = name;
    if (parser_take_mark(p, ".")) c->side = parser_name(p, "a side of the box");
}

static struct cond *cond_test(struct parser *p)
{
    static const struct { const char *mark; enum cond_op op; } ops[] = {
        { "==", COND_EQUAL }, { "!=", COND_UNEQUAL }, { "<=", COND_LESS_EQUAL }, { ">=", COND_GREATER_EQUAL },
        { "<", COND_LESS },   { ">", COND_GREATER },
    };
    struct place from = p->token.at;
    struct cond *c = cond_new(p, COND_TEST, from, NULL, NULL);
    c->field = parser_element(p, "a field");
    if (parser_take_word(p, "in")) {
        cond_in(p, c);
        c->at = place_span(from, p->before);
        return c;
    }
    for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++) {
        if (!parser_take_mark(p, ops[i].mark)) continue;
        c->op = ops[i].op;
        struct value value = parser_value(p);
        if (!p->failed) LIST_NEW(p->arena, &c->ranges)->lo = value;
        c->at = place_span(from, p->before);
        return c;
    }
    parser_expected(p, "a comparison or `in`");
    return c;
}

static struct cond *cond_one(struct parser *p)
{
    struct place from = p->token.at;
    if (p->depth >= COND_MAX_DEPTH) {
        parser_expected(p, "a condition that is nested less deep");
        return NULL;
    }
    p->depth++;
    struct cond *c;
    if (parser_take_word(p, "not")) {
        c = cond_new(p, COND_NOT, from, cond_one(p), NULL);
        c->at = place_span(from, p->before);
    } else if (parser_take_mark(p, "(")) {
        c = parse_cond(p);
        parser_need_mark(p, ")");
    } else {
        c = cond_test(p);
    }
    p->depth--;
    return c;
}

static struct cond *cond_any(struct parser *p)
{
    struct place from = p->token.at;
    struct cond *c = cond_one(p);
    bool is_or = parser_is_word(p, "or");
    const char *word = is_or ? "or" : "and", *other = is_or ? "and" : "or";
    for (uint32_t terms = 1; parser_take_word(p, word); terms++) {
        if (terms >= COND_MAX_TERMS) parser_expected(p, "a condition with fewer terms");
        struct cond *right = cond_one(p);
        c = cond_new(p, is_or ? COND_OR : COND_AND, place_span(from, p->before), c, right);
    }
    if (!p->failed && parser_is_word(p, other)) parser_expected(p, "parentheses where `and` and `or` meet");
    return c;
}

struct cond *parse_cond(struct parser *p)
{
    struct place from = p->token.at;
    if (p->depth >= COND_MAX_DEPTH) {
        parser_expected(p, "a condition that is nested less deep");
        return NULL;
    }
    p->depth++;
    struct cond *c = cond_any(p);
    if (parser_take_word(p, "implies")) {
        struct cond *right = parse_cond(p);
        c = cond_new(p, COND_IMPLIES, place_span(from, p->before), c, right);
    }
    p->depth--;
    return p->failed ? NULL : c;
}
