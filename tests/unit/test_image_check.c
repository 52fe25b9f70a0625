/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The image check: the valid gateway passes; each way of breaking it is refused by the check that is meant for it; and a sweep
 * over every word of the image either refuses it or leaves an image that keeps the invariants of image_invariants.h. Images
 * stand in heap blocks of their exact size, so that a read beyond them is found.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "channels/monitor.h"
#include "image_builder.h"
#include "image_check_cases.h"

static void make_idle(struct image_builder *b, uint32_t subject)
{
    for (uint32_t i = 0; i < b->windows_count; i++) {
        if (b->windows[i].subject == subject) b->windows[i].subject = IMAGE_NONE;
    }
}

static void make_servant(struct image_builder *b)
{
    struct image_subject *m = &b->subjects[BUILDER_AUDIT], *s = &b->subjects[BUILDER_GUARD];
    make_idle(b, BUILDER_AUDIT);
    m->serves = BUILDER_GUARD;
    s->monitor = BUILDER_AUDIT;
    m->label_low = s->label_low;
    m->label_high = s->label_high;
    m->privileges = 0;
    m->port_count = 0;
    m->restart_max = 0;
    m->fault_then = IMAGE_FAULT_STOP;
    b->mappings_count = AUDIT_INFO + 1;
    b->mappings[b->mappings_count++] = (struct image_mapping){ .gpa = MONITOR_SUBJECT, .region = s->ram_region,
                                                               .subject = BUILDER_AUDIT, .access = IMAGE_READ | IMAGE_WRITE };
}

/* The region is for nobody any more; who saw it sees the guard's outbox instead. */
static void make_free(struct image_builder *b, uint32_t region)
{
    uint32_t other = b->channels[BUILDER_TRACKS].outbox_region;
    b->regions[region].kind = IMAGE_REGION_CATALOGUE;
    b->regions[region].owner = IMAGE_NONE;
    b->regions[other].flags = IMAGE_REGION_SHARED;
    for (uint32_t i = 0; i < b->mappings_count; i++) {
        if (b->mappings[i].region != region) continue;
        b->mappings[i].region = other;
        b->mappings[i].access = IMAGE_READ | IMAGE_WRITE;
    }
}

/* So many `restrict`s behind the reports' rule. */
static void make_chain(struct image_builder *b, uint32_t restricts)
{
    struct image_rule *last = &b->rules[BUILDER_SITE_LOAD];
    for (uint32_t i = 1; i < restricts; i++) {
        last->next = (uint16_t)b->rules_count;
        b->rules[b->rules_count] = *last;
        last = &b->rules[b->rules_count++];
        last->next = 0;
    }
}
#include "image_check_list.h"
#include "image_invariants.h"
#include "policy/compiler/check_text.h"

#define CODE(id) (IMAGE_CHECK_MODULE << 16 | (uint32_t)IMAGE_CHECK_##id)

static uint64_t packed[BUILDER_IMAGE_ROOM / 8];
static struct image_builder builder;

static struct image_check_result check_copy(uint64_t size)
{
    uint8_t *copy = malloc(size ? size : 1);
    assert_non_null(copy);
    memcpy(copy, packed, size);
    struct image_check_result result = image_check(copy, size);
    const char *broken = result.code == 0 ? image_invariants_broken(copy, size) : 0;
    free(copy);
    if (broken) fail_msg("accepted, but breaks: %s", broken);
    return result;
}

static void expect(struct image_check_result result, uint32_t code, uint32_t index)
{
    if (result.code == code && result.index == index) return;
    fail_msg("%s, entry %u; expected: %s, entry %u", image_check_text(result.code), result.index, image_check_text(code),
             index);
}

static void test_gateway_passes(void **state)
{
    (void)state;
    image_builder_gateway(&builder);
    uint64_t size = image_builder_pack(&builder, packed, sizeof packed);
    expect(check_copy(size), 0, 0);
}

