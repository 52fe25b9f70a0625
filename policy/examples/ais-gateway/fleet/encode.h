/* SPDX-License-Identifier: Apache-2.0 */
/* AIS messages as bits, and VDM sentences (IEC 61162-1) that carry them. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include "ships.h"

#define ENCODE_BITS_MAX 1008u
#define ENCODE_LINE_MAX 128u

struct encode_bits {
    uint8_t values[ENCODE_BITS_MAX / 6];      /* six bits each */
    uint32_t count;
};

/* What stands around the armour of one sentence. */
struct encode_frame {
    const char *talker;               /* "!AIVDM" */
    uint8_t total, part;
    int sequence;                     /* 0 to 9; -1: empty */
    char channel;
};

/* Appends the `count` lowest bits, highest first. */
void encode_add(struct encode_bits *bits, uint32_t value, uint32_t count);

/* A position report: 168 bits. `radio`: the communication state at its end, which nobody reads. */
struct encode_bits encode_report(const struct ships_report *report, uint32_t radio);

/* Writes the sentence with the six-bit characters [first, last) of the message, checksum and line end. */
void encode_sentence(char line[ENCODE_LINE_MAX], const struct encode_frame *frame, const struct encode_bits *bits,
                     uint32_t first, uint32_t last);

/* Writes line end and a checksum that fits over whatever follows the star: for sentences that were changed. */
void encode_finish(char line[ENCODE_LINE_MAX]);
