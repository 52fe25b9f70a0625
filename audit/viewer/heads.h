/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel printed on its console at the end of a run. The console is what the log is checked against: whoever can
 * change both is believed.
 *
 *     audit cpu=0 anchor=120 head=HEX
 *     audit cpu=0 written=123 sealed=123 acked=120 lost=0 head=HEX
 */
#pragma once

#include "input.h"
#include "policy/image.h"

#define HEADS_ANCHORS 4u

/* The chain value after so many records. */
struct head {
    uint64_t records;
    uint8_t value[32];
};

struct heads {
    bool known;                       /* this CPU's line was found */
    uint64_t written, sealed, acked, lost;
    struct head anchors[HEADS_ANCHORS];       /* the last value (after `written` records) among them, rising */
    uint32_t anchor_count;
};

/* Finds the lines of all rings, heads[0 .. IMAGE_MAX_CPUS). Prints and returns false if there are none or one is damaged. */
bool heads_read(struct slice console, struct heads *heads);
