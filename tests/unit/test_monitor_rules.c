/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of a message against the rules: channel, grant, label, plan, where; and the order of all checks. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "gateway.h"

#define BOX_RULE (IMAGE_RULE_FIRST + 8)       /* the builder's `where` on position_up */

static struct decide_message message;

static void test_good_message_is_allowed(void **unused)
{
    (void)unused;
    gateway_pack();
    gateway_position(&message);
    gateway_expect_allowed(BUILDER_LOW, BUILDER_REPORTS, BUILDER_POSITION_IN, &message);
    gateway_expect_allowed(BUILDER_GUARD, BUILDER_TRACKS, BUILDER_POSITION_UP, &message);
}

static void test_sender_must_hold_channel(void **unused)
{
    (void)unused;
    gateway_pack();
    gateway_position(&message);
    gateway_expect_denied(BUILDER_LOW, BUILDER_TRACKS, IMAGE_RULE_DEFAULT, 0, &message);
    gateway_expect_denied(BUILDER_GUARD, BUILDER_REPORTS, IMAGE_RULE_DEFAULT, 0, &message);     /* the receiver is no sender */
    gateway_expect_denied(BUILDER_LOW, UINT32_MAX, IMAGE_RULE_DEFAULT, 0, &message);
    gateway_notice(&message, 1);
    gateway.policy.channels_count = BUILDER_NOTICES;      /* the table ends before what would be a good channel */
    gateway_expect_denied(BUILDER_GUARD, BUILDER_NOTICES, IMAGE_RULE_DEFAULT, 0, &message);
}

static void test_type_must_be_granted(void **unused)
{
    (void)unused;
    gateway_pack();
    gateway_notice(&message, 1);
    gateway_expect_denied(BUILDER_LOW, BUILDER_REPORTS, IMAGE_RULE_DEFAULT, 0, &message);
    gateway_position(&message);
    gateway_expect_denied(BUILDER_HIGH, BUILDER_ASKS, IMAGE_RULE_DEFAULT, 0, &message);     /* below both of the channel */
    gateway_ack(&message, 1);
    gateway_expect_denied(BUILDER_HIGH, BUILDER_ASKS, IMAGE_RULE_DEFAULT, 0, &message);         /* between them */
    message.payload[7] = 1;           /* a bad message is a bad message first */
    gateway_expect_denied(BUILDER_HIGH, BUILDER_ASKS, IMAGE_RULE_PADDING, 0, &message);
}

/* The label of a rule lies within those of the receiver and takes all of the sender's; here low: 0, guard: 0 to 1, high: 1. */
static void test_labels(void **unused)
{
    const uint64_t top = (uint64_t)1 << 63;
    const struct { uint16_t subject, channel, rule; uint64_t label; bool good; } cases[] = {
        { BUILDER_LOW, BUILDER_REPORTS, BUILDER_POSITION_IN, 0, true },
        { BUILDER_LOW, BUILDER_REPORTS, BUILDER_POSITION_IN, 1, true },
        { BUILDER_LOW, BUILDER_REPORTS, BUILDER_POSITION_IN, 2, false },
        { BUILDER_LOW, BUILDER_REPORTS, BUILDER_POSITION_IN, top, false },
        { BUILDER_GUARD, BUILDER_TRACKS, BUILDER_POSITION_UP, 1, true },
        { BUILDER_GUARD, BUILDER_TRACKS, BUILDER_POSITION_UP, 0, false },
    };
    (void)unused;
    struct image_subject *low = &gateway.builder.subjects[BUILDER_LOW];
    gateway_position(&message);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gateway.builder.rules[cases[i].rule].label = cases[i].label;
        gateway_pack();
        if (cases[i].good) gateway_expect_allowed(cases[i].subject, cases[i].channel, cases[i].rule, &message);
        else gateway_expect_denied(cases[i].subject, cases[i].channel, IMAGE_RULE_LABEL, 0, &message);
    }
    gateway.builder.rules[BUILDER_POSITION_IN].label = 0;
    low->label_high = 1;              /* what the sender may hold decides, whatever it holds */
    gateway_pack();
    gateway_expect_denied(BUILDER_LOW, BUILDER_REPORTS, IMAGE_RULE_LABEL, 0, &message);
    gateway.builder.rules[BUILDER_POSITION_IN].label = 1;
    gateway_pack();
    gateway_expect_allowed(BUILDER_LOW, BUILDER_REPORTS, BUILDER_POSITION_IN, &message);
}