static void test_coloured_gateway_passes(void **state)
{
    (void)state;
    image_builder_gateway(&builder);
    image_builder_colour(&builder);
    expect(check_copy(image_builder_pack(&builder, packed, sizeof packed)), 0, 0);
}

/* What a policy is free to do beyond the gateway. */
static void test_variants_pass(void **state)
{
    (void)state;
    image_builder_gateway(&builder);
    builder.header.measure = IMAGE_MEASURE_NONE;
    builder.header.pcr = 0;
    builder.regions[builder.channels[BUILDER_REPORTS].outbox_region].flags = IMAGE_REGION_SHARED;
    builder.mappings[HIGH_ASKS].region = builder.channels[BUILDER_REPORTS].outbox_region;      /* high writes low's outbox */
    builder.rules[0].plan_mask = UINT32_MAX;
    builder.subjects[BUILDER_GUARD].restart_max = 0;
    builder.subjects[BUILDER_GUARD].restart_period_s = 0;
    builder.windows[0].subject = IMAGE_NONE;
    expect(check_copy(image_builder_pack(&builder, packed, sizeof packed)), 0, 0);
}

static void test_time_may_be_given(void **state)
{
    (void)state;
    struct image_builder *b = &builder;
    image_builder_gateway(b);
    MAKE_GIVE;
    expect(check_copy(image_builder_pack(b, packed, sizeof packed)), 0, 0);
}

static void test_a_monitor_passes(void **state)
{
    (void)state;
    struct image_builder *b = &builder;
    image_builder_gateway(b);
    MAKE_SERVANT;
    expect(check_copy(image_builder_pack(b, packed, sizeof packed)), 0, 0);
}

static void test_ports_may_interrupt(void **state)
{
    (void)state;
    struct image_builder *b = &builder;
    image_builder_gateway(b);
    MAKE_LINES;
    b->ports[1].line = 4;
    b->ports[1].flags = IMAGE_PORTS_INTERRUPT;            /* on the other CPU */
    b->ports[2].line = 5;
    expect(check_copy(image_builder_pack(b, packed, sizeof packed)), 0, 0);
}

/* A device's ports as two ranges of one subject, both with its interrupt: shared with nobody. */
static void test_ports_of_a_device_may_be_apart(void **state)
{
    (void)state;
    struct image_builder *b = &builder;
    image_builder_gateway(b);
    MAKE_LINES;
    for (uint32_t i = b->ports_count++; i > 1; i--) b->ports[i] = b->ports[i - 1];
    b->ports[0].last = 0x2fb;
    b->ports[1] = (struct image_ports){ 0x2fc, 0x2ff, 3, IMAGE_PORTS_INTERRUPT };
    b->subjects[BUILDER_LOW].port_count = 2;
    for (uint32_t s = BUILDER_GUARD; s <= BUILDER_AUDIT; s++) b->subjects[s].first_port++;
    expect(check_copy(image_builder_pack(b, packed, sizeof packed)), 0, 0);
}

static void test_direct_channel_may_lose(void **state)
{
    (void)state;
    image_builder_gateway(&builder);
    make_free(&builder, builder.directs[0].acknowledgement);
    builder.directs[0].acknowledgement = IMAGE_NO_REGION;
    expect(check_copy(image_builder_pack(&builder, packed, sizeof packed)), 0, 0);
}

static void test_restricts_to_the_limit_pass(void **state)
{
    (void)state;
    image_builder_gateway(&builder);
    make_chain(&builder, IMAGE_MAX_RESTRICTS);
    expect(check_copy(image_builder_pack(&builder, packed, sizeof packed)), 0, 0);
}

/* Two subjects may have the same colours, if they are the same altogether. */
static void test_colours_may_be_of_two(void **state)
{
    (void)state;
    image_builder_gateway(&builder);
    image_builder_colour(&builder);
    builder.subjects[BUILDER_GUARD].first_colour = builder.subjects[BUILDER_LOW].first_colour;
    image_builder_place(&builder);
    expect(check_copy(image_builder_pack(&builder, packed, sizeof packed)), 0, 0);
}

