/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last look at page tables, on tables that paging.c builds here: those of the gateway pass, and whatever single entry is
 * then changed to give more, or something else, is found.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "boot.h"
#include "image_builder.h"
#include "x86/cpu.h"

enum { ARENA_PAGES = 1024, ENTRIES = 512 };

static struct image_builder builder;
static uint64_t packed[BUILDER_IMAGE_ROOM / 8];
static struct policy_tables policy;
static _Alignas(4096) uint64_t arena[ARENA_PAGES][ENTRIES];
static uint32_t taken;
static struct map_limits limits;

/* paging.c takes its pages here. Fresh ones: every test starts with an empty arena. */
void *pool_take_sealed(uint32_t pages)
{
    assert_true(taken + pages <= ARENA_PAGES);
    taken += pages;
    limits.tables = (struct span){ (uint64_t)arena, (uint64_t)arena[taken] };
    return arena[taken - pages];
}

static int setup(void **coloured)
{
    memset(arena, 0, sizeof arena);
    taken = 0;
    image_builder_gateway(&builder);
    if (*coloured) image_builder_colour(&builder);
    image_builder_pack(&builder, packed, sizeof packed);
    policy = policy_tables_open(packed);
    limits = (struct map_limits){
        .kernel = { 0x200000, 0x260000 }, .backend = { 0x210000, 0x212000 }, .text = { 0x214000, 0x21a000 },
        .constant = { 0x21a000, 0x220000 }, .guards = { { 0x241000, 0x242000 }, { 0x245000, 0x246000 } }
    };
    return 0;
}

static uint64_t *build_nested(uint16_t subject, uint32_t flags)
{
    uint64_t *root = pool_take_sealed(1);
    for (uint32_t i = 0; i < policy.mappings_count; i++) {
        const struct image_mapping *m = &policy.mappings[i];
        const struct image_region *r = &policy.regions[m->region];
        if (m->subject != subject) continue;
        paging_map_region(root, m->gpa, &policy, r, flags | (m->access & IMAGE_WRITE ? PAGING_WRITE : 0u) |
                                                        (m->access & IMAGE_EXECUTE ? PAGING_EXECUTE : 0u));
    }
    return root;
}

static void map(uint64_t *root, uint64_t from, uint64_t end, uint32_t flags)
{
    paging_map(root, from, from, end - from, flags);
}

static uint64_t *build_kernel(uint32_t flags)
{
    uint64_t *root = pool_take_sealed(1);
    map(root, 0x200000, 0x210000, flags | PAGING_WRITE);
    map(root, 0x210000, 0x212000, flags | PAGING_EXECUTE);
    map(root, 0x212000, 0x214000, flags | PAGING_WRITE);
    map(root, 0x214000, 0x21a000, flags | PAGING_EXECUTE);
    map(root, 0x21a000, 0x220000, flags);
    map(root, 0x220000, 0x241000, flags | PAGING_WRITE);
    map(root, APIC_BASE, APIC_BASE + PAGE_SIZE, flags | PAGING_WRITE | PAGING_UNCACHED);
    for (uint32_t i = 0; i < policy.regions_count; i++) {
        const struct image_region *r = &policy.regions[i];
        bool read = r->kind == IMAGE_REGION_IMAGE_HOME || r->kind == IMAGE_REGION_OUTBOX;
        paging_map_region(root, r->kva, &policy, r, flags | (read ? 0u : PAGING_WRITE));
    }
    return root;
}

static bool kernel_passes(const uint64_t *root)
{
    return map_check_kernel(&policy, (uint64_t)root, &limits).what == 0;
}

static bool nested_passes(uint16_t subject, const uint64_t *root, uint32_t flags)
{
    return map_check_nested(&policy, subject, (struct nested){ (uint64_t)root, flags }, &limits).what == 0;
}

static void assert_refused(struct map_fault fault, const char *what)
{
    assert_non_null(fault.what);
    assert_string_equal(fault.what, what);
}

static void test_good_tables_pass(void **unused)
{
    (void)unused;
    assert_true(kernel_passes(build_kernel(0)));
    for (uint16_t s = 0; s < policy.subjects_count; s++) {
        assert_true(nested_passes(s, build_nested(s, PAGING_USER), PAGING_USER));
        assert_true(nested_passes(s, build_nested(s, PAGING_EPT), PAGING_EPT));
    }
}

/* All that leads to tables may be written, and is not dirty; EPT's has no memory type. */
static bool is_table(uint64_t entry, bool ept)
{
    return ept ? (entry & EPT_MEMORY_TYPE) == 0 : (entry & (PTE_WRITE | PTE_DIRTY)) == PTE_WRITE;
}