/* What the receiver lacks of the sender's label is released, all of it, by one who need not have it. */
static void test_releases(void **unused)
{
    const uint64_t top = (uint64_t)1 << 63;
    static const uint8_t releases[] = { IMAGE_RULE_DOWNGRADE, IMAGE_RULE_ENDORSE, IMAGE_RULE_DOWNGRADE | IMAGE_RULE_ENDORSE };
    (void)unused;
    struct image_rule *out = &gateway.builder.rules[BUILDER_NOTICE_OUT];
    struct image_subject *guard = &gateway.builder.subjects[BUILDER_GUARD];
    gateway_notice(&message, 0);
    out->protocol = IMAGE_NONE;
    gateway.builder.protocols[0].step_count = 3;
    guard->label_high = top | 2 | 1;
    for (size_t i = 0; i < sizeof releases; i++) {
        out->flags = releases[i];
        out->released = top | 2 | 1;
        gateway_pack();
        gateway_expect_allowed(BUILDER_GUARD, BUILDER_NOTICES, BUILDER_NOTICE_OUT, &message);
        out->released = 2 | 1;        /* not all of it */
        gateway_pack();
        gateway_expect_denied(BUILDER_GUARD, BUILDER_NOTICES, IMAGE_RULE_LABEL, 0, &message);
    }
    out->released = top | 2 | 1;
    guard->label_low = top;           /* all that the guard handles has it: it is not trusted to take it away */
    gateway_pack();
    gateway_expect_denied(BUILDER_GUARD, BUILDER_NOTICES, IMAGE_RULE_LABEL, 0, &message);
    guard->label_low = out->flags = 0;
    out->released = 0;
    gateway_pack();
    gateway_expect_denied(BUILDER_GUARD, BUILDER_NOTICES, IMAGE_RULE_LABEL, 0, &message);
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
    gateway.builder.rules[BUILDER_POSITION_IN].plan_mask = 0x8000;
    gateway_position(&message);
    gateway_pack();
    assert_true(gateway_judge(BUILDER_LOW, BUILDER_REPORTS, 15, 1000, &message).allowed);
    static const uint32_t denied[] = { 0, 1, 2, 14, 16, 31 };
    for (size_t i = 0; i < sizeof denied / sizeof *denied; i++) {
        struct decide_verdict v = gateway_judge(BUILDER_LOW, BUILDER_REPORTS, denied[i], 1000, &message);
        assert_false(v.allowed);
        assert_int_equal(v.rule, IMAGE_RULE_PLAN);
        assert_int_equal(v.value, denied[i]);
        assert_int_equal(v.feedback, IMAGE_FEEDBACK_FULL);
    }
}

static void expect_operation(uint16_t subject, uint64_t operation, uint32_t plan, uint32_t rule)
{
    struct decide_operation request = { 1000, operation, plan, subject };
    struct decide_verdict v;
    decide_operation(&gateway.policy, &gateway.state, &request, &v);
    assert_int_equal(v.rule, rule);
    assert_int_equal(v.allowed, rule >= IMAGE_RULE_FIRST);
}

/* Default deny: one's own operations alone, in their plans. */
static void test_operations(void **unused)
{
    (void)unused;
    struct image_builder *b = &gateway.builder;
    add_plans();
    b->rules[b->rules_count] = (struct image_rule){ .rule = IMAGE_RULE_FIRST + 40, .channel = IMAGE_NONE,
                                                    .protocol = IMAGE_NONE, .plan_mask = 2 };
    b->operations[0] = (struct image_operation){ BUILDER_GUARD, IMAGE_OPERATION_SWITCH, 3, (uint16_t)b->rules_count++ };
    gateway_pack();
    expect_operation(BUILDER_LOW, 0, 1, IMAGE_RULE_PRIVILEGE);
    expect_operation(BUILDER_GUARD, 1, 1, IMAGE_RULE_PRIVILEGE);
    expect_operation(BUILDER_GUARD, UINT64_MAX, 1, IMAGE_RULE_PRIVILEGE);
    expect_operation(BUILDER_GUARD, 1ull << 32, 1, IMAGE_RULE_PRIVILEGE);
    expect_operation(BUILDER_GUARD, 0, 0, IMAGE_RULE_PLAN);
    expect_operation(BUILDER_GUARD, 0, 1, IMAGE_RULE_FIRST + 40);
}

