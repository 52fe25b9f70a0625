/* SPDX-License-Identifier: Apache-2.0 */
/* Operations: who may have which, that they are paced and on record, and which of them is the short way. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "monitored.h"

enum { SWITCH };                      /* the gateway's operation: the guard's, in plan 0 */

static uint32_t rule;

static const struct image_operation *judge(uint32_t subject, uint64_t operation)
{
    rule = UINT32_MAX;
    return monitor_judge_operation(subject, operation, &rule);
}

/* ---- verdicts ---- */
static void test_own_operation_alone(void **unused)
{
    static const struct { uint32_t subject; uint64_t operation; } others[] = {
        { BUILDER_LOW, SWITCH }, { BUILDER_GUARD, 1 }, { BUILDER_GUARD, 1ull << 32 }, { BUILDER_GUARD, UINT64_MAX },
    };
    (void)unused;
    assert_ptr_equal(judge(BUILDER_GUARD, SWITCH), &core_policy()->operations[SWITCH]);
    assert_int_equal(rule, IMAGE_RULE_FIRST + BUILDER_AGAIN);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        assert_null(judge(others[i].subject, others[i].operation));
        assert_int_equal(rule, IMAGE_RULE_PRIVILEGE);
    }
    fake_core.plan = 1;
    assert_null(judge(BUILDER_GUARD, SWITCH));
    assert_int_equal(rule, IMAGE_RULE_PLAN);
    assert_int_equal(monitored.record_count, 0);      /* who carries it out records it */
}

static void pace(void)
{
    struct image_rule *r = &gateway.builder.rules[BUILDER_AGAIN];
    r->rate_count = 1;
    r->rate_ms = 1000;
    r->burst = 1;
    r->rate_rule = IMAGE_RULE_FIRST + 41;
    monitored_start();
}

static void test_operation_is_paced(void **unused)
{
    (void)unused;
    pace();
    assert_non_null(judge(BUILDER_GUARD, SWITCH));
    uint64_t due = monitor_due[BUILDER_AGAIN];
    assert_null(judge(BUILDER_GUARD, SWITCH));
    assert_int_equal(rule, IMAGE_RULE_FIRST + 41);
    assert_int_equal(monitor_due[BUILDER_AGAIN], due);        /* a denial takes no token */
    fake_core.now += 1000000000;
    assert_non_null(judge(BUILDER_GUARD, SWITCH));
}

/* No operation without its record; and the attempt is paid for, so that it tells no more of the audit than once a token. */
static void test_operation_needs_room_for_its_record(void **unused)
{
    (void)unused;
    pace();
    monitored.admits[IMAGE_CLASS_SECURITY] = false;
    assert_null(judge(BUILDER_GUARD, SWITCH));
    assert_int_equal(rule, IMAGE_RULE_AUDIT);
    monitored.admits[IMAGE_CLASS_SECURITY] = true;
    assert_null(judge(BUILDER_GUARD, SWITCH));
    assert_int_equal(rule, IMAGE_RULE_FIRST + 41);
}

/* ---- the short way ---- */
enum { NOBODY = 99 };

static void call(uint32_t subject, uint64_t operation)
{
    for (uint32_t i = 0; i < IMAGE_MAX_SUBJECTS; i++) fake_core.given[i] = NOBODY;
    fake_core.operated = 0;
    monitor_operate(subject, ABI_CALL_OPERATE, operation, 0, 0);
}

static void expect_given(uint32_t subject, uint64_t to)
{
    for (uint32_t i = 0; i < IMAGE_MAX_SUBJECTS; i++) assert_int_equal(fake_core.given[i], i == subject ? to : NOBODY);
    assert_int_equal(fake_core.operated, subject == NOBODY);
}

/* Time is given by who has the operation, to whom it names; all else is asked for the long way. */
static void test_time_is_given_the_short_way(void **unused)
{
    struct image_builder *b = &gateway.builder;
    (void)unused;
    b->subjects[BUILDER_GUARD].label_high = b->subjects[BUILDER_LOW].label_high;
    b->rules[BUILDER_AGAIN].plan_mask = UINT32_MAX;
    b->operations[SWITCH] = (struct image_operation){ BUILDER_LOW, IMAGE_OPERATION_GIVE, BUILDER_GUARD, BUILDER_AGAIN };
    monitored_start();
    call(BUILDER_LOW, 0);
    expect_given(BUILDER_LOW, BUILDER_GUARD);
    call(BUILDER_GUARD, 0);
    expect_given(NOBODY, NOBODY);
    call(BUILDER_LOW, 1);
    expect_given(NOBODY, NOBODY);
    call(BUILDER_LOW, 1ull << 32);
    expect_given(NOBODY, NOBODY);
}

/* Of each other kind, its holder's too, and of no subject that the kind could be mistaken for. */
static void test_other_kinds_go_the_long_way(void **unused)
{
    struct image_builder *b = &gateway.builder;
    (void)unused;
    for (uint16_t kind = 0; kind < IMAGE_OPERATION_KINDS; kind++) {
        if (kind == IMAGE_OPERATION_GIVE) continue;
        b->operations[SWITCH].kind = kind;
        b->operations[SWITCH].object = kind == IMAGE_OPERATION_SWITCH ? 0 : BUILDER_HIGH;
        monitored_start();
        for (uint32_t s = 0; s < b->subjects_count; s++) {
            call(s, SWITCH);
            expect_given(NOBODY, NOBODY);
        }
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, monitored_setup, monitored_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_own_operation_alone),
        TEST(test_operation_is_paced),
        TEST(test_operation_needs_room_for_its_record),
        TEST(test_time_is_given_the_short_way),
        TEST(test_other_kinds_go_the_long_way),
    };
    return cmocka_run_group_tests_name("monitor operate", tests, NULL, NULL);
}
