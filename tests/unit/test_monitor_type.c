/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of a message against its type: number, version, length, padding, fields, unions, conditions. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "gateway.h"

static struct decide_message message;

/* What becomes of `message` as a report of `low`: it passes, is denied by a rule, or by a field of its type. */
static void expect_good(void)
{
    gateway_expect_allowed(BUILDER_LOW, BUILDER_REPORTS, BUILDER_POSITION_IN, &message);
}

static void expect_bad(uint32_t rule, uint64_t value)
{
    gateway_expect_denied(BUILDER_LOW, BUILDER_REPORTS, rule, value, &message);
}

static void expect_field(uint32_t field, uint64_t value)
{
    struct decide_verdict v = gateway_judge(BUILDER_LOW, BUILDER_REPORTS, 0, 1000, &message);
    expect_bad(gateway_field_rule(BUILDER_POSITION, field), value);
    assert_int_equal(v.field, gateway.policy.types[BUILDER_POSITION].first_field + field);
}

static void test_type_number_and_version(void **unused)
{
    (void)unused;
    gateway_pack();
    gateway_position(&message);
    message.header.type = 4;
    expect_bad(IMAGE_RULE_TYPE, 4);
    message.header.type = 0xffff;
    expect_bad(IMAGE_RULE_TYPE, 0xffff);
    gateway_position(&message);
    message.header.version = 2;
    expect_bad(IMAGE_RULE_TYPE, 2);
}

static void test_length_is_exact(void **unused)
{
    static const uint32_t lengths[] = { 0, 23, 25, 32, 33, 4096, 0x80000018, UINT32_MAX };
    (void)unused;
    gateway_pack();
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        gateway_position(&message);
        message.header.length = lengths[i];
        expect_bad(IMAGE_RULE_LENGTH, lengths[i]);
    }
}

/* A type too long for the channel's slots: its length is right, but that many bytes were never copied. */
static void test_length_beyond_slot(void **unused)
{
    (void)unused;
    struct image_builder *b = &gateway.builder;
    b->types[BUILDER_NOTICE].size = 40;
    b->channels[BUILDER_ASKS].slot_size = b->channels[BUILDER_NOTICES].slot_size = 64;
    gateway_pack();
    gateway_notice(&message, 1);
    message.header.length = 40;
    memset(message.payload, 0, 40);
    expect_bad(IMAGE_RULE_LENGTH, 40);
}

static void test_padding_must_be_zero(void **unused)
{
    (void)unused;
    gateway_pack();
    for (uint32_t offset = 22; offset < 24; offset++) {
        gateway_position(&message);
        message.payload[offset] = 0x80;
        expect_bad(IMAGE_RULE_PADDING, 0);
        assert_int_equal(gateway_judge(BUILDER_LOW, BUILDER_REPORTS, 0, 1000, &message).field, 11);
    }
}

static void test_signed_range(void **unused)
{
    (void)unused;
    gateway_pack();
    gateway_position(&message);
    gateway_put(&message, 0, 4, -90 * DEGREE);
    expect_good();
    gateway_put(&message, 0, 4, -90 * DEGREE - 1);
    expect_field(0, (uint64_t)(-90 * DEGREE - 1));
    gateway_put(&message, 0, 4, 90 * DEGREE);
    expect_good();
    gateway_put(&message, 0, 4, 91 * DEGREE);
    expect_field(0, 91 * DEGREE);
    gateway_put(&message, 0, 4, INT32_MIN);
    expect_field(0, (uint64_t)INT32_MIN);
}

static void test_unsigned_range(void **unused)
{
    (void)unused;
    gateway_pack();
    gateway_position(&message);
    gateway_put(&message, 8, 4, 999999999);
    gateway_put(&message, 12, 2, 1023);
    gateway_put(&message, 14, 2, 4095);
    gateway_put(&message, 18, 1, 63);
    expect_good();
    gateway_put(&message, 8, 4, 0xffffffff);
    expect_field(2, 0xffffffff);
    gateway_put(&message, 8, 4, 0);
    gateway_put(&message, 12, 2, 1024);
    expect_field(3, 1024);
    gateway_put(&message, 12, 2, 0);
    gateway_put(&message, 18, 1, 64);
    expect_field(6, 64);
}

