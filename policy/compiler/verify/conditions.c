/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conditions are compared by what they do, not by how they are written: a search decides whether any message passes the
 * policy's text and not the image's clauses, or those and not the text. A field takes one value for each stretch between the
 * bounds that either names, as neither can tell values of one stretch apart. Fields of different cases of a union count as
 * independent.
 */
#include "compiler/verify/conditions.h"

static wide field_least(const struct field *f)
{
    return f->is_signed ? -((wide)1 << (8 * f->width - 1)) : 0;
}

static wide field_greatest(const struct field *f)
{
    return ((wide)1 << (8 * f->width - (f->is_signed ? 1 : 0))) - 1;
}

/* ---- what is read, and the values worth trying ---- */
/* Fields of different cases may be one place. NULL: there are too many. */
struct variable *variable_of(struct comparison *c, const struct field *f)
{
    for (uint32_t i = 0; i < c->variable_count; i++) {
        const struct field *other = c->variables[i].field;
        if (other->offset == f->offset && other->width == f->width && other->is_signed == f->is_signed) return &c->variables[i];
    }
    if (c->variable_count == VARIABLES_MAX) return NULL;
    struct variable *x = &c->variables[c->variable_count++];
    *x = (struct variable){ .field = f };
    *LIST_NEW(c->v->arena, &x->values) = (struct trial){ field_least(f), 0 };
    return x;
}

static void value_add(struct comparison *c, struct variable *x, wide value)
{
    const struct trial *t;
    if (value < field_least(x->field) || value > field_greatest(x->field)) return;
    LIST_EACH(t, &x->values) {
        if (t->value == value) return;
    }
    if (x->values.count == VALUES_MAX)
        c->is_large = true;
    else
        *LIST_NEW(c->v->arena, &x->values) = (struct trial){ value, 0 };
}

/* lo begins a stretch, and what follows hi does. */
static void bounds_add(struct comparison *c, const struct field *f, wide lo, wide hi)
{
    struct variable *x = c->is_large ? NULL : variable_of(c, f);
    if (x == NULL) {
        c->is_large = true;
        return;
    }
    value_add(c, x, lo);
    value_add(c, x, hi + 1);
}

static void cond_values(struct comparison *c, const struct cond *k)
{
    const struct range *r;
    if (k == NULL) return;
    if (k->kind != COND_TEST) {
        cond_values(c, k->left);
        cond_values(c, k->right);
        return;
    }
    LIST_EACH(r, &k->ranges) bounds_add(c, k->target, r->lo.number, r->hi.number);
}

/* All parts must hold; `in` is the case of a union in which a part stands. */
static void part_add(struct comparison *c, const struct cond *k, const struct type_case *in)
{
    if (k->kind == COND_AND) {
        part_add(c, k->left, in);
        part_add(c, k->right, in);
        return;
    }
    *LIST_NEW(c->v->arena, &c->parts) = (struct condition_part){ k, in };
    cond_values(c, k);
    for (uint32_t tag = 0; in != NULL && tag < 64; tag++) {
        if ((in->tag_set >> tag & 1) != 0) bounds_add(c, in->tag_field, tag, tag);
    }
}

static void type_parts(struct comparison *c)
{
    const struct cond *k;
    const struct field *f;
    const struct type_case *in;
    LIST_EACH(k, &c->t->wheres) part_add(c, k, NULL);
    LIST_EACH(f, &c->t->fields) {
        LIST_EACH(in, &f->cases) {
            LIST_EACH(k, &in->wheres) part_add(c, k, in);
        }
    }
}

/* What an atom says; false, told, if it reads something else than a field, or has bounds that no value of it reaches. */
static bool atom_read(struct comparison *c, uint32_t at, struct atom *out)
{
    struct reader *v = c->v;
    const struct field *f;
    uint64_t flags = GET(v, ATOM, at, FLAGS), reads = flags & ~(uint64_t)(FLAG_NOT | FLAG_END);
    uint64_t base = GET(v, ATOM, at, BASE), span = GET(v, ATOM, at, SPAN);
    LIST_EACH(f, &c->t->flat) {
        if (f->kind != FIELD_NUMBER || f->offset != GET(v, ATOM, at, OFFSET)) continue;
        wide unit = (wide)1 << 8 * (8 - f->width);
        if (8 * f->width + GET(v, ATOM, at, UNUSED) != 64 || reads != field_flags(c->t, f)) continue;
        if (base % (uint64_t)unit != 0 || span % (uint64_t)unit != 0) continue;
        wide least = (f->is_signed ? (wide)(int64_t)base : (wide)base) / unit, most = least + (wide)span / unit;
        if (most > field_greatest(f)) continue;
        bounds_add(c, f, least, most);
        *out = (struct atom){ variable_of(c, f), least, most, (flags & FLAG_NOT) != 0, (flags & FLAG_END) != 0 };
        return true;
    }
    differ(v, "atom %u: `%s` reads no such field, or compares it with what it cannot hold", at, c->name);
    return false;
}

/* ---- comparing ---- */
static bool atoms_read(struct comparison *c, uint32_t first, uint32_t count)
{
    struct reader *v = c->v;
    bool good = true;
    v->next_atom += count;
    if (count > v->count[ATOM] || first > v->count[ATOM] - count) {
        differ(v, "conditions of `%s`: they lie outside the table", c->name);
        return false;
    }
    c->atoms = arena_take(v->arena, (count + 1) * sizeof *c->atoms);
    c->atom_count = count;
    for (uint32_t i = 0; i < count; i++) good &= atom_read(c, first + i, &c->atoms[i]);
    if (good && count > 0 && !c->atoms[count - 1].ends) {
        differ(v, "conditions of `%s`: the last clause does not end", c->name);
        return false;
    }
    return good;
}

static void compare(struct comparison *c, uint32_t first, uint32_t count)
{
    bool passes = false;
    if (!atoms_read(c, first, count)) return;
    c->v->conditions += c->parts.count > 0;
    bool found = !c->is_large && condition_search(c, &passes);
    if (c->is_large)
        differ(c->v, "conditions of `%s`: too much to compare", c->name);
    else if (found)
        differ(c->v, "conditions of `%s`: a message that the policy %s, by the fields that they read:", c->name,
               passes ? "takes and the image refuses" : "refuses and the image takes");
    for (uint32_t i = 0; found && !c->is_large && i < c->variable_count; i++) {
        const struct trial *t;
        LIST_EACH(t, &c->variables[i].values) {
            if (t->out != 0) continue;
            fprintf(c->v->out, "    %s = %lld\n", c->variables[i].field->name.text, (long long)t->value);
            break;
        }
    }
}

void verify_type_conditions(struct reader *v, const struct type *t, uint32_t first, uint32_t count)
{
    struct comparison *c = arena_take(v->arena, sizeof *c);
    *c = (struct comparison){ .v = v, .t = t, .name = t->name.text };
    type_parts(c);
    compare(c, first, count);
}

void verify_rule_condition(struct reader *v, const struct type *t, const struct cond *where, const char *name, uint32_t first,
                           uint32_t count)
{
    struct comparison *c = arena_take(v->arena, sizeof *c);
    if (where == NULL) {
        if (count > 0) differ(v, "rule `%s`: the policy has no condition, the image has", name);
        v->next_atom += count;
        return;
    }
    *c = (struct comparison){ .v = v, .t = t, .name = name };
    part_add(c, where, NULL);
    compare(c, first, count);
}
