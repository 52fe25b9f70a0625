/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conditions are compared by what they do, not by how they are written: the policy's text and the image's clauses judge the
 * same messages. The messages hold, in each field that either reads, every bound that either names, the values beside it, and
 * the ends of what the field can hold: all combinations if there are few, else a fixed pseudo-random choice of them.
 */
#include "compiler/verify/reader.h"

#define MESSAGE_MAX 4096u
#define FIELDS_MAX 64u
#define ALL_MAX 65536u                /* combinations that are all tried */
#define CHOSEN 20000u                 /* else */

struct values {
    const struct field *field;
    LIST(wide) list;
};

struct comparison {
    struct reader *v;
    const struct type *t;
    const struct cond *where;         /* of a rule; NULL: the type's own */
    const char *name;
    uint32_t first, count;            /* atoms */
    uint8_t message[MESSAGE_MAX];
    uint32_t field_count;
    struct values fields[FIELDS_MAX];
};

static wide field_least(const struct field *f)
{
    return f->is_signed ? -((wide)1 << (8 * f->width - 1)) : 0;
}

static wide field_greatest(const struct field *f)
{
    return ((wide)1 << (8 * f->width - (f->is_signed ? 1 : 0))) - 1;
}

/* ---- messages ---- */
static wide message_number(const uint8_t *message, uint64_t offset, uint32_t width, bool is_signed, bool is_big)
{
    uint64_t number = 0;
    for (uint32_t i = 0; i < width; i++) number = number << 8 | message[offset + (is_big ? i : width - 1 - i)];
    bool negative = is_signed && (number >> (8 * width - 1) & 1) != 0;
    return negative ? (wide)number - ((wide)1 << 8 * width) : (wide)number;
}

static wide field_number(const struct comparison *c, const struct field *f)
{
    return message_number(c->message, f->offset, f->width, f->is_signed, c->t->is_big);
}

static void field_put(struct comparison *c, const struct field *f, wide value)
{
    uint64_t number = (uint64_t)value;
    for (uint32_t i = 0; i < f->width; i++) {
        c->message[f->offset + (c->t->is_big ? f->width - 1 - i : i)] = (uint8_t)number;
        number >>= 8;
    }
}

/* ---- the policy's side ---- */
static bool cond_holds(const struct comparison *c, const struct cond *k)
{
    const struct range *r;
    switch (k->kind) {
    case COND_AND: return cond_holds(c, k->left) && cond_holds(c, k->right);
    case COND_OR: return cond_holds(c, k->left) || cond_holds(c, k->right);
    case COND_IMPLIES: return !cond_holds(c, k->left) || cond_holds(c, k->right);
    case COND_NOT: return !cond_holds(c, k->left);
    case COND_TEST: break;
    }
    wide value = field_number(c, k->target);
    bool inside = false;
    LIST_EACH(r, &k->ranges) inside |= value >= r->lo.number && value <= r->hi.number;
    return inside != k->negated;
}

static bool case_applies(const struct comparison *c, const struct type_case *k)
{
    wide tag = field_number(c, k->tag_field);
    return tag >= 0 && tag < 64 && (k->tag_set >> (uint64_t)tag & 1) != 0;
}

static bool policy_holds(const struct comparison *c)
{
    const struct cond *k;
    const struct field *f;
    const struct type_case *in;
    bool good = true;
    if (c->where != NULL) return cond_holds(c, c->where);
    LIST_EACH(k, &c->t->wheres) good = good && cond_holds(c, k);
    LIST_EACH(f, &c->t->fields) {
        LIST_EACH(in, &f->cases) {
            if (in->wheres.count == 0 || !case_applies(c, in)) continue;
            LIST_EACH(k, &in->wheres) good = good && cond_holds(c, k);
        }
    }
    return good;
}

/* ---- the image's side: every clause needs one atom that holds ---- */
static bool atom_holds(const struct comparison *c, uint32_t at)
{
    const struct reader *v = c->v;
    uint64_t flags = GET(v, ATOM, at, FLAGS);
    bool is_signed = (flags & FLAG_SIGNED) != 0;
    wide value = message_number(c->message, GET(v, ATOM, at, OFFSET), (uint32_t)GET(v, ATOM, at, WIDTH), is_signed,
                                (flags & FLAG_BIG) != 0);
    uint64_t lo = GET(v, ATOM, at, LO), hi = GET(v, ATOM, at, HI);
    bool inside = is_signed ? value >= (int64_t)lo && value <= (int64_t)hi : value >= (wide)lo && value <= (wide)hi;
    return inside != ((flags & FLAG_NOT) != 0);
}

static bool image_holds(const struct comparison *c)
{
    bool clause = false;
    for (uint32_t i = c->first; i < c->first + c->count; i++) {
        clause = clause || atom_holds(c, i);
        if ((GET(c->v, ATOM, i, FLAGS) & FLAG_END) == 0) continue;
        if (!clause) return false;
        clause = false;
    }
    return true;
}

/* ---- values worth trying ---- */
static struct values *values_of(struct comparison *c, const struct field *f)
{
    for (uint32_t i = 0; i < c->field_count; i++) {
        if (c->fields[i].field == f) return &c->fields[i];
    }
    if (c->field_count == FIELDS_MAX) return NULL;
    struct values *new = &c->fields[c->field_count++];
    *new = (struct values){ .field = f };
    return new;
}

static void value_add(struct comparison *c, struct values *all, wide value)
{
    if (value < field_least(all->field) || value > field_greatest(all->field)) return;
    for (uint32_t i = 0; i < all->list.count; i++) {
        if (*all->list.items[i] == value) return;
    }
    *LIST_NEW(c->v->arena, &all->list) = value;
}

