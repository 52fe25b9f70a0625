/* SPDX-License-Identifier: Apache-2.0 */
/* The gateway's AIS decoder: sentences, groups, reports; real receivers' logs; the simulated fleet; hostile input. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "policy/examples/ais-gateway/fleet/traffic.h"
#include "policy/examples/ais-gateway/guests/intake.h"

#define REPORT "!AIVDM,1,1,,B,13nUgBWP01PkHvDU7<kC4wvJ2>`<,0*27"      /* message 1 */
#define REPORT_MMSI 258568010u

static struct intake intake;
static struct PositionReport report;
static uint32_t reports, ends;

static int setup(void **state)
{
    (void)state;
    memset(&intake, 0, sizeof intake);
    memset(&report, 0xff, sizeof report);
    reports = ends = 0;
    return 0;
}

static void feed(const char *text)
{
    for (; *text != '\0'; text++) {
        enum intake_event event = intake_add(&intake, *text, &report);
        reports += event == INTAKE_REPORT;
        ends += event == INTAKE_END;
    }
}

/* Feeds `!BODY*hh` with the checksum that fits. */
static void feed_sentence(const char *body)
{
    char line[1024];
    uint8_t sum = 0;

    for (const char *at = body; *at != '\0'; at++) sum ^= (uint8_t)*at;
    snprintf(line, sizeof line, "!%s*%02X\r\n", body, sum);
    feed(line);
}

/* ---- sentences ---- */
static void a_report_is_decoded(void **state)
{
    (void)state;
    feed(REPORT "\r\n");
    assert_int_equal(reports, 1);
    assert_int_equal(report.mmsi, REPORT_MMSI);
    assert_int_equal(report.msg, 1);
    assert_int_equal(report.status, 7);
    assert_int_equal(report.turn, -128);
    assert_int_equal(report.lon, 6735818);
    assert_int_equal(report.lat, 38915277);
    assert_int_equal(report.heading, 511);
    assert_int_equal(intake.counts.sentences, 1);
    assert_int_equal(intake.counts.messages, 1);
}

static void any_talker_and_line_end_will_do(void **state)
{
    (void)state;
    feed_sentence("ABVDM,1,1,,A,13nUgBWP01PkHvDU7<kC4wvJ2>`<,0");
    feed_sentence("BSVDM,1,1,3,,13nUgBWP01PkHvDU7<kC4wvJ2>`<,0");
    feed(REPORT "\n" REPORT "\r" REPORT "\n\n\r\r\n");
    feed("\\s:station1,c:1440000000*00\\" REPORT "\n");
    assert_int_equal(reports, 6);
    assert_int_equal(intake.counts.damaged, 0);
    assert_int_equal(intake.counts.lines, 6);
}

static void own_ship_and_other_sentences_are_no_reports(void **state)
{
    (void)state;
    feed_sentence("AIVDO,1,1,,B,13nUgBWP01PkHvDU7<kC4wvJ2>`<,0");
    feed("$GPGSA,A,3,11,32,14,28,22,03,10,08,17,,,,2.02,1.03,1.74*00\n# text\n!\n!AIVDM\n\\open tag block\n*\n");
    assert_int_equal(reports, 0);
    assert_int_equal(intake.counts.sentences, 0);
    assert_int_equal(intake.counts.lines, 7);
}

static void damaged_sentences_are_counted(void **state)
{
    static const char *const bodies[] = {
        "AIVDM,1,1,,B,13nUgBWP01PkHvDU7<kC4wvJ2>`<,6", "AIVDM,1,1,,B,13nUgBWP01PkHvDU7<kC4wvJ2>`<,-1",
        "AIVDM,1,1,,B,13nUgBWP01PkHvDU7<kC4wvJ2>`<,",  "AIVDM,1,1,,B,13nUgBWP01PkHvDU7<kC4wvJ2>`<",
        "AIVDM,1,1,,B,13nUgBWP01PkHvDU7<kC4wvJ2>`<,0,", "AIVDM,1,1,,B,,0", "AIVDM,1,1,,BB,13nUgBWP01PkHvDU7<kC4wvJ2>`<,0",
        "AIVDM,1,1,12,B,13nUgBWP01PkHvDU7<kC4wvJ2>`<,0", "AIVDM,0,1,,B,13nUgBWP01PkHvDU7<kC4wvJ2>`<,0",
        "AIVDM,1,0,,B,13nUgBWP01PkHvDU7<kC4wvJ2>`<,0", "AIVDM,1,2,,B,13nUgBWP01PkHvDU7<kC4wvJ2>`<,0",
        "AIVDM,10,1,,B,13nUgBWP01PkHvDU7<kC4wvJ2>`<,0", "AIVDM,,,,,,", "AIVDM,", "AIVDM,,",
        "AIVDM,1,1,,B,13nUgBWP01PkHvDU7<kC4wvJ2>X<,0", "AIVDM,1,1,,B,13nUgBWP01PkHvDU7<kC4wvJ2>_<,0",
        "AIVDM,1,1,,B,13nUgBWP01PkHvDU7<kC4wvJ2>x<,0", "AIVDM,1,1,,B,13nUgBWP01PkHvDU7<kC4wvJ2>/<,0" };
    uint32_t count = sizeof bodies / sizeof bodies[0];

    (void)state;
    for (uint32_t i = 0; i < count; i++) feed_sentence(bodies[i]);
    assert_int_equal(intake.counts.damaged, count);
    feed("!AIVDM,1,1,,B,13nUgBWP01PkHvDU7<kC4wvJ2>`<,0*26\n!AIVDM,1,1,,B,13nUgBWP01PkHvDU7<kC4wvJ2>`<,0*2\n");
    feed("!AIVDM,1,1,,B,13nUgBWP01PkHvDU7<kC4wvJ2>`<,0*2G\n!AIVDM,1,1,,B,13nUgBWP01PkHvDU7<kC4wvJ2>`<,0\n");
    feed("!AIVDM,*\n!AIVDM,*0\n");
    assert_int_equal(intake.counts.damaged, count + 6);
    assert_int_equal(intake.counts.sentences, count + 6);
    assert_int_equal(reports, 0);
}

