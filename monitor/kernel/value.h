/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading fields out of a private copy of a message. A field stands in the upper bits of a word, above `unused` zero bits (0, 8
 * to 56): see policy/image.h. All read 8 bytes; those behind the field are shifted out.
 */
#pragma once

#include <stdbool.h>
#include "policy/image.h"

/* The field at `at`; `flags`: IMAGE_FIELD_BIG. */
uint64_t value_read(const uint8_t *at, uint32_t unused, uint32_t flags);

/* The same without flags: little endian. */
static inline uint64_t value_read_plain(const uint8_t *at, uint32_t unused)
{
    uint64_t raw;
    __builtin_memcpy(&raw, at, sizeof raw);
    raw <<= unused;
    //@ assert unused == 0 ==> raw == little8(at);
    //@ assert unused == 8 ==> raw == little8(at) * 0x100 % 0x10000000000000000;
    //@ assert unused == 16 ==> raw == little8(at) * 0x10000 % 0x10000000000000000;
    //@ assert unused == 24 ==> raw == little8(at) * 0x1000000 % 0x10000000000000000;
    //@ assert unused == 32 ==> raw == little8(at) * 0x100000000 % 0x10000000000000000;
    //@ assert unused == 40 ==> raw == little8(at) * 0x10000000000 % 0x10000000000000000;
    //@ assert unused == 48 ==> raw == little8(at) * 0x1000000000000 % 0x10000000000000000;
    //@ assert unused == 56 ==> raw == little8(at) * 0x100000000000000 % 0x10000000000000000;
    return raw;
}

/* The number that stands in a word, zero-extended, or sign-extended where `flags` say so (IMAGE_FIELD_SIGNED). */
static inline uint64_t value_number(uint64_t word, uint32_t unused, uint32_t flags)
{
    return flags & IMAGE_FIELD_SIGNED ? (uint64_t)((int64_t)word >> unused) : word >> unused;
}
