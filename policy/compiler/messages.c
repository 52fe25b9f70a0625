/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages of two rules compared by what they mean. Conditions ask whether fields lie in ranges: between two ends of ranges no
 * answer changes, so that one value from each such piece stands for all of it, and trying all combinations decides.
 */
#include "compiler/messages.h"
#include "language/check.h"

#include <stdlib.h>

#define MESSAGES_TRIES 1000000u
#define MESSAGES_PIECES 4096u /* of one field */

struct guarded {
    const struct cond *cond;
    const struct field *tag;
    uint64_t tags;
}; /* tag NULL: always */
typedef LIST(struct guarded) guarded_list;

struct piece_list {
    wide *starts;
    uint32_t count, capacity, next;
};

struct comparison {
    struct arena *arena;
    const struct type *type, *other_type;
    guarded_list conds, other_conds;
    struct piece_list *pieces; /* by field; none: it is in no condition */
    wide *values;
};

/* ---- what a rule demands ---- */
static void guard_add(struct arena *a, guarded_list *list, const struct cond *c, const struct type_case *within)
{
    if (c == NULL) return;
    *LIST_NEW(a, list) = (struct guarded){ c, within != NULL ? within->tag_field : NULL, within != NULL ? within->tag_set : 0 };
}

static void guard_fields(struct arena *a, guarded_list *list, const field_list *fields)
{
    const struct field *f;
    const struct type_case *k;
    const struct cond *c;
    LIST_EACH (f, fields) {
        LIST_EACH (k, &f->cases) {
            LIST_EACH (c, &k->wheres) guard_add(a, list, c, k);
            guard_fields(a, list, &k->fields);
        }
    }
}

static void guard_rule(struct arena *a, guarded_list *list, const struct policy *p, const struct allow *rule)
{
    const struct restrict_rule *r;
    const struct cond *c;
    LIST_EACH (c, &rule->type->wheres) guard_add(a, list, c, NULL);
    guard_fields(a, list, &rule->type->fields);
    guard_add(a, list, rule->body.where, NULL);
    LIST_EACH (r, &p->restricts) {
        if (r->allow == rule) guard_add(a, list, r->body.where, NULL);
    }
}

/* Whether it can be said which values the condition takes: not of one that the policy is refused for. */
static bool cond_is_known(const struct cond *c)
{
    if (c->kind == COND_TEST) return c->known;
    return cond_is_known(c->left) && (c->kind == COND_NOT || cond_is_known(c->right));
}

static bool conds_are_known(const guarded_list *list)
{
    const struct guarded *g;
    LIST_EACH (g, list) {
        if (!cond_is_known(g->cond)) return false;
    }
    return true;
}

/* ---- judging values ---- */
static bool cond_holds(const struct cond *c, const wide *values)
{
    switch (c->kind) {
    case COND_AND:
        return cond_holds(c->left, values) && cond_holds(c->right, values);
    case COND_OR:
        return cond_holds(c->left, values) || cond_holds(c->right, values);
    case COND_IMPLIES:
        return !cond_holds(c->left, values) || cond_holds(c->right, values);
    case COND_NOT:
        return !cond_holds(c->left, values);
    case COND_TEST:
        break;
    }
    const struct range *r;
    bool inside = false;
    LIST_EACH (r, &c->ranges) inside |= values[c->target->index] >= r->lo.number && values[c->target->index] <= r->hi.number;
    return inside != c->negated;
}

static bool tag_is(const struct field *tag, uint64_t tags, const wide *values)
{
    if (tag == NULL) return true;
    wide v = values[tag->index];
    return v >= 0 && v < 64 && (tags >> (uint64_t)v & 1) != 0;
}

static bool conds_hold(const guarded_list *list, const wide *values)
{
    const struct guarded *g;
    LIST_EACH (g, list) {
        if (tag_is(g->tag, g->tags, values) && !cond_holds(g->cond, values)) return false;
    }
    return true;
}

static bool field_holds(const struct field *f, wide v)
{
    if (f->domain == DOMAIN_SET) return v >= 0 && v < 64 && (f->set >> (uint64_t)v & 1) != 0;
    return v >= f->lo && v <= f->hi;
}

