/* SPDX-License-Identifier: Apache-2.0 */
/* The audit subject's lines: RFC 5424 by the letter, names out of the catalogue, the record in full; operator's commands. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "audit/forwarder/command.h"
#include "audit/forwarder/syslog.h"

static struct {
    struct catalogue_header header;
    struct catalogue_entry entries[9];
} file = {
    .header = { .magic = { 'B', 'H', 'C', 'A', 'T', 'L', 'G', '1' }, .count = 9 },
    .entries = {
        { .kind = CATALOGUE_RULE, .index = 2, .name = "length" },
        { .kind = CATALOGUE_RULE, .index = 64, .line = 17, .name = "position_in", .file = "flows.policy" },
        { .kind = CATALOGUE_RULE, .index = 65, .line = 5, .name = "a\"b\\c]d\n\xe9", .file = "dir]/x.policy" },
        { .kind = CATALOGUE_SUBJECT, .index = 0, .name = "low" },
        { .kind = CATALOGUE_SUBJECT, .index = 3, .name = "high" },
        { .kind = CATALOGUE_CHANNEL, .index = 0, .name = "reports" },
        { .kind = CATALOGUE_TYPE, .index = 1, .name = "PositionReport" },
        { .kind = CATALOGUE_FIELD, .index = 4, .name = "PositionReport.lat" },
        { .kind = CATALOGUE_FIELD, .index = 5, .name = "PositionReport.name[3]" },
    }
};

static struct catalogue catalogue;
static char line[SYSLOG_LINE_MAX];

static const struct audit_record plain = {
    .sequence = 12, .tsc = 99, .event = AUDIT_EVENT_DENIED, .cpu = 1, .subject = 0, .channel = 0, .type = 1, .field = 4,
    .rule = 64, .count = 3, .value = (uint64_t)-54600000
};

static int setup(void **state)
{
    (void)state;
    assert_true(catalogue_open(&catalogue, &file, sizeof file));
    return 0;
}

static const char *format(const struct audit_record *record)
{
    struct text text;

    text_start(&text, line, sizeof line);
    syslog_print_record(&text, &catalogue, record);
    assert_false(text.cut);
    return line;
}

static void assert_begins(const char *start)
{
    assert_int_equal(strncmp(line, start, strlen(start)), 0);
}

/* The value of a parameter as it stands in the line, still escaped; NULL if it has none. */
static const char *parameter(const char *name)
{
    static char value[512];
    char key[32];

    snprintf(key, sizeof key, " %s=\"", name);
    const char *at = strstr(line, key);
    if (at == NULL) return NULL;
    at += strlen(key);
    const char *end = at;
    while (*end != '"') end += *end == '\\' ? 2 : 1;
    snprintf(value, sizeof value, "%.*s", (int)(end - at), at);
    return value;
}

/* ---- catalogue ---- */
static void names_are_found(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < file.header.count; i++) {
        assert_ptr_equal(catalogue_find(&catalogue, file.entries[i].kind, file.entries[i].index), &file.entries[i]);
    }
    assert_null(catalogue_find(&catalogue, CATALOGUE_RULE, 0));
    assert_null(catalogue_find(&catalogue, CATALOGUE_RULE, 66));
    assert_null(catalogue_find(&catalogue, CATALOGUE_SUBJECT, 1));
    assert_null(catalogue_find(&catalogue, CATALOGUE_PLAN, 0));
}

static void what_is_no_catalogue_names_nothing(void **state)
{
    struct catalogue_header *header = malloc(sizeof *header);

    (void)state;
    *header = file.header;
    assert_false(catalogue_open(&catalogue, header, sizeof *header - 1));
    assert_false(catalogue_open(&catalogue, header, sizeof *header));         /* counts more than there is */
    assert_null(catalogue_find(&catalogue, CATALOGUE_RULE, 2));
    header->count = UINT32_MAX;
    assert_false(catalogue_open(&catalogue, header, sizeof *header));
    header->count = 0;
    assert_true(catalogue_open(&catalogue, header, sizeof *header));
    assert_null(catalogue_find(&catalogue, CATALOGUE_RULE, 2));
    header->magic[7]++;
    assert_false(catalogue_open(&catalogue, header, sizeof *header));
    free(header);
}

