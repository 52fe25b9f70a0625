/* SPDX-License-Identifier: Apache-2.0 */
/* The checks that depend on the message and const tables alone, each by itself and in their order. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "gateway.h"

static struct decide_pace paces[IMAGE_MAX_RULES];
static uint64_t due[IMAGE_MAX_RULES], protocols[IMAGE_MAX_PROTOCOLS];
static struct decide_state state = { .paces = paces, .due = due, .protocols = protocols, .tsc_khz = 1000000 };
static struct decide_message message;

static int setup(void **unused)
{
    (void)unused;
    memset(paces, 0, sizeof paces);
    gateway_start();
    return 0;
}

static struct decide_verdict judge(uint16_t subject, uint32_t channel, uint32_t plan)
{
    struct decide_request request = { .message = &message, .now = 1000, .plan = plan, .channel = channel, .subject = subject };
    return decide(&gateway.policy, &state, &request);
}

static void expect_allowed(uint16_t subject, uint32_t channel, uint32_t rule)
{
    struct decide_verdict v = judge(subject, channel, 0);
    assert_true(v.allowed);
    assert_int_equal(v.rule, gateway.policy.rules[rule].rule);
    assert_int_equal(v.allow, rule);
    assert_int_equal(v.field, IMAGE_NONE);
}

static void expect_denied(uint16_t subject, uint32_t channel, uint32_t rule, uint64_t value)
{
    struct decide_verdict v = judge(subject, channel, 0);
    assert_false(v.allowed);
    assert_int_equal(v.rule, rule);
    assert_int_equal(v.value, value);
    assert_int_equal(v.feedback, IMAGE_FEEDBACK_NONE);
}

/* A report of `low` is denied by field `field` of its type. */
static void expect_field(uint32_t field, uint64_t value)
{
    expect_denied(BUILDER_LOW, BUILDER_REPORTS, gateway_field_rule(BUILDER_POSITION, field), value);
    assert_int_equal(judge(BUILDER_LOW, BUILDER_REPORTS, 0).field, gateway.policy.types[BUILDER_POSITION].first_field + field);
}

static void test_good_message_is_allowed(void **unused)
{
    (void)unused;
    gateway_pack();
    gateway_position(&message);
    expect_allowed(BUILDER_LOW, BUILDER_REPORTS, BUILDER_POSITION_IN);
    expect_allowed(BUILDER_GUARD, BUILDER_TRACKS, BUILDER_POSITION_UP);
}

static void test_sender_must_hold_channel(void **unused)
{
    (void)unused;
    gateway_pack();
    gateway_position(&message);
    expect_denied(BUILDER_LOW, BUILDER_TRACKS, IMAGE_RULE_DEFAULT, 0);
    expect_denied(BUILDER_GUARD, BUILDER_REPORTS, IMAGE_RULE_DEFAULT, 0);     /* the receiver is no sender */
    expect_denied(BUILDER_LOW, gateway.policy.channels_count, IMAGE_RULE_DEFAULT, 0);
    expect_denied(BUILDER_LOW, UINT32_MAX, IMAGE_RULE_DEFAULT, 0);
}

static void test_type_number_and_version(void **unused)
{
    (void)unused;
    gateway_pack();
    gateway_position(&message);
    message.header.type = 4;
    expect_denied(BUILDER_LOW, BUILDER_REPORTS, IMAGE_RULE_TYPE, 4);
    message.header.type = 0xffff;
    expect_denied(BUILDER_LOW, BUILDER_REPORTS, IMAGE_RULE_TYPE, 0xffff);
    gateway_position(&message);
    message.header.version = 2;
    expect_denied(BUILDER_LOW, BUILDER_REPORTS, IMAGE_RULE_TYPE, 2);
}

static void test_length_is_exact(void **unused)
{
    static const uint32_t lengths[] = { 0, 23, 25, 32, 33, 4096, 0x80000018, UINT32_MAX };
    (void)unused;
    gateway_pack();
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        gateway_position(&message);
        message.header.length = lengths[i];
        expect_denied(BUILDER_LOW, BUILDER_REPORTS, IMAGE_RULE_LENGTH, lengths[i]);
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
    expect_denied(BUILDER_LOW, BUILDER_REPORTS, IMAGE_RULE_LENGTH, 40);
}

