/* SPDX-License-Identifier: Apache-2.0 */
/* Rates and protocols: boundaries in time, steps, the register, timeouts, and what a commit changes. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "gateway.h"

#define KHZ 1000000ull                /* one tick a nanosecond */
#define UNIT (1ull << 20)             /* protocol time */
#define PROTOCOL_RULE (IMAGE_RULE_FIRST + 11)

enum { IDLE, ASKED, GRANTED, HELD };

static struct decide_message message;

static void open_gateway(void)
{
    gateway_pack();
    for (uint32_t i = 0; i < gateway.policy.rules_count; i++) gateway.paces[i] = decide_pace(&gateway.policy.rules[i], KHZ);
    memset(gateway.due, 0, sizeof gateway.due);
    memset(gateway.protocols, 0, sizeof gateway.protocols);
}

static int setup(void **unused)
{
    gateway_setup(unused);
    open_gateway();
    return 0;
}

static struct decide_verdict judge(uint16_t subject, uint32_t channel, uint64_t now)
{
    return gateway_judge(subject, channel, 0, now, &message);
}

/* Sends `message`; returns 0 if it passed, else the rule that denied it. */
static uint32_t send(uint16_t subject, uint32_t channel, uint64_t now)
{
    struct decide_verdict v = judge(subject, channel, now);
    if (!v.allowed) return v.rule;
    assert_true(decide_commit(&gateway.policy, &gateway.state, &v, now));
    return 0;
}

static uint32_t ask(uint16_t id, uint64_t now)
{
    gateway_request(&message, id);
    return send(BUILDER_HIGH, BUILDER_ASKS, now);
}

static uint32_t grant(uint16_t id, uint64_t now)
{
    gateway_ack(&message, id);
    return send(BUILDER_GUARD, BUILDER_GRANTS, now);
}

static uint32_t submit(uint16_t id, uint64_t now)
{
    gateway_notice(&message, id);
    return send(BUILDER_HIGH, BUILDER_ASKS, now);
}

static uint32_t release(uint16_t id, uint64_t now)
{
    gateway_notice(&message, id);
    return send(BUILDER_GUARD, BUILDER_NOTICES, now);
}

static uint32_t report(uint64_t now)
{
    gateway_position(&message);
    return send(BUILDER_LOW, BUILDER_REPORTS, now);
}

static void expect_state(uint32_t wanted, uint16_t kept)
{
    assert_int_equal(gateway.protocols[0] >> 56, wanted);
    assert_int_equal((uint16_t)(gateway.protocols[0] >> 40), kept);
}

/* ---- rates ---- */
static void test_pace(void **unused)
{
    (void)unused;
    struct image_rule rule = { .rate_count = 500, .rate_ms = 1000, .burst = 64 };
    struct decide_pace p = decide_pace(&rule, KHZ);
    assert_int_equal(p.step, 2000000);
    assert_int_equal(p.tolerance, 63 * 2000000);
    rule = (struct image_rule){ .rate_count = 3, .rate_ms = 1, .burst = 1 };
    p = decide_pace(&rule, 1000);
    assert_int_equal(p.step, 334);    /* rounded up: never faster than the rate */
    assert_int_equal(p.tolerance, 0);
    rule = (struct image_rule){ .rate_count = 1, .rate_ms = 3600000, .burst = 65535 };
    p = decide_pace(&rule, 5000000);  /* the slowest rate, the longest burst, at 5 GHz */
    assert_int_equal(p.step, 18000000000000);
    assert_int_equal(p.tolerance, 65534 * 18000000000000ull);
    rule = (struct image_rule){ .rate_count = 0, .rate_ms = 1000, .burst = 5 };
    assert_int_equal(decide_pace(&rule, KHZ).step, 0);
}

static void test_burst_then_one_a_step(void **unused)
{
    (void)unused;
    gateway.builder.rules[BUILDER_POSITION_IN].burst = 4;
    gateway.builder.rules[BUILDER_POSITION_IN].next = 0;
    open_gateway();
    const uint64_t start = 1000000000, step = gateway.paces[BUILDER_POSITION_IN].step;
    for (int i = 0; i < 4; i++) assert_int_equal(report(start), 0);
    assert_int_equal(report(start), IMAGE_RULE_FIRST + 9);
    assert_int_equal(report(start + step - 1), IMAGE_RULE_FIRST + 9);
    assert_int_equal(report(start + step), 0);
    assert_int_equal(report(start + step), IMAGE_RULE_FIRST + 9);
    assert_int_equal(report(start + 3 * step), 0);
    assert_int_equal(report(start + 3 * step), 0);
    assert_int_equal(report(start + 3 * step), IMAGE_RULE_FIRST + 9);
    for (int i = 0; i < 4; i++) assert_int_equal(report(start + 100 * step), 0);  /* a pause saves one burst, no more */
    assert_int_equal(report(start + 100 * step), IMAGE_RULE_FIRST + 9);
}

