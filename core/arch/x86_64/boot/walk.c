/* SPDX-License-Identifier: Apache-2.0 */
/* What page tables map, read from the tables alone: the kernel's and both kinds of nested ones, as paging.c writes them. */
#include "boot.h"

#define ADDRESS_END (1ull << (PAGE_BITS + LEVEL_BITS * (LEVEL_ROOT + 1)))

/* Each of these holds of a page if it holds of every entry on the way: AMD64 APM volume 2, 5.6; SDM volume 3, 29.3.2. */
static uint32_t rights(uint64_t entry, bool ept)
{
    if (ept) return entry & PAGING_RIGHTS;
    return (entry & PTE_WRITE ? PAGING_WRITE : 0u) | (entry & PTE_NO_EXECUTE ? 0u : PAGING_EXECUTE) |
           (entry & PTE_USER ? PAGING_USER : 0u);
}

static uint32_t kind(uint64_t entry, bool ept)
{
    if (ept) return (entry & EPT_MEMORY_TYPE) != EPT_WRITE_BACK ? PAGING_UNCACHED : 0u;
    bool shadow = (entry & (PTE_WRITE | PTE_DIRTY)) == PTE_DIRTY;
    return (entry & PTE_UNCACHED ? PAGING_UNCACHED : 0u) | (shadow ? PAGING_SHADOW : 0u);
}

/* Whether the table lies where all tables lie. No other is read. */
static bool is_table(const struct paging_walk *w, uint64_t table)
{
    return table >= w->tables.start && table < w->tables.end && table % PAGE_SIZE == 0;
}

/* Moves past what the entry maps, or does not. */
static void pass(struct paging_walk *w, int level)
{
    w->at = (w->at | (paging_reach(level) - 1)) + 1;
}

/* Moves past empty entries, to the next one or to the table's end. */
static void pass_empty(struct paging_walk *w, int level, const uint64_t *slot)
{
    do pass(w, level);
    while (w->at % paging_reach(level + 1) != 0 && *++slot == 0);
}

/* The page at w->at, if there is one; else moves past what is empty. */
static bool take_page(struct paging_walk *w, struct paging_page *page)
{
    uint64_t table = w->root, all = PAGING_RIGHTS | PAGING_USER;
    for (int level = LEVEL_ROOT; is_table(w, table); level--) {
        const uint64_t *slot = (const uint64_t *)table + (w->at >> (PAGE_BITS + LEVEL_BITS * level) & LEVEL_MASK);
        uint64_t entry = *slot;
        if (entry == 0) {
            pass_empty(w, level, slot);
            return false;
        }
        if (!(entry & PTE_PRESENT)) break;
        all &= rights(entry, w->ept);
        table = entry & PTE_ADDRESS;
        if (level > LEVEL_PAGE && !(entry & PTE_LARGE)) continue;
        if (level > w->largest || table % paging_reach(level) != 0) break;
        *page = (struct paging_page){ w->at, table, paging_reach(level), (uint32_t)all | kind(entry, w->ept) };
        pass(w, level);
        return true;
    }
    w->odd = true;
    return false;
}

bool paging_walk_next(struct paging_walk *w, struct paging_page *page)
{
    while (w->at < ADDRESS_END && !w->odd)
        if (take_page(w, page)) return true;
    return false;
}
