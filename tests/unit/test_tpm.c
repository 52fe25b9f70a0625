/* SPDX-License-Identifier: Apache-2.0 */
/* The launch's TPM driver against a pretended TPM: one that obeys, one that is slow, and ones that lie. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "fake_tpm.h"
#include "launch_status.h"
#include "predict.h"
#include "tpm.h"
#include "tpm_tis.h"

#define SECOND 1000000ull             /* ticks of the pretended clock */

static const uint8_t digest[32] = { 1, 2, 3, 250, 251, 252 };

static int reset(void **state)
{
    (void)state;
    fake_tpm_reset();
    return 0;
}

/* Opens and extends PCR 11 once; the status of whichever fails. */
static uint32_t extend_once(void)
{
    status_t s = tis_open();
    if (s.code != 0) return s.code;
    s = tpm_extend(11, digest);
    tis_close();
    return s.code;
}

static void expect_extended(void)
{
    uint8_t predicted[PREDICT_MAX_PCR];
    assert_true(predict_pcr(predict_find_name("sha256"), &digest, 1, predicted));
    assert_memory_equal(fake_tpm.pcr[11], predicted, 32);
    assert_false(fake_tpm.broken_protocol);
    assert_int_equal(fake_tpm.events, 1);
}

static void test_extends(void **state)
{
    (void)state;
    assert_int_equal(extend_once(), LAUNCH_OK);
    expect_extended();
    assert_int_equal(fake_tpm.releases, 1);
    assert_int_equal(fake_tpm.startups, 0);
}

/* TIS 1.3 hardware names its interface 15. */
static void test_interface_of_tis_1_3(void **state)
{
    (void)state;
    fake_tpm.interface = 0xff;
    assert_int_equal(extend_once(), LAUNCH_OK);
}

static void test_honours_burst_count(void **state)
{
    static const uint32_t bursts[] = { 1, 2, 3, 9, 10, 11, 60, 61, 62, 1000 };
    (void)state;
    for (size_t i = 0; i < sizeof bursts / sizeof *bursts; i++) {
        fake_tpm_reset();
        fake_tpm.burst = bursts[i];
        assert_int_equal(extend_once(), LAUNCH_OK);
        expect_extended();
    }
}

static void test_starts_the_tpm(void **state)
{
    (void)state;
    fake_tpm.needs_startup = true;
    assert_int_equal(extend_once(), LAUNCH_OK);
    assert_int_equal(fake_tpm.startups, 1);
    expect_extended();
}

static void test_waits_while_busy(void **state)
{
    (void)state;
    fake_tpm.busy = 5;
    assert_int_equal(extend_once(), LAUNCH_OK);
    expect_extended();
    fake_tpm_reset();
    fake_tpm.busy = UINT32_MAX;
    assert_int_equal(extend_once(), LAUNCH_REFUSED);
    assert_true(fake_tpm.clock < 40 * SECOND);
}

static void test_no_tpm(void **state)
{
    (void)state;
    fake_tpm.access_always = 0xff;
    fake_tpm.interface = 0xff;
    assert_int_equal(extend_once(), LAUNCH_NO_TPM);
    fake_tpm_reset();
    fake_tpm.access_always = 0x01;    /* a bus that answers, but never a valid register */
    assert_int_equal(extend_once(), LAUNCH_NO_TPM);
    assert_true(fake_tpm.clock < SECOND);
    assert_int_equal(fake_tpm.requests, 0);
}

static void test_crb_is_refused(void **state)
{
    (void)state;
    fake_tpm.interface = 0x01;
    assert_int_equal(extend_once(), LAUNCH_INTERFACE);
    assert_int_equal(fake_tpm.requests, 0);
}

static void test_tpm_1_2_is_refused(void **state)
{
    (void)state;
    fake_tpm.family = 0;
    assert_int_equal(extend_once(), LAUNCH_FAMILY);
    assert_int_equal(fake_tpm.releases, 1);
}

static void test_locality_is_not_granted(void **state)
{
    (void)state;
    fake_tpm.never_grants = true;
    assert_int_equal(extend_once(), LAUNCH_LOCALITY);
    assert_true(fake_tpm.clock < 3 * SECOND);
}

/* Each ends after a time, says which, and leaves the TPM without a command under way. */
static void expect_failure(uint32_t code)
{
    assert_int_equal(extend_once(), code);
    assert_true(fake_tpm.clock < 60 * SECOND);
    assert_false(fake_tpm.broken_protocol);
    assert_int_equal(fake_tpm.state, FAKE_IDLE);
}

static void test_never_ready(void **state)
{
    (void)state;
    fake_tpm.never_ready = true;
    expect_failure(LAUNCH_NOT_READY);
}

static void test_stalls(void **state)
{
    static const uint32_t after[] = { 0, 1, 30, 60 };
    (void)state;
    for (size_t i = 0; i < sizeof after / sizeof *after; i++) {
        fake_tpm_reset();
        fake_tpm.burst = 1;
        fake_tpm.takes_only = after[i];
        expect_failure(LAUNCH_STALLED);
    }
    for (uint32_t n = 0; n < 57; n++) {
        fake_tpm_reset();
        fake_tpm.burst = 1;
        fake_tpm.gives_only = n;
        expect_failure(LAUNCH_STALLED);
    }
}

static void test_expects_another_length(void **state)
{
    (void)state;
    fake_tpm.burst = 10;
    fake_tpm.expects_only = 20;
    expect_failure(LAUNCH_EXPECT);
    fake_tpm_reset();
    fake_tpm.never_stops_expecting = true;
    expect_failure(LAUNCH_EXPECT);
}

