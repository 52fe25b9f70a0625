/* SPDX-License-Identifier: Apache-2.0 */
/* See plain_fields.h. */
#include "plain_fields.h"
#include <stdbool.h>

/* The field as the number that it is. */
static int64_t number_in(const struct image_field *f, uint64_t word)
{
    return f->kind & IMAGE_FIELD_SIGNED ? (int64_t)word >> f->unused : (int64_t)(word >> f->unused);
}

static int64_t value_of(const struct image_field *f, const uint8_t *payload)
{
    uint32_t bytes = 8 - f->unused / 8;
    uint64_t value = 0;
    for (uint32_t i = 0; i < bytes; i++) {
        value = value << 8 | payload[f->offset + (f->flags & IMAGE_FIELD_BIG ? i : bytes - 1 - i)];
    }
    return number_in(f, value << f->unused);
}

static bool exists(const struct image_field *fields, const struct image_field *f, const uint8_t *payload)
{
    if (f->tag == IMAGE_NONE) return true;
    int64_t tag = value_of(&fields[f->tag], payload);
    return exists(fields, &fields[f->tag], payload) && tag < 64 && (f->tags >> tag & 1) != 0;
}

static bool is_bad(const struct image_field *fields, const struct image_field *f, const uint8_t *payload)
{
    int64_t value = value_of(f, payload), least = number_in(f, f->base);
    if (!exists(fields, f, payload)) return false;
    if (f->flags & IMAGE_FIELD_SET) return value > 63 || (f->base >> value & 1) == 0;
    return value < least || value > least + (int64_t)(f->span >> f->unused);
}

uint32_t plain_bad_field(const struct policy_tables *policy, uint32_t type, const uint8_t *payload)
{
    uint32_t first = policy->types[type].first_field, count = policy->types[type].field_count;
    const struct image_field *fields = &policy->fields[first];
    for (uint32_t i = 0; i < 2 * count; i++) {            /* once all padding, then all others */
        uint32_t k = i % count;
        bool is_padding = (fields[k].kind & IMAGE_FIELD_ZERO) != 0;
        if (is_padding == (i == k) && is_bad(fields, &fields[k], payload)) return first + k;
    }
    return IMAGE_NONE;
}