/*
 * Every entry of every table that was made since `first`, in each of the ways that `changes` flips bits; the first `anywhere`
 * of them also in entries that lead to tables, where a right less may be one that no page below has.
 */
static void try_changes(uint32_t first, const uint64_t *changes, uint32_t count, uint32_t anywhere, bool ept,
                        bool (*passes)(const uint64_t *), const uint64_t *root)
{
    uint32_t tried = 0;
    for (uint64_t *entry = arena[first]; entry < arena[taken]; entry++) {
        for (uint32_t i = 0; i < (is_table(*entry, ept) ? anywhere : count) && *entry != 0; i++) {
            uint64_t old = *entry;
            *entry = changes[i] == 0 ? 0 : old ^ changes[i];
            if (passes(root)) fail_msg("entry %td passes as %llx", entry - arena[first], (unsigned long long)*entry);
            *entry = old;
            tried++;
        }
    }
    assert_true(tried > 50);
}

static bool low_passes(const uint64_t *root)
{
    return nested_passes(BUILDER_LOW, root, PAGING_USER);
}

static bool low_passes_ept(const uint64_t *root)
{
    return nested_passes(BUILDER_LOW, root, PAGING_EPT);
}

/* 0: the entry is gone. */
static void test_every_change_of_a_subject_is_found(void **unused)
{
    (void)unused;
    static const uint64_t changes[] = {
        0, PTE_PRESENT, PTE_USER, PAGE_SIZE, 1ull << 32, 1ull << 51, PTE_WRITE, PTE_NO_EXECUTE
    };
    try_changes(0, changes, 8, 6, false, low_passes, build_nested(BUILDER_LOW, PAGING_USER));
    static const uint64_t ept[] = { 0, EPT_READ, PAGE_SIZE, 1ull << 32, 1ull << 51, EPT_WRITE, EPT_EXECUTE, 1ull << 3 };
    uint32_t first = taken;
    try_changes(first, ept, 8, 5, true, low_passes_ept, build_nested(BUILDER_LOW, PAGING_EPT));
}

/* Fewer rights harm nobody: of the kernel's entries each gets one right more, and another page. */
static void test_every_right_too_many_in_the_kernel_is_found(void **unused)
{
    (void)unused;
    uint64_t *root = build_kernel(0);
    for (uint64_t *entry = arena[0]; entry < arena[taken]; entry++) {
        uint64_t old = *entry;
        if (old == 0 || is_table(old, false)) continue;
        bool fixed = (old & PTE_ADDRESS) < limits.constant.end;
        *entry = old & ~PTE_NO_EXECUTE;
        if (*entry != old) assert_false(kernel_passes(root));
        *entry = old | PTE_WRITE;
        if (*entry != old && fixed) assert_false(kernel_passes(root));
        *entry = (old & ~PTE_WRITE) | PTE_DIRTY;      /* a shadow stack */
        assert_false(kernel_passes(root));
        *entry = old + PAGE_SIZE;
        assert_false(kernel_passes(root));
        *entry = old;
    }
    assert_true(kernel_passes(root));
}

static void test_kernel_faults_have_names(void **unused)
{
    (void)unused;
    const struct map_limits *l = &limits;
    assert_refused(map_check_kernel(&policy, (uint64_t)build_kernel(PAGING_USER), l), "a user page");
    uint64_t *root = build_kernel(0);
    map(root, 0x241000, 0x242000, PAGING_WRITE);
    assert_refused(map_check_kernel(&policy, (uint64_t)root, l), "the page below a stack");
    root = build_kernel(0);
    map(root, 0x100000, 0x101000, 0);
    assert_refused(map_check_kernel(&policy, (uint64_t)root, l), "nothing of the kernel's");
    root = build_kernel(0);
    map(root, (uint64_t)root, (uint64_t)root + PAGE_SIZE, PAGING_WRITE);
    assert_refused(map_check_kernel(&policy, (uint64_t)root, l), "writable and to stay as it is");
    *paging_entry(root, APIC_BASE) &= ~PTE_UNCACHED;
    *paging_entry(root, (uint64_t)root) = 0;
    assert_refused(map_check_kernel(&policy, (uint64_t)root, l), "cached wrongly");
    assert_refused(map_check_kernel(&policy, (uint64_t)arena[ARENA_PAGES - 1], l), "no page table");
}