/* ---- lines ---- */
static void a_denial_is_told_in_full(void **state)
{
    (void)state;
    format(&plain);
    assert_begins("<108>1 - - bulkhead - denied [bulkhead@32473 cpu=\"1\" seq=\"12\" tsc=\"99\" ");
    assert_string_equal(parameter("event"), "denied");
    assert_string_equal(parameter("subject"), "low");
    assert_string_equal(parameter("channel"), "reports");
    assert_string_equal(parameter("type"), "PositionReport");
    assert_string_equal(parameter("field"), "PositionReport.lat");
    assert_string_equal(parameter("rule"), "position_in");
    assert_string_equal(parameter("at"), "flows.policy:17");
    assert_string_equal(parameter("count"), "3");
    assert_string_equal(parameter("value"), "-54600000");
    assert_non_null(strstr(line, "\"] low: denied on reports by position_in, 3 times\n"));
    assert_int_equal(line[strlen(line) - 1], '\n');
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
}

static void the_record_is_there_byte_by_byte(void **state)
{
    struct audit_record record = plain, copy;

    (void)state;
    for (uint32_t i = 0; i < sizeof record.payload; i++) record.payload[i] = (uint8_t)(i * 37);
    record.payload_length = sizeof record.payload;
    const char *hex = (format(&record), parameter("record"));
    assert_int_equal(strlen(hex), 2 * sizeof record);
    for (uint32_t i = 0; i < sizeof copy; i++) {
        unsigned byte;
        assert_int_equal(sscanf(hex + 2 * i, "%2x", &byte), 1);
        ((uint8_t *)&copy)[i] = (uint8_t)byte;
    }
    assert_memory_equal(&copy, &record, sizeof record);
}

static void what_a_record_lacks_is_left_out(void **state)
{
    const struct audit_record record = { .event = AUDIT_EVENT_BOOT, .subject = AUDIT_NONE, .channel = AUDIT_NONE,
                                         .type = AUDIT_NONE, .field = AUDIT_NONE, .count = 1, .value = UINT64_MAX };

    (void)state;
    format(&record);
    assert_begins("<109>1 - - bulkhead - boot [");
    assert_null(parameter("subject"));
    assert_null(parameter("channel"));
    assert_null(parameter("type"));
    assert_null(parameter("field"));
    assert_null(parameter("rule"));
    assert_null(parameter("at"));
    assert_string_equal(parameter("value"), "18446744073709551615");
    assert_non_null(strstr(line, "\"] kernel: boot\n"));
}

static void not_measured_never_reads_as_measured(void **state)
{
    struct audit_record record = { .event = AUDIT_EVENT_MEASURED, .subject = AUDIT_NONE, .channel = AUDIT_NONE,
                                   .type = AUDIT_NONE, .field = AUDIT_NONE, .count = 1, .value = AUDIT_MEASURED_NOT };

    (void)state;
    format(&record);
    assert_non_null(strstr(line, "\"] kernel: not measured\n"));
    record.value = AUDIT_MEASURED_STATIC;
    format(&record);
    assert_non_null(strstr(line, "\"] kernel: measured\n"));
}

static void numbers_stand_for_unknown_names(void **state)
{
    struct audit_record record = plain;

    (void)state;
    record.event = 999;
    record.rule = 70;
    record.subject = 1;
    format(&record);
    assert_begins("<105>1 - - bulkhead - unknown [");
    assert_string_equal(parameter("rule"), "#70");
    assert_string_equal(parameter("subject"), "#1");
    assert_null(parameter("at"));
    record.rule = 2;
    format(&record);
    assert_string_equal(parameter("rule"), "length");
    assert_null(parameter("at"));                         /* built in: no file says it */
}

static void values_are_escaped(void **state)
{
    struct audit_record record = plain;

    (void)state;
    record.rule = 65;
    format(&record);
    assert_string_equal(parameter("rule"), "a\\\"b\\\\c\\]d??");
    assert_string_equal(parameter("at"), "dir\\]/x.policy:5");
    record.field = 5;
    format(&record);
    assert_string_equal(parameter("field"), "PositionReport.name[3\\]");
}

/* Every event's severity and name as audit/record.h says: facility 13 is "log audit". */
static void priorities_follow_the_events(void **state)
{
#define PRIORITY(id, name, severity) { name, severity },
    static const struct { const char *name; int severity; } events[] = { AUDIT_EVENTS(PRIORITY) };
    char start[64];

    (void)state;
    for (uint16_t event = 0; event < AUDIT_EVENT_COUNT; event++) {
        struct audit_record record = plain;
        record.event = event;
        format(&record);
        snprintf(start, sizeof start, "<%d>1 - - bulkhead - %s [", 13 * 8 + events[event].severity, events[event].name);
        assert_begins(start);
    }
}