/* A region of one page more, mapped at odd places, may need another page table, and the bound must follow. */
static void test_pool_follows_mappings(void **state)
{
    (void)state;
    image_builder_gateway(&builder);
    image_builder_pack(&builder, packed, sizeof packed);
    uint64_t before = image_pool_pages(packed);
    builder.mappings[LOW_RAM].gpa += IMAGE_PAGE;          /* no large pages any more: a table for each half, and one for none */
    image_builder_pack(&builder, packed, sizeof packed);
    assert_int_equal(image_pool_pages(packed), before + 2);
    builder.mappings[LOW_PAGE].gpa += 1ull << 30;         /* a directory and a table of its own */
    image_builder_pack(&builder, packed, sizeof packed);
    assert_int_equal(image_pool_pages(packed), before + 4);
}

struct broken_case {
    uint32_t code;
    uint32_t (*build)(struct image_builder *b);
    uint32_t (*pack)(struct image_header *h, struct image_component *c, uint64_t *size);
};

#define BUILD_CASE(key, check, entry, act)                                                                                 \
    static uint32_t build_##key(struct image_builder *b)                                                                   \
    {                                                                                                                      \
        act;                                                                                                               \
        return (entry);                                                                                                    \
    }
#define PACKED_CASE(key, check, entry, act)                                                                                \
    static uint32_t pack_##key(struct image_header *h, struct image_component *c, uint64_t *size)                          \
    {                                                                                                                      \
        (void)h, (void)c, (void)size;                                                                                      \
        act;                                                                                                               \
        return (entry);                                                                                                    \
    }
BUILD_CASES(BUILD_CASE)
PACKED_CASES(PACKED_CASE)

static const struct broken_case cases[] = {
#define BUILD_ENTRY(key, check, entry, act) { CODE(check), build_##key, 0 },
#define PACKED_ENTRY(key, check, entry, act) { CODE(check), 0, pack_##key },
    BUILD_CASES(BUILD_ENTRY)
    PACKED_CASES(PACKED_ENTRY)
};

static void test_broken(void **state)
{
    const struct broken_case *c = *state;
    uint32_t entry = 0;
    image_builder_gateway(&builder);
    if (c->build) entry = c->build(&builder);
    uint64_t size = image_builder_pack(&builder, packed, sizeof packed);
    struct image_header *h = (struct image_header *)packed;
    if (c->pack) entry = c->pack(h, (struct image_component *)(h + 1), &size);
    if (size > sizeof packed) {                           /* claims more than exists: must be refused unread */
        expect(image_check(packed, size), c->code, entry);
    } else {
        expect(check_copy(size), c->code, entry);
    }
}

static void test_every_check_has_a_case(void **state)
{
    (void)state;
    for (uint32_t check = 1; check < IMAGE_CHECK_COUNT; check++) {
        size_t i = 0;
        while (i < sizeof cases / sizeof *cases && cases[i].code != (IMAGE_CHECK_MODULE << 16 | check)) i++;
        if (i == sizeof cases / sizeof *cases) fail_msg("no case for: %s", image_check_text(IMAGE_CHECK_MODULE << 16 | check));
    }
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(image_check_name(CODE(REGION_ORDER)), "REGION_ORDER");
    assert_string_equal(image_check_name(0), "unknown");
    assert_string_equal(image_check_name(IMAGE_CHECK_MODULE << 16), "unknown");
    assert_string_equal(image_check_name(IMAGE_CHECK_MODULE << 16 | IMAGE_CHECK_COUNT), "unknown");
    assert_string_equal(image_check_name((IMAGE_CHECK_MODULE + 1) << 16 | 1), "unknown");
}

