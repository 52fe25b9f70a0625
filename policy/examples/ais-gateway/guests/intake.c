/* SPDX-License-Identifier: Apache-2.0 */
/* Lines to sentences to reports, counted on the way. */
#include "intake.h"
#include "guest/memory.h"

static enum intake_event intake_count_message(struct intake_counts *counts, enum ais_result result)
{
    if (result == AIS_PART) return INTAKE_NOTHING;
    counts->messages++;
    if (result == AIS_OTHER) counts->ignored++;
    if (result == AIS_LENGTH) counts->misfits++;
    if (result != AIS_REPORT) return INTAKE_NOTHING;
    counts->reports++;
    return INTAKE_REPORT;
}

static bool intake_is_end(const struct nmea_line *line)
{
    return line->length == sizeof INTAKE_END_LINE - 1 && memcmp(line->data, INTAKE_END_LINE, line->length) == 0;
}

enum intake_event intake_add(struct intake *intake, char byte, struct PositionReport *report)
{
    struct nmea_vdm vdm;

    if (!nmea_line_add(&intake->line, byte)) return INTAKE_NOTHING;
    if (intake_is_end(&intake->line)) return INTAKE_END;
    intake->counts.lines++;
    enum nmea_kind kind = nmea_parse(&intake->line, &vdm);

    if (kind != NMEA_OTHER) intake->counts.sentences++;
    if (kind == NMEA_DAMAGED) intake->counts.damaged++;
    if (kind != NMEA_VDM) return INTAKE_NOTHING;
    return intake_count_message(&intake->counts, ais_add(&intake->decoder, &vdm, report));
}
