/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of values and their names: `const` sets, enumerations, and fields that take either. */
#include "language/check.h"

#define SET_MAX 256u                  /* values of a set or an enumeration */
#define SET_BITS 64                   /* an image's field has a bit for each value below */

void policy_check_set(struct policy *p, struct constant *c)
{
    struct range *r;
    if (!policy_check_count(p, c->name.at, c->values.count, SET_MAX, "values of a set")) return;
    LIST_EACH(r, &c->values) {
        if (!policy_check_value(p, &r->lo, DIMENSION_PLAIN, INT64_MIN, UINT64_MAX, "the value")) continue;
        r->hi = r->lo;
        for (uint32_t i = 0; i < r_at; i++) {
            if (!c->values.items[i]->lo.known || c->values.items[i]->lo.number != r->lo.number) continue;
            diag_error(&p->diag, BH_TYPE_SET, r->lo.at, "%s is in the set already",
                       policy_check_number_text(p->arena, r->lo.number));
            r->lo.known = false;      /* no more of it is reported */
            break;
        }
    }
}

/* ---- enumerations ---- */
static bool enumerator_twice(struct policy *p, const struct enumeration *e, uint32_t index)
{
    const struct enumerator *one = e->values.items[index];
    for (uint32_t i = 0; i < index; i++) {
        const struct enumerator *other = e->values.items[i];
        if (name_is(&one->name, other->name.text)) {
            diag_error(&p->diag, BH_NAME_TWICE, one->name.at, "`%s` has a name `%s` already", e->name.text, one->name.text);
            diag_note(&p->diag, other->name.at, "declared here");
            return true;
        }
        if (one->value.known && other->value.known && one->value.number == other->value.number) {
            diag_error(&p->diag, BH_ENUM, one->value.at, "%s is `%s` already",
                       policy_check_number_text(p->arena, one->value.number), other->name.text);
            diag_note(&p->diag, other->name.at, "declared here; each value has one name");
            return true;
        }
    }
    return false;
}

static void check_enumerator(struct policy *p, const struct enumeration *e, uint32_t index)
{
    struct enumerator *one = e->values.items[index];
    if (one->name.text == NULL) return;
    names_check(p, &one->name, NAME_MAX_LONG);
    const struct constant *c = names_look(p, NAME_CONSTANT, one->name.text);
    if (c != NULL) {
        diag_error(&p->diag, BH_NAME_TWICE, one->name.at, "`%s` is already the name of a constant", one->name.text);
        diag_note(&p->diag, c->name.at, "declared here; a condition could mean either");
    }
    policy_check_value(p, &one->value, DIMENSION_PLAIN, INT32_MIN, INT32_MAX, "the value");
    if (enumerator_twice(p, e, index)) one->value.known = false;      /* no more of it is reported */
}

void policy_check_enumerations(struct policy *p)
{
    const struct enumeration *e;
    LIST_EACH(e, &p->enumerations) {
        if (e->name.text == NULL || !policy_check_count(p, e->name.at, e->values.count, SET_MAX, "values of an enumeration"))
            continue;
        if (e->values.count == 0 && !e->broken)
            diag_error(&p->diag, BH_ENUM, e->name.at, "the enumeration `%s` has no values", e->name.text);
        for (uint32_t i = 0; i < e->values.count; i++) check_enumerator(p, e, i);
    }
}

const char *policy_value_name(const struct field *f, wide value)
{
    const struct enumerator *one;
    if (f->enumeration == NULL) return NULL;
    LIST_EACH(one, &f->enumeration->values) {
        if (one->value.known && one->value.number == value) return one->name.text;
    }
    return NULL;
}