/* An image that shows a subject what is not its own does not pass image_check(). If it did, this would find it. */
static void check_shown(uint32_t region, uint64_t hpa, const char *what)
{
    struct image_region *r = (struct image_region *)&policy.regions[region];
    struct image_mapping *m = (struct image_mapping *)&policy.mappings[0];
    assert_int_equal(m->subject, BUILDER_LOW);
    uint64_t old = r->hpa;
    r->hpa = hpa != 0 ? hpa : old;
    r->kva = r->colour_count > 0 ? r->kva : r->hpa;
    m->region = region;
    uint64_t *root = build_nested(BUILDER_LOW, PAGING_USER);
    assert_refused(map_check_nested(&policy, BUILDER_LOW, (struct nested){ (uint64_t)root, 0 }, &limits), what);
    r->hpa = old;
    r->kva = r->colour_count > 0 ? r->kva : old;
}

static void test_what_is_not_a_subjects_has_names(void **unused)
{
    (void)unused;
    uint32_t info = policy.subjects[BUILDER_LOW].info_region;
    policy.mappings_count = 1;
    check_shown(policy.subjects[BUILDER_HIGH].ram_region, 0, "another subject's memory");
    check_shown(policy.subjects[BUILDER_HIGH].info_region, 0, "another subject's memory");
    check_shown(policy.header->kernel_pool, 0, "the kernel's memory");
    check_shown(policy.header->image_home, 0, "the system image");
    check_shown(info, 0x220000, "the kernel's memory");
    check_shown(info, APIC_BASE, "the local APIC");
    check_shown(info, policy.header->trampoline, "the page that CPUs start on");
    check_shown(info, (uint64_t)arena, "page tables");
}

/* ---- pages of 1 GiB ---- */
#define GIB (1ull << 30)
enum { GIANTS = PAGING_USER | PAGING_GIANT, SMALL_REST = 3 };

/* Subject low gets a GiB, a large page and so many small ones, and is shown its memory alone. */
static const struct image_region *make_vast(uint64_t gpa, uint64_t hpa)
{
    struct image_region *r = (struct image_region *)&policy.regions[policy.subjects[BUILDER_LOW].ram_region];
    struct image_mapping *m = (struct image_mapping *)&policy.mappings[0];
    *r = (struct image_region){ .hpa = hpa, .kva = hpa, .size = GIB + (2u << 20) + SMALL_REST * PAGE_SIZE,
                                .kind = IMAGE_REGION_RAM, .owner = BUILDER_LOW };
    *m = (struct image_mapping){ gpa, policy.subjects[BUILDER_LOW].ram_region, BUILDER_LOW,
                                 IMAGE_READ | IMAGE_WRITE | IMAGE_EXECUTE };
    policy.mappings_count = 1;
    return r;
}

/* How many pages of that size are shown. */
static uint32_t pages_of(const uint64_t *root, uint64_t size, uint32_t flags)
{
    struct paging_walk w = { .root = (uint64_t)root, .tables = limits.tables, .ept = flags & PAGING_EPT,
                             .largest = LEVEL_GIANT };
    struct paging_page page;
    uint32_t count = 0;
    while (paging_walk_next(&w, &page)) count += page.size == size;
    assert_false(w.odd);
    return count;
}

/* Pages of 1 GiB, of 2 MiB, of 4 KiB; the tables pass. */
static void check_sizes(uint64_t gpa, uint64_t hpa, uint32_t flags, uint32_t giant, uint32_t large, uint32_t small)
{
    make_vast(gpa, hpa);
    const uint64_t *root = build_nested(BUILDER_LOW, flags);
    assert_int_equal(pages_of(root, GIB, flags), giant);
    assert_int_equal(pages_of(root, 2u << 20, flags), large);
    assert_int_equal(pages_of(root, PAGE_SIZE, flags), small);
    assert_true(nested_passes(BUILDER_LOW, root, flags));
}

static void test_pages_are_as_large_as_addresses_and_processor_allow(void **unused)
{
    (void)unused;
    static const uint32_t kinds[] = { PAGING_USER, PAGING_EPT };
    for (uint32_t i = 0; i < 2; i++) {
        check_sizes(0, GIB, kinds[i] | PAGING_GIANT, 1, 1, SMALL_REST);
        check_sizes(0, GIB, kinds[i], 0, 513, SMALL_REST);
        check_sizes(2u << 20, GIB, kinds[i] | PAGING_GIANT, 0, 513, SMALL_REST);
        check_sizes(0, GIB + (2u << 20), kinds[i] | PAGING_GIANT, 0, 513, SMALL_REST);
        check_sizes(GIB - (2u << 20), 2 * GIB - (2u << 20), kinds[i] | PAGING_GIANT, 1, 1, SMALL_REST);
    }
}

