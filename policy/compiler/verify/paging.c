/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest's page tables, walked as the processor does (AMD APM volume 2, 5.3): memory stands at its own address with just the
 * access that the program asks for, the windows beside it likewise, and nothing else is there.
 */
#include "compiler/verify/guests.h"

#define PTE_PRESENT 0x001ull
#define PTE_WRITE 0x002ull
#define PTE_ACCESSED 0x020ull
#define PTE_DIRTY 0x040ull
#define PTE_LARGE 0x080ull
#define PTE_NO_EXECUTE (1ull << 63)
#define PTE_ADDRESS 0x000ffffffffff000ull
#define STACK_BYTES 0x10000ull

struct walk {
    struct guest_view *g;
    uint8_t *visited;                 /* by number of the table */
    uint64_t pages;                   /* of 4 KiB, that are mapped */
};

/* ---- what must be mapped ---- */
static uint64_t program_access(const struct guest_view *g, uint64_t gpa)
{
    for (uint32_t i = 0; i < g->segment_count; i++) {
        const struct segment *s = &g->segments[i];
        if (gpa >= s->gpa && gpa - s->gpa < raw_round_up(s->size, RAW_PAGE)) return s->access;
    }
    return ACCESS_READ | ACCESS_WRITE;
}

/* 0: nothing. */
static uint64_t access_wanted(const struct guest_view *g, uint64_t gpa)
{
    if (gpa < g->ram) {
        if (gpa == 0 || gpa == g->tables - STACK_BYTES - RAW_PAGE) return 0;
        return gpa >= g->tables ? ACCESS_READ : program_access(g, gpa);
    }
    for (uint32_t i = 0; i < g->views.count; i++) {
        const struct view *view = &g->views.items[i];
        if (gpa >= view->gpa && gpa - view->gpa < view->size) return view->access;
    }
    return 0;
}

/* Where the program is not known: any segment may be there, but none that is writable and executable. */
static bool access_is_right(const struct guest_view *g, uint64_t gpa, uint64_t seen)
{
    uint64_t wanted = access_wanted(g, gpa);
    if (g->has_program || gpa >= g->tables - STACK_BYTES - RAW_PAGE || gpa == 0) return seen == wanted;
    return seen == ACCESS_READ || seen == (ACCESS_READ | ACCESS_WRITE) || seen == (ACCESS_READ | ACCESS_EXECUTE);
}

/* ---- walking ---- */
static const uint8_t *table_at(struct walk *w, uint64_t gpa)
{
    const struct guest_view *g = w->g;
    uint64_t number = (gpa - g->tables) / RAW_PAGE;
    if (gpa < g->tables || gpa - g->tables >= g->table_bytes || w->visited[number]) {
        differ(g->v, "subject %u: its page tables lead out of their place, or in circles, at 0x%llx", g->s->index,
               (unsigned long long)gpa);
        return NULL;
    }
    w->visited[number] = 1;
    return g->table_image + number * RAW_PAGE;
}

static bool leaf(struct walk *w, uint64_t entry, uint64_t gpa, uint64_t size)
{
    const struct guest_view *g = w->g;
    uint64_t large = size > RAW_PAGE ? PTE_LARGE : 0;
    uint64_t seen = ACCESS_READ | ((entry & PTE_WRITE) != 0 ? ACCESS_WRITE : 0u) |
                    ((entry & PTE_NO_EXECUTE) == 0 ? ACCESS_EXECUTE : 0u);
    bool good = (entry & ~(PTE_WRITE | PTE_NO_EXECUTE)) == (gpa | PTE_PRESENT | PTE_ACCESSED | PTE_DIRTY | large);
    for (uint64_t at = gpa; good && at < gpa + size; at += RAW_PAGE) good = access_is_right(g, at, seen);
    w->pages += size / RAW_PAGE;
    if (!good) differ(g->v, "subject %u: the page table entry of 0x%llx is 0x%llx", g->s->index, (unsigned long long)gpa,
                      (unsigned long long)entry);
    return good;
}

/* `span`: bytes that an entry of this table maps. */
static bool walk_table(struct walk *w, const uint8_t *table, uint64_t gpa, uint64_t span)
{
    for (uint64_t i = 0; i < 512; i++) {
        uint64_t entry = raw_number(table, 8 * i, 8), at = gpa + i * span;
        if (entry == 0) continue;
        if (span == RAW_PAGE || (span == RAW_LARGE_PAGE && (entry & PTE_LARGE) != 0)) {
            if (!leaf(w, entry, at, span)) return false;
            continue;
        }
        const uint8_t *next = (entry & ~PTE_ADDRESS) == (PTE_PRESENT | PTE_WRITE | PTE_ACCESSED)
                                  ? table_at(w, entry & PTE_ADDRESS)
                                  : NULL;
        if (next == NULL) {
            differ(w->g->v, "subject %u: the page table entry of 0x%llx is 0x%llx", w->g->s->index, (unsigned long long)at,
                   (unsigned long long)entry);
            return false;
        }
        if (!walk_table(w, next, at, span / 512)) return false;
    }
    return true;
}

static uint64_t pages_wanted(const struct guest_view *g)
{
    uint64_t pages = g->ram / RAW_PAGE - 2;
    for (uint32_t i = 0; i < g->views.count; i++) pages += g->views.items[i].size / RAW_PAGE;
    return pages;
}

static void spare_tables(const struct walk *w)
{
    const struct guest_view *g = w->g;
    for (uint64_t i = 0; i < g->table_bytes; i++) {
        if (w->visited[i / RAW_PAGE] || g->table_image[i] == 0) continue;
        differ(g->v, "subject %u: a page table that nothing leads to", g->s->index);
        return;
    }
}

void verify_paging(struct guest_view *g)
{
    struct walk w = { .g = g };
    if (g->tables < STACK_BYTES + 2 * RAW_PAGE) {
        differ(g->v, "subject %u: no room for its stack", g->s->index);
        return;
    }
    w.visited = arena_take(g->v->arena, g->table_bytes / RAW_PAGE + 1);
    const uint8_t *root = table_at(&w, g->tables);
    if (root == NULL || !walk_table(&w, root, 0, 512ull * 512 * RAW_LARGE_PAGE)) return;
    g->v->values += w.pages;
    if (w.pages != pages_wanted(g))
        differ(g->v, "subject %u: its page tables show %llu pages, not %llu", g->s->index, (unsigned long long)w.pages,
               (unsigned long long)pages_wanted(g));
    g->is_mapped = true;
    spare_tables(&w);
    if ((program_access(g, g->entry / RAW_PAGE * RAW_PAGE) & ACCESS_EXECUTE) == 0 && g->has_program)
        differ(g->v, "subject %u: it is entered where its program has no code", g->s->index);
}

bool paging_executes(const struct guest_view *g, uint64_t gpa)
{
    uint64_t table = g->tables;
    for (uint64_t span = 512 * RAW_LARGE_PAGE * 512;; span /= 512) {
        uint64_t entry = raw_number(g->table_image + (table - g->tables), 8 * (gpa / span % 512), 8);
        bool is_leaf = span == RAW_PAGE || (entry & PTE_LARGE) != 0;
        if (is_leaf || entry == 0) return entry != 0 && (entry & PTE_NO_EXECUTE) == 0;
        table = entry & PTE_ADDRESS;
    }
}