/* An operation is paced as messages are: one a second, two at once. */
static void test_operations_are_paced(void **unused)
{
    (void)unused;
    struct image_rule *rule = &gateway.builder.rules[BUILDER_AGAIN];
    rule->rate_count = 1;
    rule->rate_ms = 1000;
    rule->burst = 2;
    rule->rate_rule = IMAGE_RULE_FIRST + 41;
    gateway_pack();
    gateway.paces[BUILDER_AGAIN] = decide_pace(&gateway.policy.rules[BUILDER_AGAIN], 1000000);
    gateway.due[BUILDER_AGAIN] = 1000 + 1000000000;       /* one taken */
    expect_operation(BUILDER_GUARD, 0, 0, IMAGE_RULE_FIRST + BUILDER_AGAIN);
    gateway.due[BUILDER_AGAIN]++;
    struct decide_operation request = { 1000, 0, 0, BUILDER_GUARD };
    struct decide_verdict v;
    decide_operation(&gateway.policy, &gateway.state, &request, &v);
    assert_false(v.allowed);
    assert_int_equal(v.rule, IMAGE_RULE_FIRST + 41);
    assert_int_equal(v.value, 1);     /* ticks too early */
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
        if (cases[i].good) gateway_expect_allowed(BUILDER_GUARD, BUILDER_TRACKS, BUILDER_POSITION_UP, &message);
        else gateway_expect_denied(BUILDER_GUARD, BUILDER_TRACKS, BOX_RULE, 0, &message);
        gateway_expect_allowed(BUILDER_LOW, BUILDER_REPORTS, BUILDER_POSITION_IN, &message);
    }
}

static void test_restrict_narrows_where(void **unused)
{
    (void)unused;
    struct image_builder *b = &gateway.builder;
    struct image_rule *narrow = &b->rules[BUILDER_SITE_LOAD];
    b->atoms[b->atoms_count] = (struct image_atom){ BUILDER_RANGE(2, 0, 100), .offset = 12, .flags = IMAGE_ATOM_END };
    narrow->first_atom = b->atoms_count++;
    narrow->atom_count = 1;
    narrow->where_rule = 201;
    gateway_pack();
    gateway_position(&message);
    gateway_put(&message, 12, 2, 100);
    gateway_expect_allowed(BUILDER_LOW, BUILDER_REPORTS, BUILDER_POSITION_IN, &message);
    gateway_put(&message, 12, 2, 101);
    gateway_expect_denied(BUILDER_LOW, BUILDER_REPORTS, 201, 0, &message);
}

/* What denies `message` as a track of the guard in plan `plan`. */
static void expect_track(uint32_t plan, uint32_t rule)
{
    assert_int_equal(gateway_judge(BUILDER_GUARD, BUILDER_TRACKS, plan, 1000, &message).rule, rule);
}

