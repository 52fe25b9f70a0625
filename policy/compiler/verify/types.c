/* SPDX-License-Identifier: Apache-2.0 */
/* Message types and their fields. */
#include "compiler/verify/reader.h"

uint32_t field_flags(const struct type *t, const struct field *f)
{
    return (f->is_signed ? (uint32_t)FLAG_SIGNED : 0) | (t->is_big && f->width > 1 ? (uint32_t)FLAG_BIG : 0);
}

/* The name that a failure is reported by: an element's is that of its array. */
const char *field_rule_name(const struct field *f)
{
    return f->array != NULL ? f->array->name.text : f->name.text;
}

/* Numbers that may have any value are nothing to look at; padding is, 8 bytes at a time. */
static uint32_t field_looks(const struct field *f)
{
    if (f->kind != FIELD_NUMBER) return (f->size + 7) / 8;
    return f->domain == DOMAIN_SET || f->hi - f->lo + 1 < (wide)1 << 8 * f->width;
}

/* Whether an array may have ended before this element. */
static bool element_may_be_over(const struct field *f)
{
    return f->array != NULL && (f->array->is_text || f->array->length_field != NULL);
}

uint32_t field_entries(const struct field *f)
{
    return field_looks(f) + element_may_be_over(f);
}

/* Within the type, counting all that is looked at. */
static uint64_t field_place(const struct type *t, const struct field *wanted)
{
    const struct field *f;
    uint32_t place = 0;
    LIST_EACH(f, &t->flat) {
        if (f == wanted) return place;
        place += field_entries(f);
    }
    return RAW_NONE;
}

/* The monitor looks at a number times that power of 2 which leaves no byte above it. */
static void field_domain(struct reader *v, uint32_t at, const struct type *t, const struct field *f)
{
    bool set = f->domain == DOMAIN_SET;
    wide unit = (wide)1 << 8 * (8 - f->width);
    EQUAL(v, FIELD, at, FLAGS, (field_flags(t, f) & FLAG_BIG) | (set ? (uint32_t)FLAG_SET : 0));
    EQUAL(v, FIELD, at, KIND, field_flags(t, f) & FLAG_SIGNED);
    EQUAL(v, FIELD, at, BASE, set ? (wide)f->set : f->lo * unit);
    EQUAL(v, FIELD, at, SPAN, set ? 0 : (f->hi - f->lo) * unit);
    verify_rule(v, FIELD, at, "RULE", GET(v, FIELD, at, RULE), TEXT(v, "type.%s.%s", t->name.text, field_rule_name(f)));
}

/* `bytes` at `offset` that are zero. */
static void field_zeros(struct reader *v, uint32_t at, uint32_t offset, uint32_t bytes)
{
    EQUAL(v, FIELD, at, OFFSET, offset);
    EQUAL(v, FIELD, at, UNUSED, 8 * (8 - bytes));
    EQUAL(v, FIELD, at, FLAGS, 0);
    EQUAL(v, FIELD, at, KIND, FLAG_ZERO);
    EQUAL(v, FIELD, at, BASE, 0);
    EQUAL(v, FIELD, at, SPAN, 0);
}

/*
 * That an array is over, as padding: of a text, if a character is below the first printable one it is the NUL, and so is the
 * next one; by a length, if that is one of 0 to the element's number.
 */
static void field_end(struct reader *v, uint32_t at, const struct type *t, const struct field *f)
{
    const struct field *array = f->array;
    bool pair = array->is_text && (wide)f->element + 1 < array->count.number;
    uint64_t tags = 0;
    for (uint32_t value = 0; value < 64; value++) {
        bool over = array->is_text ? value < ' ' : value <= f->element;
        tags |= (uint64_t)over << value;
    }
    field_zeros(v, at, f->offset, pair ? 2 : f->width);
    EQUAL(v, FIELD, at, TAG, field_place(t, array->is_text ? f : array->length_field));
    EQUAL(v, FIELD, at, TAGS, tags);
    verify_rule(v, FIELD, at, "RULE", GET(v, FIELD, at, RULE), TEXT(v, "type.%s.%s", t->name.text, field_rule_name(f)));
}

/* The `look`-th look at it. */
static void field_values(struct reader *v, uint32_t at, const struct type *t, const struct field *f, uint32_t look)
{
    EQUAL(v, FIELD, at, TAG, f->tag_field != NULL ? field_place(t, f->tag_field) : RAW_NONE);
    EQUAL(v, FIELD, at, TAGS, f->tags);
    if (f->kind == FIELD_NUMBER) {
        EQUAL(v, FIELD, at, OFFSET, f->offset);
        EQUAL(v, FIELD, at, UNUSED, 8 * (8 - f->width));
        field_domain(v, at, t, f);
        return;
    }
    uint32_t left = f->size - 8 * look;
    field_zeros(v, at, f->offset + 8 * look, left < 8 ? left : 8);
    EQUAL(v, FIELD, at, RULE, RULE_PADDING_NUMBER);
}

static bool type_has_conditions(const struct type *t)
{
    const struct field *f;
    const struct type_case *k;
    uint32_t count = t->wheres.count;
    LIST_EACH(f, &t->fields) {
        LIST_EACH(k, &f->cases) count += k->wheres.count;
    }
    return count > 0;
}

static void type_values(struct reader *v, uint32_t at, const struct type *t)
{
    const struct field *f;
    uint32_t entries = 0;
    LIST_EACH(f, &t->flat) entries += field_entries(f);
    EQUAL(v, TYPE, at, BYTES, t->size);
    EQUAL(v, TYPE, at, VERSION, t->version.at.length == 0 ? 1 : t->version.number);
    EQUAL(v, TYPE, at, FIRST_FIELD, v->next_field);
    EQUAL(v, TYPE, at, FIELD_COUNT, entries);
    LIST_EACH(f, &t->flat) {
        for (uint32_t look = 0; look < field_looks(f); look++) field_values(v, v->next_field++, t, f, look);
        if (element_may_be_over(f)) field_end(v, v->next_field++, t, f);
    }
    EQUAL(v, TYPE, at, FIRST_ATOM, v->next_atom);
    verify_type_conditions(v, t, v->next_atom, (uint32_t)GET(v, TYPE, at, ATOM_COUNT));
    verify_rule(v, TYPE, at, "WHERE_RULE", GET(v, TYPE, at, WHERE_RULE),
                type_has_conditions(t) ? TEXT(v, "type.%s.where", t->name.text) : "");
}

void verify_types(struct reader *v)
{
    const struct type *t;
    verify_count(v, TYPE, v->p->types.count);
    LIST_EACH(t, &v->p->types) type_values(v, t_at, t);
    verify_count(v, FIELD, v->next_field);
}
