/* SPDX-License-Identifier: Apache-2.0 */
/* Reading fields out of a private copy of a message. */
#pragma once

#include <stdbool.h>
#include "policy/image.h"

/*
 * The field of `width` bytes (1, 2, 4, 8) at `at`, zero- or sign-extended as `flags` say (IMAGE_FIELD_SIGNED, IMAGE_FIELD_BIG).
 * Reads 8 bytes; those behind the field are shifted out.
 */
uint64_t value_read(const uint8_t *at, uint32_t width, uint32_t flags);

/* The same without flags: an unsigned number, little endian. */
static inline uint64_t value_read_plain(const uint8_t *at, uint32_t width)
{
    uint64_t raw;
    uint32_t unused = 64u - 8u * width;
    __builtin_memcpy(&raw, at, sizeof raw);
    return raw << unused >> unused;
}

/* Whether lo <= value <= hi, in the field's own order. */
static inline bool value_within(uint64_t value, int64_t lo, int64_t hi, uint32_t flags)
{
    if (flags & IMAGE_FIELD_SIGNED) return (int64_t)value >= lo && (int64_t)value <= hi;
    return value >= (uint64_t)lo && value <= (uint64_t)hi;
}
