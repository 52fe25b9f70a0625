/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a fuzzer must have come by, so that what is cited as fuzzed is: it counts each way and says at the end which was taken
 * how often. The seeds take all of them (cover.py makes such): run.sh fails where one is not taken any more.
 */
#pragma once

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* WAYS(X): X(ID, "what"), as the fuzzer defines it before it includes this. */
enum way {
#define WAYS_ID(id, what) id,
    WAYS(WAYS_ID)
    WAY_COUNT
};

static uint64_t ways_taken[WAY_COUNT];

static const char *const ways_names[] = {
#define WAYS_NAME(id, what) what,
    WAYS(WAYS_NAME)
};

/* Notes that what an input did is of this kind, if it was; libFuzzer keeps inputs that do so, as it has a branch. */
static void way(enum way id, bool taken)
{
    if (!taken) return;
    if (ways_taken[id]++ == 0) fprintf(stderr, "first way: %s\n", ways_names[id]);
}

static void ways_tell(void)
{
    for (uint32_t i = 0; i < WAY_COUNT; i++) {
        fprintf(stderr, "%s: %s: %" PRIu64 "\n", ways_taken[i] > 0 ? "way" : "NO WAY", ways_names[i], ways_taken[i]);
    }
}

static void ways_start(void)
{
    atexit(ways_tell);
}
