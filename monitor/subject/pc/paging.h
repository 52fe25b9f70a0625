/* SPDX-License-Identifier: Apache-2.0 */
/* Entries of the subject's page tables, AMD64 APM volume 2, chapter 5: what they share in all modes of paging. */
#pragma once

#include "guest/memory.h"
#include "monitor/exit.h"

#define ENTRY_PRESENT 1u
#define ENTRY_WRITE 2u
#define ENTRY_LARGE 0x80u
#define ENTRY_ADDRESS 0x000ffffffffff000ull

/* Of `size` bytes, 4 or 8; 0, one that is not present, where the subject has no memory. */
static inline uint64_t paging_entry(const struct exit *e, uint64_t gpa, uint32_t size)
{
    const void *at = exit_memory(e, gpa, size);
    uint64_t entry = 0;
    if (at) memcpy(&entry, at, size);
    return entry;
}

/* Levels of tables: 0 without paging. walk.c */
uint32_t paging_levels(const struct exit *e);
