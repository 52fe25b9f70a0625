/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last look at page tables before anything runs on them. The compiler has proved of the image that no subject reaches what
 * is not its own; here the same is asked of the tables that were built from it. Nothing of how they were built is used.
 */
#include "boot.h"

static bool inside(uint64_t start, uint64_t size, struct span s)
{
    return start >= s.start && start < s.end && size <= s.end - start;
}

static bool meets(uint64_t start, uint64_t size, struct span s)
{
    return start < s.end && s.start < start + size;
}

/* Where the kernel sees a region. */
static struct span region_span(const struct image_region *r)
{
    return (struct span){ r->kva, r->kva + r->size };
}

/* Whether the page shows what it should of a region that begins at `start` for who has the tables. */
static bool shows(const struct policy_tables *t, const struct paging_page *p, const struct image_region *r, uint64_t start)
{
    if (r->colour_count == 0) return p->to - r->hpa == p->from - start;
    uint64_t page = (p->to - r->hpa) / PAGE_SIZE, column = page % t->header->colours - r->first_colour;
    uint64_t offset = (page / t->header->colours * r->colour_count + column) * PAGE_SIZE;
    return p->size == PAGE_SIZE && column < r->colour_count && offset == p->from - start;
}

static const struct span apic = { APIC_BASE, APIC_BASE + PAGE_SIZE };

/* ---- the kernel's own ---- */
static bool is_code(const struct paging_page *p, const struct map_limits *l)
{
    return inside(p->to, p->size, l->text) || inside(p->to, p->size, l->backend);
}

/* Code, constants, what is sealed: page tables and virtual CPUs' first states among it. */
static bool is_fixed(const struct paging_page *p, const struct map_limits *l)
{
    return meets(p->to, p->size, l->text) || meets(p->to, p->size, l->backend) || meets(p->to, p->size, l->constant) ||
           meets(p->to, p->size, l->tables);
}

/* The region that the kernel's page is of; 0: none. The kernel reads image and outboxes alone. */
static const struct image_region *region_of(const struct policy_tables *t, const struct paging_page *p)
{
    for (uint32_t i = 0; i < t->regions_count; i++)
        if (inside(p->from, p->size, region_span(&t->regions[i]))) return &t->regions[i];
    return 0;
}

static bool only_read(const struct image_region *r)
{
    return r->kind == IMAGE_REGION_IMAGE_HOME || r->kind == IMAGE_REGION_OUTBOX;
}

static bool meets_any(const struct policy_tables *t, const struct paging_page *p, const struct span *of_cpus)
{
    for (uint32_t cpu = 0; cpu < t->cpus_count; cpu++)
        if (meets(p->from, p->size, of_cpus[cpu])) return true;
    return false;
}

static const char *judge_kernel_page(const struct policy_tables *t, const struct paging_page *p, const struct map_limits *l)
{
    const struct image_region *r = region_of(t, p);
    bool writable = p->flags & PAGING_WRITE, executable = p->flags & PAGING_EXECUTE, is_apic = inside(p->to, p->size, apic);
    if (r ? !shows(t, p, r, r->kva) : p->from != p->to) return "not at its address";
    if (p->flags & PAGING_USER) return "a user page";
    if (writable && executable) return "writable and executable";
    if (executable && !is_code(p, l)) return "executable and not code";
    if (writable && is_fixed(p, l)) return "writable and to stay as it is";
    if (!r && !is_apic && !inside(p->to, p->size, l->kernel)) return "nothing of the kernel's";
    if (r && writable && only_read(r)) return "writable and only to be read";
    if (meets_any(t, p, l->guards)) return "the page below a stack";
    if (((p->flags & PAGING_SHADOW) != 0) != meets_any(t, p, l->shadows)) return "a shadow stack that is none";
    if (((p->flags & PAGING_UNCACHED) != 0) != is_apic) return "cached wrongly";
    return 0;
}