static void test_rate_verdict(void **unused)
{
    (void)unused;
    gateway.builder.rules[BUILDER_POSITION_IN].burst = 1;
    open_gateway();
    assert_int_equal(report(5000), 0);
    struct decide_verdict v = judge(BUILDER_LOW, BUILDER_REPORTS, 6000);
    assert_false(v.allowed);
    assert_int_equal(v.value, 1999000);           /* ticks too early */
    assert_int_equal(v.feedback, IMAGE_FEEDBACK_RULE);
    assert_int_equal(v.allow, BUILDER_POSITION_IN);
}

static void test_denial_takes_no_token(void **unused)
{
    (void)unused;
    gateway.builder.rules[BUILDER_POSITION_IN].burst = 1;
    open_gateway();
    gateway_position(&message);
    gateway_put(&message, 0, 4, 91 * DEGREE);
    assert_int_not_equal(send(BUILDER_LOW, BUILDER_REPORTS, 5000), 0);
    assert_int_equal(report(5000), 0);
    uint64_t after = gateway.due[BUILDER_POSITION_IN];
    for (int i = 0; i < 10; i++) assert_int_not_equal(report(5001), 0);
    assert_int_equal(gateway.due[BUILDER_POSITION_IN], after);
    judge(BUILDER_LOW, BUILDER_REPORTS, 5000 + gateway.paces[BUILDER_POSITION_IN].step);
    assert_int_equal(gateway.due[BUILDER_POSITION_IN], after);    /* nor does a verdict without commit */
}

/* The restrict allows 200 a second, the allow 500: the slower one decides and is named. */
static void test_restrict_narrows_rate(void **unused)
{
    (void)unused;
    gateway.builder.rules[BUILDER_POSITION_IN].burst = gateway.builder.rules[BUILDER_SITE_LOAD].burst = 1;
    gateway.builder.rules[BUILDER_SITE_LOAD].rate_rule = 203;
    open_gateway();
    assert_int_equal(report(1000), 0);
    assert_int_equal(report(1000 + 1999999), IMAGE_RULE_FIRST + 9);
    assert_int_equal(report(1000 + 2000000), 203);
    assert_int_equal(report(1000 + 4999999), 203);
    assert_int_equal(report(1000 + 5000000), 0);
}

/* ---- protocols ---- */
static void test_protocol_round(void **unused)
{
    const uint64_t now = 1000 * UNIT;
    (void)unused;
    assert_int_equal(release(7, now), PROTOCOL_RULE);     /* unasked */
    assert_int_equal(grant(7, now), PROTOCOL_RULE);
    assert_int_equal(submit(7, now), PROTOCOL_RULE);
    assert_int_equal(ask(7, now), 0);
    expect_state(ASKED, 7);
    assert_int_equal(ask(8, now), PROTOCOL_RULE);         /* one at a time */
    expect_state(ASKED, 7);
    assert_int_equal(grant(8, now), PROTOCOL_RULE);       /* its own id alone */
    assert_int_equal(grant(7, now), 0);
    expect_state(GRANTED, 7);
    assert_int_equal(submit(6, now), PROTOCOL_RULE);
    assert_int_equal(submit(7, now), 0);
    assert_int_equal(release(8, now), PROTOCOL_RULE);
    assert_int_equal(release(7, now), 0);
    expect_state(IDLE, 7);
    assert_int_equal(release(7, now), PROTOCOL_RULE);     /* once */
}

static void test_protocol_verdict_tells_state(void **unused)
{
    (void)unused;
    assert_int_equal(ask(7, UNIT), 0);
    gateway_notice(&message, 7);
    struct decide_verdict v = judge(BUILDER_GUARD, BUILDER_NOTICES, UNIT);
    assert_int_equal(v.value, ASKED);
    assert_int_equal(v.feedback, IMAGE_FEEDBACK_FULL);
}

