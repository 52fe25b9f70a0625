/* SPDX-License-Identifier: Apache-2.0 */
/* Groups of sentences, and the bits of position reports. Every field is untrusted but what nmea_parse() promises. */
#include "ais.h"

/* Bit offsets of ITU-R M.1371-5, annex 8: table 48 (messages 1, 2, 3), table 70 (message 18). */
struct ais_layout { uint8_t speed, lon, lat, course, heading, second; };

enum { AIS_TYPE_BITS = 6, AIS_MMSI = 8, AIS_STATUS = 38, AIS_TURN = 42, AIS_CLASS_B = 18 };

static const struct ais_layout ais_class_a = { .speed = 50, .lon = 61, .lat = 89, .course = 116, .heading = 128,
                                               .second = 137 };
static const struct ais_layout ais_class_b = { .speed = 46, .lon = 57, .lat = 85, .course = 112, .heading = 124,
                                               .second = 133 };

static uint32_t ais_unsigned(const struct ais_message *message, uint32_t first, uint32_t count)
{
    uint32_t value = 0;

    for (uint32_t bit = first; bit < first + count; bit++) {
        value = value << 1 | ((uint32_t)message->values[bit / 6] >> (5 - bit % 6) & 1u);
    }
    return value;
}

static int32_t ais_signed(const struct ais_message *message, uint32_t first, uint32_t count)
{
    uint32_t sign = 1u << (count - 1);

    return (int32_t)((ais_unsigned(message, first, count) ^ sign) - sign);
}

static void ais_decode(const struct ais_message *message, uint8_t type, struct PositionReport *report)
{
    const struct ais_layout *at = type == AIS_CLASS_B ? &ais_class_b : &ais_class_a;

    *report = (struct PositionReport){
        .lat = ais_signed(message, at->lat, 27), .lon = ais_signed(message, at->lon, 28),
        .mmsi = ais_unsigned(message, AIS_MMSI, 30), .speed = (uint16_t)ais_unsigned(message, at->speed, 10),
        .course = (uint16_t)ais_unsigned(message, at->course, 12), .heading = (uint16_t)ais_unsigned(message, at->heading, 9),
        .second = (uint8_t)ais_unsigned(message, at->second, 6), .msg = type };
    if (type == AIS_CLASS_B) return;
    report->status = (uint8_t)ais_unsigned(message, AIS_STATUS, 4);
    report->turn = (int8_t)ais_signed(message, AIS_TURN, 8);
}

static enum ais_result ais_finish(const struct ais_message *message, struct PositionReport *report)
{
    uint8_t type = (uint8_t)ais_unsigned(message, 0, AIS_TYPE_BITS);

    if (type != 1 && type != 2 && type != 3 && type != AIS_CLASS_B) return AIS_OTHER;
    if (message->bits != AIS_REPORT_BITS) return AIS_LENGTH;
    ais_decode(message, type, report);
    return AIS_REPORT;
}

/* Appends a sentence's armour; a message cannot outgrow `bits`: nine sentences of NMEA_LINE_MAX characters. */
static void ais_append(struct ais_message *message, const struct nmea_vdm *vdm)
{
    for (size_t i = 0; i < vdm->length; i++) {
        size_t at = message->bits / 6 + i;
        if (at < AIS_REPORT_CHARACTERS) message->values[at] = (uint8_t)nmea_armour_value(vdm->armour[i]);
    }
    message->bits += (uint32_t)vdm->length * 6 - vdm->fill;
}

/* Frees a group that will not become whole. */
static void ais_give_up(struct ais_decoder *decoder, struct ais_group *group)
{
    if (group->total == 0) return;
    decoder->lost += group->next - 1u;
    group->total = 0;
}

/* The open group that the sentence belongs to. Groups that are too old are given up on the way. */
static struct ais_group *ais_find(struct ais_decoder *decoder, const struct nmea_vdm *vdm)
{
    struct ais_group *found = 0;

    for (struct ais_group *group = decoder->groups; group < decoder->groups + AIS_GROUPS; group++) {
        if (group->total != 0 && decoder->sentences - group->last > AIS_GROUP_AGE) ais_give_up(decoder, group);
        if (group->total != 0 && group->sequence == vdm->sequence && group->channel == vdm->channel) found = group;
    }
    return found;
}

/* An entry for a new group: a free one, else the oldest. */
static struct ais_group *ais_claim(struct ais_decoder *decoder)
{
    struct ais_group *chosen = decoder->groups;

    for (struct ais_group *group = decoder->groups; group < decoder->groups + AIS_GROUPS && chosen->total != 0; group++) {
        if (group->total == 0 || group->last < chosen->last) chosen = group;
    }
    ais_give_up(decoder, chosen);
    return chosen;
}

/* The group that the sentence goes on with, or begins; NULL if it fits none. */
static struct ais_group *ais_place(struct ais_decoder *decoder, const struct nmea_vdm *vdm)
{
    struct ais_group *group = ais_find(decoder, vdm);

    if (vdm->part == 1) {
        if (group == 0) group = ais_claim(decoder);
        ais_give_up(decoder, group);
        *group = (struct ais_group){ .total = vdm->total, .next = 1, .sequence = vdm->sequence, .channel = vdm->channel };
    }
    bool only_last_is_filled = vdm->fill == 0 || vdm->part == vdm->total;

    if (group != 0 && group->total == vdm->total && group->next == vdm->part && only_last_is_filled) return group;
    if (group != 0) ais_give_up(decoder, group);
    decoder->lost++;
    return 0;
}

static enum ais_result ais_add_part(struct ais_decoder *decoder, const struct nmea_vdm *vdm, struct PositionReport *report)
{
    struct ais_group *group = ais_place(decoder, vdm);

    if (group == 0) return AIS_PART;
    ais_append(&group->message, vdm);
    group->last = decoder->sentences;
    group->next++;
    if (vdm->part < vdm->total) return AIS_PART;
    group->total = 0;
    return ais_finish(&group->message, report);
}

enum ais_result ais_add(struct ais_decoder *decoder, const struct nmea_vdm *vdm, struct PositionReport *report)
{
    struct ais_message single = { .bits = 0 };

    decoder->sentences++;
    if (vdm->total > 1) return ais_add_part(decoder, vdm, report);
    ais_append(&single, vdm);
    return ais_finish(&single, report);
}