/* ---- pieces ---- */
static void piece_add(struct comparison *c, uint32_t field, wide start)
{
    struct piece_list *p = &c->pieces[field];
    if (p->count == MESSAGES_PIECES || (p->starts != NULL && !field_holds(c->type->flat.items[field], start))) return;
    if (p->count == p->capacity) {
        p->capacity = p->capacity == 0 ? 8 : 2 * p->capacity;
        wide *grown = arena_take(c->arena, p->capacity * sizeof *grown);
        if (p->count > 0) memcpy(grown, p->starts, p->count * sizeof *grown);
        p->starts = grown;
    }
    p->starts[p->count++] = start;
}

/* Where a field's domain begins and ends (the first start is its own least value); a set is taken apart into its values. */
static void piece_domain(struct comparison *c, const struct field *f)
{
    piece_add(c, f->index, f->lo);
    piece_add(c, f->index, f->hi + 1);
    if (f->lo < 0 || f->hi >= 64) return;
    for (wide v = f->lo; v <= f->hi; v++) piece_add(c, f->index, v);
}

static void piece_field(struct comparison *c, uint32_t index)
{
    const struct field *f = c->type->flat.items[index];
    if (c->pieces[index].starts != NULL) return;
    piece_domain(c, f);
    piece_domain(c, c->other_type->flat.items[index]);
    if (f->tag_field != NULL) piece_field(c, f->tag_field->index);
}

static void piece_cond(struct comparison *c, const struct cond *cond)
{
    const struct range *r;
    if (cond == NULL) return;
    piece_cond(c, cond->left);
    piece_cond(c, cond->right);
    if (cond->kind != COND_TEST) return;
    piece_field(c, cond->target->index);
    LIST_EACH (r, &cond->ranges) {
        piece_add(c, cond->target->index, r->lo.number);
        piece_add(c, cond->target->index, r->hi.number + 1);
    }
}

static int piece_order(const void *left, const void *right)
{
    wide a = *(const wide *)left, b = *(const wide *)right;
    return a < b ? -1 : a > b;
}

/* Sorted, each once. False if there are too many to try all combinations. */
static bool pieces_finish(struct comparison *c)
{
    uint64_t tries = 1;
    for (uint32_t i = 0; i < c->type->flat.count; i++) {
        struct piece_list *p = &c->pieces[i];
        if (p->starts == NULL) continue;
        if (p->count == MESSAGES_PIECES) return false;
        uint32_t kept = 0;
        qsort(p->starts, p->count, sizeof *p->starts, piece_order);
        for (uint32_t k = 0; k < p->count; k++) {
            if (kept == 0 || p->starts[k] != p->starts[kept - 1]) p->starts[kept++] = p->starts[k];
        }
        p->count = kept;
        tries *= kept;
        if (kept == 0 || tries > MESSAGES_TRIES) return false;
    }
    return true;
}

/* ---- trying ---- */
/* The next combination; false after the last one. */
static bool pieces_next(struct comparison *c)
{
    for (uint32_t i = 0; i < c->type->flat.count; i++) {
        struct piece_list *p = &c->pieces[i];
        if (p->starts == NULL) continue;
        if (++p->next == p->count) p->next = 0;
        c->values[i] = p->starts[p->next];
        if (p->next != 0) return true;
    }
    return false;
}

/* Whether the other rule takes these values: its conditions, and its domains of the fields in conditions that exist now. */
static bool other_takes(const struct comparison *c)
{
    const struct field *f;
    LIST_EACH (f, &c->other_type->flat) {
        if (c->pieces[f->index].starts == NULL || !tag_is(f->tag_field, f->tags, c->values)) continue;
        if (!field_holds(f, c->values[f->index])) return false;
    }
    return conds_hold(&c->other_conds, c->values);
}

/* "kind = 1 (alarm)" */
static const char *value_text(struct arena *a, const struct field *f, wide value)
{
    const char *name = policy_value_name(f, value), *number = policy_check_number_text(a, value);
    return name == NULL ? arena_print(a, "%s = %s", f->name.text, number)
                        : arena_print(a, "%s = %s (%s)", f->name.text, number, name);
}

static const char *witness_text(const struct comparison *c)
{
    const struct field *f;
    const char *text = "";
    LIST_EACH (f, &c->type->flat) {
        if (c->pieces[f_at].starts == NULL || !tag_is(f->tag_field, f->tags, c->values)) continue;
        text = arena_print(c->arena, "%s%s%s", text, *text != '\0' ? ", " : "", value_text(c->arena, f, c->values[f_at]));
    }
    return text;
}

