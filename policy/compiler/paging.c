/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Four-level paging (AMD APM volume 2, section 5.3). Accessed and dirty bits are set from the start, so that the processor
 * never writes to the tables and their digest holds; the guest maps them read-only.
 */
#include "compiler/paging.h"

#include <string.h>

#define ENTRY_PRESENT 0x001ull
#define ENTRY_WRITE 0x002ull
#define ENTRY_ACCESSED 0x020ull
#define ENTRY_DIRTY 0x040ull
#define ENTRY_LARGE 0x080ull
#define ENTRY_NO_EXECUTE (1ull << 63)
#define ENTRY_TABLE (ENTRY_PRESENT | ENTRY_WRITE | ENTRY_ACCESSED)
#define ENTRY_ADDRESS 0x000ffffffffff000ull
#define ENTRIES 512u

/* Hands out tables from the plan's area in order; without bytes it only counts. */
struct paging_writer {
    const struct paging *paging;
    uint8_t *bytes;
    uint32_t used;
    uint64_t last_directory, last_table;      /* numbers of the ones in hand: spans come in rising order */
    uint64_t *pointers, *directory, *table;
};

/* ---- what each page of memory is ---- */
static bool overlaps(uint64_t gpa, uint64_t size, uint64_t first, uint64_t end)
{
    return gpa < end && first < gpa + size;
}

static uint64_t guard_page(const struct paging *p)
{
    return p->stack - PAGING_STACK - IMAGE_PAGE;
}

/* Access of a page of the memory: 0 if it is not mapped. */
static uint32_t page_access(const struct paging *p, uint64_t gpa)
{
    if (gpa == 0 || gpa == guard_page(p)) return 0;
    if (gpa >= p->tables) return IMAGE_READ;
    for (uint32_t i = 0; i < p->guest->segment_count; i++) {
        const struct guest_segment *s = &p->guest->segments[i];
        if (overlaps(gpa, IMAGE_PAGE, s->gpa, s->gpa + s->size)) return s->access;
    }
    return IMAGE_READ | IMAGE_WRITE;
}

/* Whether 2 MiB of memory from `gpa` on are plain, so that one large page shows them. */
static bool block_is_plain(const struct paging *p, uint64_t gpa)
{
    if (gpa == 0 || gpa + IMAGE_LARGE_PAGE > guard_page(p)) return false;
    for (uint32_t i = 0; i < p->guest->segment_count; i++) {
        const struct guest_segment *s = &p->guest->segments[i];
        if (overlaps(gpa, IMAGE_LARGE_PAGE, s->gpa, s->gpa + s->size)) return false;
    }
    return true;
}

/* ---- tables ---- */
static uint64_t entry_flags(uint32_t access)
{
    return ENTRY_PRESENT | ENTRY_ACCESSED | ENTRY_DIRTY | ((access & IMAGE_WRITE) != 0 ? ENTRY_WRITE : 0) |
           ((access & IMAGE_EXECUTE) != 0 ? 0 : ENTRY_NO_EXECUTE);
}

static uint64_t *writer_table(struct paging_writer *w, uint64_t *parent, uint64_t index)
{
    uint32_t number = w->used++;
    if (w->bytes == NULL) return NULL;
    if (parent != NULL) parent[index % ENTRIES] = (w->paging->tables + (uint64_t)number * IMAGE_PAGE) | ENTRY_TABLE;
    return (uint64_t *)(void *)(w->bytes + (size_t)number * IMAGE_PAGE);
}

static void writer_directory(struct paging_writer *w, uint64_t gpa)
{
    uint64_t number = gpa / ((uint64_t)ENTRIES * IMAGE_LARGE_PAGE);
    if (number == w->last_directory) return;
    w->directory = writer_table(w, w->pointers, number);
    w->last_directory = number;
}

static void writer_large(struct paging_writer *w, uint64_t gpa, uint32_t access)
{
    writer_directory(w, gpa);
    if (w->bytes != NULL) w->directory[gpa / IMAGE_LARGE_PAGE % ENTRIES] = gpa | entry_flags(access) | ENTRY_LARGE;
}

static void writer_page(struct paging_writer *w, uint64_t gpa, uint32_t access)
{
    uint64_t number = gpa / IMAGE_LARGE_PAGE;
    writer_directory(w, gpa);
    if (number != w->last_table) {
        w->table = writer_table(w, w->directory, number);
        w->last_table = number;
    }
    if (w->bytes != NULL && access != 0) w->table[gpa / IMAGE_PAGE % ENTRIES] = (gpa & ENTRY_ADDRESS) | entry_flags(access);
}

static void writer_memory(struct paging_writer *w)
{
    const struct paging *p = w->paging;
    uint64_t gpa = 0;
    while (gpa < p->ram) {
        if (gpa % IMAGE_LARGE_PAGE == 0 && block_is_plain(p, gpa)) {
            writer_large(w, gpa, IMAGE_READ | IMAGE_WRITE);
            gpa += IMAGE_LARGE_PAGE;
        } else {
            writer_page(w, gpa, page_access(p, gpa));
            gpa += IMAGE_PAGE;
        }
    }
}

/* Large pages where the window covers them. */
static void writer_window(struct paging_writer *w, const struct paging_window *window)
{
    uint64_t gpa = window->gpa, end = window->gpa + window->size;
    while (gpa < end) {
        bool large = gpa % IMAGE_LARGE_PAGE == 0 && end - gpa >= IMAGE_LARGE_PAGE;
        if (large) writer_large(w, gpa, window->access);
        else writer_page(w, gpa, window->access);
        gpa += large ? IMAGE_LARGE_PAGE : IMAGE_PAGE;
    }
}

static uint32_t writer_run(const struct paging *p, uint8_t *bytes)
{
    struct paging_writer w = { .paging = p, .bytes = bytes, .last_directory = UINT64_MAX, .last_table = UINT64_MAX };
    uint64_t *root = writer_table(&w, NULL, 0);
    w.pointers = writer_table(&w, root, 0);
    writer_memory(&w);
    for (uint32_t i = 0; i < p->window_count; i++) {
        writer_window(&w, &p->windows[i]);
    }
    return w.used;
}

/* ---- the plan ---- */
/* The tables' place decides which blocks are plain, and so how many tables there are: more only, so this ends. */
bool paging_plan(struct paging *p)
{
    uint64_t used = 0;
    for (uint32_t i = 0; i < p->guest->segment_count; i++) used = p->guest->segments[i].gpa + p->guest->segments[i].size;
    for (uint32_t needed = 2; needed != p->table_count;) {
        p->table_count = needed;
        uint64_t area = (uint64_t)p->table_count * IMAGE_PAGE + PAGING_STACK + IMAGE_PAGE;
        if (p->ram < area || p->ram - area < used) return false;
        p->tables = p->ram - (uint64_t)p->table_count * IMAGE_PAGE;
        p->stack = p->tables;
        uint32_t counted = writer_run(p, NULL);
        needed = counted > needed ? counted : needed;
    }
    return true;
}

void paging_write(const struct paging *p, uint8_t *bytes)
{
    memset(bytes, 0, (size_t)p->table_count * IMAGE_PAGE);
    writer_run(p, bytes);
}
