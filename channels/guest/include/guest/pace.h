/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeping under a rate that the monitor enforces: a token bucket that never holds more tokens than the monitor's own.
 *
 * The monitor judges a message at some instant during the call, which may be preempted. So the time that a call takes earns
 * nothing here; the bucket starts empty; and a token takes a thousandth longer than the rate says, which covers rounding.
 * Also compiled on the host, where it is tested.
 *
 * A struct sender has one for its channel (sender_allowance()). A program that sends types of different rates on one channel
 * has one for each, begun by pace_CHANNEL__TYPE() of SYSTEM_channels.h, and sends a message of the type like this:
 *
 *     uint64_t before = clock_now();
 *     if (pace_allows(&chunks, before) > 0) {
 *         send_draft__Chunk(&sender, &chunk);
 *         pace_spend(&chunks, 1, before, clock_now());
 *     }
 *
 * Owner: the sending end's thread of control; nothing is shared. Instants and lengths are ticks of the time stamp counter.
 */
#pragma once

#include <stdint.h>

struct pace {
    uint64_t period;                  /* ticks a token; 0: no rate */
    uint64_t last;                    /* instant up to which tokens are counted */
    uint64_t tokens, burst;
};

/* A rate of `count` messages in `ms` milliseconds, `burst` of them at once; count 0: no rate. */
void pace_start(struct pace *pace, uint32_t count, uint32_t ms, uint32_t burst, uint32_t tsc_khz, uint64_t now);

/* Messages that may be sent at `now`. */
uint64_t pace_allows(struct pace *pace, uint64_t now);

/* `count` messages, at most what pace_allows(before) said, were sent by a call that began and ended at these instants. */
void pace_spend(struct pace *pace, uint64_t count, uint64_t before, uint64_t after);
