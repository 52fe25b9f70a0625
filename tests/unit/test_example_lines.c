/* SPDX-License-Identifier: Apache-2.0 */
/* Lines and numbers from a port, as the small examples take them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "guest/guest.h"
#include "policy/examples/guests/lines.h"

static const char *input;

void serial_open(struct serial *serial, enum serial_port port)
{
    *serial = (struct serial){ .port = (uint16_t)port };
}

size_t serial_read(struct serial *serial, char *buffer, size_t size)
{
    (void)serial;
    if (*input == '\0' || size == 0) return 0;
    *buffer = *input++;
    return 1;
}

_Noreturn void guest_fail(void)
{
    abort();
}

static struct lines open_lines(const char *text)
{
    static const struct subject_info info = { .param_count = 1, .params = { SERIAL_COM3 } };
    struct lines lines;

    input = text;
    lines_open(&lines, &info);
    assert_int_equal(lines.serial.port, SERIAL_COM3);
    return lines;
}

static void test_lines(void **state)
{
    (void)state;
    struct lines lines = open_lines("one\n\ntw");

    assert_true(lines_take(&lines));
    assert_string_equal(lines.text, "one");
    assert_true(lines_take(&lines));
    assert_string_equal(lines.text, "");
    assert_false(lines_take(&lines));
    input = "o\n";
    assert_true(lines_take(&lines));
    assert_string_equal(lines.text, "two");
}

static void test_long_line_is_cut(void **state)
{
    (void)state;
    char text[3 * LINES_LENGTH];

    memset(text, 'x', sizeof text);
    memcpy(text + sizeof text - 3, "\ny\n", 3);
    text[sizeof text - 1] = '\0';
    struct lines lines = open_lines(text);
    assert_true(lines_take(&lines));
    assert_int_equal(strlen(lines.text), LINES_LENGTH - 1);
    assert_false(lines_take(&lines));
}

static void check_number(const char *text, bool good, int32_t value, size_t length)
{
    const char *at = text;
    int32_t number = 0;

    assert_int_equal(lines_number(&at, &number), good);
    assert_int_equal(number, value);
    assert_int_equal(at - text, length);
}

static void test_numbers(void **state)
{
    (void)state;
    check_number("17", true, 17, 2);
    check_number("  -5 C", true, -5, 4);
    check_number("2147483647", true, INT32_MAX, 10);
    check_number("-2147483648", true, INT32_MIN, 11);
    check_number("2147483648", false, 0, 0);
    check_number("-2147483649", false, 0, 0);
    check_number("99999999999999999999999999", false, 0, 0);
    check_number("", false, 0, 0);
    check_number(" - 5", false, 0, 0);
    check_number("x", false, 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_long_line_is_cut),
        cmocka_unit_test(test_numbers),
    };
    return cmocka_run_group_tests_name("example_lines", tests, NULL, NULL);
}
