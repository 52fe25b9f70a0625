/* SPDX-License-Identifier: Apache-2.0 */
/* ITU-R M.1371-5, annex 8: table 48 (messages 1, 2, 3), table 70 (message 18). */
#include "encode.h"
#include <stdio.h>
#include <string.h>

void encode_add(struct encode_bits *bits, uint32_t value, uint32_t count)
{
    while (count-- > 0 && bits->count < ENCODE_BITS_MAX) {
        uint8_t bit = (uint8_t)(value >> count & 1u);
        bits->values[bits->count / 6] |= (uint8_t)(bit << (5 - bits->count % 6));
        bits->count++;
    }
}

static void encode_position(struct encode_bits *bits, const struct ships_report *report)
{
    encode_add(bits, report->speed, 10);
    encode_add(bits, 1, 1);           /* position accuracy */
    encode_add(bits, (uint32_t)report->lon, 28);
    encode_add(bits, (uint32_t)report->lat, 27);
    encode_add(bits, report->course, 12);
    encode_add(bits, report->heading, 9);
    encode_add(bits, report->second, 6);
}

struct encode_bits encode_report(const struct ships_report *report, uint32_t radio)
{
    struct encode_bits bits = { .count = 0 };

    encode_add(&bits, report->type, 6);
    encode_add(&bits, 0, 2);          /* repeat indicator */
    encode_add(&bits, report->mmsi, 30);
    if (report->type == 18) {
        encode_add(&bits, 0, 8);      /* reserved */
        encode_position(&bits, report);
        encode_add(&bits, radio, 29);
    } else {
        encode_add(&bits, report->status, 4);
        encode_add(&bits, (uint32_t)report->turn, 8);
        encode_position(&bits, report);
        encode_add(&bits, radio, 25);
    }
    return bits;
}

static char encode_character(uint8_t value)
{
    return (char)(value < 40 ? value + '0' : value - 40 + '`');
}

void encode_finish(char line[ENCODE_LINE_MAX])
{
    char *star = strrchr(line, '*');
    uint8_t sum = 0;

    for (const char *at = line + 1; at < star; at++) sum ^= (uint8_t)*at;
    snprintf(star, ENCODE_LINE_MAX - (size_t)(star - line), "*%02X\r\n", sum);
}

void encode_sentence(char line[ENCODE_LINE_MAX], const struct encode_frame *frame, const struct encode_bits *bits,
                     uint32_t first, uint32_t last)
{
    char armour[ENCODE_LINE_MAX / 2 + 1] = "", sequence[2] = "";
    uint32_t end = frame->part == frame->total ? last * 6 - bits->count : 0;

    for (uint32_t i = first; i < last && i - first < sizeof armour - 1; i++) {
        armour[i - first] = encode_character(bits->values[i]);
    }
    if (frame->sequence >= 0) sequence[0] = (char)('0' + frame->sequence);
    snprintf(line, ENCODE_LINE_MAX, "%s,%u,%u,%s,%c,%s,%u*", frame->talker, frame->total, frame->part, sequence, frame->channel,
             armour, end);
    encode_finish(line);
}
