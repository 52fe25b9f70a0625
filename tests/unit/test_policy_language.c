/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The front end on texts in memory: places, numbers, names, paths. What it says about mistakes is kept in tests/golden.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <errno.h>
#include "language/names.h"

static const char *root_text;

static char *read_text(struct arena *a, const char *path, size_t *size)
{
    if (strcmp(path, "root.policy") != 0) {
        errno = ENOENT;
        return NULL;
    }
    *size = strlen(root_text);
    return arena_copy_text(a, root_text, *size);
}

static struct arena memory;
static struct policy policy;

static void read_root(const char *text)
{
    root_text = text;
    policy_read(&policy, &memory, "root.policy", read_text);
}

static int release(void **unused)
{
    (void)unused;
    arena_release(&memory);
    return 0;
}

static bool reported(enum diag_code code)
{
    const struct diag_message *m;
    LIST_EACH(m, &policy.diag.messages) {
        if (m->code == code) return true;
    }
    return false;
}

/* ---- memory ---- */
static void test_lists_grow_and_keep_their_items(void **unused)
{
    (void)unused;
    LIST(uint32_t) list = { 0 };
    uint32_t *first = LIST_NEW(&memory, &list), *item, sum = 0;
    *first = 1;
    for (uint32_t i = 2; i <= 1000; i++) *LIST_NEW(&memory, &list) = i;
    assert_ptr_equal(list.items[0], first);
    LIST_EACH(item, &list) sum += *item;
    assert_int_equal(list.count, 1000);
    assert_int_equal(sum, 500500);
}

static void test_large_pieces_are_zeroed_and_aligned(void **unused)
{
    (void)unused;
    for (size_t size = 1; size < 300000; size = size * 3 + 1) {
        uint8_t *piece = arena_take(&memory, size);
        assert_int_equal((uintptr_t)piece % 16, 0);
        for (size_t i = 0; i < size; i++) assert_int_equal(piece[i], 0);
        memset(piece, 0xff, size);
    }
}

/* ---- places ---- */
static void test_columns_count_characters(void **unused)
{
    (void)unused;
    read_root("system x version 1 { }\nunit a = 1; test \"\xc3\xa9\xc3\xa9\" { } $\n");
    const struct diag_message *m;
    LIST_EACH(m, &policy.diag.messages) {
        if (m->code != BH_LEX_BYTE) continue;
        struct source_position where = source_position(&policy.sources, m->at);
        assert_int_equal(where.line, 2);
        assert_int_equal(where.column, 27);
        return;
    }
    fail();
}

static void expect_path(const char *from, const char *path, const char *joined)
{
    assert_string_equal(source_path_beside(&memory, from, path), joined);
}

static void test_paths_take_no_detours(void **unused)
{
    (void)unused;
    expect_path("a/b/root.policy", "part.policy", "a/b/part.policy");
    expect_path("a/b/root.policy", "../part.policy", "a/part.policy");
    expect_path("a/b/root.policy", "../../part.policy", "part.policy");
    expect_path("a/b/root.policy", "../../../part.policy", "../part.policy");
    expect_path("../root.policy", "../part.policy", "../../part.policy");
    expect_path("./root.policy", "../part.policy", "./../part.policy");
    expect_path("a/root.policy", "/etc/part.policy", "/etc/part.policy");
    expect_path("root.policy", "../part.policy", "../part.policy");
}

/* ---- numbers ---- */
static void expect_number(const char *number, bool known, int64_t value)
{
    read_root(arena_print(&memory, "system x version 1 { } unit step = 600_000; const c = %s;", number));
    assert_int_equal(policy.constants.count, 1);
    const struct value *v = &policy.constants.items[0]->value;
    assert_int_equal(v->known, known);
    if (known) assert_int_equal((int64_t)v->number, value);
}

static void test_numbers_are_exact(void **unused)
{
    (void)unused;
    expect_number("0", true, 0);
    expect_number("-9_223_372_036_854_775_808", true, INT64_MIN);
    expect_number("0xffff", true, 65535);
    expect_number("1.5 step", true, 900000);
    expect_number("-0.000005 step", true, -3);
    expect_number("0.0000001 step", false, 0);
    expect_number("1.0", true, 1);
    expect_number("1.5", false, 0);
    expect_number("18_446_744_073_709_551_616", false, 0);
    expect_number("99_999_999_999_999_999_999 step", false, 0);
    expect_number("1__0", false, 0);
    expect_number("5 MiB", false, 0);
}

/* ---- names ---- */
static void expect_suggestion(const char *text, const char *wanted)
{
    static const char *const words[] = { "allow", "restrict", "protocol", "unit" };
    const char *said = names_suggest(&memory, text, words, 4);
    if (wanted == NULL)
        assert_string_equal(said, "");
    else
        assert_string_equal(said, arena_print(&memory, "; did you mean `%s`?", wanted));
}

static void test_suggestions_are_near(void **unused)
{
    (void)unused;
    expect_suggestion("alow", "allow");
    expect_suggestion("allwo", "allow");
    expect_suggestion("protocoll", "protocol");
    expect_suggestion("rstrct", "restrict");
    expect_suggestion("un", NULL);
    expect_suggestion("never", NULL);
    expect_suggestion("", NULL);
}

static void test_order_of_statements_does_not_matter(void **unused)
{
    (void)unused;
    read_root("system x version 1 { } const b = 2 half; unit half = 50; type T little { x: u8 in 0 .. b; }");
    assert_false(reported(BH_NAME_UNKNOWN));
    assert_int_equal((int64_t)policy.types.items[0]->flat.items[0]->hi, 100);
}

static void test_nothing_is_read_from_a_missing_root(void **unused)
{
    (void)unused;
    policy_read(&policy, &memory, "absent.policy", read_text);
    assert_int_equal(policy.diag.errors, 1);
    assert_true(reported(BH_FILE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_lists_grow_and_keep_their_items, release),
        cmocka_unit_test_teardown(test_large_pieces_are_zeroed_and_aligned, release),
        cmocka_unit_test_teardown(test_columns_count_characters, release),
        cmocka_unit_test_teardown(test_paths_take_no_detours, release),
        cmocka_unit_test_teardown(test_numbers_are_exact, release),
        cmocka_unit_test_teardown(test_suggestions_are_near, release),
        cmocka_unit_test_teardown(test_order_of_statements_does_not_matter, release),
        cmocka_unit_test_teardown(test_nothing_is_read_from_a_missing_root, release),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