static void test_padding_must_be_zero(void **unused)
{
    (void)unused;
    gateway_pack();
    for (uint32_t offset = 22; offset < 24; offset++) {
        gateway_position(&message);
        message.payload[offset] = 0x80;
        expect_denied(BUILDER_LOW, BUILDER_REPORTS, IMAGE_RULE_PADDING, 0);
        assert_int_equal(judge(BUILDER_LOW, BUILDER_REPORTS, 0).field, 11);
    }
}

static void test_signed_range(void **unused)
{
    (void)unused;
    gateway_pack();
    gateway_position(&message);
    gateway_put(&message, 0, 4, -90 * DEGREE);
    expect_allowed(BUILDER_LOW, BUILDER_REPORTS, BUILDER_POSITION_IN);
    gateway_put(&message, 0, 4, -90 * DEGREE - 1);
    expect_field(0, (uint64_t)(-90 * DEGREE - 1));
    gateway_put(&message, 0, 4, 90 * DEGREE);
    expect_allowed(BUILDER_LOW, BUILDER_REPORTS, BUILDER_POSITION_IN);
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
    expect_allowed(BUILDER_LOW, BUILDER_REPORTS, BUILDER_POSITION_IN);
    gateway_put(&message, 8, 4, 0xffffffff);
    expect_field(2, 0xffffffff);
    gateway_put(&message, 8, 4, 0);
    gateway_put(&message, 12, 2, 1024);
    expect_field(3, 1024);
    gateway_put(&message, 12, 2, 0);
    gateway_put(&message, 18, 1, 64);
    expect_field(6, 64);
}

static void test_full_width_and_big_endian(void **unused)
{
    (void)unused;
    struct image_field *f = &gateway.builder.fields[2];
    f->flags = IMAGE_FIELD_BIG;
    f->lo = 0x0f000000;
    f->hi = 0x0f0000ff;
    gateway_pack();
    gateway_position(&message);
    memcpy(message.payload + 8, "\x0f\x00\x00\xff", 4);
    expect_allowed(BUILDER_LOW, BUILDER_REPORTS, BUILDER_POSITION_IN);
    memcpy(message.payload + 8, "\x0f\x00\x01\x00", 4);
    expect_field(2, 0x0f000100);

    f->flags = IMAGE_FIELD_BIG | IMAGE_FIELD_SIGNED;
    f->width = 8;
    f->offset = 8;                    /* takes in what speed and course lie over; both stay zero or small */
    f->lo = INT64_MIN;
    f->hi = -1;
    gateway_pack();
    memcpy(message.payload + 8, "\x80\x00\x00\x00\x00\x00\x00\x00", 8);
    expect_allowed(BUILDER_LOW, BUILDER_REPORTS, BUILDER_POSITION_IN);
    memcpy(message.payload + 8, "\x7f\xff\xff\xff\x00\x00\x00\x00", 8);
    expect_field(2, 0x7fffffff00000000);

    f->flags = 0;
    f->lo = 0;
    f->hi = -1;                       /* every u64 */
    gateway_pack();
    memcpy(message.payload + 8, "\xff\xff\xff\xff\x00\x00\x00\x00", 8);
    expect_allowed(BUILDER_LOW, BUILDER_REPORTS, BUILDER_POSITION_IN);
}

static void test_set_of_values(void **unused)
{
    (void)unused;
    gateway_pack();
    for (uint32_t msg = 0; msg < 256; msg++) {
        gateway_position(&message);
        gateway_put(&message, 19, 1, msg);
        if (msg == 1 || msg == 2 || msg == 3 || msg == 18) expect_allowed(BUILDER_LOW, BUILDER_REPORTS, BUILDER_POSITION_IN);
        else expect_field(7, msg);
    }
}

/* Message 18 has no status and no turn: there its bytes are padding; elsewhere they are fields. */
static void test_union(void **unused)
{
    (void)unused;
    gateway_pack();
    gateway_position(&message);
    gateway_put(&message, 20, 1, 15);
    gateway_put(&message, 21, 1, -128);
    expect_allowed(BUILDER_LOW, BUILDER_REPORTS, BUILDER_POSITION_IN);
    gateway_put(&message, 20, 1, 16);
    expect_field(8, 16);
    gateway_put(&message, 20, 1, 0);
    gateway_put(&message, 19, 1, 18);
    expect_denied(BUILDER_LOW, BUILDER_REPORTS, IMAGE_RULE_PADDING, 0);
    gateway_put(&message, 21, 1, 0);
    expect_allowed(BUILDER_LOW, BUILDER_REPORTS, BUILDER_POSITION_IN);
}