static void test_every_check_has_a_text(void **state)
{
    (void)state;
    for (uint32_t check = 1; check < IMAGE_CHECK_COUNT; check++) {
        uint32_t code = IMAGE_CHECK_MODULE << 16 | check;
        if (strcmp(image_check_text(code), "unknown") == 0) fail_msg("no text for: %s", image_check_name(code));
    }
    assert_string_equal(image_check_text(CODE(REGION_ORDER)), "region overlaps or precedes the one before");
    assert_string_equal(image_check_text(0), "unknown");
    assert_string_equal(image_check_text(IMAGE_CHECK_MODULE << 16), "unknown");
    assert_string_equal(image_check_text(IMAGE_CHECK_MODULE << 16 | IMAGE_CHECK_COUNT), "unknown");
    assert_string_equal(image_check_text((IMAGE_CHECK_MODULE + 1) << 16 | 1), "unknown");
}

/* Every prefix of the image is refused. */
static void test_truncated_anywhere(void **state)
{
    (void)state;
    image_builder_gateway(&builder);
    uint64_t size = image_builder_pack(&builder, packed, sizeof packed);
    for (uint64_t n = 0; n < size; n++) expect(check_copy(n), CODE(TRUNCATED), 0);
}

static uint32_t hostile_value(uint32_t word, uint32_t way)
{
    static const uint32_t fixed[] = { 0, UINT32_MAX, 0x7fffffff, 0x80000000, 0xffff, 0x10000, 4096, 0x200000 };
    if (way < 32) return word ^ 1u << way;
    if (way == 32) return word + 1;
    if (way == 33) return word - 1;
    return fixed[way - 34];
}

/* Each word of all that is checked becomes many hostile values in turn; contents of the other components do not matter. */
static void test_sweep(void **state)
{
    uint32_t *words = (uint32_t *)packed, accepted = 0, refused = 0;
    image_builder_gateway(&builder);
    if (*state) image_builder_colour(&builder);
    uint64_t size = image_builder_pack(&builder, packed, sizeof packed);
    const struct image_component *c = policy_components((struct image_header *)packed);
    uint64_t end = c[0].offset + c[0].size;
    for (uint64_t i = 0; i < end / 4; i++) {
        uint32_t good = words[i];
        for (uint32_t way = 0; way < 42; way++) {
            words[i] = hostile_value(good, way);
            if (check_copy(size).code == 0) {
                accepted++;
            } else {
                refused++;
            }
        }
        words[i] = good;
    }
    print_message("# sweep: %u accepted with all invariants kept, %u refused\n", accepted, refused);
    assert_true(accepted > 0 && refused > accepted);
}

static const struct CMUnitTest plain[] = {
    cmocka_unit_test(test_gateway_passes),         cmocka_unit_test(test_variants_pass),
    cmocka_unit_test(test_time_may_be_given),      cmocka_unit_test(test_ports_may_interrupt),
    cmocka_unit_test(test_a_monitor_passes),       cmocka_unit_test(test_pool_follows_mappings),
    cmocka_unit_test(test_every_check_has_a_case), cmocka_unit_test(test_names), cmocka_unit_test(test_every_check_has_a_text),
    cmocka_unit_test(test_truncated_anywhere),     cmocka_unit_test(test_coloured_gateway_passes),
    cmocka_unit_test(test_direct_channel_may_lose), cmocka_unit_test(test_restricts_to_the_limit_pass),
    cmocka_unit_test(test_colours_may_be_of_two),  cmocka_unit_test(test_ports_of_a_device_may_be_apart),
    cmocka_unit_test(test_sweep),
    { .name = "test_sweep of the coloured gateway", .test_func = test_sweep, .initial_state = &builder },
};
#define PLAIN_TESTS (sizeof plain / sizeof *plain)
static struct CMUnitTest tests[PLAIN_TESTS + sizeof cases / sizeof *cases];

int main(void)
{
    static const char *const names[] = {
#define CASE_NAME(key, check, entry, act) "refused: " #key,
        BUILD_CASES(CASE_NAME)
        PACKED_CASES(CASE_NAME)
    };
    memcpy(tests, plain, sizeof plain);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        tests[PLAIN_TESTS + i] = (struct CMUnitTest){ .name = names[i], .test_func = test_broken,
                                                      .initial_state = (void *)(uintptr_t)&cases[i] };
    }
    return cmocka_run_group_tests_name("image_check", tests, NULL, NULL);
}
