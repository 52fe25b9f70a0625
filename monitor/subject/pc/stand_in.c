/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The test device's memory is there for every instruction there is, strings and vectors among them, whose registers no monitor
 * sees. So none is carried out here: the entries of the subject's page tables that lead to that memory lead, up to the next
 * exit, to the frames that stand in for it, and the subject does it itself. What it may have cached of that stays true.
 *
 * The tables are untrusted: entries that lead in circles are looked at so often, and no more.
 */
#include "guest/memory.h"
#include "pc/paging.h"
#include "pc/pc.h"
#include "pc/test_device.h"

enum { LEVELS = 4, LEVELS_LEGACY = 2, POINTERS = 4, ENTRIES_MOST = 1 << 17, CHANGES_MOST = 32 };

struct table { uint64_t gpa; uint32_t next; };
struct change { uint64_t gpa, before, since; uint32_t size; };

static struct change changes[CHANGES_MOST];
static uint32_t count;
static uint64_t last_rip, last_gpa;   /* for what it was begun */

/* Its address alone: what the processor notes in an entry stays. */
static void write_address(const struct exit *e, const struct change *c, uint64_t entry, uint64_t address)
{
    uint64_t value = (entry & ~ENTRY_ADDRESS) | address;
    memcpy(exit_memory(e, c->gpa, c->size), &value, c->size);
}

static void change(const struct exit *e, uint64_t gpa, uint32_t size, uint64_t entry)
{
    uint64_t before = entry & ENTRY_ADDRESS;
    if (!test_device_has_memory(before) || count == CHANGES_MOST) return;
    struct change *c = &changes[count++];
    *c = (struct change){ gpa, before, before - TEST_MEMORY + TEST_STAND_IN, size };
    write_address(e, c, entry, c->since);
}

/* 5.2, 5.3: without PAE 1,024 entries of four bytes, else 512 of eight, of which PAE's highest table has four. */
static uint32_t entries_of(uint32_t levels, uint32_t level)
{
    return levels == LEVELS_LEGACY ? 1024 : levels == 3 && level == 2 ? POINTERS : 512;
}

/* Whether there is a table below: large pages have none, and no frames stand in for them. */
static bool leads_on(const struct exit *e, uint32_t levels, uint32_t level, uint64_t entry)
{
    bool has_large = levels > LEVELS_LEGACY || *pc_field(e, FIELD_CR4) & CR4_PSE;
    return level > 0 && !(has_large && entry & ENTRY_LARGE);
}

static void change_all(const struct exit *e, uint32_t levels)
{
    struct table at[LEVELS + 1] = { 0 };
    uint32_t level = levels - 1, size = levels == LEVELS_LEGACY ? 4 : 8;
    at[level].gpa = *pc_field(e, FIELD_CR3) & (levels == 3 ? 0xffffffe0 : ENTRY_ADDRESS);
    for (uint32_t left = ENTRIES_MOST; left > 0 && level < levels; left--) {
        struct table *t = &at[level];
        if (t->next == entries_of(levels, level)) {
            level++;
            continue;
        }
        uint64_t gpa = t->gpa + (uint64_t)t->next++ * size;
        uint64_t entry = paging_entry(e, gpa, size);
        if (!(entry & ENTRY_PRESENT)) continue;
        if (level == 0) change(e, gpa, size, entry);
        else if (leads_on(e, levels, level, entry)) at[--level] = (struct table){ entry & ENTRY_ADDRESS, 0 };
    }
}

/* Not twice for the same: it did not help. */
bool stand_in_begin(const struct exit *e)
{
    uint32_t levels = paging_levels(e);
    if (!test_device_has_memory(e->at) || levels == 0 || (e->at == last_gpa && e->rip == last_rip)) return false;
    change_all(e, levels);
    last_gpa = e->at;
    last_rip = e->rip;
    if (count > 0) pc_take_all(e);    /* nothing is cached of what was before */
    return count > 0;
}

/* Entries that the subject has changed meanwhile are its own. */
void stand_in_end(const struct exit *e)
{
    if (count == 0) last_gpa = 0;
    while (count > 0) {
        const struct change *c = &changes[--count];
        uint64_t entry = paging_entry(e, c->gpa, c->size);
        if ((entry & ENTRY_ADDRESS) == c->since) write_address(e, c, entry, c->before);
    }
}
