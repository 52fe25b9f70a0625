/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest's page tables: its memory identity-mapped with the access that its segments ask for, and its windows (info page,
 * channels, audit rings). The tables lie at the top of the memory, the stack below them, a page that is not mapped below that.
 */
#pragma once

#include "compiler/guest.h"

#define PAGING_STACK (64u << 10)      /* bytes */
#define PAGING_MAX_WINDOWS 128u

struct paging_window { uint64_t gpa, size; uint32_t access; };

struct paging {
    const struct guest *guest;
    uint64_t ram;                     /* bytes of memory from guest-physical 0 */
    uint32_t window_count;
    struct paging_window windows[PAGING_MAX_WINDOWS];       /* above the memory, sorted */
    /* paging_plan() fills in */
    uint64_t tables;                  /* guest-physical; the root comes first */
    uint32_t table_count;             /* pages */
    uint64_t stack;                   /* its end: where the stack pointer starts */
};

/* Places tables and stack. False if they do not fit above the guest's segments. */
bool paging_plan(struct paging *p);

/* Writes the planned tables, `table_count` pages at `bytes`. */
void paging_write(const struct paging *p, uint8_t *bytes);
