/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes all that low does with the world's bytes. Whatever comes, reports keep to their bits and the counts add up. */
#include <stdlib.h>
#include <string.h>
#include "policy/examples/ais-gateway/guests/intake.h"
#include "policy/examples/ais-gateway/guests/track.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(bool condition)
{
    if (!condition) abort();
}

static void check_report(const struct PositionReport *report)
{
    char buffer[256];
    struct text text;

    need(report->msg == 1 || report->msg == 2 || report->msg == 3 || report->msg == 18);
    need(report->mmsi < 1u << 30 && report->speed < 1 << 10 && report->course < 1 << 12 && report->heading < 1 << 9);
    need(report->lon >= -(1 << 27) && report->lon < 1 << 27 && report->lat >= -(1 << 26) && report->lat < 1 << 26);
    text_start(&text, buffer, sizeof buffer);
    track_print(&text, report);
    need(!text.cut);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct intake *intake = calloc(1, sizeof *intake);
    const struct intake_counts *counts = &intake->counts;
    struct PositionReport report;
    uint32_t reports = 0;

    for (size_t i = 0; i < size; i++) {
        if (intake_add(intake, (char)data[i], &report) != INTAKE_REPORT) continue;
        check_report(&report);
        reports++;
    }
    need(counts->reports == reports);
    need(counts->messages == counts->ignored + counts->misfits + counts->reports);
    need(counts->messages + counts->damaged + intake->decoder.lost <= counts->sentences);
    need(counts->sentences <= counts->lines);
    free(intake);
    return 0;
}
