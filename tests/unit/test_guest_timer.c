/* SPDX-License-Identifier: Apache-2.0 */
/* Timers and watchdogs of the guest library, also where the time stamp counter wraps. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "guest/timer.h"
#include "guest/watchdog.h"

enum { PERIOD = 1000 };

static jmp_buf end;
static const uint64_t starts[] = { 0, 12345, (uint64_t)INT64_MAX - 500, UINT64_MAX - 1500, UINT64_MAX };

_Noreturn void guest_fail(void)
{
    longjmp(end, 1);
}

static void once_is_once(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        uint64_t now = starts[i];
        struct timer timer;
        timer_start_once(&timer, now, PERIOD);
        assert_int_equal(timer_left(&timer, now), PERIOD);
        assert_false(timer_fires(&timer, now + PERIOD - 1));
        assert_int_equal(timer_left(&timer, now + PERIOD - 1), 1);
        assert_true(timer_fires(&timer, now + PERIOD));
        assert_false(timer_fires(&timer, now + PERIOD));
        assert_false(timer_fires(&timer, now + 10 * PERIOD));
        assert_true(timer_left(&timer, now) == UINT64_MAX);
    }
}

static void periods_do_not_drift(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        struct timer timer;
        timer_start(&timer, starts[i], PERIOD);
        for (uint64_t n = 1; n <= 50; n++) {
            uint64_t at = starts[i] + n * PERIOD;
            assert_false(timer_fires(&timer, at - 1));
            assert_true(timer_fires(&timer, at + n * 7));         /* late, but not by a period */
            assert_false(timer_fires(&timer, at + n * 7));
        }
        assert_int_equal(timer.missed, 0);
        assert_true(timer_fires(&timer, starts[i] + 54 * PERIOD + 1));
        assert_int_equal(timer.missed, 3);
        assert_int_equal(timer_left(&timer, starts[i] + 54 * PERIOD + 1), PERIOD - 1);
        timer_stop(&timer);
        assert_false(timer_fires(&timer, starts[i] + 100 * PERIOD));
    }
}

static void a_dog_that_is_fed_in_time_is_content(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        struct watchdog dog;
        watchdog_start(&dog, starts[i], PERIOD);
        for (uint64_t n = 1; n < 50; n++) {
            assert_false(watchdog_is_hungry(&dog, starts[i] + n * PERIOD - PERIOD / 2));
            assert_false(watchdog_is_hungry(&dog, starts[i] + n * PERIOD));
            assert_true(watchdog_feed(&dog, starts[i] + n * PERIOD));
        }
        assert_true(watchdog_is_hungry(&dog, starts[i] + 50 * PERIOD + 1));
        assert_false(watchdog_feed(&dog, starts[i] + 50 * PERIOD + 2));
        assert_true(watchdog_is_hungry(&dog, starts[i] + 49 * PERIOD));       /* and stays hungry */
    }
}

static void a_late_feeding_is_none(void **state)
{
    struct watchdog dog;

    (void)state;
    watchdog_start(&dog, 5, PERIOD);
    assert_false(watchdog_feed(&dog, 5 + PERIOD + 1));
    assert_true(watchdog_is_hungry(&dog, 5 + PERIOD + 2));
}

static void a_hungry_dog_ends_the_subject(void **state)
{
    struct watchdog dog;

    (void)state;
    watchdog_start(&dog, clock_now(), INT64_MAX);
    if (setjmp(end) != 0) fail();
    watchdog_check(&dog);
    watchdog_start(&dog, clock_now() - 100, 50);
    if (setjmp(end) != 0) return;
    watchdog_check(&dog);
    fail();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(once_is_once),
        cmocka_unit_test(periods_do_not_drift),
        cmocka_unit_test(a_dog_that_is_fed_in_time_is_content),
        cmocka_unit_test(a_late_feeding_is_none),
        cmocka_unit_test(a_hungry_dog_ends_the_subject),
    };
    return cmocka_run_group_tests_name("guest_timer", tests, NULL, NULL);
}
