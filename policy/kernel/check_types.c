/* SPDX-License-Identifier: Apache-2.0 */
/* Checks message types: every field and condition lies inside its type, and a failure of each has a rule to be reported by. */
#include "channels/message.h"
#include "check.h"

static bool integer_width(uint32_t width)
{
    return width == 1 || width == 2 || width == 4 || width == 8;
}

/* Whether some value is allowed: an interval as the field's sign orders it, or a bit set. */
static bool range_holds_any(const struct image_field *f)
{
    if ((f->flags & IMAGE_FIELD_ZERO) != 0) return true;
    if ((f->flags & IMAGE_FIELD_SET) != 0) return f->lo != 0;
    if ((f->flags & IMAGE_FIELD_SIGNED) != 0) return f->lo <= f->hi;
    return (uint64_t)f->lo <= (uint64_t)f->hi;
}

/* Padding is nothing else; a bit set of values counts from 0 and has no sign. */
static bool flags_agree(uint32_t flags)
{
    const uint32_t known = IMAGE_FIELD_SIGNED | IMAGE_FIELD_BIG | IMAGE_FIELD_ZERO | IMAGE_FIELD_SET;
    if ((flags & ~known) != 0) return false;
    if ((flags & IMAGE_FIELD_ZERO) != 0) return flags == IMAGE_FIELD_ZERO;
    return (flags & IMAGE_FIELD_SET) == 0 || (flags & IMAGE_FIELD_SIGNED) == 0;
}

/* Field `at` of the table, the `own`-th of its type. */
static struct image_check_result check_field(const struct policy_tables *t, const struct image_type *type, uint32_t own,
                                             uint32_t at)
{
    const struct image_field *f = &t->fields[at];
    ENSURE(flags_agree(f->flags), FIELD_FLAGS, at);
    ENSURE((f->flags & IMAGE_FIELD_ZERO) != 0 ? f->width >= 1 && f->width <= 255 : integer_width(f->width), FIELD_WIDTH, at);
    ENSURE(check_inside(f->offset, f->width, type->size), FIELD_BOUNDS, at);
    ENSURE(range_holds_any(f), FIELD_RANGE, at);
    ENSURE(check_rule_index(f->rule), FIELD_RULE, at);
    ENSURE(f->tag == IMAGE_NONE || f->tag < own, FIELD_TAG, at);
    ENSURE(f->tag == IMAGE_NONE || (t->fields[type->first_field + f->tag].flags & IMAGE_FIELD_ZERO) == 0, FIELD_TAG, at);
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
        ENSURE(integer_width(a->width), ATOM_WIDTH, i);
        ENSURE(check_inside(a->offset, a->width, size), ATOM_BOUNDS, i);
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
        ENSURE(check_slice(&fields_taken, type->first_field, type->field_count, t->fields_count), TYPE_FIELDS, i);
        ENSURE(type->field_count <= IMAGE_MAX_TYPE_FIELDS && type->atom_count <= IMAGE_MAX_CONDITION, TYPE_WORK, i);
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
