/* SPDX-License-Identifier: Apache-2.0 */
/* See value.h. */
#include "value.h"

uint64_t value_read(const uint8_t *at, uint32_t width, uint32_t flags)
{
    uint64_t raw;
    uint32_t unused = 64u - 8u * width;
    __builtin_memcpy(&raw, at, sizeof raw);
    raw = flags & IMAGE_FIELD_BIG ? __builtin_bswap64(raw) : raw << unused;
    return flags & IMAGE_FIELD_SIGNED ? (uint64_t)((int64_t)raw >> unused) : raw >> unused;
}
