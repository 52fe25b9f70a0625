/* SPDX-License-Identifier: Apache-2.0 */
/* Entries of the subject's page tables, AMD64 APM volume 2, chapter 5: what they share in all modes of paging. */
#pragma once

#include "monitor/exit.h"

#define ENTRY_PRESENT 1u
#define ENTRY_WRITE 2u
#define ENTRY_LARGE 0x80u
#define ENTRY_ADDRESS 0x000ffffffffff000ull

/* Levels of tables: 0 without paging. walk.c */
uint32_t paging_levels(const struct exit *e);