static void set_range(struct image_field *f, uint32_t bytes, int64_t lo, int64_t hi)
{
    const struct image_field range = { BUILDER_RANGE(bytes, lo, hi) };
    f->unused = range.unused;
    f->base = range.base;
    f->span = range.span;
}

static void test_unsigned_range_above_zero(void **unused)
{
    (void)unused;
    set_range(&gateway.builder.fields[4], 2, 10, 4095);
    gateway_pack();
    gateway_position(&message);
    gateway_put(&message, 14, 2, 10);
    expect_good();
    gateway_put(&message, 14, 2, 9);
    expect_field(4, 9);
}

/* The field at fault is told by its place in the whole table. */
static void test_field_of_a_later_type(void **unused)
{
    (void)unused;
    gateway.builder.rules[BUILDER_NOTICE_OUT].protocol = IMAGE_NONE;
    gateway.builder.protocols[0].step_count = 3;
    gateway_pack();
    gateway_notice(&message, 7);
    gateway_put(&message, 2, 2, 18001);
    struct decide_verdict v = gateway_judge(BUILDER_GUARD, BUILDER_NOTICES, 0, 1000, &message);
    assert_int_equal(v.rule, gateway_field_rule(BUILDER_NOTICE, 1));
    assert_int_equal(v.field, gateway.policy.types[BUILDER_NOTICE].first_field + 1);
}

static void test_full_width_and_big_endian(void **unused)
{
    (void)unused;
    struct image_field *f = &gateway.builder.fields[2];
    f->flags = IMAGE_FIELD_BIG;
    set_range(f, 4, 0x0f000000, 0x0f0000ff);
    gateway_pack();
    gateway_position(&message);
    memcpy(message.payload + 8, "\x0f\x00\x00\xff", 4);
    expect_good();
    memcpy(message.payload + 8, "\x0f\x00\x01\x00", 4);
    expect_field(2, 0x0f000100);
    memcpy(message.payload + 8, "\xff\x00\x00\x0f", 4);        /* in range the other way round */
    expect_field(2, 0xff00000f);

    f->kind = IMAGE_FIELD_SIGNED;
    set_range(f, 8, INT64_MIN, -1);   /* takes in what speed and course lie over; both stay zero or small */
    gateway_pack();
    memcpy(message.payload + 8, "\x80\x00\x00\x00\x00\x00\x00\x00", 8);
    expect_good();
    memcpy(message.payload + 8, "\x7f\xff\xff\xff\x00\x00\x00\x00", 8);
    expect_field(2, 0x7fffffff00000000);

    f->flags = 0;
    f->kind = 0;
    set_range(f, 8, 0, -1);           /* every u64 */
    gateway_pack();
    memcpy(message.payload + 8, "\xff\xff\xff\xff\x00\x00\x00\x00", 8);
    expect_good();
}

/* What a number of so many bytes can be, from bits at random, many of them at its ends. */
static int64_t any_number(uint32_t bytes, bool is_signed)
{
    uint64_t word = (uint64_t)rand() << 62 ^ (uint64_t)rand() << 31 ^ (uint64_t)rand();
    switch (rand() % 4) {
    case 0: word = (uint64_t)(rand() % 3) - 1; break;
    case 1: word = ((uint64_t)1 << 63 >> BUILDER_UNUSED(bytes)) - (uint64_t)(rand() % 2); break;
    default: break;
    }
    word <<= BUILDER_UNUSED(bytes);
    return is_signed ? (int64_t)word >> BUILDER_UNUSED(bytes) : (int64_t)(word >> BUILDER_UNUSED(bytes));
}

static bool is_less(int64_t a, int64_t b, bool is_signed)
{
    return is_signed ? a < b : (uint64_t)a < (uint64_t)b;
}

/* The number in field 0, and the bytes behind it as they come. */
static void put_number(uint32_t bytes, bool is_big, int64_t value)
{
    for (uint32_t i = 0; i < 8; i++) message.payload[i] = (uint8_t)rand();
    for (uint32_t i = 0; i < bytes; i++)
        message.payload[is_big ? bytes - 1 - i : i] = (uint8_t)((uint64_t)value >> 8 * i);
}