/* From the last check to the first, each denial takes over from the one behind it. */
static void test_order_of_checks(void **unused)
{
    (void)unused;
    struct image_builder *b = &gateway.builder;
    struct image_type *type = &b->types[BUILDER_POSITION];
    struct image_rule *up = &b->rules[BUILDER_POSITION_UP];
    up->rate_count = up->rate_ms = up->burst = 1;
    up->rate_rule = 202;
    b->atoms[b->atoms_count] = (struct image_atom){ BUILDER_RANGE(1, 1, 1), .offset = 19, .flags = IMAGE_ATOM_END };
    type->first_atom = b->atoms_count++;
    type->atom_count = 1;
    type->where_rule = 200;
    gateway_pack();
    gateway.paces[BUILDER_POSITION_UP] = (struct decide_pace){ .step = 1 };
    gateway.due[BUILDER_POSITION_UP] = 1 << 20;
    gateway_position(&message);
    expect_track(0, 202);
    gateway_put(&message, 0, 4, 700000);
    gateway_put(&message, 4, 4, 62400000);
    expect_track(0, BOX_RULE);
    expect_track(1, IMAGE_RULE_PLAN);
    b->rules[BUILDER_POSITION_UP].label = 3;
    gateway_pack();
    expect_track(1, IMAGE_RULE_LABEL);
    b->channels[BUILDER_TRACKS].rule_count = 0;
    gateway_pack();
    expect_track(1, IMAGE_RULE_DEFAULT);
    gateway_put(&message, 19, 1, 2);
    expect_track(1, 200);
    gateway_put(&message, 20, 1, 16);
    expect_track(1, gateway_field_rule(BUILDER_POSITION, 8));
}

/* A channel whose line decides: gateway_judge() compares it with all checks. */
static void pack_plain(void)
{
    gateway.builder.rules[BUILDER_POSITION_IN].next = 0;
    gateway.builder.types[BUILDER_POSITION].atom_count = 0;
    image_builder_pack(&gateway.builder, gateway.image, sizeof gateway.image);
    gateway.policy = policy_tables_open(gateway.image);
}

static void test_line_is_no_way_round(void **unused)
{
    (void)unused;
    struct image_rule *in = &gateway.builder.rules[BUILDER_POSITION_IN];
    gateway_position(&message);
    in->plan_mask = 1;
    pack_plain();
    gateway_expect_allowed(BUILDER_LOW, BUILDER_REPORTS, BUILDER_POSITION_IN, &message);
    assert_int_equal(gateway.lines[BUILDER_REPORTS].plans, 1);
    gateway_expect_denied(BUILDER_GUARD, BUILDER_REPORTS, IMAGE_RULE_DEFAULT, 0, &message);
    assert_int_equal(gateway_judge(BUILDER_LOW, BUILDER_REPORTS, 1, 1000, &message).rule, IMAGE_RULE_PLAN);
    gateway.due[BUILDER_POSITION_IN] = 1001;
    assert_false(gateway_judge(BUILDER_LOW, BUILDER_REPORTS, 0, 1000, &message).allowed);
    assert_true(gateway_judge(BUILDER_LOW, BUILDER_REPORTS, 0, 1001, &message).allowed);
    gateway.due[BUILDER_POSITION_IN] = 0;
    gateway.builder.channels[BUILDER_REPORTS].slot_size = 32;
    pack_plain();
    gateway_expect_denied(BUILDER_LOW, BUILDER_REPORTS, IMAGE_RULE_LENGTH, 24, &message);
    gateway.builder.channels[BUILDER_REPORTS].slot_size = 64;
    in->label = 2;
    pack_plain();
    gateway_expect_denied(BUILDER_LOW, BUILDER_REPORTS, IMAGE_RULE_LABEL, 0, &message);
    in->label = 0;
    pack_plain();
    struct image_type *type = (struct image_type *)&gateway.policy.types[BUILDER_POSITION];
    type->first_atom = gateway.policy.rules[BUILDER_POSITION_UP].first_atom;     /* outside the box of that flow */
    type->atom_count = gateway.policy.rules[BUILDER_POSITION_UP].atom_count;
    type->where_rule = BOX_RULE;
    gateway_put(&message, 0, 4, 700000);
    gateway_put(&message, 4, 4, 62400000);
    gateway_expect_denied(BUILDER_LOW, BUILDER_REPORTS, BOX_RULE, 0, &message);
}

static void test_line_without_fields(void **unused)
{
    (void)unused;
    gateway.builder.types[BUILDER_POSITION].field_count = 0;
    gateway.builder.types[BUILDER_POSITION].size = 0;
    gateway_position(&message);
    message.header.length = 0;
    pack_plain();
    gateway_expect_allowed(BUILDER_LOW, BUILDER_REPORTS, BUILDER_POSITION_IN, &message);
    assert_int_equal(gateway.lines[BUILDER_REPORTS].plans, 1);
    message.header.length = 1;
    gateway_expect_denied(BUILDER_LOW, BUILDER_REPORTS, IMAGE_RULE_LENGTH, 1, &message);
}

