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

/* As the compiler writes them: everything has a place but what is built in. */
static const struct catalogue_entry entries[] = {
    { .kind = CATALOGUE_RULE, .index = IMAGE_RULE_LENGTH, .name = "length" },
    { .kind = CATALOGUE_RULE, .index = 70, .line = 7, .name = "position_in", .file = "flows.policy" },
    { .kind = CATALOGUE_RULE, .index = 71, .line = 9, .name = "type.PositionReport.lat", .file = "types.policy" },
    { .kind = CATALOGUE_SUBJECT, .index = 0, .line = 3, .name = "low", .file = "layout.policy" },
    { .kind = CATALOGUE_SUBJECT, .index = 1, .line = 4, .name = "guard", .file = "layout.policy" },
    { .kind = CATALOGUE_CHANNEL, .index = 1, .name = "tracks" },
    { .kind = CATALOGUE_TYPE, .index = 2, .name = "NoticeAck" },
    { .kind = CATALOGUE_FIELD, .index = 3, .name = "PositionReport.name[3]" },
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

/* Names from the image, as `bulkhead-audit --image` has them. */
static void open_image(struct verify *v)
{
    static struct { struct catalogue_header header; struct catalogue_entry entries[sizeof entries / sizeof *entries]; } file;
    uint32_t component = gateway.builder.header.component_count - 2;
    file.header = (struct catalogue_header){ .magic = { 'B', 'H', 'C', 'A', 'T', 'L', 'G', '1' }, .count = catalogue.count };
    memcpy(file.entries, entries, sizeof entries);
    gateway.builder.contents[component] = &file;
    gateway.builder.components[component].size = sizeof file;
    gateway.builder.loads[0].size = sizeof file;
    gateway_pack();
    memset(v, 0, sizeof *v);
    assert_true(names_open_image(&v->names, (struct slice){ (const char *)gateway.image, gateway.policy.header->image_size }));
    assert_true(v->names.complete);
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
    open_image(v);
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
    assert_non_null(strstr(log_text, " field=\"PositionReport.name[3\\]\""));
    assert_memory_equal(v.policy_hash, gateway.policy.header->policy_hash, 32);
    verify_free(&v);
}

static void test_image_knows_every_name(void **unused)
{
    static struct verify v;
    (void)unused;
    make_log();
    char *name = log_text;
    while ((name = strstr(name, "low")) != NULL && name < log_text + log_size) memcpy(name, "lou", 3);    /* everywhere alike */
    assert_false(verifies(&v));
    assert_non_null(strstr(v.problems[0].text, "another name or place"));
    verify_free(&v);
}

static void test_damaged_image_is_refused(void **unused)
{
    static struct verify v;
    (void)unused;
    open_image(&v);
    names_free(&v.names);
    const struct image_component *c = &policy_components(gateway.policy.header)[gateway.builder.header.component_count - 2];
    char *image = (char *)gateway.image;
    struct slice whole = { image, gateway.policy.header->image_size };
    image[c->offset + 100] ^= 1;
    assert_false(names_open_image(&v.names, whole));
    image[c->offset + 100] ^= 1;
    assert_false(names_open_image(&v.names, (struct slice){ image, whole.size - 1 }));
    assert_true(names_open_image(&v.names, whole));
    names_free(&v.names);
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
        TEST(test_image_knows_every_name),
        TEST(test_damaged_image_is_refused),
        TEST(test_any_changed_bit_is_found),
        TEST(test_log_cut_off_anywhere),
    };
    return cmocka_run_group_tests_name("audit viewer", tests, NULL, NULL);
}