/* The comparison of policy/image.h is that of numbers, for each number of bytes, sign and byte order; and of padding. */
static void test_ranges_of_every_width(void **unused)
{
    (void)unused;
    srand(1);
    for (uint32_t round = 0; round < 32 * 500; round++) {
        const uint32_t bytes = round % 8 + 1;
        const bool is_signed = (round >> 3 & 1) != 0, is_big = (round >> 4 & 1) != 0, is_zero = rand() % 16 == 0;
        struct image_field *f = &gateway.builder.fields[0];
        int64_t lo = is_zero ? 0 : any_number(bytes, is_signed), hi = is_zero ? 0 : any_number(bytes, is_signed);
        int64_t value = any_number(bytes, is_signed);
        if (is_less(hi, lo, is_signed)) value = lo, lo = hi, hi = value;
        set_range(f, bytes, lo, hi);
        f->kind = is_zero ? IMAGE_FIELD_ZERO : is_signed ? IMAGE_FIELD_SIGNED : 0;
        f->flags = is_big && !is_zero ? IMAGE_FIELD_BIG : 0;
        set_range(&gateway.builder.fields[1], 4, INT32_MIN, INT32_MAX);
        gateway_pack();
        gateway_position(&message);
        put_number(bytes, is_big, value);
        if (is_less(value, lo, is_signed) || is_less(hi, value, is_signed)) expect_field(0, is_zero ? 0 : (uint64_t)value);
        else expect_good();
    }
}

static void test_set_of_values(void **unused)
{
    (void)unused;
    gateway_pack();
    for (uint32_t msg = 0; msg < 256; msg++) {
        gateway_position(&message);
        gateway_put(&message, 19, 1, msg);
        if (msg == 1 || msg == 2 || msg == 3 || msg == 18) expect_good();
        else expect_field(7, msg);
    }
}

static void test_set_at_its_ends(void **unused)
{
    (void)unused;
    gateway.builder.fields[7].base = 1 << 0 | 1 << 2;
    gateway_pack();
    gateway_position(&message);
    gateway_put(&message, 19, 1, 2);
    expect_good();
    gateway_put(&message, 19, 1, 64);
    expect_field(7, 64);
    gateway_put(&message, 19, 1, 5);
    expect_field(7, 5);
}

/* Message 18 has no status and no turn: there its bytes are padding; elsewhere they are fields. */
static void test_union(void **unused)
{
    (void)unused;
    gateway_pack();
    gateway_position(&message);
    gateway_put(&message, 20, 1, 15);
    gateway_put(&message, 21, 1, -128);
    expect_good();
    gateway_put(&message, 20, 1, 16);
    expect_field(8, 16);
    gateway_put(&message, 20, 1, 0);
    gateway_put(&message, 19, 1, 18);
    expect_bad(IMAGE_RULE_PADDING, 0);
    gateway_put(&message, 21, 1, 0);
    expect_good();
}

/* Field 9 exists for message 1 alone of those for which field 8 exists; field 8 is its tag: 1 means that a turn follows. */
static void test_union_in_union(void **unused)
{
    (void)unused;
    gateway.builder.fields[9].tag = 8;
    gateway.builder.fields[9].tags = 1 << 1;
    set_range(&gateway.builder.fields[9], 1, 7, 7);
    gateway.builder.fields[10].tags = 1ull << 40;         /* no padding in the way */
    gateway_pack();
    gateway_position(&message);
    expect_good();
    gateway_put(&message, 20, 1, 1);
    expect_field(9, 0);
    gateway_put(&message, 21, 1, 7);
    expect_good();
    gateway_put(&message, 19, 1, 18);
    gateway_put(&message, 21, 1, 99);
    expect_good();    /* neither exists, whatever the bytes say */
}

static void test_tag_beyond_63_selects_nothing(void **unused)
{
    (void)unused;
    gateway.builder.fields[7].flags = 0;
    set_range(&gateway.builder.fields[7], 1, 0, 255);
    gateway_pack();
    gateway_position(&message);
    gateway_put(&message, 19, 1, 65);         /* 65 % 64 == 1, for which status exists */
    gateway_put(&message, 20, 1, 99);
    expect_good();
}

static void test_first_field_is_reported(void **unused)
{
    (void)unused;
    gateway_pack();
    gateway_position(&message);
    gateway_put(&message, 4, 4, 181 * DEGREE);
    gateway_put(&message, 16, 2, 512);
    expect_field(1, 181 * DEGREE);
    message.payload[23] = 1;          /* padding comes before every value */
    expect_bad(IMAGE_RULE_PADDING, 0);
    message.header.length = 23;       /* length before padding */
    expect_bad(IMAGE_RULE_LENGTH, 23);
    message.header.version = 9;       /* without a type there is no length */
    expect_bad(IMAGE_RULE_TYPE, 9);
}