/* A report that differs from a good one in these bytes, 0 ends them: the line says that field `bad` is so, or IMAGE_NONE. */
static void expect_line(uint32_t bad, uint64_t value, const uint8_t (*bytes)[2])
{
    gateway_position(&message);
    for (; (*bytes)[1] != 0; bytes++) message.payload[(*bytes)[0]] = (*bytes)[1];
    struct decide_verdict v = gateway_judge(BUILDER_LOW, BUILDER_REPORTS, 0, 1000, &message);
    assert_int_equal(gateway.lines[BUILDER_REPORTS].plans, 1);
    assert_int_equal(v.field, bad);
    assert_int_equal(v.allowed, bad == IMAGE_NONE);
    assert_int_equal(v.value, value);
    assert_int_equal(v.allow, bad == IMAGE_NONE ? BUILDER_POSITION_IN : IMAGE_NONE);
    assert_int_equal(v.rule, bad == IMAGE_NONE ? gateway.policy.rules[v.allow].rule : gateway.policy.fields[bad].rule);
}
#define BYTES(...) ((const uint8_t[][2]){ __VA_ARGS__, { 0, 0 } })

/* The line goes by plain fields that are good; all others, and which bad one is told of, are looked for as by all checks. */
static void test_line_tells_of_the_first_bad_field(void **unused)
{
    (void)unused;
    struct image_field *fields = gateway.builder.fields;
    fields[3].flags = IMAGE_FIELD_BIG;                    /* 2 bytes at 12, up to 1023 */
    fields[4] = (struct image_field){ .offset = 14, BUILDER_ZERO(2), .tag = IMAGE_NONE, .rule = IMAGE_RULE_PADDING };
    pack_plain();
    expect_line(IMAGE_NONE, 0, BYTES({ 16, 1 }));
    expect_line(IMAGE_NONE, 0, BYTES({ 12, 3 }, { 13, 0xff }));
    expect_line(IMAGE_NONE, 0, BYTES({ 19, 18 }));        /* the tagged fields are absent */
    expect_line(3, 0x400, BYTES({ 12, 4 }));
    expect_line(5, 0x2ff, BYTES({ 17, 2 }));
    expect_line(7, 4, BYTES({ 19, 4 }));
    expect_line(8, 16, BYTES({ 20, 16 }));
    expect_line(10, 0, BYTES({ 19, 18 }, { 21, 1 }));
    expect_line(11, 0, BYTES({ 23, 1 }));
    expect_line(5, 0x2ff, BYTES({ 17, 2 }, { 18, 64 }));  /* of two the first, plain */
    expect_line(7, 4, BYTES({ 19, 4 }, { 20, 16 }));      /* or not */
    expect_line(3, 0x400, BYTES({ 12, 4 }, { 18, 64 }));
    expect_line(4, 0, BYTES({ 15, 1 }));
    expect_line(4, 0, BYTES({ 15, 1 }, { 18, 64 }));      /* padding before a bad value */
    expect_line(4, 0, BYTES({ 12, 4 }, { 15, 1 }));       /* and behind one */
    expect_line(11, 0, BYTES({ 19, 4 }, { 23, 1 }));
    expect_line(10, 0, BYTES({ 18, 64 }, { 19, 18 }, { 20, 1 }));
    expect_line(4, 0, BYTES({ 15, 1 }, { 23, 1 }));       /* of two the first */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, gateway_setup)
    const struct CMUnitTest tests[] = {
        TEST(test_good_message_is_allowed),
        TEST(test_sender_must_hold_channel),
        TEST(test_type_must_be_granted),
        TEST(test_labels),
        TEST(test_releases),
        TEST(test_plan),
        TEST(test_operations),
        TEST(test_operations_are_paced),
        TEST(test_where),
        TEST(test_restrict_narrows_where),
        TEST(test_order_of_checks),
        TEST(test_line_is_no_way_round),
        TEST(test_line_without_fields),
        TEST(test_line_tells_of_the_first_bad_field),
    };
    return cmocka_run_group_tests_name("monitor rules", tests, NULL, NULL);
}
