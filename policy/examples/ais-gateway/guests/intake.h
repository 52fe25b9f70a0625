/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From bytes of the serial port to position reports, and a count of all that came in. All input is untrusted; nothing that
 * comes in can do more than be counted. Also compiled on the host, where it is tested and fuzzed.
 */
#pragma once

#include "ais.h"
#include "nmea.h"

#define INTAKE_END_LINE "$BHEND"      /* whoever feeds the port ends a run of input with this line */

struct intake_counts {
    uint32_t lines;                   /* of any kind, the end line apart */
    uint32_t sentences;               /* VDM, damaged ones included */
    uint32_t damaged;                 /* VDM with a wrong checksum or form */
    uint32_t messages;                /* whole AIS messages of any type */
    uint32_t ignored;                 /* messages of types that are not carried */
    uint32_t misfits;                 /* position reports that are not of 168 bits */
    uint32_t reports;
};

struct intake {
    struct nmea_line line;
    struct ais_decoder decoder;       /* decoder.lost: sentences of groups that never became whole */
    struct intake_counts counts;
};

enum intake_event { INTAKE_NOTHING, INTAKE_REPORT, INTAKE_END };

/* Adds one byte. INTAKE_REPORT: it completed `report`. Starts from a zeroed intake. */
enum intake_event intake_add(struct intake *intake, char byte, struct PositionReport *report);
