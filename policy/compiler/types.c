/* SPDX-License-Identifier: Apache-2.0 */
/* Message types into types, fields, atoms, and the rules that name their failures. */
#include "compiler/conditions.h"

/* What a field is reported by; an array has one rule for all its elements. */
static uint32_t field_rule(struct build *b, const struct type *t, const struct field *f)
{
    if (f->kind == FIELD_ZERO) return IMAGE_RULE_PADDING;
    const char *name = f->array != NULL ? f->array->name.text : f->name.text;
    return build_rule(b, arena_print(b->arena, "type.%s.%s", t->name.text, name), f->name.at, NULL);
}

/* Where an array ends: padding that exists by what the element itself, or the length, says. */
static void rest_add(const struct type_check *c, struct image_field *out)
{
    const struct field *f = c->field, *a = f->array, *tag = a->is_text ? f : a->length_field;
    out->kind = IMAGE_FIELD_ZERO;
    out->tag = (uint16_t)tag->check;
    out->tags = a->is_text ? ((uint64_t)1 << TEXT_FIRST) - 1 : ~(uint64_t)0 >> (63 - f->element);
}

static void field_add(const struct type *t, const struct field *f, struct image_field *out)
{
    uint32_t flags = conditions_flags(t, f);
    out->tag = f->tag_field != NULL ? (uint16_t)f->tag_field->check : IMAGE_NONE;
    out->tags = f->tags;
    if (f->kind == FIELD_ZERO) {
        out->kind = IMAGE_FIELD_ZERO;
        return;
    }
    out->kind = flags & IMAGE_FIELD_SIGNED;
    out->flags = flags & IMAGE_FIELD_BIG;
    if (f->domain == DOMAIN_SET) {
        out->flags |= IMAGE_FIELD_SET;
        out->base = f->set;
    } else {
        out->base = (uint64_t)f->lo << out->unused;
        out->span = (uint64_t)(f->hi - f->lo) << out->unused;
    }
}

static void check_add(struct build *b, const struct type *t, const struct type_check *c, uint32_t rule)
{
    struct image_field *out = build_add(b, IMAGE_FIELDS);
    out->offset = (uint16_t)c->offset;
    out->unused = (uint16_t)(64 - 8 * c->bytes);
    out->rule = rule;
    if (c->rest) rest_add(c, out);
    else field_add(t, c->field, out);
}

/* Conditions of the type itself, then those of its cases. */
static void type_conditions(struct build *b, const struct type *t)
{
    const struct cond *c;
    const struct field *f;
    const struct type_case *k;
    LIST_EACH(c, &t->wheres) conditions_add(b, t, c, NULL);
    LIST_EACH(f, &t->fields) {
        LIST_EACH(k, &f->cases) {
            LIST_EACH(c, &k->wheres) conditions_add(b, t, c, k);
        }
    }
}

static struct place type_first_where(const struct type *t)
{
    const struct field *f;
    const struct type_case *k;
    if (t->wheres.count > 0) return t->wheres.items[0]->at;
    LIST_EACH(f, &t->fields) {
        LIST_EACH(k, &f->cases) {
            if (k->wheres.count > 0) return k->wheres.items[0]->at;
        }
    }
    return t->name.at;
}

/* Rules in the order of the text; then what the monitor looks at. */
static void type_fields(struct build *b, const struct type *t)
{
    const struct field *f;
    const struct type_check *c;
    uint32_t *rules = arena_take(b->arena, (t->flat.count + 1) * sizeof *rules);
    LIST_EACH(f, &t->flat) rules[f_at] = f->array != NULL && f->element > 0 ? rules[f_at - 1] : field_rule(b, t, f);
    LIST_EACH(c, &t->checks) check_add(b, t, c, rules[c->field->index]);
}

static void type_add(struct build *b, const struct type *t)
{
    struct image_type type = {
        .size = (uint16_t)t->size, .version = t->version_number,
        .first_field = build_count(b, IMAGE_FIELDS), .first_atom = build_count(b, IMAGE_ATOMS),
    };
    type_fields(b, t);
    type_conditions(b, t);
    type.field_count = build_count(b, IMAGE_FIELDS) - type.first_field;
    type.atom_count = build_count(b, IMAGE_ATOMS) - type.first_atom;
    if (type.atom_count > IMAGE_MAX_CONDITION)
        diag_error(b->diag, BH_COND_COMPLEX, t->name.at,
                   "the type's conditions need %u comparisons together in conjunctive form; at most %u", type.atom_count,
                   IMAGE_MAX_CONDITION);
    if (type.atom_count > 0)
        type.where_rule = build_rule(b, arena_print(b->arena, "type.%s.where", t->name.text), type_first_where(t), NULL);
    *(struct image_type *)build_add(b, IMAGE_TYPES) = type;
}

void build_types(struct build *b)
{
    const struct type *t;
    LIST_EACH(t, &b->policy->types) type_add(b, t);
}
