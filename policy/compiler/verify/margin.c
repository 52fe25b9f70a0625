/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The time that the kernel keeps ahead of a window's end, reckoned once more from the image's tables: the longest way that a
 * message of the policy can take, and that to the next window, in instructions.
 */
#include "compiler/verify/reader.h"

#define LEAST 12000u
#define COMMIT_TRIES 8u
#define STATES_MOST 32u

/* What a way has so many of, and the instructions that each costs. */
struct cost { uint64_t count, each; };

static uint64_t sum(const struct cost *costs, size_t count)
{
    uint64_t all = 0;
    for (size_t i = 0; i < count; i++) all += costs[i].count * costs[i].each;
    return all;
}
#define SUM(...) sum((const struct cost[]){ __VA_ARGS__ }, sizeof((const struct cost[]){ __VA_ARGS__ }) / sizeof(struct cost))

static uint64_t nesting(const struct reader *v, uint64_t first, uint64_t field)
{
    uint64_t tag = GET(v, FIELD, first + field, TAG);
    return tag == RAW_NONE || tag >= field ? 0 : 1 + nesting(v, first, tag);
}

static uint64_t of_type(const struct reader *v, uint32_t type)
{
    uint64_t first = GET(v, TYPE, type, FIRST_FIELD), fields = GET(v, TYPE, type, FIELD_COUNT), tags = 0;
    for (uint64_t i = 0; i < fields && i < v->count[FIELD]; i++) tags += nesting(v, first, i);
    return SUM({ fields, 80 }, { tags, 2 * 50 }, { GET(v, TYPE, type, ATOM_COUNT), 60 });
}

static uint64_t of_rule(const struct reader *v, uint64_t rule)
{
    uint64_t rules = 0, atoms = 0, protocol = GET(v, RULE, rule, PROTOCOL), steps = 0, timeouts = 0;
    if (protocol != RAW_NONE) {
        steps = GET(v, PROTOCOL, protocol, STEP_COUNT);
        timeouts = GET(v, PROTOCOL, protocol, TIMEOUT_COUNT);
    }
    for (uint64_t r = rule, last = 0; rules == 0 || r > last; last = r, r = GET(v, RULE, r, NEXT)) {
        rules++;
        atoms += GET(v, RULE, r, ATOM_COUNT);
    }
    return SUM({ rules, 120 }, { atoms, 60 }, { steps, 50 }, { timeouts, STATES_MOST * 40 });
}

/* Whatever channel it is for, a sender may try each type that some slot has room for. */
static uint64_t of_types(const struct reader *v)
{
    uint64_t room = 0, most = 0;
    for (uint32_t i = 0; i < v->count[CHANNEL]; i++) {
        if (GET(v, CHANNEL, i, SLOT_SIZE) > room) room = GET(v, CHANNEL, i, SLOT_SIZE);
    }
    for (uint32_t i = 0; i < v->count[TYPE]; i++) {
        uint64_t here = GET(v, TYPE, i, BYTES) + MESSAGE_HEADER <= room ? of_type(v, i) : 0;
        if (here > most) most = here;
    }
    return most;
}

static uint64_t of_channel(const struct reader *v, uint32_t channel, uint64_t type)
{
    uint64_t slot = GET(v, CHANNEL, channel, SLOT_SIZE), first = GET(v, CHANNEL, channel, FIRST_RULE), rule = 0;
    uint64_t rules = GET(v, CHANNEL, channel, RULE_COUNT);
    bool again = false;
    for (uint64_t i = first; i < first + rules && i < v->count[RULE]; i++) {
        uint64_t here = of_rule(v, i);
        if (here > rule) rule = here;
        again |= GET(v, RULE, i, PROTOCOL) != RAW_NONE;
    }
    return SUM({ 1, 1500 }, { slot, 2 }, { again ? COMMIT_TRIES : 1, type + rule + 16 * rules });
}

/* Of tables that agree with the policy: those that do not may have no end. */
void verify_margin(struct reader *v)
{
    uint64_t way = SUM({ 1, 2500 }, { v->count[WINDOW], 12 }), most = way < LEAST ? LEAST : way, type = of_types(v);
    for (uint32_t i = 0; i < v->count[CHANNEL]; i++) {
        uint64_t here = way + of_channel(v, i, type);
        if (here > most) most = here;
    }
    HEADER_EQUAL(v, MARGIN_TICKS, most);
}
