/* SPDX-License-Identifier: Apache-2.0 */
/* DR7, AMD64 APM volume 2, 13.1.1.4: local and global bits from bit 0 on, kinds and lengths from bit 16 on. */
#include "pc/breakpoint.h"

enum kind { KIND_EXECUTED, KIND_WRITTEN, KIND_PORT, KIND_ACCESSED };

uint32_t breakpoint_enabled(uint64_t control)
{
    uint32_t enabled = 0;
    for (uint32_t i = 0; i < BREAKPOINTS; i++) enabled |= (uint32_t)(control >> 2 * i & 3 ? 1 << i : 0);
    return enabled;
}

static bool overlaps(uint64_t a, uint32_t a_size, uint64_t b, uint32_t b_size)
{
    return a - b < b_size || b - a < a_size;
}

/* `kinds`: a bit each. Of an address, bits below the length do not count. */
static uint32_t meet(const struct breakpoints *b, uint64_t at, uint32_t size, uint32_t kinds)
{
    static const uint8_t lengths[] = { 1, 2, 8, 4 };
    uint32_t met = 0, enabled = breakpoint_enabled(b->control);
    for (uint32_t i = 0; i < BREAKPOINTS; i++) {
        uint64_t what = b->control >> (16 + 4 * i), length = lengths[what >> 2 & 3], from = b->addresses[i] & -length;
        if (enabled >> i & kinds >> (what & 3) & 1 && overlaps(at, size, from, (uint32_t)length)) met |= 1u << i;
    }
    return met;
}

uint32_t breakpoint_at_port(const struct breakpoints *b, uint64_t port, uint32_t size)
{
    return b->has_ports ? meet(b, port, size, 1u << KIND_PORT) : 0;
}

uint32_t breakpoint_at_memory(const struct breakpoints *b, uint64_t linear, uint32_t size, bool writes)
{
    return meet(b, linear, size, 1u << KIND_ACCESSED | (writes ? 1u << KIND_WRITTEN : 0));
}