static void test_register_is_whole_and_big_endian(void **unused)
{
    (void)unused;
    assert_int_equal(ask(0xffff, UNIT), 0);
    expect_state(ASKED, 0xffff);
    assert_int_equal(grant(0x00ff, UNIT), PROTOCOL_RULE);
    assert_int_equal(grant(0xffff, UNIT), 0);
    gateway.builder.steps[0].flags |= IMAGE_STEP_BIG;
    open_gateway();
    assert_int_equal(ask(0x1234, UNIT), 0);
    expect_state(ASKED, 0x3412);
    gateway.builder.steps[0].width = 1;
    open_gateway();
    assert_int_equal(ask(0x1234, UNIT), 0);
    expect_state(ASKED, 0x34);
}

static void test_register_stays_without_keep(void **unused)
{
    (void)unused;
    gateway.builder.steps[1].flags = 0;
    open_gateway();
    assert_int_equal(ask(7, UNIT), 0);
    assert_int_equal(grant(9, UNIT), 0);
    expect_state(GRANTED, 7);
}

static void test_where_comes_before_protocol(void **unused)
{
    (void)unused;
    struct image_builder *b = &gateway.builder;
    struct image_rule *out = &b->rules[BUILDER_NOTICE_OUT];
    b->atoms[b->atoms_count] = (struct image_atom){ BUILDER_RANGE(2, 0, 9), .offset = 4, .flags = IMAGE_ATOM_END };
    out->first_atom = b->atoms_count++;
    out->atom_count = 1;
    out->where_rule = 205;
    b->rules[BUILDER_SITE_LOAD].first_atom = b->atoms_count;
    open_gateway();
    assert_int_equal(release(10, UNIT), 205);
    assert_int_equal(release(9, UNIT), PROTOCOL_RULE);
}

/* 30 s are 28610.2 units: 28612 surely are enough, wherever in its unit the state began. */
static void test_timeout(void **unused)
{
    const uint64_t start = 5000 * UNIT + UNIT - 1, limit = 30ull * 1000 * KHZ;
    (void)unused;
    assert_int_equal(ask(7, start), 0);
    assert_int_equal(ask(8, start + limit), PROTOCOL_RULE);       /* never early */
    assert_int_equal(grant(7, start + limit), 0);                 /* counts afresh */
    assert_int_equal(ask(8, start + 2 * limit), PROTOCOL_RULE);
    assert_int_equal(ask(8, start + 2 * limit + 2 * UNIT), 0);
    expect_state(ASKED, 8);
    assert_int_equal(grant(7, start + 2 * limit + 3 * UNIT), PROTOCOL_RULE);
}

static void test_timeout_alone_moves_no_word(void **unused)
{
    (void)unused;
    assert_int_equal(ask(7, UNIT), 0);
    uint64_t before = gateway.protocols[0];
    assert_int_equal(grant(7, UNIT + 40ull * 1000 * KHZ), PROTOCOL_RULE);
    assert_int_equal(gateway.protocols[0], before);
}

/* held -> asked after 1 s, asked -> idle after 2 s: the second counts from when the first ran out. */
static void test_timeouts_in_a_row(void **unused)
{
    const uint64_t second = 1000 * KHZ;
    struct image_builder *b = &gateway.builder;
    (void)unused;
    b->timeouts[0] = (struct image_timeout){ .from_mask = 1 << ASKED, .after_ms = 2000, .to = IDLE };
    b->timeouts[1] = (struct image_timeout){ .from_mask = 1 << HELD, .after_ms = 1000, .to = ASKED };
    b->timeouts_count = b->protocols[0].timeout_count = 2;
    open_gateway();
    gateway.protocols[0] = decide_protocol_word(HELD, 7, 0);
    assert_int_equal(ask(8, 2 * second), PROTOCOL_RULE);
    assert_int_equal(ask(8, 3 * second), PROTOCOL_RULE);
    assert_int_equal(ask(8, 3 * second + 5 * UNIT), 0);
    gateway.protocols[0] = decide_protocol_word(HELD, 7, 0);
    assert_int_equal(grant(7, 2 * second), 0);
}

