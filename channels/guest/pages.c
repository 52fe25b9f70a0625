/* SPDX-License-Identifier: Apache-2.0 */
/* Long mode page tables with 2 MiB pages (AMD APM volume 2, 5.3). */
#include "guest/pages.h"

#define PAGES_ENTRIES 512u
#define PAGES_WRITABLE 7u             /* present, writable, also from user mode */
#define PAGES_LARGE 0x80u
#define PAGES_GIB_SHIFT 30u
#define PAGES_LARGE_SHIFT 21u

typedef uint64_t pages_table[PAGES_ENTRIES] __attribute__((aligned(4096)));

static pages_table pages_root, pages_near, pages_far, pages_own, pages_shown, pages_other;

static void pages_map_gib(pages_table table, uint64_t gib)
{
    uint64_t *gibs = gib < PAGES_ENTRIES ? pages_near : pages_far;

    for (uint64_t i = 0; i < PAGES_ENTRIES; i++) {
        table[i] = gib << PAGES_GIB_SHIFT | i << PAGES_LARGE_SHIFT | PAGES_LARGE | PAGES_WRITABLE;
    }
    gibs[gib % PAGES_ENTRIES] = (uintptr_t)table | PAGES_WRITABLE;
    pages_root[gib / PAGES_ENTRIES] = (uintptr_t)gibs | PAGES_WRITABLE;
}

void pages_show(uint64_t gva, uint64_t gpa)
{
    pages_open(gva);
    pages_other[gva >> PAGES_LARGE_SHIFT & (PAGES_ENTRIES - 1)] = gpa | PAGES_LARGE | PAGES_WRITABLE;
    __asm__ volatile("invlpg %0" : : "m"(*(const char *)(uintptr_t)gva) : "memory");
}

void pages_open(uint64_t gpa)
{
    pages_map_gib(pages_other, gpa >> PAGES_GIB_SHIFT);
    pages_map_gib(pages_shown, 1);
    pages_map_gib(pages_own, 0);
    __asm__ volatile("mov %0, %%cr3" : : "r"(pages_root) : "memory");
}