/* Field 9 exists for message 1 alone of those for which field 8 exists; field 8 is its tag: 1 means that a turn follows. */
static void test_union_in_union(void **unused)
{
    (void)unused;
    gateway.builder.fields[9].tag = 8;
    gateway.builder.fields[9].tags = 1 << 1;
    gateway.builder.fields[9].lo = gateway.builder.fields[9].hi = 7;
    gateway.builder.fields[10].tags = 1ull << 40;         /* no padding in the way */
    gateway_pack();
    gateway_position(&message);
    expect_allowed(BUILDER_LOW, BUILDER_REPORTS, BUILDER_POSITION_IN);
    gateway_put(&message, 20, 1, 1);
    expect_field(9, 0);
    gateway_put(&message, 21, 1, 7);
    expect_allowed(BUILDER_LOW, BUILDER_REPORTS, BUILDER_POSITION_IN);
    gateway_put(&message, 19, 1, 18);
    gateway_put(&message, 21, 1, 99);
    expect_allowed(BUILDER_LOW, BUILDER_REPORTS, BUILDER_POSITION_IN);    /* neither exists, whatever the bytes say */
}

static void test_tag_beyond_63_selects_nothing(void **unused)
{
    (void)unused;
    gateway.builder.fields[7].flags = 0;
    gateway.builder.fields[7].lo = 0;
    gateway.builder.fields[7].hi = 255;
    gateway_pack();
    gateway_position(&message);
    gateway_put(&message, 19, 1, 65);         /* 65 % 64 == 1, for which status exists */
    gateway_put(&message, 20, 1, 99);
    expect_allowed(BUILDER_LOW, BUILDER_REPORTS, BUILDER_POSITION_IN);
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
    expect_denied(BUILDER_LOW, BUILDER_REPORTS, IMAGE_RULE_PADDING, 0);
    message.header.length = 23;       /* length before padding */
    expect_denied(BUILDER_LOW, BUILDER_REPORTS, IMAGE_RULE_LENGTH, 23);
    message.header.version = 9;       /* without a type there is no length */
    expect_denied(BUILDER_LOW, BUILDER_REPORTS, IMAGE_RULE_TYPE, 9);
}

/* Condition of the type: message 2 implies speed 5 to 9; so does message 3, or a course of 7. */
static void add_conditions(void)
{
    struct image_builder *b = &gateway.builder;
    const struct image_atom atoms[] = {
        { .lo = 2, .hi = 2, .offset = 19, .width = 1, .flags = IMAGE_ATOM_NOT },
        { .lo = 5, .hi = 9, .offset = 12, .width = 2, .flags = IMAGE_ATOM_END },
        { .lo = 3, .hi = 3, .offset = 19, .width = 1, .flags = IMAGE_ATOM_NOT },
        { .lo = 5, .hi = 9, .offset = 12, .width = 2 },
        { .lo = 7, .hi = 7, .offset = 14, .width = 2, .flags = IMAGE_ATOM_END },
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
        if (cases[i].good) expect_allowed(BUILDER_LOW, BUILDER_REPORTS, BUILDER_POSITION_IN);
        else expect_denied(BUILDER_LOW, BUILDER_REPORTS, 200, 0);
    }
}

static void test_type_must_be_granted(void **unused)
{
    (void)unused;
    gateway_pack();
    gateway_notice(&message, 1);
    expect_denied(BUILDER_LOW, BUILDER_REPORTS, IMAGE_RULE_DEFAULT, 0);
    gateway_position(&message);
    expect_denied(BUILDER_HIGH, BUILDER_ASKS, IMAGE_RULE_DEFAULT, 0);         /* below both types of the channel */
    gateway_ack(&message, 1);
    expect_denied(BUILDER_HIGH, BUILDER_ASKS, IMAGE_RULE_DEFAULT, 0);         /* between them */
    message.payload[7] = 1;           /* a bad message is a bad message first */
    expect_denied(BUILDER_HIGH, BUILDER_ASKS, IMAGE_RULE_PADDING, 0);
}

