/* SPDX-License-Identifier: Apache-2.0 */
/* See value.h. */
#include "value.h"

uint64_t value_read(const uint8_t *at, uint32_t unused, uint32_t flags)
{
    uint64_t raw;
    __builtin_memcpy(&raw, at, sizeof raw);
    raw = flags & IMAGE_FIELD_BIG ? __builtin_bswap64(raw) >> unused << unused : raw << unused;
    //@ assert unused == 0 && (flags & IMAGE_FIELD_BIG) == 0 ==> raw == little8(at);
    //@ assert unused == 8 && (flags & IMAGE_FIELD_BIG) == 0 ==> raw == little8(at) * 0x100 % 0x10000000000000000;
    //@ assert unused == 16 && (flags & IMAGE_FIELD_BIG) == 0 ==> raw == little8(at) * 0x10000 % 0x10000000000000000;
    //@ assert unused == 24 && (flags & IMAGE_FIELD_BIG) == 0 ==> raw == little8(at) * 0x1000000 % 0x10000000000000000;
    //@ assert unused == 32 && (flags & IMAGE_FIELD_BIG) == 0 ==> raw == little8(at) * 0x100000000 % 0x10000000000000000;
    //@ assert unused == 40 && (flags & IMAGE_FIELD_BIG) == 0 ==> raw == little8(at) * 0x10000000000 % 0x10000000000000000;
    //@ assert unused == 48 && (flags & IMAGE_FIELD_BIG) == 0 ==> raw == little8(at) * 0x1000000000000 % 0x10000000000000000;
    //@ assert unused == 56 && (flags & IMAGE_FIELD_BIG) == 0 ==> raw == little8(at) * 0x100000000000000 % 0x10000000000000000;
    //@ assert unused == 0 && (flags & IMAGE_FIELD_BIG) != 0 ==> raw == big8(at);
    //@ assert unused == 8 && (flags & IMAGE_FIELD_BIG) != 0 ==> raw == big8(at) / 0x100 * 0x100;
    //@ assert unused == 16 && (flags & IMAGE_FIELD_BIG) != 0 ==> raw == big8(at) / 0x10000 * 0x10000;
    //@ assert unused == 24 && (flags & IMAGE_FIELD_BIG) != 0 ==> raw == big8(at) / 0x1000000 * 0x1000000;
    //@ assert unused == 32 && (flags & IMAGE_FIELD_BIG) != 0 ==> raw == big8(at) / 0x100000000 * 0x100000000;
    //@ assert unused == 40 && (flags & IMAGE_FIELD_BIG) != 0 ==> raw == big8(at) / 0x10000000000 * 0x10000000000;
    //@ assert unused == 48 && (flags & IMAGE_FIELD_BIG) != 0 ==> raw == big8(at) / 0x1000000000000 * 0x1000000000000;
    //@ assert unused == 56 && (flags & IMAGE_FIELD_BIG) != 0 ==> raw == big8(at) / 0x100000000000000 * 0x100000000000000;
    return raw;
}
