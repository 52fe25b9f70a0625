/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the kernel's rings to a verified log, with the product's own code all the way: kernel, the audit subject's lines, the
 * host's verification. Then the same log with any one bit changed.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "audit/forwarder/syslog.h"
#include "audit/viewer/verify.h"
#include "audited.h"

#define LOG_ROOM 65536u
#define HEAD_SIZE 10u                 /* of a line: "<NNN>1 - -"; the last two are a relay's to change */

static char log_text[LOG_ROOM], console[4096];
static size_t log_size, console_size;
static uint64_t line_start[64];
static uint32_t line_count;

static const struct catalogue_entry entries[] = {
    { .kind = CATALOGUE_RULE, .index = IMAGE_RULE_LENGTH, .name = "length" },
    { .kind = CATALOGUE_RULE, .index = 70, .line = 7, .name = "position_in", .file = "flows.policy" },
    { .kind = CATALOGUE_RULE, .index = 71, .line = 9, .name = "type.PositionReport.lat", .file = "types.policy" },
    { .kind = CATALOGUE_SUBJECT, .index = 0, .name = "low" },
    { .kind = CATALOGUE_SUBJECT, .index = 1, .name = "guard" },
    { .kind = CATALOGUE_CHANNEL, .index = 1, .name = "tracks" },
    { .kind = CATALOGUE_TYPE, .index = 2, .name = "NoticeAck" },
    { .kind = CATALOGUE_FIELD, .index = 3, .name = "PositionReport.speed" },
};
static const struct catalogue catalogue = { entries, sizeof entries / sizeof *entries };

static void forward(uint32_t cpu)
{
    uint64_t from = audited.count[cpu];
    read_ring(cpu);
    for (uint64_t i = from; i < audited.count[cpu]; i++) {
        struct text text;
        text_start(&text, log_text + log_size, LOG_ROOM - log_size);
        syslog_print_record(&text, &catalogue, &audited.logged[cpu][i]);
        line_start[line_count++] = log_size;
        log_size += text.length;
    }
}

static void make_log(void)
{
    log_size = console_size = line_count = 0;
    for (uint32_t i = 0; i < 7; i++) deny(i == 2 ? IMAGE_RULE_LENGTH : 71);
    forward(0);
    forward(1);
    audit_flush(0);
    allow();
    write_event(0, AUDIT_EVENT_DENIED, BUILDER_GUARD, 71, IMAGE_CLASS_SECURITY);
    forward(0);
    forward(0);
    forward(1);
    deny(70);
    audit_close();
    for (uint32_t i = 0; i < fake_core.line_count; i++) {
        console_size += (size_t)snprintf(console + console_size, sizeof console - console_size, "%s\r\n", fake_core.lines[i]);
    }
}

static bool verifies(struct verify *v)
{
    struct heads heads[IMAGE_MAX_CPUS];
    memset(v, 0, sizeof *v);
    for (uint32_t i = 0; i < catalogue.count; i++) {
        const struct catalogue_entry *e = &entries[i];
        char place[80] = "";
        if (e->line != 0) snprintf(place, sizeof place, "%s:%u", e->file, e->line);
        assert_null(names_note(&v->names, e->kind, e->index, (struct slice){ e->name, strlen(e->name) },
                               (struct slice){ place, strlen(place) }));
    }
    assert_true(heads_read((struct slice){ console, console_size }, heads));
    return verify_log(v, heads, (struct slice){ log_text, log_size });
}

static void test_log_of_the_kernel_is_verified(void **unused)
{
    static struct verify v;
    (void)unused;
    make_log();
    if (!verifies(&v)) fail_msg("line %lu: %s", v.problems[0].line, v.problems[0].text);
    assert_int_equal(v.rings[0].heads.written, 9);
    assert_int_equal(v.rings[0].length, 8);
    assert_int_equal(v.rings[0].verified, 8);
    assert_int_equal(v.rings[1].verified, 1);
    assert_memory_equal(v.policy_hash, gateway.policy.header->policy_hash, 32);
    verify_free(&v);
}

static void test_any_changed_bit_is_found(void **unused)
{
    static struct verify v;
    (void)unused;
    make_log();
    for (uint32_t line = 0; line < line_count; line++) {
        size_t end = line + 1 < line_count ? line_start[line + 1] : log_size;
        for (size_t i = line_start[line] + HEAD_SIZE; i < end - 1; i++) {
            char bit = (char)(1 << i % 7);
            log_text[i] = (char)(log_text[i] ^ bit);
            if (verifies(&v)) fail_msg("bit %d of byte %lu in line %u goes unnoticed", bit, i - line_start[line], line + 1);
            verify_free(&v);
            log_text[i] = (char)(log_text[i] ^ bit);
        }
    }
}

/* Cut off anywhere: never verified short of its end, and never read beyond it. */
static void test_log_cut_off_anywhere(void **unused)
{
    static struct verify v;
    (void)unused;
    make_log();
    size_t whole = log_size;
    for (log_size = 0; log_size + 1 < whole; log_size += 13) {
        assert_false(verifies(&v));
        verify_free(&v);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, audited_setup, audited_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_log_of_the_kernel_is_verified),
        TEST(test_any_changed_bit_is_found),
        TEST(test_log_cut_off_anywhere),
    };
    return cmocka_run_group_tests_name("audit viewer", tests, NULL, NULL);
}