static void test_labels(void **unused)
{
    (void)unused;
    struct image_rule *in = &gateway.builder.rules[BUILDER_POSITION_IN], *out = &gateway.builder.rules[BUILDER_NOTICE_OUT];
    gateway_position(&message);
    static const struct { uint8_t from, to; bool good; } cases[] = {      /* low: 0; guard: 0 to 1 */
        { 0, 0, true }, { 0, 1, true }, { 1, 1, false }, { 0, 2, false }, { 1, 0, false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        in->level_from = cases[i].from;
        in->level_to = cases[i].to;
        gateway_pack();
        if (cases[i].good) expect_allowed(BUILDER_LOW, BUILDER_REPORTS, BUILDER_POSITION_IN);
        else expect_denied(BUILDER_LOW, BUILDER_REPORTS, IMAGE_RULE_LABEL, 0);
    }
    gateway_notice(&message, 0);      /* the guard's own labels permit both ends, but down only as a declared downgrade */
    out->protocol = IMAGE_NONE;
    gateway.builder.protocols[0].step_count = 3;
    gateway_pack();
    expect_allowed(BUILDER_GUARD, BUILDER_NOTICES, BUILDER_NOTICE_OUT);
    out->flags = 0;
    gateway_pack();
    expect_denied(BUILDER_GUARD, BUILDER_NOTICES, IMAGE_RULE_LABEL, 0);
}

static void add_plans(void)
{
    struct image_builder *b = &gateway.builder;
    for (uint16_t p = 1; p < 16; p++) {
        b->plans[p] = b->plans[0];
        for (uint16_t cpu = 0; cpu < 2; cpu++) {
            b->windows[b->windows_count++] = (struct image_window){ p, cpu, IMAGE_NONE, 0, 0, 10000 };
        }
    }
    b->plans_count = 16;
}

static void test_plan(void **unused)
{
    (void)unused;
    add_plans();
    gateway.builder.rules[BUILDER_POSITION_IN].plan_mask = 0x8002;
    gateway.builder.rules[BUILDER_SITE_LOAD].plan_mask = 0x8001;
    gateway_position(&message);
    gateway_pack();
    assert_true(judge(BUILDER_LOW, BUILDER_REPORTS, 15).allowed);
    static const uint32_t denied[] = { 0, 1, 2, 14, 16, 31, 32, 47, UINT32_MAX };   /* 1: by the restrict */
    for (size_t i = 0; i < sizeof denied / sizeof *denied; i++) {
        struct decide_verdict v = judge(BUILDER_LOW, BUILDER_REPORTS, denied[i]);
        assert_false(v.allowed);
        assert_int_equal(v.rule, IMAGE_RULE_PLAN);
        assert_int_equal(v.value, denied[i]);
        assert_int_equal(v.feedback, IMAGE_FEEDBACK_FULL);
    }
}

/* The box of the gateway, corners included. */
static void test_where(void **unused)
{
    static const struct { int32_t lat, lon; bool good; } cases[] = {
        { 600000, 62100000, false }, { 900000, 62700000, false }, { 750000, 62400000, false }, { 599999, 62100000, true },
        { 900001, 62400000, true },  { 600000, 62099999, true },  { 900000, 62700001, true },  { 0, 0, true },
    };
    (void)unused;
    gateway_pack();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gateway_position(&message);
        gateway_put(&message, 0, 4, cases[i].lat);
        gateway_put(&message, 4, 4, cases[i].lon);
        if (cases[i].good) expect_allowed(BUILDER_GUARD, BUILDER_TRACKS, BUILDER_POSITION_UP);
        else expect_denied(BUILDER_GUARD, BUILDER_TRACKS, gateway.policy.rules[BUILDER_POSITION_UP].where_rule, 0);
        expect_allowed(BUILDER_LOW, BUILDER_REPORTS, BUILDER_POSITION_IN);
    }
}