/* Condition of the type: message 2 implies speed 5 to 9; so does message 3, or a course of 7. */
static void add_conditions(void)
{
    struct image_builder *b = &gateway.builder;
    const struct image_atom atoms[] = {
        { BUILDER_RANGE(1, 2, 2), .offset = 19, .flags = IMAGE_ATOM_NOT },
        { BUILDER_RANGE(2, 5, 9), .offset = 12, .flags = IMAGE_ATOM_END },
        { BUILDER_RANGE(1, 3, 3), .offset = 19, .flags = IMAGE_ATOM_NOT },
        { BUILDER_RANGE(2, 5, 9), .offset = 12 },
        { BUILDER_RANGE(2, 7, 7), .offset = 14, .flags = IMAGE_ATOM_END },
    };
    b->types[BUILDER_POSITION].first_atom = b->atoms_count;
    b->types[BUILDER_POSITION].atom_count = 5;
    b->types[BUILDER_POSITION].where_rule = 200;
    for (uint32_t i = 0; i < 5; i++) b->atoms[b->atoms_count++] = atoms[i];
}

static void test_conditions_of_type(void **unused)
{
    static const struct { uint8_t msg, speed, course; bool good; } cases[] = {
        { 1, 0, 0, true },  { 2, 4, 0, false }, { 2, 5, 0, true },  { 2, 9, 0, true },  { 2, 10, 0, false },
        { 2, 0, 7, false }, { 3, 0, 0, false }, { 3, 0, 7, true },  { 3, 6, 0, true },  { 3, 10, 8, false },
    };
    (void)unused;
    add_conditions();
    gateway_pack();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gateway_position(&message);
        gateway_put(&message, 19, 1, cases[i].msg);
        gateway_put(&message, 12, 2, cases[i].speed);
        gateway_put(&message, 14, 2, cases[i].course);
        if (cases[i].good) expect_good();
        else expect_bad(200, 0);
    }
}

/* The largest message, in a buffer of its exact size: no read beyond it, whatever field stands last. */
static void test_last_byte_of_largest_message(void **unused)
{
    (void)unused;
    struct image_builder *b = &gateway.builder;
    const uint16_t size = IMAGE_MAX_MESSAGE - sizeof(struct message_header);
    b->types[BUILDER_NOTICE].size = size;
    b->fields[b->types[BUILDER_NOTICE].first_field + 2].offset = (uint16_t)(size - 2);
    for (uint32_t c = 0; c < b->channels_count; c++) b->channels[c].slot_size = IMAGE_MAX_MESSAGE;
    b->rules[BUILDER_NOTICE_OUT].protocol = IMAGE_NONE;
    b->protocols[0].step_count = 3;
    image_builder_pack(b, gateway.image, sizeof gateway.image);
    gateway.policy = policy_tables_open(gateway.image);
    struct decide_message *exact = calloc(1, sizeof *exact);
    exact->header = (struct message_header){ .type = BUILDER_NOTICE, .version = 1, .length = size };
    memset(exact->slack, 0xff, sizeof exact->slack);
    struct decide_request request = { .message = exact, .now = 1000, .channel = BUILDER_NOTICES, .subject = BUILDER_GUARD };
    struct decide_verdict v;
    decide(&gateway.policy, &gateway.state, &request, &v);
    assert_true(v.allowed);
    free(exact);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, gateway_setup)
    const struct CMUnitTest tests[] = {
        TEST(test_type_number_and_version),
        TEST(test_length_is_exact),
        TEST(test_length_beyond_slot),
        TEST(test_padding_must_be_zero),
        TEST(test_signed_range),
        TEST(test_unsigned_range),
        TEST(test_unsigned_range_above_zero),
        TEST(test_field_of_a_later_type),
        TEST(test_full_width_and_big_endian),
        TEST(test_ranges_of_every_width),
        TEST(test_set_of_values),
        TEST(test_set_at_its_ends),
        TEST(test_union),
        TEST(test_union_in_union),
        TEST(test_tag_beyond_63_selects_nothing),
        TEST(test_first_field_is_reported),
        TEST(test_conditions_of_type),
        TEST(test_last_byte_of_largest_message),
    };
    return cmocka_run_group_tests_name("monitor type", tests, NULL, NULL);
}
