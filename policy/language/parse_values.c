/* SPDX-License-Identifier: Apache-2.0 */
/* Statements about values: unit, const, enum, type. */
#include "language/parser.h"

void parse_unit(struct parser *p)
{
    struct unit *u = LIST_NEW(p->arena, &p->policy->units);
    u->name = parser_name(p, "the unit's name");
    parser_need_mark(p, "=");
    u->factor = parser_value(p);
    parser_need_mark(p, ";");
}

void parse_constant(struct parser *p)
{
    struct constant *c = LIST_NEW(p->arena, &p->policy->constants);
    p->broken = &c->broken;
    c->name = parser_name(p, "the constant's name");
    parser_need_mark(p, "=");
    c->is_box = parser_take_word(p, "box");
    c->is_set = !c->is_box && parser_is_mark(p, "{");
    if (c->is_set) {
        parser_ranges(p, &c->values);
        parser_need_mark(p, ";");
        return;
    }
    if (!c->is_box) {
        c->value = parser_value(p);
        parser_need_mark(p, ";");
        return;
    }
    parser_need_mark(p, "{");
    if (p->failed) return;
    while (parser_more(p)) {
        struct side *s = LIST_NEW(p->arena, &c->sides);
        s->name = parser_name(p, "a side of the box");
        s->range = parser_range(p);
        parser_need_mark(p, ";");
    }
    parser_need_mark(p, ";");
}

void parse_enumeration(struct parser *p)
{
    struct enumeration *e = LIST_NEW(p->arena, &p->policy->enumerations);
    p->broken = &e->broken;
    e->name = parser_name(p, "the enumeration's name");
    parser_need_mark(p, "{");
    if (p->failed) return;
    while (parser_more(p)) {
        struct enumerator *one = LIST_NEW(p->arena, &e->values);
        one->name = parser_name(p, "a name for a value");
        parser_need_mark(p, "=");
        one->value = parser_value(p);
        parser_need_mark(p, ";");
    }
}

/* ---- type ---- */
/* RANGE, { VALUE, ... }, or the name of an enumeration or a set: that one begins like NAME .. VALUE. */
static void field_domain(struct parser *p, struct field *f)
{
    f->domain = parser_is_mark(p, "{") ? DOMAIN_SET : DOMAIN_RANGE;
    if (p->failed || p->token.kind != TOKEN_WORD) {
        parser_ranges(p, &f->ranges);
        return;
    }
    struct name name = parser_name(p, "a constant or an enumeration");
    if (!parser_take_mark(p, "..")) {
        f->values = name;
        return;
    }
    struct range range = { .lo = { .at = name.at, .constant = name }, .hi = parser_value(p) };
    if (!p->failed) *LIST_NEW(p->arena, &f->ranges) = range;
}

/* [COUNT] behind the type of its elements */
static void field_array(struct parser *p, struct field *f)
{
    if (f->is_text && !parser_is_mark(p, "[")) parser_expected(p, "`[` and the number of characters");
    if (!parser_take_mark(p, "[")) return;
    f->kind = FIELD_ARRAY;
    f->count = parser_value(p);
    parser_need_mark(p, "]");
}

static void type_number(struct parser *p, struct field *f)
{
    static const struct { const char *word; uint32_t width; bool is_signed; } kinds[] = {
        { "u8", 1, false }, { "u16", 2, false }, { "u32", 4, false }, { "u64", 8, false },
        { "i8", 1, true },  { "i16", 2, true },  { "i32", 4, true },  { "i64", 8, true },
    };
    f->kind = FIELD_NUMBER;
    f->name = parser_name(p, "a field, `zero`, `union` or `where`");
    parser_need_mark(p, ":");
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (!parser_take_word(p, kinds[i].word)) continue;
        f->width = kinds[i].width;
        f->is_signed = kinds[i].is_signed;
    }
    f->is_text = parser_take_word(p, "char");
    if (f->is_text) f->width = 1;
    if (f->width == 0) parser_expected(p, "one of u8, u16, u32, u64, i8, i16, i32, i64, char");
    field_array(p, f);
    if (!f->is_text && parser_take_word(p, "in")) field_domain(p, f);
    if (f->kind == FIELD_ARRAY && !f->is_text && parser_take_word(p, "length"))
        f->length = parser_name(p, "the field that says how many elements there are");
    parser_need_mark(p, ";");
}

static void type_items(struct parser *p, field_list *fields, cond_list *wheres, bool in_case);

static void type_case(struct parser *p, struct field *f)
{
    struct type_case *c = LIST_NEW(p->arena, &f->cases);
    c->at = p->token.at;
    parser_need_word(p, "case");
    do {
        struct value tag = parser_value(p);
        if (!p->failed) *LIST_NEW(p->arena, &c->tags) = tag;
    } while (parser_take_mark(p, ","));
    parser_need_mark(p, "{");
    type_items(p, &c->fields, &c->wheres, true);
}

static void type_union(struct parser *p, struct field *f)
{
    f->kind = FIELD_UNION;
    parser_need_word(p, "by");
    f->tag = parser_name(p, "the field that tells the cases apart");
    parser_need_mark(p, "{");
    if (p->failed) return;
    while (parser_more(p)) type_case(p, f);
}

/* One item of a type or of a case. */
static void type_item(struct parser *p, field_list *fields, cond_list *wheres, bool in_case)
{
    struct place at = p->token.at;
    bool named = parser_is_field(p);  /* by a word that may begin another item: the name is refused, not what follows it */
    if (!named && parser_take_word(p, "where")) {
        struct cond *c = parse_cond(p);
        parser_need_mark(p, ";");
        if (!p->failed && c != NULL) LIST_ADD(p->arena, wheres, c);
        return;
    }
    struct field *f = LIST_NEW(p->arena, fields);
    f->at = at;
    if (!named && parser_take_word(p, "zero")) {
        f->kind = FIELD_ZERO;
        f->zeros = parser_value(p);
        parser_need_mark(p, ";");
    } else if (!named && parser_is_word(p, "union")) {
        if (in_case) parser_expected(p, "a field that is no union: the case belongs to one already");
        parser_need_word(p, "union");
        type_union(p, f);
    } else {
        type_number(p, f);
    }
    f->at = place_span(at, f->kind == FIELD_UNION ? at : p->before);
}

static void type_items(struct parser *p, field_list *fields, cond_list *wheres, bool in_case)
{
    if (p->failed) return;
    while (parser_more(p)) type_item(p, fields, wheres, in_case);
}

void parse_type(struct parser *p)
{
    struct type *t = LIST_NEW(p->arena, &p->policy->types);
    p->broken = &t->broken;
    t->name = parser_name(p, "the type's name");
    if (parser_take_word(p, "version")) t->version = parser_value(p);
    t->is_big = parser_take_word(p, "big");
    if (!t->is_big && !parser_take_word(p, "little")) parser_expected(p, "`little` or `big`");
    parser_need_mark(p, "{");
    type_items(p, &t->fields, &t->wheres, false);
}
