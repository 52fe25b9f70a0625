/* SPDX-License-Identifier: Apache-2.0 */
/* Parsing of `!ccVDM,total,part,sequence,channel,armour,fill*checksum` (IEC 61162-1, 8.3.69). Every byte is untrusted. */
#include "nmea.h"

enum nmea_field { NMEA_TOTAL, NMEA_PART, NMEA_SEQUENCE, NMEA_CHANNEL, NMEA_ARMOUR, NMEA_FILL, NMEA_FIELDS };

#define NMEA_ADDRESS 6u               /* "!AIVDM" */

struct nmea_text { const char *data; size_t length; };

bool nmea_line_add(struct nmea_line *line, char byte)
{
    if (line->complete) *line = (struct nmea_line){ .length = 0 };
    if (byte == '\n' || byte == '\r') {
        line->complete = line->length > 0;
    } else if (line->length < sizeof line->data) {
        line->data[line->length++] = byte;
    } else {
        line->cut = true;
    }
    return line->complete;
}

int nmea_armour_value(char character)
{
    if (character >= '0' && character <= 'W') return character - '0';
    if (character >= '`' && character <= 'w') return character - '`' + 40;
    return -1;
}

static int nmea_hex_value(char character)
{
    if (character >= '0' && character <= '9') return character - '0';
    if (character >= 'A' && character <= 'F') return character - 'A' + 10;
    if (character >= 'a' && character <= 'f') return character - 'a' + 10;
    return -1;
}

/* The sentence without a tag block (`\...\`, NMEA 0183 4.0) before it. */
static struct nmea_text nmea_skip_tags(const struct nmea_line *line)
{
    size_t start = 0;

    if (line->data[0] == '\\') {
        for (start = 1; start < line->length && line->data[start] != '\\'; start++) continue;
        if (start < line->length) start++;
    }
    return (struct nmea_text){ line->data + start, line->length - start };
}

static bool nmea_is_vdm(struct nmea_text sentence)
{
    return sentence.length > NMEA_ADDRESS && sentence.data[0] == '!' && sentence.data[3] == 'V' && sentence.data[4] == 'D' &&
           sentence.data[5] == 'M' && sentence.data[NMEA_ADDRESS] == ',';
}

/* Checks `*hh` at the end against all between `!` and `*`; leaves the fields: what stands between the address and `*`. */
static bool nmea_check_sum(struct nmea_text *sentence)
{
    size_t star = sentence->length - 3;
    uint8_t sum = 0;

    if (sentence->length < NMEA_ADDRESS + 4 || sentence->data[star] != '*') return false;
    int high = nmea_hex_value(sentence->data[star + 1]), low = nmea_hex_value(sentence->data[star + 2]);
    for (size_t i = 1; i < star; i++) sum ^= (uint8_t)sentence->data[i];
    if (high < 0 || low < 0 || sum != high * 16 + low) return false;
    *sentence = (struct nmea_text){ sentence->data + NMEA_ADDRESS + 1, star - NMEA_ADDRESS - 1 };
    return true;
}

/* Exactly NMEA_FIELDS fields, parted by commas. */
static bool nmea_split(struct nmea_text text, struct nmea_text fields[NMEA_FIELDS])
{
    size_t field = 0, start = 0;

    for (size_t i = 0; i <= text.length; i++) {
        if (i < text.length && text.data[i] != ',') continue;
        if (field == NMEA_FIELDS) return false;
        fields[field++] = (struct nmea_text){ text.data + start, i - start };
        start = i + 1;
    }
    return field == NMEA_FIELDS;
}

static bool nmea_read_digit(struct nmea_text field, uint8_t low, uint8_t high, uint8_t *value)
{
    if (field.length != 1 || field.data[0] < '0' + low || field.data[0] > '0' + high) return false;
    *value = (uint8_t)(field.data[0] - '0');
    return true;
}

/* An identifier of at most one character. */
static bool nmea_read_mark(struct nmea_text field, char *mark)
{
    *mark = field.length == 1 ? field.data[0] : '\0';
    return field.length <= 1;
}

static bool nmea_read_armour(struct nmea_text field, struct nmea_vdm *vdm)
{
    for (size_t i = 0; i < field.length; i++) {
        if (nmea_armour_value(field.data[i]) < 0) return false;
    }
    vdm->armour = field.data;
    vdm->length = field.length;
    return field.length > 0;
}

enum nmea_kind nmea_parse(const struct nmea_line *line, struct nmea_vdm *vdm)
{
    struct nmea_text sentence = nmea_skip_tags(line), fields[NMEA_FIELDS];

    if (!nmea_is_vdm(sentence)) return NMEA_OTHER;
    if (line->cut || !nmea_check_sum(&sentence) || !nmea_split(sentence, fields)) return NMEA_DAMAGED;
    if (!nmea_read_digit(fields[NMEA_TOTAL], 1, 9, &vdm->total) || !nmea_read_digit(fields[NMEA_PART], 1, 9, &vdm->part) ||
        vdm->part > vdm->total || !nmea_read_mark(fields[NMEA_SEQUENCE], &vdm->sequence) ||
        !nmea_read_mark(fields[NMEA_CHANNEL], &vdm->channel) || !nmea_read_armour(fields[NMEA_ARMOUR], vdm) ||
        !nmea_read_digit(fields[NMEA_FILL], 0, 5, &vdm->fill)) {
        return NMEA_DAMAGED;
    }
    return NMEA_VDM;
}
