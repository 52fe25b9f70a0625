/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes to the info page and to an inbox. A subject's own page tables are its own: it maps everything writable for itself
 * first, so that what refuses the write is the nested page table alone.
 */
#include "hostile.h"

enum {
    HOSTILE_PRESENT_WRITABLE = 3, HOSTILE_LARGE = 0x80,       /* page table entries: AMD APM volume 2, 5.3 */
    HOSTILE_ENTRIES = 512
};

#define HOSTILE_GIB_SHIFT 30u
#define HOSTILE_LARGE_SHIFT 21u

typedef uint64_t hostile_table[HOSTILE_ENTRIES] __attribute__((aligned(4096)));

static hostile_table hostile_root, hostile_gibs, hostile_own, hostile_other;

static void hostile_map_gib(hostile_table table, uint64_t gib)
{
    for (uint64_t i = 0; i < HOSTILE_ENTRIES; i++) {
        table[i] = gib << HOSTILE_GIB_SHIFT | i << HOSTILE_LARGE_SHIFT | HOSTILE_LARGE | HOSTILE_PRESENT_WRITABLE;
    }
    hostile_gibs[gib] = (uintptr_t)table | HOSTILE_PRESENT_WRITABLE;
}

/* Identity-maps the first GiB, where low itself is, and that of `gpa`, all writable. */
static void hostile_map(uint64_t gpa)
{
    hostile_map_gib(hostile_other, gpa >> HOSTILE_GIB_SHIFT);
    hostile_map_gib(hostile_own, 0);
    hostile_root[0] = (uintptr_t)hostile_gibs | HOSTILE_PRESENT_WRITABLE;
    __asm__ volatile("mov %0, %%cr3" : : "r"(hostile_root) : "memory");
}

/* Ends this life, if the kernel does its work. */
static void hostile_write(struct low *low, const char *name, const void *where)
{
    volatile uint64_t *target = (volatile uint64_t *)(uintptr_t)where;

    hostile_map((uintptr_t)where);
    *target = UINT64_MAX;
    serial_print(&low->serial, "attack %s tries=1 denied=0 accepted=1 status=0 rule=0\n", name);
}

void hostile_try_memory(struct low *low)
{
    const struct { const char *name; const void *where; } targets[] = {
        { "info-page", low->info }, { "inbox", low->notices.inbox }
    };
    uint32_t count = sizeof targets / sizeof targets[0], life = low->info->epoch;

    if (life > 0 && life <= count) {
        serial_print(&low->serial, "attack %s tries=1 denied=1 accepted=0 status=0 rule=0\n", targets[life - 1].name);
    }
    if (life < count) hostile_write(low, targets[life].name, targets[life].where);
}