/* Timeouts that lead in a circle end the search all the same. */
static void test_timeouts_in_a_circle(void **unused)
{
    struct image_builder *b = &gateway.builder;
    (void)unused;
    b->timeouts[0] = (struct image_timeout){ .from_mask = 1 << ASKED, .after_ms = 1, .to = HELD };
    b->timeouts[1] = (struct image_timeout){ .from_mask = 1 << HELD, .after_ms = 1, .to = ASKED };
    b->timeouts_count = b->protocols[0].timeout_count = 2;
    open_gateway();
    gateway.protocols[0] = decide_protocol_word(HELD, 7, 0);
    assert_int_equal(ask(8, 1000000 * UNIT), PROTOCOL_RULE);
}

/* Another CPU's clock may read a little less than the one that moved the protocol. */
static void test_clock_behind_word(void **unused)
{
    (void)unused;
    gateway.protocols[0] = decide_protocol_word(ASKED, 7, 1000 * UNIT);
    assert_int_equal(ask(8, 1000 * UNIT - 1), PROTOCOL_RULE);
    assert_int_equal(grant(7, 1000 * UNIT - 1), 0);
}

/* The word's 40 bits of time wrap after 2^60 ticks. */
static void test_clock_wraps(void **unused)
{
    const uint64_t wrap = 1ull << 60;
    (void)unused;
    gateway.protocols[0] = decide_protocol_word(ASKED, 7, wrap - UNIT);
    assert_int_equal(ask(8, wrap + UNIT), PROTOCOL_RULE);
    assert_int_equal(ask(8, wrap + 31ull * 1000 * KHZ), 0);
}

static void test_commit_fails_if_protocol_moved(void **unused)
{
    (void)unused;
    gateway.builder.rules[BUILDER_NOTICE_ASK].rate_count = gateway.builder.rules[BUILDER_NOTICE_ASK].burst = 1;
    gateway.builder.rules[BUILDER_NOTICE_ASK].rate_ms = 1000;
    gateway.builder.rules[BUILDER_NOTICE_ASK].rate_rule = 204;
    open_gateway();
    gateway_request(&message, 7);
    struct decide_verdict v = judge(BUILDER_HIGH, BUILDER_ASKS, UNIT);
    assert_true(v.allowed);
    gateway.protocols[0] = decide_protocol_word(IDLE, 1, 2 * UNIT);
    uint64_t moved = gateway.protocols[0];
    assert_false(decide_commit(&gateway.policy, &gateway.state, &v, UNIT));
    assert_int_equal(gateway.protocols[0], moved);
    assert_int_equal(gateway.due[BUILDER_NOTICE_ASK], 0);
}

/* Whether the rate is reached depends on the protocol, so the rate's verdict tells of others too. */
static void test_rate_behind_protocol_needs_full_feedback(void **unused)
{
    (void)unused;
    assert_int_equal(ask(7, UNIT), 0);
    assert_int_equal(grant(7, UNIT), 0);
    assert_int_equal(submit(7, UNIT), 0);
    assert_int_equal(release(7, UNIT), 0);
    assert_int_equal(ask(8, UNIT), 0);
    assert_int_equal(grant(8, UNIT), 0);
    assert_int_equal(submit(8, UNIT), 0);
    gateway_notice(&message, 8);
    struct decide_verdict v = judge(BUILDER_GUARD, BUILDER_NOTICES, UNIT + 999999999);
    assert_int_equal(v.rule, IMAGE_RULE_FIRST + 10);
    assert_int_equal(v.feedback, IMAGE_FEEDBACK_FULL);
    expect_state(HELD, 8);            /* a denied step is not taken */
    assert_int_equal(release(8, UNIT + 1000000000), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, setup)
    const struct CMUnitTest tests[] = {
        TEST(test_pace),
        TEST(test_burst_then_one_a_step),
        TEST(test_rate_verdict),
        TEST(test_denial_takes_no_token),
        TEST(test_restrict_narrows_rate),
        TEST(test_protocol_round),
        TEST(test_protocol_verdict_tells_state),
        TEST(test_register_is_whole_and_big_endian),
        TEST(test_register_stays_without_keep),
        TEST(test_where_comes_before_protocol),
        TEST(test_timeout),
        TEST(test_timeout_alone_moves_no_word),
        TEST(test_timeouts_in_a_row),
        TEST(test_timeouts_in_a_circle),
        TEST(test_clock_behind_word),
        TEST(test_clock_wraps),
        TEST(test_commit_fails_if_protocol_moved),
        TEST(test_rate_behind_protocol_needs_full_feedback),
    };
    return cmocka_run_group_tests_name("monitor flow", tests, NULL, NULL);
}