struct map_fault map_check_kernel(const struct policy_tables *t, uint64_t root, const struct map_limits *l)
{
    struct paging_walk w = { .root = root, .tables = l->tables, .largest = LEVEL_LARGE };
    struct paging_page page;
    while (paging_walk_next(&w, &page)) {
        const char *what = judge_kernel_page(t, &page, l);
        if (what) return (struct map_fault){ what, page.from };
    }
    return (struct map_fault){ w.odd ? "no page table" : 0, w.at };
}

/* ---- a subject's ---- */
/* Whether the subject may reach the region at all, whatever its mapping says. */
static const char *judge_region(const struct policy_tables *t, const struct image_region *r, uint32_t subject,
                                const struct map_limits *l)
{
    const struct image_region *pool = &t->regions[t->header->kernel_pool], *home = &t->regions[t->header->image_home];
    struct span trampoline = { t->header->trampoline, t->header->trampoline + PAGE_SIZE };
    uint64_t size = policy_region_span(t->header, r);
    if (meets(r->hpa, size, l->kernel) || meets(r->hpa, size, region_span(pool))) return "the kernel's memory";
    if (meets(r->hpa, size, l->tables)) return "page tables";
    if (meets(r->hpa, size, region_span(home))) return "the system image";
    if (meets(r->hpa, size, apic)) return "the local APIC";
    if (meets(r->hpa, size, trampoline)) return "the page that CPUs start on";
    bool served = r->kind == IMAGE_REGION_RAM && r->owner == t->subjects[subject].serves;
    if ((r->kind == IMAGE_REGION_RAM || r->kind == IMAGE_REGION_INFO) && r->owner != subject && !served) {
        return "another subject's memory";
    }
    return 0;
}

/* The mapping of the subject that shows the page, from `m` on. */
static const struct image_mapping *mapping_of(const struct policy_tables *t, const struct image_mapping *m, uint32_t subject,
                                              const struct paging_page *p)
{
    for (const struct image_mapping *end = t->mappings + t->mappings_count; m < end; m++) {
        struct span shown = { m->gpa, m->gpa + t->regions[m->region].size };
        if (m->subject == subject && inside(p->from, p->size, shown)) return m;
    }
    return 0;
}

/* What the image says that the subject sees, in bytes. */
static uint64_t told(const struct policy_tables *t, uint32_t subject)
{
    uint64_t size = 0;
    for (uint32_t i = 0; i < t->mappings_count; i++)
        if (t->mappings[i].subject == subject) size += t->regions[t->mappings[i].region].size;
    return size;
}

struct map_fault map_check_nested(const struct policy_tables *t, uint32_t subject, struct nested n, const struct map_limits *l)
{
    struct paging_walk w = { .root = n.root, .tables = l->tables, .ept = n.flags & PAGING_EPT,
                             .largest = n.flags & PAGING_GIANT ? LEVEL_GIANT : LEVEL_LARGE };
    struct paging_page page;
    const struct image_mapping *m = t->mappings, *before = 0;
    uint64_t seen = 0;
    for (; paging_walk_next(&w, &page); before = m) {
        m = mapping_of(t, m, subject, &page);
        if (!m) return (struct map_fault){ "what the image does not show it", page.from };
        const struct image_region *r = &t->regions[m->region];
        const uint32_t flags = (m->access & PAGING_RIGHTS) | (w.ept ? 0 : PAGING_USER);
        const char *what = m == before ? 0 : judge_region(t, r, subject, l);
        if (what) return (struct map_fault){ what, page.from };
        if (!shows(t, &page, r, m->gpa)) return (struct map_fault){ "another place than the image says", page.from };
        if (page.flags != flags) return (struct map_fault){ "with other rights than the image says", page.from };
        seen += page.size;
    }
    if (w.odd) return (struct map_fault){ "no page table", w.at };
    return (struct map_fault){ seen == told(t, subject) ? 0 : "less than the image says", 0 };
}
