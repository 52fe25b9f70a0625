/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The generated header against the image's tables: for random messages of every type of tests/golden/good.policy the guest's
 * validator and the kernel's verdict agree, and decoding a message of a `big` type and encoding it again changes nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "compiler/build.h"
#include "monitor/kernel/decide.h"
#include "good.h"

#define POLICY "tests/golden/good.policy"
#define MESSAGES 400000u

static struct arena memory;
static struct policy policy;
static struct build build;
static struct policy_tables tables;
static uint32_t seed = 12345;

static uint32_t draw(uint32_t below)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % below;
}

static int setup(void **unused)
{
    (void)unused;
    size_t size;
    policy_read(&policy, &memory, POLICY, source_read_file);
    if (policy.diag.errors > 0) return -1;
    build_start(&build, &policy);
    build_types(&build);
    build_flows(&build);
    build_subjects(&build);
    tables = policy_tables_open(image_tables(&build, &size));
    return 0;
}

static int teardown(void **unused)
{
    (void)unused;
    arena_release(&memory);
    return 0;
}

/* Zero and the ends of the types' ranges more often than other bytes. */
static void fill(struct decide_message *m, uint32_t size)
{
    static const uint8_t edges[] = { 1, 2, 3, 5, 7, 9, 10, 0xff, 0xff, 0x6a, 0x96, 100, 101 };
    for (uint32_t i = 0; i < size; i++)
        m->payload[i] = draw(2) == 0 ? 0 : draw(8) == 0 ? (uint8_t)draw(256) : edges[draw(sizeof edges)];
}

static bool type_passes(const struct decide_message *m)
{
    struct decide_state state = { 0 };
    static struct decide_pace paces[64];
    static const struct decide_line lines[IMAGE_MAX_CHANNELS];    /* none: all checks */
    static uint64_t due[64], protocols[64];
    const struct name channel = { "back", PLACE_NOWHERE };
    uint32_t index = 0;
    for (uint32_t i = 0; i < policy.channels.count; i++) {
        if (strcmp(policy.channels.items[i]->name.text, channel.text) == 0) index = i;
    }
    state = (struct decide_state){ .paces = paces, .lines = lines, .due = due, .protocols = protocols, .tsc_khz = 1000000 };
    struct decide_request request = { .message = m, .channel = index, .subject = tables.channels[index].sender };
    struct decide_verdict v;
    decide(&tables, &state, &request, &v);
    if (v.allowed || v.rule < IMAGE_RULE_FIRST) return v.rule != IMAGE_RULE_LENGTH && v.rule != IMAGE_RULE_PADDING;
    return strncmp(build.rules.items[v.rule - IMAGE_RULE_FIRST]->name, "type.", 5) != 0;
}

/* A good message with some bytes changed: of what has texts in it no random one would pass. */
static void fill_near(struct decide_message *m, const void *good, uint32_t size)
{
    static const uint8_t edges[] = { 0, 0, 0, 1, 2, 3, 7, 9, 10, 0x1f, 0x20, 'A', 'X', 0x7e, 0x7f, 0x80, 0xf7, 0xff };
    memcpy(m->payload, good, size);
    for (uint32_t i = draw(5); i > 0; i--) m->payload[draw(size)] = edges[draw(sizeof edges)];
}

/* Sends random messages of one type, or such as are near to a good one; returns how many passed. */
static uint32_t compare(uint16_t type, uint16_t version, uint32_t size, bool (*valid)(const void *bytes, uint32_t length),
                        const void *good)
{
    uint32_t passed = 0;
    for (uint32_t i = 0; i < MESSAGES; i++) {
        struct decide_message m = { .header = { .type = type, .version = version, .length = size } };
        if (draw(50) == 0) m.header.length = draw(2 * size);
        if (good != NULL) fill_near(&m, good, size);
        else fill(&m, size);
        bool wanted = type_passes(&m);
        assert_int_equal(valid(m.payload, m.header.length), wanted);
        passed += wanted;
    }
    return passed;
}

