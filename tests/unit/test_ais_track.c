/* SPDX-License-Identifier: Apache-2.0 */
/* What guard and high do with a report: the box with its ends, the JSON line, the coarse position. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include "policy/examples/ais-gateway/guests/track.h"

static const struct track_box box = { .lat_lo = 600000, .lat_hi = 900000, .lon_lo = 62100000, .lon_hi = 62700000 };

static bool inside(int32_t lat, int32_t lon)
{
    const struct PositionReport report = { .lat = lat, .lon = lon };

    return track_is_inside(&box, &report);
}

static void the_box_includes_its_ends(void **state)
{
    (void)state;
    for (int32_t lat = 0; lat < 2; lat++) {
        for (int32_t lon = 0; lon < 2; lon++) assert_true(inside(lat ? 600000 : 900000, lon ? 62100000 : 62700000));
    }
    assert_true(inside(750000, 62400000));
    assert_false(inside(599999, 62400000));
    assert_false(inside(900001, 62400000));
    assert_false(inside(750000, 62099999));
    assert_false(inside(750000, 62700001));
    assert_false(inside(-750000, 62400000));
    assert_false(inside(0, 0));
}

static void check_line(const struct PositionReport *report, const char *line)
{
    char buffer[256];
    struct text text;

    text_start(&text, buffer, sizeof buffer);
    track_print(&text, report);
    assert_string_equal(buffer, line);
    assert_false(text.cut);
}

static void class_a_is_printed_whole(void **state)
{
    const struct PositionReport report = { .lat = 38915277, .lon = 6735818, .mmsi = 258568010, .speed = 1, .course = 787,
                                           .heading = 511, .second = 13, .msg = 1, .status = 7, .turn = -128 };

    (void)state;
    check_line(&report, "{\"type\": 1, \"mmsi\": 258568010, \"status\": 7, \"turn\": -128, \"speed\": 1, \"lon\": 6735818, "
                        "\"lat\": 38915277, \"course\": 787, \"heading\": 511, \"second\": 13}\n");
}

static void class_b_has_no_status_and_no_turn(void **state)
{
    const struct PositionReport report = { .lat = -30465271, .lon = -766581, .mmsi = 1, .speed = 65, .course = 870,
                                           .heading = 511, .second = 14, .msg = 18 };

    (void)state;
    check_line(&report, "{\"type\": 18, \"mmsi\": 1, \"speed\": 65, \"lon\": -766581, \"lat\": -30465271, \"course\": 870, "
                        "\"heading\": 511, \"second\": 14}\n");
}

static void extremes_fit_the_line(void **state)
{
    const struct PositionReport report = { .lat = INT32_MIN, .lon = INT32_MIN, .mmsi = UINT32_MAX, .speed = UINT16_MAX,
                                           .course = UINT16_MAX, .heading = UINT16_MAX, .second = UINT8_MAX, .msg = UINT8_MAX,
                                           .status = UINT8_MAX, .turn = INT8_MIN };

    (void)state;
    check_line(&report, "{\"type\": 255, \"mmsi\": 4294967295, \"status\": 255, \"turn\": -128, \"speed\": 65535, "
                        "\"lon\": -2147483648, \"lat\": -2147483648, \"course\": 65535, \"heading\": 65535, "
                        "\"second\": 255}\n");
}

/* Whatever a valid report says, the notice made of it is valid too. */
static void every_coarse_position_is_in_range(void **state)
{
    static const int32_t lats[] = { -54000000, -1, 0, 5999, 6000, 54000000 }, lons[] = { -108000000, -6001, 0, 108000000 };
    static const int16_t coarse_lats[] = { -9000, 0, 0, 0, 1, 9000 }, coarse_lons[] = { -18000, -1, 0, 18000 };

    (void)state;
    for (size_t i = 0; i < sizeof lats / sizeof lats[0]; i++) {
        for (size_t k = 0; k < sizeof lons / sizeof lons[0]; k++) {
            const struct PositionReport report = { .lat = lats[i], .lon = lons[k], .msg = 1 };
            struct Notice notice = { .id = 7 };
            track_coarsen(&report, &notice);
            assert_int_equal(notice.lat, coarse_lats[i]);
            assert_int_equal(notice.lon, coarse_lons[k]);
            assert_int_equal(notice.id, 7);
            assert_true(Notice_valid(&notice, sizeof notice));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_box_includes_its_ends),         cmocka_unit_test(class_a_is_printed_whole),
        cmocka_unit_test(class_b_has_no_status_and_no_turn), cmocka_unit_test(extremes_fit_the_line),
        cmocka_unit_test(every_coarse_position_is_in_range),
    };
    return cmocka_run_group_tests_name("ais_track", tests, NULL, NULL);
}
