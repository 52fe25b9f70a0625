/* SPDX-License-Identifier: Apache-2.0 */
/* See value.h. */
#include "value.h"

uint64_t value_read(const uint8_t *at, uint32_t unused, uint32_t flags)
{
    uint64_t raw;
    __builtin_memcpy(&raw, at, sizeof raw);
    return flags & IMAGE_FIELD_BIG ? __builtin_bswap64(raw) >> unused << unused : raw << unused;
}
