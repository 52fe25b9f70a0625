/* SPDX-License-Identifier: Apache-2.0 */
/* Pages of the kernel_pool region, handed out during start-up and never again. */
#include "boot.h"

static uint64_t low, high;

void pool_open(uint64_t base, uint64_t size)
{
    low = base;
    high = base + size;
}

void *pool_take_sealed(uint32_t pages)
{
    uint64_t at = low;
    CHECK(high - low >= (uint64_t)pages * PAGE_SIZE);
    low += (uint64_t)pages * PAGE_SIZE;
    arch_fill_zero((void *)at, (uint64_t)pages * PAGE_SIZE);
    return (void *)at;
}

void *pool_take_writable(uint32_t pages, uint32_t align)
{
    uint64_t at = (high - (uint64_t)pages * PAGE_SIZE) & ~((uint64_t)align * PAGE_SIZE - 1);
    CHECK(at >= low && at < high);
    high = at;
    arch_fill_zero((void *)at, (uint64_t)pages * PAGE_SIZE);
    return (void *)at;
}

uint64_t pool_sealed_end(void)
{
    return low;
}