#define VALID(type)                                                                                                        \
    static bool valid_##type(const void *bytes, uint32_t length)                                                           \
    {                                                                                                                      \
        struct type message;                                                                                               \
        memcpy(&message, bytes, sizeof message);                                                                           \
        return type##_valid(&message, length);                                                                             \
    }
VALID(Report)
VALID(Wide)
VALID(Ask)
VALID(Call)

/* Filled, with texts of all lengths. */
static const struct Call calls[] = {
    { .kind = Kind__call, .line = 7, .name = "ABCDE", .key = { 1, 0, 0xff }, .count = 2, .digits = { 5, 9 } },
    { .kind = Kind__call, .line = 1, .key = { 1 }, .count = 3, .digits = { 0, 1, 2 } },
    { .kind = Kind__hang_up, .line = 2, .name = { 'a', ' ', '~', 'X', 'Y', 'Z' }, .why = "ok" },
};

static void test_validators_agree_with_verdicts(void **unused)
{
    (void)unused;
    assert_in_range(compare(Report_TYPE, Report_VERSION, sizeof(struct Report), valid_Report, NULL), 10, MESSAGES - 10);
    assert_in_range(compare(Wide_TYPE, Wide_VERSION, sizeof(struct Wide), valid_Wide, NULL), 10, MESSAGES - 10);
    assert_in_range(compare(Ask_TYPE, Ask_VERSION, sizeof(struct Ask), valid_Ask, NULL), 10, MESSAGES - 10);
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        uint32_t passed = compare(Call_TYPE, Call_VERSION, sizeof(struct Call), valid_Call, &calls[i]);
        assert_in_range(passed, MESSAGES / 10, MESSAGES - MESSAGES / 10);
    }
}

static void test_decoding_and_encoding(void **unused)
{
    (void)unused;
    static const uint8_t wire[] = { 0x12, 0x34, 2, 0, 0x00, 0x03, 0x00, 0x09, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe };
    struct Wide m, again;
    memcpy(&m, wire, sizeof m);
    Wide_decode(&m);
    assert_int_equal(m.id, 0x1234);
    assert_int_equal(m.kind, 2);
    assert_int_equal(m.b, 3);
    assert_int_equal(m.c, 9);
    assert_int_equal(m.y, -2);
    Wide_encode(&m);
    assert_memory_equal(&m, wire, sizeof m);
    for (uint32_t i = 0; i < 1000; i++) {
        for (size_t k = 0; k < sizeof m; k++) ((uint8_t *)&m)[k] = (uint8_t)draw(256);
        m.kind = (uint8_t[]){ 1, 2, 7 }[draw(3)];
        again = m;
        Wide_decode(&again);
        Wide_encode(&again);
        assert_memory_equal(&again, &m, sizeof m);
    }
}

static void test_arrays_turn_by_element(void **unused)
{
    (void)unused;
    struct Call m = calls[0], again = m;
    m.levels[0] = 0x1234;
    Call_encode(&m);
    assert_memory_equal(&m.levels[0], "\x12\x34", 2);
    Call_decode(&m);
    again.levels[0] = 0x1234;
    assert_memory_equal(&m, &again, sizeof m);
    assert_int_equal(sizeof m.name, 6);
    assert_int_equal(Kind__hang_up, 2);
}

static void test_numbers_are_those_of_the_image(void **unused)
{
    (void)unused;
    assert_int_equal(tables.types[Wide_TYPE].version, Wide_VERSION);
    assert_int_equal(tables.types[Wide_TYPE].size, sizeof(struct Wide));
    assert_string_equal(tables.channels[CHANNEL_back].name, "back");
    assert_string_equal(tables.subjects[SUBJECT_log].name, "log");
    assert_int_equal(RULE_padding, IMAGE_RULE_PADDING);
    assert_string_equal(build.rules.items[RULE_wide_in__where - IMAGE_RULE_FIRST]->name, "wide_in.where");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_validators_agree_with_verdicts),
        cmocka_unit_test(test_decoding_and_encoding),
        cmocka_unit_test(test_arrays_turn_by_element),
        cmocka_unit_test(test_numbers_are_those_of_the_image),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
