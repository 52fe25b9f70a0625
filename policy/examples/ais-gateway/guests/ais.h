/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AIS messages (ITU-R M.1371-5) out of VDM sentences: puts groups together and decodes position reports 1, 2, 3 and 18.
 *
 * Groups of several sentences may be interleaved. A position report is exactly 168 bits, so no more than those are kept of any
 * message. All input is untrusted. Also compiled on the host, where it is tested and fuzzed.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "ais_gateway.h"
#include "nmea.h"

#define AIS_REPORT_BITS 168u
#define AIS_REPORT_CHARACTERS (AIS_REPORT_BITS / 6)
#define AIS_GROUPS 16u                /* groups that may be open at a time; the oldest gives way */
#define AIS_GROUP_AGE 64u             /* sentences after which an open group is given up: its numbers will be used again */

struct ais_message {
    uint8_t values[AIS_REPORT_CHARACTERS];    /* six bits each */
    uint32_t bits;                    /* of the whole message */
};

struct ais_group {
    struct ais_message message;
    uint64_t last;                    /* number of the sentence that was added last */
    uint8_t total;                    /* 0: this entry is free */
    uint8_t next;                     /* part that must come next */
    char sequence, channel;
};

struct ais_decoder {
    struct ais_group groups[AIS_GROUPS];
    uint64_t sentences;
    uint32_t lost;                    /* sentences whose group never became whole */
};

enum ais_result {
    AIS_PART,                         /* no message ended with this sentence */
    AIS_REPORT,                       /* a position report, decoded */
    AIS_OTHER,                        /* a message of another type */
    AIS_LENGTH                        /* a position report's type, but not 168 bits */
};

/* Adds one sentence. The report's values are as on the air, whatever range its type allows. Starts from a zeroed decoder. */
enum ais_result ais_add(struct ais_decoder *decoder, const struct nmea_vdm *vdm, struct PositionReport *report);