/* ---- values of fields ---- */
static bool value_unnamed(struct policy *p, const struct value *v, const struct enumeration *e)
{
    const struct enumerator *one;
    const char **words = arena_take(p->arena, (e->values.count + 1) * sizeof *words);
    size_t count = 0;
    LIST_EACH(one, &e->values) {
        if (one->name.text != NULL) words[count++] = one->name.text;
    }
    diag_error(&p->diag, BH_NAME_UNKNOWN, v->constant.at, "`%s` has no value `%s`%s", e->name.text, v->constant.text,
               names_suggest(p->arena, v->constant.text, words, count));
    diag_note(&p->diag, e->name.at, "the field's enumeration");
    return false;
}

bool policy_check_field_value(struct policy *p, struct value *v, const struct field *f, wide lo, wide hi, const char *what)
{
    const struct enumerator *one;
    const struct enumeration *e = f->enumeration;
    if (e == NULL || v->at.length == 0 || v->known || v->constant.text == NULL || v->negative ||
        names_look(p, NAME_CONSTANT, v->constant.text) != NULL)
        return policy_check_value(p, v, DIMENSION_PLAIN, lo, hi, what);
    LIST_EACH(one, &e->values) {
        if (!name_is(&one->name, v->constant.text)) continue;
        v->known = one->value.known;
        v->number = one->value.number;
        return v->known;
    }
    return value_unnamed(p, v, e);
}

/* ---- domains ---- */
/* What an enumeration or a set gives: how many values, from where to where, and as bits; `lacks` those that were reported. */
struct values { uint32_t count; wide lo, hi; uint64_t bits; bool lacks; };

static void values_add(struct policy *p, struct values *all, const struct field *f, const struct value *v)
{
    wide least = policy_check_field_least(f), greatest = policy_check_field_greatest(f);
    bool fits = v->number >= least && v->number <= greatest;
    all->lacks |= !v->known || !fits;
    if (!v->known) return;
    if (!fits) {
        diag_error(&p->diag, BH_VALUE_RANGE, f->values.at, "`%s` has the value %s; `%s` holds %s .. %s", f->values.text,
                   policy_check_number_text(p->arena, v->number), f->name.text, policy_check_number_text(p->arena, least),
                   policy_check_number_text(p->arena, greatest));
        diag_note(&p->diag, v->at, "declared here");
        return;
    }
    if (all->count == 0 || v->number < all->lo) all->lo = v->number;
    if (all->count == 0 || v->number > all->hi) all->hi = v->number;
    if (v->number >= 0 && v->number < SET_BITS) all->bits |= (uint64_t)1 << (uint64_t)v->number;
    all->count++;
}

static void domain_of_values(struct policy *p, struct field *f, const struct values *all)
{
    bool as_bits = !f->is_signed && all->hi < SET_BITS, gapless = (wide)all->count == all->hi - all->lo + 1;
    if (all->count == 0) return;
    f->lo = all->lo;
    f->hi = all->hi;
    f->domain = as_bits ? DOMAIN_SET : DOMAIN_RANGE;
    f->set = as_bits ? all->bits : 0;
    if (!as_bits && !gapless && !all->lacks)
        diag_error(&p->diag, BH_TYPE_SET, f->values.at,
                   "`%s` has gaps: with values above 63, or of a signed field, it can only be a range without gaps",
                   f->values.text);
}

void policy_check_named_domain(struct policy *p, struct field *f)
{
    const struct enumerator *one;
    const struct range *r;
    struct values all = { 0 };
    const struct constant *set = names_look(p, NAME_CONSTANT, f->values.text);
    if (set != NULL && !set->is_set) {
        diag_error(&p->diag, BH_VALUE_BOX, f->values.at, "`%s` is no set: a range, a set or an enumeration stands after `in`",
                   f->values.text);
        return;
    }
    if (set == NULL) f->enumeration = names_find(p, NAME_ENUM, &f->values);
    if (set != NULL) {
        LIST_EACH(r, &set->values) values_add(p, &all, f, &r->lo);
    } else if (f->enumeration != NULL) {
        LIST_EACH(one, &f->enumeration->values) values_add(p, &all, f, &one->value);
    }
    domain_of_values(p, f, &all);
}
