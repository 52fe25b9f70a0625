/* SPDX-License-Identifier: Apache-2.0 */
/* Checks message types: every field and condition lies inside its type, and a failure of each has a rule to be reported by. */
#include "channels/message.h"
#include "check.h"

static bool bits_unused(uint32_t unused)
{
    return unused <= 56 && unused % 8 == 0;
}

static uint32_t bytes_used(uint32_t unused)
{
    return (64 - unused) / 8;
}

/* Some value is allowed: by a bit set, or in one interval as the field's sign orders it. Of padding it is zero alone. */
static bool range_holds_any(const struct image_field *f)
{
    const uint64_t below = ((uint64_t)1 << f->unused) - 1, sign = (uint64_t)((f->kind & IMAGE_FIELD_SIGNED) != 0) << 63;
    const uint64_t least = f->base ^ sign;
    if ((f->flags & IMAGE_FIELD_SET) != 0) return f->base != 0 && f->span == 0;
    if ((f->kind & IMAGE_FIELD_ZERO) != 0) return f->base == 0 && f->span == 0;
    return ((f->base | f->span) & below) == 0 && least + f->span >= least;
}

/* Padding is nothing else; a bit set of values counts from 0 and has no sign. */
static bool flags_agree(uint32_t flags, uint32_t kind)
{
    if ((flags & ~(uint32_t)(IMAGE_FIELD_BIG | IMAGE_FIELD_SET)) != 0) return false;
    return kind == 0 || (kind == IMAGE_FIELD_ZERO && flags == 0) ||
           (kind == IMAGE_FIELD_SIGNED && (flags & IMAGE_FIELD_SET) == 0);
}

/* A tag is a number that stands before, itself below one other tag at most: what a verdict asks of a field is bounded. */
static bool tag_agrees(const struct image_field *fields, uint32_t own)
{
    uint32_t tag = fields[own].tag;
    if (tag == IMAGE_NONE) return true;
    if (tag >= own || (fields[tag].kind & IMAGE_FIELD_ZERO) != 0) return false;
    //@ assert field_ok(fields, tag);
    return fields[tag].tag == IMAGE_NONE || fields[fields[tag].tag].tag == IMAGE_NONE;
}

/* Field `at` of the table, the `own`-th of its type. */
static struct image_check_result check_field(const struct policy_tables *t, const struct image_type *type, uint32_t own,
                                             uint32_t at)
{
    const struct image_field *f = &t->fields[at];
    ENSURE(flags_agree(f->flags, f->kind), FIELD_FLAGS, at);
    ENSURE(bits_unused(f->unused), FIELD_WIDTH, at);
    ENSURE(check_inside(f->offset, bytes_used(f->unused), type->size), FIELD_BOUNDS, at);
    ENSURE(range_holds_any(f), FIELD_RANGE, at);
    ENSURE(check_rule_index(f->rule), FIELD_RULE, at);
    ENSURE(tag_agrees(&t->fields[type->first_field], own), FIELD_TAG, at);
    return CHECK_PASSED;
}

struct image_check_result check_atoms(const struct policy_tables *t, uint32_t first, uint32_t count, uint32_t size)
{
    const uint32_t known = IMAGE_FIELD_SIGNED | IMAGE_FIELD_BIG | IMAGE_ATOM_NOT | IMAGE_ATOM_END;
    /*@ loop invariant first <= i <= first + count && atoms_pass(t->atoms + first, i - first);
        loop assigns i;
        loop variant first + count - i; */
    for (uint32_t i = first; i < first + count; i++) {
        const struct image_atom *a = &t->atoms[i];
        ENSURE((a->flags & ~known) == 0, ATOM_FLAGS, i);
        ENSURE(bits_unused(a->unused), ATOM_WIDTH, i);
        ENSURE(check_inside(a->offset, bytes_used(a->unused), size), ATOM_BOUNDS, i);
        ENSURE(i + 1 < first + count || (a->flags & IMAGE_ATOM_END) != 0, ATOM_END, i);
    }
    return CHECK_PASSED;
}

struct image_check_result check_types(const struct policy_tables *t)
{
    uint32_t fields_taken = 0, atoms_taken = 0;
    /*@ loop invariant 0 <= i <= t->types_count && types_pass(t, i);
        loop assigns i, fields_taken, atoms_taken;
        loop variant t->types_count - i; */
    for (uint32_t i = 0; i < t->types_count; i++) {
        const struct image_type *type = &t->types[i];
        ENSURE(type->size + sizeof(struct message_header) <= IMAGE_MAX_MESSAGE, TYPE_SIZE, i);
        ENSURE(type->field_count <= IMAGE_MAX_TYPE_FIELDS && type->atom_count <= IMAGE_MAX_CONDITION, TYPE_WORK, i);
        ENSURE(check_slice(&fields_taken, type->first_field, type->field_count, t->fields_count), TYPE_FIELDS, i);
        /*@ loop invariant 0 <= k <= type->field_count && fields_pass(t->fields + type->first_field, k);
            loop assigns k;
            loop variant type->field_count - k; */
        for (uint32_t k = 0; k < type->field_count; k++) TRY(check_field(t, type, k, type->first_field + k));
        //@ assert fields_ok(t->fields + type->first_field, type->field_count);
        ENSURE(check_slice(&atoms_taken, type->first_atom, type->atom_count, t->atoms_count), TYPE_ATOMS, i);
        ENSURE(type->atom_count == 0 || check_rule_index(type->where_rule), TYPE_RULE, i);
        TRY(check_atoms(t, type->first_atom, type->atom_count, type->size));
        //@ assert atoms_ok(t->atoms + type->first_atom, type->atom_count);
        //@ assert type_ok(t, i) && type_fits(t, i);
    }
    return CHECK_PASSED;
}