static void a_line_without_end_is_bounded(void **state)
{
    (void)state;
    feed("!AIVDM,1,1,,B,");
    for (int i = 0; i < 100000; i++) feed("0");
    feed(",0*00\n" REPORT "\n");
    assert_int_equal(intake.counts.damaged, 1);
    assert_int_equal(reports, 1);
}

static void the_end_line_ends_the_run(void **state)
{
    (void)state;
    feed("$BHEND\r\n$BHEND2\n$BHEN\n x$BHEND\n");
    assert_int_equal(ends, 1);
    assert_int_equal(intake.counts.lines, 3);
}

/* ---- messages ---- */
static void a_report_has_exactly_168_bits(void **state)
{
    (void)state;
    feed_sentence("AIVDM,1,1,,B,13nUgBWP01PkHvDU7<kC4wvJ2>`<,1");
    feed_sentence("AIVDM,1,1,,B,13nUgBWP01PkHvDU7<kC4wvJ2>`<0,0");
    feed_sentence("AIVDM,1,1,,B,13nUgBWP01PkHvDU7<kC4wvJ2>`,0");
    feed_sentence("AIVDM,1,1,,B,1,5");
    feed_sentence("AIVDM,1,1,,B,B,0");
    assert_int_equal(intake.counts.misfits, 5);
    assert_int_equal(intake.counts.messages, 5);
    assert_int_equal(reports, 0);
}

static void other_types_are_ignored(void **state)
{
    (void)state;
    feed_sentence("AIVDM,1,1,,A,402:LtTjF<G8048j=h0000000000,0");
    feed_sentence("AIVDM,1,1,,A,w02:LtTjF<G8048j=h0000000000,0");
    assert_int_equal(intake.counts.ignored, 2);
    assert_int_equal(reports, 0);
}

static void class_b_has_neither_status_nor_turn(void **state)
{
    (void)state;
    feed_sentence("AIVDM,1,1,,A,Bwwwwwwwwwwwwwwwwwwwwwwwwwww,0");
    assert_int_equal(reports, 1);
    assert_int_equal(report.msg, 18);
    assert_int_equal(report.status, 0);
    assert_int_equal(report.turn, 0);
    assert_int_equal(report.mmsi, (1u << 30) - 1);
    assert_int_equal(report.speed, 1023);
    assert_int_equal(report.course, 4095);
    assert_int_equal(report.second, 63);
    assert_int_equal(report.lat, -1);
    assert_int_equal(report.lon, -1);
}

/* ---- groups ---- */
#define FIRST "AIVDM,2,1,4,A,13nUgBWP01PkHvDU7<kC,0"
#define SECOND "AIVDM,2,2,4,A,4wvJ2>`<,0"

static void a_report_may_come_in_parts(void **state)
{
    (void)state;
    feed_sentence(FIRST);
    assert_int_equal(reports, 0);
    feed_sentence(SECOND);
    assert_int_equal(reports, 1);
    assert_int_equal(report.mmsi, REPORT_MMSI);
    assert_int_equal(report.lat, 38915277);
    feed_sentence("AIVDM,3,1,4,A,13nUg,0");
    feed_sentence("AIVDM,3,2,4,A,BWP01PkHvDU7<kC4wvJ2>`,0");
    feed_sentence("AIVDM,3,3,4,A,<,0");
    assert_int_equal(reports, 2);
    assert_int_equal(intake.decoder.lost, 0);
}