static enum messages_result try_all(struct comparison *c, const char **witness)
{
    for (uint32_t i = 0; i < c->type->flat.count; i++) {
        if (c->pieces[i].starts != NULL) c->values[i] = c->pieces[i].starts[0];
    }
    do {
        if (!conds_hold(&c->conds, c->values) || other_takes(c)) continue;
        *witness = witness_text(c);
        return MESSAGES_SOME;
    } while (pieces_next(c));
    return MESSAGES_NONE;
}

/* ---- fields that no condition names ---- */
static bool field_beyond(struct arena *a, const struct field *f, const struct field *other, const char **witness)
{
    wide v = f->lo < other->lo ? f->lo : f->hi;
    if (f->kind != FIELD_NUMBER) return false;
    for (wide i = 0; f->lo >= 0 && f->hi < 64 && i < 64; i++) {
        if (field_holds(f, i) && !field_holds(other, i)) v = i;
    }
    if (field_holds(other, v)) return false;
    *witness = value_text(a, f, v);
    return true;
}

static bool same_text(const struct name *a, const struct name *b)
{
    return (a->text == NULL && b->text == NULL) || name_is(a, b->text);
}

static uint64_t tag_values(const struct field *tag)
{
    uint64_t set = 0;
    for (wide v = 0; v < 64; v++) set |= (uint64_t)field_holds(tag, v) << (uint64_t)v;
    return set;
}

/* Whether both fields exist for the same values of the tag, as far as both types allow those. */
static bool same_tags(const struct field *f, const struct field *g)
{
    if (f->tag_field == NULL || g->tag_field == NULL) return f->tag_field == g->tag_field;
    if (f->tag_field->index != g->tag_field->index) return false;
    return ((f->tags ^ g->tags) & tag_values(f->tag_field) & tag_values(g->tag_field)) == 0;
}

/* Elements of arrays that end alike. What this demands of them counts on both sides: it is not looked at. */
static bool same_array(const struct field *f, const struct field *g)
{
    if (f->array == NULL || g->array == NULL) return f->array == g->array;
    const struct field *length = f->array->length_field, *other = g->array->length_field;
    return f->array->is_text == g->array->is_text &&
           (length == NULL || other == NULL ? length == other : length->index == other->index);
}

static bool same_layout(const struct type *t, const struct type *u)
{
    const struct field *f;
    if (t->flat.count != u->flat.count || t->size != u->size || t->version_number != u->version_number) return false;
    LIST_EACH (f, &t->flat) {
        const struct field *g = u->flat.items[f_at];
        if (f->width > 1 && t->is_big != u->is_big) return false;
        bool same = f->kind == g->kind && same_text(&f->name, &g->name) && f->offset == g->offset && f->size == g->size &&
                    f->is_signed == g->is_signed && same_tags(f, g) && same_array(f, g);
        if (!same) return false;
    }
    return true;
}

enum messages_result messages_beyond(const struct policy *p, const struct allow *a, const struct policy *q,
                                     const struct allow *b, const char **witness)
{
    struct comparison c = { .arena = p->arena, .type = a->type, .other_type = b->type };
    const struct guarded *g;
    const struct field *f;
    if (!same_layout(a->type, b->type)) return MESSAGES_UNKNOWN;
    c.pieces = arena_take(c.arena, (a->type->flat.count + 1) * sizeof *c.pieces);
    c.values = arena_take(c.arena, (a->type->flat.count + 1) * sizeof *c.values);
    guard_rule(c.arena, &c.conds, p, a);
    guard_rule(c.arena, &c.other_conds, q, b);
    if (!conds_are_known(&c.conds) || !conds_are_known(&c.other_conds)) return MESSAGES_UNKNOWN;
    LIST_EACH (g, &c.conds) {
        piece_cond(&c, g->cond);
        if (g->tag != NULL) piece_field(&c, g->tag->index);
    }
    LIST_EACH (g, &c.other_conds) {
        piece_cond(&c, g->cond);
        if (g->tag != NULL) piece_field(&c, g->tag->index);
    }
    LIST_EACH (f, &a->type->flat) {
        if (c.pieces[f_at].starts == NULL && field_beyond(c.arena, f, b->type->flat.items[f_at], witness)) return MESSAGES_SOME;
    }
    return pieces_finish(&c) ? try_all(&c, witness) : MESSAGES_UNKNOWN;
}