static void the_longest_line_fits(void **state)
{
    static struct {
        struct catalogue_header header;
        struct catalogue_entry entries[5];
    } long_names = { .header = { .magic = { 'B', 'H', 'C', 'A', 'T', 'L', 'G', '1' }, .count = 5 } };
    struct audit_record record;

    (void)state;
    memset(&record, 0xfe, sizeof record);
    record.field = record.channel = record.type = record.subject = 0;
    record.rule = 1;
    for (uint32_t kind = 0; kind < 5; kind++) {
        struct catalogue_entry *entry = &long_names.entries[kind];
        *entry = (struct catalogue_entry){ .kind = kind, .index = kind == CATALOGUE_RULE, .line = UINT32_MAX };
        memset(entry->name, ']', sizeof entry->name);     /* escaped, and without an end */
        memset(entry->file, ']', sizeof entry->file);
    }
    assert_true(catalogue_open(&catalogue, &long_names, sizeof long_names));
    format(&record);
    assert_int_equal(strlen(parameter("rule")), 128);
    assert_int_equal(line[strlen(line) - 1], '\n');
}

static void own_lines_carry_no_record(void **state)
{
    static const uint8_t hash[32] = { 0xab, [31] = 0xcd };
    const struct audit_ring ring = { .written = 5, .sealed = 4, .acked = 3, .lost = 2 };
    struct text text;

    (void)state;
    text_start(&text, line, sizeof line);
    syslog_print_start(&text, hash, 7, 2);
    assert_string_equal(line, "<110>1 - - bulkhead - start [bulkhead@32473 policy=\"ab0000000000000000000000000000000000000000"
                              "00000000000000000000cd\" epoch=\"7\"] forwarding 2 rings\n");
    text_start(&text, line, sizeof line);
    syslog_print_ring(&text, &ring, 1);
    assert_string_equal(line, "<110>1 - - bulkhead - status [bulkhead@32473 cpu=\"1\" written=\"5\" sealed=\"4\" acked=\"3\" "
                              "lost=\"2\"] ring of CPU 1\n");
    text_start(&text, line, sizeof line);
    syslog_print_remark(&text, "hear");
    assert_string_equal(line, "<108>1 - - bulkhead - remark - hear\n");
}

/* ---- commands ---- */
static enum command type(const char *input)
{
    struct command_line commands = { .length = 0 };
    enum command last = COMMAND_NONE;

    for (; *input != '\0'; input++) {
        enum command command = command_add(&commands, *input);
        if (command != COMMAND_NONE) last = command;
    }
    return last;
}

static void only_whole_lines_are_commands(void **state)
{
    (void)state;
    assert_int_equal(type("shutdown\n"), COMMAND_SHUTDOWN);
    assert_int_equal(type("shutdown\r\n"), COMMAND_SHUTDOWN);
    assert_int_equal(type("status\n"), COMMAND_STATUS);
    assert_int_equal(type("shutdown"), COMMAND_NONE);
    assert_int_equal(type("\n\r\n"), COMMAND_NONE);
    assert_int_equal(type("shutdown \n"), COMMAND_UNKNOWN);
    assert_int_equal(type("shutdow\n"), COMMAND_UNKNOWN);
    assert_int_equal(type("statusshutdown\n"), COMMAND_UNKNOWN);
    assert_int_equal(type("shutdown shutdown shutdown shutdown\n"), COMMAND_UNKNOWN);
    assert_int_equal(type("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\nshutdown\n"), COMMAND_SHUTDOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(names_are_found, setup),
        cmocka_unit_test_setup(what_is_no_catalogue_names_nothing, setup),
        cmocka_unit_test_setup(a_denial_is_told_in_full, setup),
        cmocka_unit_test_setup(the_record_is_there_byte_by_byte, setup),
        cmocka_unit_test_setup(what_a_record_lacks_is_left_out, setup),
        cmocka_unit_test_setup(not_measured_never_reads_as_measured, setup),
        cmocka_unit_test_setup(numbers_stand_for_unknown_names, setup),
        cmocka_unit_test_setup(values_are_escaped, setup),
        cmocka_unit_test_setup(priorities_follow_the_events, setup),
        cmocka_unit_test_setup(the_longest_line_fits, setup),
        cmocka_unit_test_setup(own_lines_carry_no_record, setup),
        cmocka_unit_test(only_whole_lines_are_commands),
    };
    return cmocka_run_group_tests_name("forwarder", tests, NULL, NULL);
}