static void test_restrict_narrows_where(void **unused)
{
    (void)unused;
    struct image_builder *b = &gateway.builder;
    struct image_rule *narrow = &b->rules[BUILDER_SITE_LOAD];
    b->atoms[b->atoms_count] = (struct image_atom){ .hi = 100, .offset = 12, .width = 2, .flags = IMAGE_ATOM_END };
    narrow->first_atom = b->atoms_count++;
    narrow->atom_count = 1;
    narrow->where_rule = 201;
    gateway_pack();
    gateway_position(&message);
    gateway_put(&message, 12, 2, 100);
    expect_allowed(BUILDER_LOW, BUILDER_REPORTS, BUILDER_POSITION_IN);
    gateway_put(&message, 12, 2, 101);
    expect_denied(BUILDER_LOW, BUILDER_REPORTS, 201, 0);
}

/* From the last check to the first, each denial takes over from the one behind it. */
static void test_order_of_checks(void **unused)
{
    (void)unused;
    add_conditions();
    struct image_builder *b = &gateway.builder;
    struct image_rule *up = &b->rules[BUILDER_POSITION_UP];
    up->rate_count = up->rate_ms = up->burst = 1;
    up->rate_rule = 202;
    b->types[BUILDER_POSITION].atom_count = 2;
    gateway_pack();
    paces[BUILDER_POSITION_UP] = (struct decide_pace){ .step = 1 };
    due[BUILDER_POSITION_UP] = 1 << 20;
    gateway_position(&message);
    assert_int_equal(judge(BUILDER_GUARD, BUILDER_TRACKS, 0).rule, 202);
    gateway_put(&message, 0, 4, 700000);
    gateway_put(&message, 4, 4, 62400000);
    assert_int_equal(judge(BUILDER_GUARD, BUILDER_TRACKS, 0).rule, gateway.policy.rules[BUILDER_POSITION_UP].where_rule);
    assert_int_equal(judge(BUILDER_GUARD, BUILDER_TRACKS, 1).rule, IMAGE_RULE_PLAN);
    b->rules[BUILDER_POSITION_UP].level_to = 3;
    gateway_pack();
    assert_int_equal(judge(BUILDER_GUARD, BUILDER_TRACKS, 1).rule, IMAGE_RULE_LABEL);
    b->channels[BUILDER_TRACKS].rule_count = 0;
    gateway_pack();
    assert_int_equal(judge(BUILDER_GUARD, BUILDER_TRACKS, 1).rule, IMAGE_RULE_DEFAULT);
    gateway_put(&message, 19, 1, 2);
    assert_int_equal(judge(BUILDER_GUARD, BUILDER_TRACKS, 1).rule, 200);
    gateway_put(&message, 20, 1, 16);
    assert_int_equal(judge(BUILDER_GUARD, BUILDER_TRACKS, 1).rule, gateway_field_rule(BUILDER_POSITION, 8));
    due[BUILDER_POSITION_UP] = 0;
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
    assert_true(decide(&gateway.policy, &state, &request).allowed);
    free(exact);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_good_message_is_allowed, setup),
        cmocka_unit_test_setup(test_sender_must_hold_channel, setup),
        cmocka_unit_test_setup(test_type_number_and_version, setup),
        cmocka_unit_test_setup(test_length_is_exact, setup),
        cmocka_unit_test_setup(test_length_beyond_slot, setup),
        cmocka_unit_test_setup(test_padding_must_be_zero, setup),
        cmocka_unit_test_setup(test_signed_range, setup),
        cmocka_unit_test_setup(test_unsigned_range, setup),
        cmocka_unit_test_setup(test_full_width_and_big_endian, setup),
        cmocka_unit_test_setup(test_set_of_values, setup),
        cmocka_unit_test_setup(test_union, setup),
        cmocka_unit_test_setup(test_union_in_union, setup),
        cmocka_unit_test_setup(test_tag_beyond_63_selects_nothing, setup),
        cmocka_unit_test_setup(test_first_field_is_reported, setup),
        cmocka_unit_test_setup(test_conditions_of_type, setup),
        cmocka_unit_test_setup(test_type_must_be_granted, setup),
        cmocka_unit_test_setup(test_labels, setup),
        cmocka_unit_test_setup(test_plan, setup),
        cmocka_unit_test_setup(test_where, setup),
        cmocka_unit_test_setup(test_restrict_narrows_where, setup),
        cmocka_unit_test_setup(test_order_of_checks, setup),
        cmocka_unit_test_setup(test_last_byte_of_largest_message, setup),
    };
    return cmocka_run_group_tests_name("monitor decide", tests, NULL, NULL);
}