static void groups_may_be_interleaved(void **state)
{
    (void)state;
    feed_sentence(FIRST);
    feed_sentence("AIVDM,2,1,5,A,14eG;o@034o8sd<L,0");
    feed_sentence("AIVDM,2,1,4,B,15MgK45P3@G?,0");
    feed(REPORT "\n");
    feed_sentence("AIVDM,2,2,4,B,fl0E`JbR0OwT0@MS,0");
    assert_int_equal(report.mmsi, 366730000);
    feed_sentence("AIVDM,2,2,5,A,9D`d:4pP0<8v,0");
    assert_int_equal(reports, 3);
    feed_sentence(SECOND);
    assert_int_equal(reports, 4);
    assert_int_equal(report.mmsi, REPORT_MMSI);
    assert_int_equal(intake.decoder.lost, 0);
}

static void parts_that_do_not_follow_are_lost(void **state)
{
    (void)state;
    feed_sentence(SECOND);                                /* without a first */
    assert_int_equal(intake.decoder.lost, 1);
    feed_sentence(FIRST);
    feed_sentence(FIRST);                                 /* begins anew */
    assert_int_equal(intake.decoder.lost, 2);
    feed_sentence("AIVDM,3,2,4,A,4wvJ2>`<,0");            /* another total: neither is whole now */
    assert_int_equal(intake.decoder.lost, 4);
    feed_sentence(SECOND);
    assert_int_equal(intake.decoder.lost, 5);
    feed_sentence("AIVDM,2,1,4,A,13nUgBWP01PkHvDU7<kC,2");    /* fill bits before the end */
    feed_sentence(SECOND);
    assert_int_equal(intake.decoder.lost, 7);
    feed_sentence("AIVDM,3,1,4,A,13nUgBWP01PkHvDU7<kC,0");
    feed_sentence("AIVDM,3,3,4,A,4wvJ2>`<,0");            /* the second of three is missing */
    assert_int_equal(intake.decoder.lost, 9);
    assert_int_equal(reports, 0);
    assert_int_equal(intake.counts.messages, 0);
    assert_int_equal(intake.counts.damaged, 0);
}

static void old_halves_are_not_joined_with_new_ones(void **state)
{
    (void)state;
    feed_sentence(FIRST);
    for (uint32_t i = 0; i <= AIS_GROUP_AGE; i++) feed(REPORT "\n");
    reports = 0;
    feed_sentence(SECOND);
    assert_int_equal(reports, 0);
    assert_int_equal(intake.decoder.lost, 2);
}

static void open_groups_are_bounded(void **state)
{
    char body[64];

    (void)state;
    for (uint32_t i = 0; i < AIS_GROUPS + 1; i++) {
        snprintf(body, sizeof body, "AIVDM,2,1,%c,A,13nUgBWP01PkHvDU7<kC,0", 'a' + i);
        feed_sentence(body);
    }
    assert_int_equal(intake.decoder.lost, 1);
    for (uint32_t i = 0; i < AIS_GROUPS + 1; i++) {
        snprintf(body, sizeof body, "AIVDM,2,2,%c,A,4wvJ2>`<,0", 'a' + i);
        feed_sentence(body);
        assert_int_equal(reports, i);                     /* the oldest gave way */
    }
    assert_int_equal(intake.decoder.lost, 2);
}

static void a_long_group_is_counted_not_kept(void **state)
{
    char body[300];

    (void)state;
    for (int part = 1; part <= 9; part++) {
        int start = snprintf(body, sizeof body, "AIVDM,9,%d,1,A,", part);
        memset(body + start, '1', 200);
        strcpy(body + start + 200, ",0");
        feed_sentence(body);
    }
    assert_int_equal(intake.counts.misfits, 1);
    assert_int_equal(intake.decoder.lost, 0);
}

/* ---- whole runs ---- */
/* Class B has no status and no turn: 0. */
static long json_number(const char *line, const char *key)
{
    char name[32];

    snprintf(name, sizeof name, "\"%s\": ", key);
    const char *at = strstr(line, name), *end = strchr(line, '\n');
    return at == NULL || at > end ? 0 : strtol(at + strlen(name), NULL, 10);
}

static void compare(const char *line)
{
    assert_int_equal(report.msg, json_number(line, "type"));
    assert_int_equal(report.mmsi, json_number(line, "mmsi"));
    assert_int_equal(report.status, json_number(line, "status"));
    assert_int_equal(report.turn, json_number(line, "turn"));
    assert_int_equal(report.speed, json_number(line, "speed"));
    assert_int_equal(report.lon, json_number(line, "lon"));
    assert_int_equal(report.lat, json_number(line, "lat"));
    assert_int_equal(report.course, json_number(line, "course"));
    assert_int_equal(report.heading, json_number(line, "heading"));
    assert_int_equal(report.second, json_number(line, "second"));
}

