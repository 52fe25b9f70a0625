/* SPDX-License-Identifier: Apache-2.0 */
/* Composes the traffic. What must be delivered is decided here, from the simulated ships, not by any decoder. */
#include "traffic.h"
#include <stdbool.h>
#include <string.h>
#include "encode.h"
#include "ships.h"

/* The exclusion box of the policy, ends included, in position units. */
enum {
    TRAFFIC_LAT_LO = SHIPS_DEGREE, TRAFFIC_LAT_HI = SHIPS_DEGREE * 3 / 2,
    TRAFFIC_LON_LO = SHIPS_DEGREE * 207 / 2, TRAFFIC_LON_HI = SHIPS_DEGREE * 209 / 2,
    TRAFFIC_LAT_MAX = 90 * SHIPS_DEGREE, TRAFFIC_LON_MAX = 180 * SHIPS_DEGREE
};

enum { TRAFFIC_STATIC_EACH = 10, TRAFFIC_OTHER_EACH = 25, TRAFFIC_SPLIT_PERCENT = 3, TRAFFIC_STATIC_BITS = 424 };

enum traffic_damage {
    TRAFFIC_FLIPPED,                  /* a character, and the checksum does not fit */
    TRAFFIC_TAIL_CUT,
    TRAFFIC_FIELD_LOST,               /* with a checksum that fits */
    TRAFFIC_ALPHABET,                 /* a character that is none of the six-bit alphabet, with a checksum that fits */
    TRAFFIC_FILL,                     /* more fill bits than a character has, likewise */
    TRAFFIC_TOO_LONG,                 /* a report of 174 bits: no damage to the sentence, but no report */
    TRAFFIC_ORPHAN,                   /* the second of two sentences alone */
    TRAFFIC_DAMAGES
};

struct traffic {
    const struct traffic_options *options;
    FILE *nmea, *expect;
    struct ships ships;
    struct traffic_counts counts;
    int sequence;                     /* of the next group */
    char held[ENCODE_LINE_MAX];       /* second sentence of a static report, to be written after the next report */
};

static void traffic_line(struct traffic *traffic, const char *line)
{
    fputs(line, traffic->nmea);
    traffic->counts.lines++;
    traffic->counts.sentences += strncmp(line + 3, "VDM,", 4) == 0;
}

static struct encode_frame traffic_frame(struct traffic *traffic)
{
    static const char *const talkers[] = { "!AIVDM", "!AIVDM", "!AIVDM", "!ABVDM", "!BSVDM" };
    struct ships_random *random = &traffic->ships.random;

    const char *talker = talkers[ships_pick(random, 5)];
    char channel = ships_pick(random, 2) == 0 ? 'A' : 'B';

    return (struct encode_frame){ .talker = talker, .total = 1, .part = 1, .sequence = -1, .channel = channel };
}

/* Both sentences of a message in two parts, the first of `split` characters. */
static void traffic_split(struct traffic *traffic, const struct encode_bits *bits, uint32_t split, char first[ENCODE_LINE_MAX],
                          char second[ENCODE_LINE_MAX])
{
    struct encode_frame frame = traffic_frame(traffic);

    frame.total = 2;
    frame.sequence = traffic->sequence;
    traffic->sequence = (traffic->sequence + 1) % 10;
    encode_sentence(first, &frame, bits, 0, split);
    frame.part = 2;
    encode_sentence(second, &frame, bits, split, (bits->count + 5) / 6);
}

static void traffic_expect(struct traffic *traffic, const struct ships_report *r)
{
    if (r->lat > TRAFFIC_LAT_MAX || r->lon > TRAFFIC_LON_MAX) {
        traffic->counts.refused++;
        return;
    }
    if (r->lat >= TRAFFIC_LAT_LO && r->lat <= TRAFFIC_LAT_HI && r->lon >= TRAFFIC_LON_LO && r->lon <= TRAFFIC_LON_HI) {
        traffic->counts.inside++;
        return;
    }
    traffic->counts.delivered++;
    if (traffic->expect == NULL) return;
    fprintf(traffic->expect, "{\"type\": %u, \"mmsi\": %u", r->type, r->mmsi);
    if (r->type != 18) fprintf(traffic->expect, ", \"status\": %u, \"turn\": %d", r->status, r->turn);
    fprintf(traffic->expect, ", \"speed\": %u, \"lon\": %d, \"lat\": %d", r->speed, r->lon, r->lat);
    fprintf(traffic->expect, ", \"course\": %u, \"heading\": %u, \"second\": %u}\n", r->course, r->heading, r->second);
}

static struct encode_bits traffic_next_report(struct traffic *traffic, struct ships_report *report)
{
    *report = ships_report(&traffic->ships);
    return encode_report(report, ships_pick(&traffic->ships.random, 1u << 19));
}

static void traffic_report(struct traffic *traffic)
{
    char first[ENCODE_LINE_MAX], second[ENCODE_LINE_MAX];
    struct ships_report report;
    struct encode_bits bits = traffic_next_report(traffic, &report);
    struct encode_frame frame = traffic_frame(traffic);

    if (ships_pick(&traffic->ships.random, 100) < TRAFFIC_SPLIT_PERCENT) {
        traffic_split(traffic, &bits, 20, first, second);
        traffic_line(traffic, first);
        traffic_line(traffic, second);
    } else {
        encode_sentence(first, &frame, &bits, 0, bits.count / 6);
        traffic_line(traffic, first);
    }
    traffic->counts.messages++;
    traffic->counts.reports++;
    traffic_expect(traffic, &report);
}