static void bounds_add(struct comparison *c, const struct field *f, wide lo, wide hi)
{
    struct values *all = values_of(c, f);
    if (all == NULL) return;
    value_add(c, all, lo);
    value_add(c, all, lo - 1);
    value_add(c, all, hi);
    value_add(c, all, hi + 1);
    value_add(c, all, field_least(f));
    value_add(c, all, field_greatest(f));
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

static void type_values(struct comparison *c)
{
    const struct cond *k;
    const struct field *f;
    const struct type_case *in;
    LIST_EACH(k, &c->t->wheres) cond_values(c, k);
    LIST_EACH(f, &c->t->fields) {
        LIST_EACH(in, &f->cases) {
            if (in->wheres.count == 0) continue;
            for (uint32_t tag = 0; tag < 64; tag++) {
                if ((in->tag_set >> tag & 1) != 0) bounds_add(c, in->tag_field, tag, tag);
            }
            LIST_EACH(k, &in->wheres) cond_values(c, k);
        }
    }
}

/* The field that an atom reads; NULL, told, if it reads something else, or has bounds that no value of the field reaches. */
static const struct field *atom_field(struct comparison *c, uint32_t at)
{
    struct reader *v = c->v;
    const struct field *f;
    uint64_t flags = GET(v, ATOM, at, FLAGS), reads = flags & ~(uint64_t)(FLAG_NOT | FLAG_END);
    uint64_t lo = GET(v, ATOM, at, LO), hi = GET(v, ATOM, at, HI);
    EQUAL(v, ATOM, at, RESERVED, 0);
    LIST_EACH(f, &c->t->flat) {
        if (f->kind != FIELD_NUMBER || f->offset != GET(v, ATOM, at, OFFSET) || f->width != GET(v, ATOM, at, WIDTH)) continue;
        if (reads != field_flags(c->t, f)) continue;
        wide least = f->is_signed ? (wide)(int64_t)lo : (wide)lo, most = f->is_signed ? (wide)(int64_t)hi : (wide)hi;
        if (least > most || least < field_least(f) || most > field_greatest(f)) continue;
        bounds_add(c, f, least, most);
        return f;
    }
    differ(v, "atom %u: `%s` reads no such field, or compares it with what it cannot hold", at, c->name);
    return NULL;
}

/* ---- comparing ---- */
static bool same_verdict(struct comparison *c)
{
    bool wanted = policy_holds(c);
    c->v->messages++;
    if (image_holds(c) == wanted) return true;
    differ(c->v, "conditions of `%s`: a message that the policy %s, by the fields that they read:", c->name,
           wanted ? "takes and the image refuses" : "refuses and the image takes");
    for (uint32_t i = 0; i < c->field_count; i++) {
        const struct field *f = c->fields[i].field;
        fprintf(c->v->out, "    %s = %lld\n", f->name.text, (long long)field_number(c, f));
    }
    return false;
}

static uint64_t combinations(const struct comparison *c)
{
    uint64_t count = 1;
    for (uint32_t i = 0; i < c->field_count && count <= ALL_MAX; i++) count *= c->fields[i].list.count;
    return count;
}

static uint64_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005ull + 1442695040888963407ull;
    return *state >> 33;
}

/* Fields of different cases of a union lie over each other: the last one that is put keeps its value, so each is last once. */
static void message_put(struct comparison *c, const uint64_t *choices, uint32_t first)
{
    for (uint32_t i = 0; i < c->field_count; i++) {
        uint32_t k = (first + i) % c->field_count;
        field_put(c, c->fields[k].field, *c->fields[k].list.items[choices[k]]);
    }
}

static void compare_all(struct comparison *c)
{
    uint64_t all = combinations(c), random = 1, choices[FIELDS_MAX];
    bool each = all <= ALL_MAX;
    for (uint64_t n = 0; n < (each ? all : CHOSEN); n++) {
        uint64_t rest = n;
        for (uint32_t i = 0; i < c->field_count; i++) {
            uint64_t choice = each ? rest : next_random(&random);
            choices[i] = choice % c->fields[i].list.count;
            rest /= c->fields[i].list.count;
        }
        for (uint32_t first = 0; first < (c->field_count > 0 ? c->field_count : 1); first++) {
            message_put(c, choices, first);
            if (!same_verdict(c)) return;
        }
    }
}

static void compare(struct comparison *c)
{
    struct reader *v = c->v;
    bool good = true;
    v->next_atom += c->count;
    if (c->count > v->count[ATOM] || c->first > v->count[ATOM] - c->count) {
        differ(v, "conditions of `%s`: they lie outside the table", c->name);
        return;
    }
    for (uint32_t i = c->first; i < c->first + c->count; i++) good &= atom_field(c, i) != NULL;
    if (c->count > 0 && (GET(v, ATOM, c->first + c->count - 1, FLAGS) & FLAG_END) == 0) {
        differ(v, "conditions of `%s`: the last clause does not end", c->name);
        return;
    }
    if (good) compare_all(c);
}

void verify_type_conditions(struct reader *v, const struct type *t, uint32_t first, uint32_t count)
{
    struct comparison *c = arena_take(v->arena, sizeof *c);
    *c = (struct comparison){ .v = v, .t = t, .name = t->name.text, .first = first, .count = count };
    type_values(c);
    compare(c);
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
    *c = (struct comparison){ .v = v, .t = t, .where = where, .name = name, .first = first, .count = count };
    cond_values(c, where);
    compare(c);
}