/* The entry of the first GiB's page. */
static uint64_t *giant_entry(const uint64_t *root)
{
    return (uint64_t *)(root[0] & PTE_ADDRESS);
}

static void test_every_change_of_a_giant_page_is_found(void **unused)
{
    (void)unused;
    static const uint64_t changes[] = {
        0, PTE_PRESENT, PTE_LARGE, PTE_USER, PTE_WRITE, PTE_NO_EXECUTE, PAGE_SIZE, 2u << 20, GIB, 1ull << 32, 1ull << 51
    };
    static const uint64_t ept[] = { 0, EPT_READ, PTE_LARGE, EPT_WRITE, EPT_EXECUTE, 1ull << 3, PAGE_SIZE, 2u << 20, GIB };
    make_vast(0, GIB);
    for (uint32_t i = 0; i < sizeof changes / sizeof *changes + sizeof ept / sizeof *ept; i++) {
        bool is_ept = i >= sizeof changes / sizeof *changes;
        uint64_t change = is_ept ? ept[i - sizeof changes / sizeof *changes] : changes[i];
        const uint64_t *root = build_nested(BUILDER_LOW, is_ept ? PAGING_EPT | PAGING_GIANT : GIANTS);
        *giant_entry(root) = change == 0 ? 0 : *giant_entry(root) ^ change;
        if (nested_passes(BUILDER_LOW, root, is_ept ? PAGING_EPT | PAGING_GIANT : GIANTS))
            fail_msg("a giant page passes with %llx", (unsigned long long)change);
    }
}

static void assert_giant_refused(uint64_t gpa, uint64_t hpa, const char *what)
{
    make_vast(gpa, hpa);
    struct nested n = { (uint64_t)build_nested(BUILDER_LOW, GIANTS), GIANTS };
    assert_refused(map_check_nested(&policy, BUILDER_LOW, n, &limits), what);
}

static void test_giant_faults_have_names(void **unused)
{
    (void)unused;
    assert_giant_refused(0, 0, "the kernel's memory");
    assert_giant_refused(0, APIC_BASE / GIB * GIB, "the local APIC");
    make_vast(0, GIB);
    /* One that reaches past the region, and one that the processor does not have. */
    struct nested n = { (uint64_t)build_nested(BUILDER_LOW, GIANTS), GIANTS };
    giant_entry((uint64_t *)n.root)[1] = *giant_entry((uint64_t *)n.root) + GIB;
    assert_refused(map_check_nested(&policy, BUILDER_LOW, n, &limits), "what the image does not show it");
    n = (struct nested){ (uint64_t)build_nested(BUILDER_LOW, GIANTS), PAGING_USER };
    assert_refused(map_check_nested(&policy, BUILDER_LOW, n, &limits), "no page table");
    /* One whose address no processor takes. */
    make_vast(0, GIB + (2u << 20));
    n = (struct nested){ (uint64_t)build_nested(BUILDER_LOW, GIANTS), GIANTS };
    *giant_entry((uint64_t *)n.root) =
        (GIB + (2u << 20)) | PTE_PRESENT | PTE_WRITE | PTE_USER | PTE_ACCESSED | PTE_DIRTY | PTE_LARGE;
    assert_refused(map_check_nested(&policy, BUILDER_LOW, n, &limits), "no page table");
    /* Nothing of the kernel's is mapped so. */
    uint64_t *root = pool_take_sealed(1);
    paging_map(root, GIB, GIB, GIB, PAGING_GIANT);
    assert_refused(map_check_kernel(&policy, (uint64_t)root, &limits), "no page table");
}

#define COLOURED(test) { #test " in colours", test, setup, NULL, &builder }

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_good_tables_pass, setup),
        cmocka_unit_test_setup(test_every_change_of_a_subject_is_found, setup),
        cmocka_unit_test_setup(test_every_right_too_many_in_the_kernel_is_found, setup),
        cmocka_unit_test_setup(test_kernel_faults_have_names, setup),
        cmocka_unit_test_setup(test_what_is_not_a_subjects_has_names, setup),
        cmocka_unit_test_setup(test_pages_are_as_large_as_addresses_and_processor_allow, setup),
        cmocka_unit_test_setup(test_every_change_of_a_giant_page_is_found, setup),
        cmocka_unit_test_setup(test_giant_faults_have_names, setup),
        COLOURED(test_good_tables_pass),
        COLOURED(test_every_change_of_a_subject_is_found),
        COLOURED(test_every_right_too_many_in_the_kernel_is_found),
        COLOURED(test_what_is_not_a_subjects_has_names)
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