/* A static and voyage report: the second sentence comes at once, or is held back until another report went between. */
static void traffic_static(struct traffic *traffic)
{
    char first[ENCODE_LINE_MAX], second[ENCODE_LINE_MAX];
    struct ships_random *random = &traffic->ships.random;
    struct encode_bits bits = { .count = 0 };

    encode_add(&bits, 5, 6);
    encode_add(&bits, traffic->ships.all[ships_pick(random, SHIPS_COUNT)].mmsi, 32);
    while (bits.count < TRAFFIC_STATIC_BITS) {
        uint32_t left = TRAFFIC_STATIC_BITS - bits.count;
        encode_add(&bits, ships_pick(random, 64), left < 6 ? left : 6);
    }
    traffic_split(traffic, &bits, 56, first, second);
    traffic_line(traffic, first);
    traffic->counts.messages++;
    traffic->counts.ignored++;
    if (ships_pick(random, 2) == 0) {
        traffic_line(traffic, second);
    } else {
        memcpy(traffic->held, second, sizeof second);
    }
}

static void traffic_release(struct traffic *traffic)
{
    if (traffic->held[0] == '\0') return;
    traffic_line(traffic, traffic->held);
    traffic->held[0] = '\0';
}

/* Sentences that are no reports of others: the receiver's own position, its own ship. */
static void traffic_other(struct traffic *traffic)
{
    char line[ENCODE_LINE_MAX];
    struct ships_report report;
    struct encode_bits bits = traffic_next_report(traffic, &report);
    struct encode_frame frame = { .talker = "!AIVDO", .total = 1, .part = 1, .sequence = -1, .channel = 'A' };

    encode_sentence(line, &frame, &bits, 0, bits.count / 6);
    traffic_line(traffic, line);
    snprintf(line, sizeof line, "$GPGLL,0115.00,N,10400.00,E,%06u.00,A,A*", ships_pick(&traffic->ships.random, 240000));
    encode_finish(line);
    traffic_line(traffic, line);
}

/* Spoils a whole single sentence. The armour begins after the fifth comma. */
static void traffic_spoil(struct traffic *traffic, enum traffic_damage damage, char line[ENCODE_LINE_MAX])
{
    char *fill = strrchr(line, ','), *at = fill - 1 - ships_pick(&traffic->ships.random, 20);

    switch (damage) {
    case TRAFFIC_FLIPPED: *at = *at == '0' ? '1' : '0'; break;
    case TRAFFIC_TAIL_CUT: memcpy(at, "\r\n", 3); break;
    case TRAFFIC_FIELD_LOST: memmove(line + 10, line + 12, strlen(line + 12) + 1); break;
    case TRAFFIC_ALPHABET: *at = 'X'; break;
    default: fill[1] = '6'; break;
    }
    if (damage == TRAFFIC_FIELD_LOST || damage == TRAFFIC_ALPHABET || damage == TRAFFIC_FILL) encode_finish(line);
}

static void traffic_damaged(struct traffic *traffic)
{
    char line[ENCODE_LINE_MAX], orphan[ENCODE_LINE_MAX];
    struct ships_random *random = &traffic->ships.random;
    enum traffic_damage damage = ships_pick(random, TRAFFIC_DAMAGES);
    struct ships_report report;
    struct encode_bits bits = traffic_next_report(traffic, &report);
    struct encode_frame frame = traffic_frame(traffic);

    if (damage == TRAFFIC_ORPHAN) {
        traffic_split(traffic, &bits, 20, line, orphan);
        traffic_line(traffic, orphan);
        traffic->counts.lost_parts++;
        return;
    }
    if (damage == TRAFFIC_TOO_LONG) encode_add(&bits, 0, 6);
    encode_sentence(line, &frame, &bits, 0, bits.count / 6);
    if (damage == TRAFFIC_TOO_LONG) {
        traffic->counts.messages++;
        traffic->counts.misfits++;
    } else {
        traffic_spoil(traffic, damage, line);
        traffic->counts.damaged++;
    }
    traffic_line(traffic, line);
}

struct traffic_counts traffic_write(const struct traffic_options *options, FILE *nmea, FILE *expect)
{
    struct traffic traffic = { .options = options, .nmea = nmea, .expect = expect };
    uint32_t due = 0;                 /* damaged sentences, in hundredths */

    ships_start(&traffic.ships, options->seed);
    for (uint32_t i = 1; i <= options->reports; i++) {
        traffic_report(&traffic);
        traffic_release(&traffic);
        if (i % TRAFFIC_STATIC_EACH == 0) traffic_static(&traffic);
        if (i % TRAFFIC_OTHER_EACH == 0) traffic_other(&traffic);
        for (due += options->damaged; due >= 100; due -= 100) traffic_damaged(&traffic);
    }
    traffic_release(&traffic);
    return traffic.counts;
}