static void test_never_answers(void **state)
{
    (void)state;
    for (uint32_t n = 0; n < 3; n++) {                    /* PCR_Event, Startup, PCR_Event */
        fake_tpm_reset();
        fake_tpm.needs_startup = true;
        fake_tpm.answers_only = n;
        expect_failure(LAUNCH_SILENT);
    }
}

static void test_refuses(void **state)
{
    (void)state;
    fake_tpm.fails_at = 0;
    expect_failure(LAUNCH_REFUSED);
}

static uint8_t answer[FAKE_ROOM];

static uint32_t good_answer(void)
{
    fake_tpm_reset();
    memset(answer, 0, sizeof answer);
    fake_tpm.answer = answer;
    fake_tpm.answer_size = fake_tpm_event_answer(digest, answer);
    return fake_tpm.answer_size;
}

/* The answer with one byte changed. */
static void expect_byte(uint32_t at, uint8_t value, uint32_t code)
{
    good_answer();
    answer[at] = value;
    expect_failure(code);
}

static void test_played_answer_is_good(void **state)
{
    (void)state;
    good_answer();
    assert_int_equal(extend_once(), LAUNCH_OK);
}

/* The size is what the TPM says; it must be what it gives and fit the room. */
static void test_answer_sizes(void **state)
{
    static const uint32_t sizes[] = { 0, 9, 10, 56, 58, 512, 513, 65536, UINT32_MAX };
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        good_answer();
        for (int k = 0; k < 4; k++) answer[2 + k] = (uint8_t)(sizes[i] >> (24 - 8 * k));
        expect_failure(LAUNCH_ANSWER_SIZE);
    }
    for (uint32_t n = 0; n < 57; n++) {
        good_answer();
        fake_tpm.answer_size = n;
        assert_int_equal(extend_once(), n == 0 ? LAUNCH_SILENT : LAUNCH_ANSWER_SIZE);
        assert_false(fake_tpm.broken_protocol);
    }
}

/* What it gives and what it says agree, but no answer is so short or so long. */
static void test_answer_sizes_that_agree(void **state)
{
    static const uint32_t sizes[] = { 513, 600, FAKE_ROOM };
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        good_answer();
        fake_tpm.answer_size = sizes[i];
        answer[4] = (uint8_t)(sizes[i] >> 8);
        answer[5] = (uint8_t)sizes[i];
        expect_failure(LAUNCH_ANSWER_SIZE);
    }
    good_answer();
    fake_tpm.answer_size = 10;
    answer[5] = 9;
    expect_failure(LAUNCH_ANSWER_SIZE);
}

/* Tag, parameter size, digest count and algorithm of an answer that has the right length. */
static void test_answer_form(void **state)
{
    (void)state;
    expect_byte(1, 0x01, LAUNCH_ANSWER_FORM);
    expect_byte(0, 0x00, LAUNCH_ANSWER_FORM);
    expect_byte(13, 44, LAUNCH_ANSWER_FORM);
    expect_byte(10, 0xff, LAUNCH_ANSWER_FORM);
    expect_byte(13, 37, LAUNCH_ANSWER_FORM);
    expect_byte(13, 0, LAUNCH_ANSWER_FORM);
    expect_byte(17, 0, LAUNCH_NO_BANK);
    expect_byte(17, 2, LAUNCH_ANSWER_FORM);
    expect_byte(17, 17, LAUNCH_ANSWER_FORM);
    expect_byte(14, 0xff, LAUNCH_ANSWER_FORM);
    expect_byte(19, 0x0c, LAUNCH_ANSWER_FORM);
    expect_byte(19, 0x00, LAUNCH_ANSWER_FORM);
    expect_byte(20, (uint8_t)~answer[20], LAUNCH_WRONG_DIGEST);
    expect_byte(51, (uint8_t)~answer[51], LAUNCH_WRONG_DIGEST);
    expect_byte(8, 0x01, LAUNCH_REFUSED);                 /* RC_INITIALIZE, for ever: started, and refused again */
    assert_int_equal(fake_tpm.startups, 1);
}

static void test_success_without_parameters(void **state)
{
    static const uint8_t bare[] = { 0x80, 0x02, 0, 0, 0, 10, 0, 0, 0, 0 };
    (void)state;
    fake_tpm.answer = bare;
    fake_tpm.answer_size = sizeof bare;
    expect_failure(LAUNCH_ANSWER_FORM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_extends, reset),
        cmocka_unit_test_setup(test_interface_of_tis_1_3, reset),
        cmocka_unit_test_setup(test_honours_burst_count, reset),
        cmocka_unit_test_setup(test_starts_the_tpm, reset),
        cmocka_unit_test_setup(test_waits_while_busy, reset),
        cmocka_unit_test_setup(test_no_tpm, reset),
        cmocka_unit_test_setup(test_crb_is_refused, reset),
        cmocka_unit_test_setup(test_tpm_1_2_is_refused, reset),
        cmocka_unit_test_setup(test_locality_is_not_granted, reset),
        cmocka_unit_test_setup(test_never_ready, reset),
        cmocka_unit_test_setup(test_stalls, reset),
        cmocka_unit_test_setup(test_expects_another_length, reset),
        cmocka_unit_test_setup(test_never_answers, reset),
        cmocka_unit_test_setup(test_refuses, reset),
        cmocka_unit_test_setup(test_played_answer_is_good, reset),
        cmocka_unit_test_setup(test_answer_sizes, reset),
        cmocka_unit_test_setup(test_answer_sizes_that_agree, reset),
        cmocka_unit_test_setup(test_answer_form, reset),
        cmocka_unit_test_setup(test_success_without_parameters, reset),
    };
    return cmocka_run_group_tests_name("tpm", tests, NULL, NULL);
}
