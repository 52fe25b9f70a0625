/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NMEA 0183 sentences as AIS receivers give them: lines out of a stream of bytes, and VDM sentences out of lines. All input
 * comes from the world and is untrusted. Also compiled on the host, where it is tested and fuzzed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NMEA_LINE_MAX 255u            /* bytes; the standard has 82, receivers exceed it and put tag blocks before */

struct nmea_line {
    char data[NMEA_LINE_MAX];
    size_t length;
    bool cut;                         /* longer than the buffer: what did not fit is gone */
    bool complete;
};

/* Adds one byte; true when it ended a line that is not empty. The next byte begins a new line. */
bool nmea_line_add(struct nmea_line *line, char byte);

enum nmea_kind { NMEA_OTHER, NMEA_DAMAGED, NMEA_VDM };

/* One VDM sentence. `armour` points into the line. */
struct nmea_vdm {
    uint8_t total, part;              /* sentences of the message, and which this is: 1 to total, total 1 to 9 */
    char sequence, channel;           /* that tell groups apart; 0 where the field is empty */
    const char *armour;               /* at least one character, all of the six-bit alphabet */
    size_t length;
    uint8_t fill;                     /* bits, 0 to 5, that the last character holds beyond the message */
};

/* A line with its checksum and fields in order is NMEA_VDM and fills in `vdm`. VDO, the receiver's own ship, is NMEA_OTHER. */
enum nmea_kind nmea_parse(const struct nmea_line *line, struct nmea_vdm *vdm);

/* Value of a character of the six-bit alphabet (ITU-R M.1371, table 47; IEC 61162-1), 0 to 63; -1: it is none. */
int nmea_armour_value(char character);
