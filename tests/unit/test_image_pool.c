/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bound on the kernel's pool against a kernel that is played here: page tables are built page by page for random layouts,
 * by the rule that image_check.h states, and counted one by one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "image_builder.h"
#include "image_check.h"

#define SMALL IMAGE_PAGE
#define LARGE IMAGE_LARGE_PAGE
#define SPACE (16ull << 30)           /* addresses that the test uses; above them, what the kernel sees of coloured regions */

static struct image_builder builder;
static uint64_t packed[BUILDER_IMAGE_ROOM / 8];

/* One tree of page tables: which tables and directories exist. */
struct tree {
    bool table[SPACE / LARGE], directory[SPACE >> 30];
    uint64_t pages;
};

static void touch(bool *exists, uint64_t *pages)
{
    if (!*exists) ++*pages;
    *exists = true;
}

static void map(struct tree *t, uint64_t from, uint64_t to, uint64_t size, bool small_only)
{
    while (size > 0) {
        bool large = !small_only && (from | to) % LARGE == 0 && size >= LARGE;
        uint64_t step = large ? LARGE : SMALL;
        touch(&t->directory[from >> 30], &t->pages);
        if (!large) touch(&t->table[from / LARGE], &t->pages);
        from += step;
        to += step;
        size -= step;
    }
}

static uint64_t play_nested(const struct image_builder *b, uint16_t subject)
{
    static struct tree t;
    memset(&t, 0, sizeof t);
    for (uint32_t i = 0; i < b->mappings_count; i++) {
        const struct image_region *r = &b->regions[b->mappings[i].region];
        if (b->mappings[i].subject == subject) map(&t, b->mappings[i].gpa, r->hpa, r->size, r->colour_count > 0);
    }
    return t.pages + 2;
}

/* The kernel's own: itself below 8 MiB, the local APIC, every region, the pool by small pages. */
static uint64_t play_kernel(const struct image_builder *b, uint64_t pool_pages)
{
    static struct tree t;
    memset(&t, 0, sizeof t);
    map(&t, 0, 0, 8u << 20, true);
    map(&t, 0xfee00000, 0xfee00000, SMALL, true);
    for (uint32_t i = 0; i < b->regions_count; i++) {
        const struct image_region *r = &b->regions[i];
        bool pool = i == b->header.kernel_pool;
        uint64_t at = r->colour_count > 0 ? r->kva - IMAGE_GATHERED + SPACE / 2 : r->hpa;
        map(&t, at, r->hpa, pool ? pool_pages * SMALL : r->size, pool || r->colour_count > 0);
    }
    return t.pages + 2;
}

static uint64_t random_below(uint64_t n)
{
    return (((uint64_t)rand() << 31) ^ (uint64_t)rand()) % n;
}

/* Half of all gaps and sizes are whole large pages, so that large pages occur. */
static uint64_t random_span(void)
{
    return rand() % 2 ? (1 + random_below(8)) * LARGE : (1 + random_below(2000)) * SMALL;
}

/* Regions one behind the other from 64 MiB on, some of them coloured, the pool last; two subjects that map some of them. */
static void random_layout(struct image_builder *b)
{
    uint64_t hpa = 64u << 20, kva = IMAGE_GATHERED;
    memset(b, 0, sizeof *b);
    b->header.component_count = 1;
    b->cpus_count = 1 + (uint32_t)random_below(4);
    b->subjects_count = 2;
    b->regions_count = 2 + (uint32_t)random_below(20);
    for (uint32_t i = 0; i < b->regions_count; i++) {
        hpa += random_below(2) * random_span();
        b->regions[i] = (struct image_region){ .hpa = hpa, .size = random_span(), .kind = IMAGE_REGION_RAM };
        hpa += b->regions[i].size;
        if (rand() % 4 != 0) continue;
        b->regions[i].colour_count = 3;
        b->regions[i].kva = kva;
        kva += b->regions[i].size + random_below(2) * random_span();
    }
    b->header.kernel_pool = b->regions_count - 1;
    b->regions[b->header.kernel_pool] = (struct image_region){ .hpa = hpa, .size = SMALL, .kind = IMAGE_REGION_KERNEL_POOL };
    for (uint16_t s = 0; s < 2; s++) {
        uint64_t gpa = random_below(2) * random_span();
        for (uint32_t i = 0; i + 1 < b->regions_count && b->mappings_count < BUILDER_ROOM; i++) {
            if (rand() % 3 == 0) continue;
            b->mappings[b->mappings_count++] = (struct image_mapping){ .gpa = gpa, .region = i, .subject = s };
            gpa += b->regions[i].size + random_below(2) * (random_span() + random_below(2) * (1u << 30));
        }
    }
}

/* What the kernel takes beside page tables: image_check.h. */
static uint64_t other_pages(const struct image_builder *b)
{
    const uint64_t in_subject = IMAGE_POOL_PER_SUBJECT - 2, shared = 5;
    return b->subjects_count * in_subject + (uint64_t)b->cpus_count * IMAGE_POOL_PER_CPU + shared;
}

static void check_layout(uint64_t extra)
{
    random_layout(&builder);
    image_builder_pack(&builder, packed, sizeof packed);
    uint64_t bound = image_pool_pages(packed);
    uint64_t taken = play_nested(&builder, 0) + play_nested(&builder, 1) + play_kernel(&builder, bound + extra) +
                     other_pages(&builder);
    assert_true(taken <= bound + extra);
    if (extra == 0) assert_true(bound - taken <= 8);
}

static void test_bound_holds_and_is_tight(void **state)
{
    (void)state;
    srand(2);
    for (int i = 0; i < 3000; i++) check_layout(0);
}

static void test_larger_pools_suffice(void **state)
{
    (void)state;
    srand(3);
    for (int i = 0; i < 1000; i++) check_layout(random_below(10000));
}

/* The compiler asks before it has placed the pool. */
static void test_pool_itself_does_not_matter(void **state)
{
    (void)state;
    image_builder_gateway(&builder);
    image_builder_pack(&builder, packed, sizeof packed);
    uint64_t bound = image_pool_pages(packed);
    builder.regions[builder.header.kernel_pool].size = 64 * LARGE;
    builder.regions[builder.header.kernel_pool].hpa += 5 * SMALL;
    image_builder_pack(&builder, packed, sizeof packed);
    assert_int_equal(image_pool_pages(packed), bound);
}

/* Regions and mappings that no check has seen: whatever they say, it ends and stays within memory. */
static void test_unchecked_tables(void **state)
{
    (void)state;
    image_builder_gateway(&builder);
    builder.mappings[0].region = UINT32_MAX;
    builder.mappings[1].gpa = UINT64_MAX;
    builder.mappings[2].gpa = 0;
    builder.regions[3].size = UINT64_MAX;
    builder.regions[4].size = 0;
    builder.regions[5].hpa = UINT64_MAX - 1;
    image_builder_pack(&builder, packed, sizeof packed);
    assert_true(image_pool_pages(packed) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bound_holds_and_is_tight),
        cmocka_unit_test(test_larger_pools_suffice),
        cmocka_unit_test(test_pool_itself_does_not_matter),
        cmocka_unit_test(test_unchecked_tables),
    };
    return cmocka_run_group_tests_name("image_pool", tests, NULL, NULL);
}
