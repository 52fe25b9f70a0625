/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Four-level page tables (AMD64 APM volume 2, 5.3), the kernel's and, with the user bit everywhere, nested ones (15.25); and
 * those of Intel's EPT (SDM volume 3, 29.3.2), which differ in their bits alone. Accessed and dirty bits are preset: once
 * built, tables do not change. What may not be written is not dirty: it would be a shadow stack (SDM volume 3, 4.6).
 */
#include "boot.h"

static uint64_t *slot(uint64_t *table, uint64_t address, int level)
{
    return &table[address / paging_reach(level) & LEVEL_MASK];
}

/* The table below an entry, made if it is not there. */
static uint64_t *descend(uint64_t *entry, uint32_t flags)
{
    if (!(*entry & PTE_PRESENT)) {
        *entry = (uint64_t)pool_take_sealed(1) | (flags & PAGING_EPT ? EPT_READ | EPT_WRITE | EPT_EXECUTE
                                                                     : PTE_PRESENT | PTE_WRITE | PTE_ACCESSED |
                                                                       (flags & PAGING_USER ? PTE_USER : 0));
    }
    CHECK(!(*entry & PTE_LARGE));
    return (uint64_t *)(*entry & PTE_ADDRESS);
}

static uint64_t leaf(uint64_t address, uint32_t flags)
{
    if (flags & PAGING_EPT) return address | EPT_READ | EPT_WRITE_BACK | (flags & PAGING_RIGHTS);
    return address | PTE_PRESENT | PTE_ACCESSED | (flags & PAGING_WRITE ? PTE_WRITE | PTE_DIRTY : 0) |
           (flags & PAGING_USER ? PTE_USER : 0) | (flags & PAGING_UNCACHED ? PTE_UNCACHED : 0) |
           (flags & PAGING_EXECUTE ? 0 : PTE_NO_EXECUTE);
}

static void map_page(uint64_t *root, uint64_t from, uint64_t value, int level, uint32_t flags)
{
    uint64_t *table = root;
    for (int l = LEVEL_ROOT; l > level; l--) table = descend(slot(table, from, l), flags);
    uint64_t *entry = slot(table, from, level);
    CHECK(*entry == 0);
    *entry = value;
}

void paging_map(uint64_t *root, uint64_t from, uint64_t to, uint64_t size, uint32_t flags)
{
    CHECK((from | to | size) % PAGE_SIZE == 0);
    while (size > 0) {
        int level = flags & PAGING_GIANT ? LEVEL_GIANT : LEVEL_LARGE;
        while (level > LEVEL_PAGE && ((from | to) % paging_reach(level) != 0 || size < paging_reach(level))) level--;
        uint64_t step = paging_reach(level);
        map_page(root, from, leaf(to, flags) | (level > LEVEL_PAGE ? PTE_LARGE : 0), level, flags);
        from += step;
        to += step;
        size -= step;
    }
}

void paging_map_region(uint64_t *root, uint64_t from, const struct policy_tables *policy, const struct image_region *region,
                       uint32_t flags)
{
    uint64_t step = region->colour_count > 0 ? PAGE_SIZE : region->size;
    for (uint64_t at = 0; at < region->size; at += step)
        paging_map(root, from + at, policy_region_place(policy->header, region, at), step, flags);
}

uint64_t *paging_entry(uint64_t *root, uint64_t address)
{
    uint64_t *table = root;
    for (int l = LEVEL_ROOT; l > LEVEL_PAGE; l--) {
        uint64_t entry = *slot(table, address, l);
        CHECK((entry & PTE_PRESENT) && !(entry & PTE_LARGE));
        table = (uint64_t *)(entry & PTE_ADDRESS);
    }
    return slot(table, address, LEVEL_PAGE);
}
