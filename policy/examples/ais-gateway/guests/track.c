/* SPDX-License-Identifier: Apache-2.0 */
/* Box filter, JSON line and coarse position. */
#include "track.h"

enum { TRACK_UNITS_A_DEGREE = 600000, TRACK_NOTICE_UNITS = TRACK_UNITS_A_DEGREE / 100, TRACK_CLASS_B = 18 };

bool track_is_inside(const struct track_box *box, const struct PositionReport *report)
{
    return report->lat >= box->lat_lo && report->lat <= box->lat_hi && report->lon >= box->lon_lo && report->lon <= box->lon_hi;
}

void track_print(struct text *text, const struct PositionReport *report)
{
    text_print(text, "{\"type\": %d, \"mmsi\": %u", report->msg, report->mmsi);
    if (report->msg != TRACK_CLASS_B) text_print(text, ", \"status\": %d, \"turn\": %d", report->status, report->turn);
    text_print(text, ", \"speed\": %d, \"lon\": %d, \"lat\": %d", report->speed, report->lon, report->lat);
    text_print(text, ", \"course\": %d, \"heading\": %d, \"second\": %d}\n", report->course, report->heading, report->second);
}

void track_coarsen(const struct PositionReport *report, struct Notice *notice)
{
    notice->lat = (int16_t)(report->lat / TRACK_NOTICE_UNITS);
    notice->lon = (int16_t)(report->lon / TRACK_NOTICE_UNITS);
}
