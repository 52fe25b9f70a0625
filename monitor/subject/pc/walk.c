/* SPDX-License-Identifier: Apache-2.0 */
/* Linear to guest-physical addresses as the subject's page tables say: AMD64 APM volume 2, chapter 5. They may say anything. */
#include "pc/paging.h"
#include "pc/pc.h"
#include "pc/test_device.h"

enum { PAGE = 4096, LEVELS_LEGACY = 2, LEVELS_PAE = 3, LEVELS_LONG = 4 };

/* 5.2.1, 5.2.2: two levels of 1,024 entries. */
static bool walk_legacy(const struct exit *e, uint64_t linear, bool writes, uint64_t *gpa)
{
    uint64_t table = *pc_field(e, FIELD_CR3) & 0xfffff000, entry = paging_entry(e, table + (linear >> 22 & 1023) * 4, 4);
    if (!(entry & ENTRY_PRESENT) || (writes && !(entry & ENTRY_WRITE))) return false;
    if ((entry & ENTRY_LARGE) && (*pc_field(e, FIELD_CR4) & CR4_PSE)) {
        *gpa = (entry & 0xffc00000) | (entry >> 13 & 0xff) << 32 | (linear & 0x3fffff);
        return true;
    }
    entry = paging_entry(e, (entry & 0xfffff000) + (linear >> 12 & 1023) * 4, 4);
    *gpa = (entry & 0xfffff000) | linear % PAGE;
    return entry & ENTRY_PRESENT && (!writes || entry & ENTRY_WRITE);
}

/* 5.2.3, 5.3: levels of 512 entries; with three of them the highest has four, and no rights. */
static bool walk_wide(const struct exit *e, uint64_t linear, bool writes, uint32_t levels, uint64_t *gpa)
{
    uint64_t table = *pc_field(e, FIELD_CR3) & (levels == LEVELS_PAE ? 0xffffffe0 : ENTRY_ADDRESS);
    for (uint32_t level = levels; level > 0; level--) {
        uint32_t shift = 3 + 9 * level;
        bool is_pointer = levels == LEVELS_PAE && level == LEVELS_PAE;
        uint64_t entry = paging_entry(e, table + (linear >> shift & (is_pointer ? 3 : 511)) * 8, 8);
        if (!(entry & ENTRY_PRESENT)) return false;
        if (writes && !is_pointer && !(entry & ENTRY_WRITE)) return false;
        table = entry & ENTRY_ADDRESS;
        if (level == 1 || (level < 4 && !is_pointer && (entry & ENTRY_LARGE))) {
            uint64_t inside = (1ull << shift) - 1;
            *gpa = (table & ~inside) | (linear & inside);
            return true;
        }
    }
    return false;
}

uint32_t paging_levels(const struct exit *e)
{
    if (!(*pc_field(e, FIELD_CR0) & CR0_PG)) return 0;
    if (*pc_field(e, FIELD_EFER) & EFER_LMA) return LEVELS_LONG;
    return *pc_field(e, FIELD_CR4) & CR4_PAE ? LEVELS_PAE : LEVELS_LEGACY;
}

bool walk(const struct exit *e, uint64_t linear, bool writes, uint64_t *gpa)
{
    uint32_t levels = paging_levels(e);
    *gpa = linear;
    if (levels == LEVELS_LEGACY) return walk_legacy(e, linear, writes, gpa);
    return levels == 0 || walk_wide(e, linear, writes, levels, gpa);
}

/* Where in this monitor's own memory the byte is; null: nowhere. */
static uint8_t *find(const struct exit *e, uint64_t linear, bool writes)
{
    uint64_t gpa;
    if (pc_width(e) != 64) linear = (uint32_t)linear;
    if (!walk(e, linear, writes, &gpa)) return 0;
    return test_device_has_memory(gpa) ? test_device_memory(e, gpa) : exit_memory(e, gpa, 1);
}

bool walk_read(const struct exit *e, uint64_t linear, void *to, uint32_t size)
{
    uint8_t *bytes = to;
    for (uint32_t i = 0; i < size; i++) {
        const uint8_t *at = find(e, linear + i, false);
        if (!at) return false;
        bytes[i] = *at;
    }
    return true;
}

/* All of it or nothing. */
bool walk_write(const struct exit *e, uint64_t linear, const void *from, uint32_t size)
{
    const uint8_t *bytes = from;
    for (uint32_t i = 0; i < size; i++) {
        if (!find(e, linear + i, true)) return false;
    }
    for (uint32_t i = 0; i < size; i++) *find(e, linear + i, true) = bytes[i];
    return true;
}

uint32_t walk_code(const struct exit *e, uint8_t *code, uint32_t size)
{
    uint64_t linear = pc_width(e) == 64 ? e->rip : pc_base(e, SEGMENT_CS) + e->rip;
    uint32_t count = 0;
    while (count < size && walk_read(e, linear + count, code + count, 1)) count++;
    return count;
}

/* A monitor cannot tell its subject the address where it has no way to CR2. */
uint64_t pc_page_fault(struct exit *e, uint64_t linear, bool writes)
{
    uint64_t *cr2 = pc_field(e, FIELD_CR2);
    if (!cr2) return pc_end_unknown(e);
    *cr2 = linear;
    pc_fault_error(e, VECTOR_PAGE, writes ? 2 : 0);
    pc_take_all(e);
    return PC_GO_ON;
}

uint64_t pc_end_unknown(const struct exit *e)
{
    uint8_t code[3] = { 0 };
    walk_code(e, code, sizeof code);
    return pc_end(PC_UNKNOWN_INSTRUCTION, code[0] | (uint32_t)code[1] << 8 | (uint32_t)code[2] << 16);
}