/* Decodes a receiver's log and compares every field of every report with an independent decoder's. */
static void compare_log(const char *name, uint32_t count)
{
    char path[128], line[512];
    int byte;

    snprintf(path, sizeof path, "../shared/data/ais/%s.log", name);
    FILE *log = fopen(path, "r");
    snprintf(path, sizeof path, "../shared/data/ais/%s.positions.jsonl", name);
    FILE *expected = fopen(path, "r");
    if (log == NULL || expected == NULL) {
        if (log != NULL) fclose(log);
        if (expected != NULL) fclose(expected);
        skip();
    }
    while ((byte = getc(log)) != EOF) {
        if (intake_add(&intake, (char)byte, &report) != INTAKE_REPORT) continue;
        reports++;
        assert_non_null(fgets(line, sizeof line, expected));
        compare(line);
    }
    assert_int_equal(reports, count);
    assert_null(fgets(line, sizeof line, expected));
    fclose(log);
    fclose(expected);
}

static void the_first_real_log_gives_804_reports(void **state)
{
    (void)state;
    compare_log("ais-nmea-type6-fid55", 804);
}

static void the_second_real_log_gives_144_reports(void **state)
{
    (void)state;
    compare_log("ais-nmea", 144);
}

static bool is_deliverable(const struct PositionReport *r)
{
    return PositionReport_valid(r, sizeof *r) &&
           !(r->lat >= 600000 && r->lat <= 900000 && r->lon >= 62100000 && r->lon <= 62700000);
}

/* Encoder and decoder were written apart; they agree on every report and on every count. */
static void the_fleet_arrives_as_it_says(void **state)
{
    const struct traffic_options options = { .reports = 5000, .seed = 4, .damaged = 40 };
    char *nmea, *json;
    size_t nmea_size, json_size;
    FILE *sentences = open_memstream(&nmea, &nmea_size), *expect = open_memstream(&json, &json_size);
    struct traffic_counts told = traffic_write(&options, sentences, expect);

    (void)state;
    fclose(sentences);
    fclose(expect);
    const char *line = json;
    for (size_t i = 0; i < nmea_size; i++) {
        if (intake_add(&intake, nmea[i], &report) != INTAKE_REPORT || !is_deliverable(&report)) continue;
        assert_true(line < json + json_size);
        compare(line);
        line = strchr(line, '\n') + 1;
    }
    assert_ptr_equal(line, json + json_size);
    assert_int_equal(intake.counts.reports, told.reports);
    assert_int_equal(intake.counts.lines, told.lines);
    assert_int_equal(intake.counts.sentences, told.sentences);
    assert_int_equal(intake.counts.damaged, told.damaged);
    assert_int_equal(intake.counts.messages, told.messages);
    assert_int_equal(intake.counts.ignored, told.ignored);
    assert_int_equal(intake.counts.misfits, told.misfits);
    assert_int_equal(intake.decoder.lost, told.lost_parts);
    assert_int_equal(told.reports, 5000);
    assert_int_equal(told.inside + told.refused + told.delivered, told.reports);
    assert_true(told.inside > 100 && told.refused > 10 && told.damaged > 500);
    free(nmea);
    free(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_report_is_decoded, setup),
        cmocka_unit_test_setup(any_talker_and_line_end_will_do, setup),
        cmocka_unit_test_setup(own_ship_and_other_sentences_are_no_reports, setup),
        cmocka_unit_test_setup(damaged_sentences_are_counted, setup),
        cmocka_unit_test_setup(a_line_without_end_is_bounded, setup),
        cmocka_unit_test_setup(the_end_line_ends_the_run, setup),
        cmocka_unit_test_setup(a_report_has_exactly_168_bits, setup),
        cmocka_unit_test_setup(other_types_are_ignored, setup),
        cmocka_unit_test_setup(class_b_has_neither_status_nor_turn, setup),
        cmocka_unit_test_setup(a_report_may_come_in_parts, setup),
        cmocka_unit_test_setup(groups_may_be_interleaved, setup),
        cmocka_unit_test_setup(parts_that_do_not_follow_are_lost, setup),
        cmocka_unit_test_setup(old_halves_are_not_joined_with_new_ones, setup),
        cmocka_unit_test_setup(open_groups_are_bounded, setup),
        cmocka_unit_test_setup(a_long_group_is_counted_not_kept, setup),
        cmocka_unit_test_setup(the_first_real_log_gives_804_reports, setup),
        cmocka_unit_test_setup(the_second_real_log_gives_144_reports, setup),
        cmocka_unit_test_setup(the_fleet_arrives_as_it_says, setup),
    };
    return cmocka_run_group_tests_name("ais_intake", tests, NULL, NULL);
}
