/* SPDX-License-Identifier: Apache-2.0 */
/* How many pages the kernel needs for page tables and control structures: the formula is explained in image_check.h. */
#include <stdbool.h>
#include "image_check.h"
#include "policy/tables.h"

#define TABLE_SPAN IMAGE_LARGE_PAGE                       /* bytes that one page table maps */
#define DIRECTORY_SPAN (512ull * TABLE_SPAN)              /* bytes that one page directory maps */
#define NO_TABLE UINT64_MAX

/* Counts over spans in rising order: a table that two neighbours share is counted once. */
struct count {
    uint64_t pages;
    uint64_t last_table, last_directory;                  /* the one counted last */
};

/* Adds tables `first` to `last` of one level; `counted` is the one of it that was counted last. */
/*@ requires \valid(c) && (counted == &c->last_table || counted == &c->last_directory);
    terminates \true; assigns *c; */
static void count_tables(struct count *c, uint64_t *counted, uint64_t first, uint64_t last)
{
    if (first == *counted) first++;
    if (last + 1 > first) c->pages += last + 1 - first;
    *counted = last;
}

/* Adds the tables that show a region at `address`: a coloured one page by page. */
/*@ requires \valid(c) && \valid_read(r); terminates \true; assigns *c; */
static void count_region(struct count *c, uint64_t address, const struct image_region *r)
{
    uint64_t size = r->size;
    if (size == 0 || size > IMAGE_MAX_ADDRESS || address > IMAGE_MAX_ADDRESS - size) return;
    uint64_t end = address + size, first = address / TABLE_SPAN, last = (end - 1) / TABLE_SPAN;
    bool large = r->colour_count == 0 && (address - r->hpa) % TABLE_SPAN == 0;
    count_tables(c, &c->last_directory, address / DIRECTORY_SPAN, (end - 1) / DIRECTORY_SPAN);
    if (!large) count_tables(c, &c->last_table, first, last);
    if (large && (address % TABLE_SPAN != 0 || size < TABLE_SPAN)) count_tables(c, &c->last_table, first, first);
    if (large && last != first && end % TABLE_SPAN != 0) count_tables(c, &c->last_table, last, last);
}

uint64_t image_pool_pages(const void *image)
{
    struct policy_tables t = policy_tables_open(image);
    uint64_t pages = IMAGE_POOL_KERNEL + (uint64_t)IMAGE_POOL_PER_CPU * t.cpus_count +
                     (uint64_t)IMAGE_POOL_PER_SUBJECT * t.subjects_count;
    struct count c = { 0, NO_TABLE, NO_TABLE };
    /*@ loop invariant 0 <= i <= t.mappings_count;
        loop assigns i, c;
        loop variant t.mappings_count - i; */
    for (uint32_t i = 0; i < t.mappings_count; i++) {
        const struct image_mapping *m = &t.mappings[i];
        if (m->region >= t.regions_count) continue;
        if (i == 0 || m->subject != m[-1].subject) c.last_table = c.last_directory = NO_TABLE;
        count_region(&c, m->gpa, &t.regions[m->region]);
    }
    /* The kernel's view of coloured regions lies above that of all others. */
    struct count kernel[2] = { { 0, NO_TABLE, NO_TABLE }, { 0, NO_TABLE, NO_TABLE } };
    /*@ loop invariant 0 <= i <= t.regions_count;
        loop assigns i, kernel[0 .. 1];
        loop variant t.regions_count - i; */
    for (uint32_t i = 0; i < t.regions_count; i++) {
        const struct image_region *r = &t.regions[i];
        if (r->kind != IMAGE_REGION_KERNEL_POOL) count_region(&kernel[r->colour_count > 0], r->kva, r);
    }
    pages += c.pages + kernel[0].pages + kernel[1].pages;
    return pages + pages / 511 + 3;
}
