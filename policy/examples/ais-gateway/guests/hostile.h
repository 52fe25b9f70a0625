/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the hostile low tries before it does low's work, and how it says so on COM2, one line each:
 *
 *   attack NAME tries=N denied=N accepted=N status=S rule=R
 *
 * `denied` counts the tries that got the same status and rule as the first one refused. A write to read-only memory ends the
 * subject; the line is written by its next life. What an attack's message would show if it reached high: an MMSI of
 * HOSTILE_MMSI and up, which no ship has.
 */
#pragma once

#include "low_gateway.h"

#define HOSTILE_MMSI 666000000u

struct hostile_tally { uint32_t tries, denied, accepted, status, rule; };

/* Counts one verdict: `denied` of `count` messages were refused with this status and rule. */
void hostile_count(struct hostile_tally *tally, uint32_t count, uint32_t denied, uint32_t status, uint32_t rule);
void hostile_print(struct low *low, const char *name, const struct hostile_tally *tally);

/* A report that would pass: far from the box, MMSI of the hostile. */
struct PositionReport hostile_report(void);

/* Messages and calls that the policy forbids. */
void hostile_try_messages(struct low *low);

/* Writes to memory that low may only read: one a life, as the epoch says. Returns when no more are left to try. */
void hostile_try_memory(struct low *low);

/* Sends 10^6 messages on `race` while the accomplice flips their bytes. Nothing, if the policy has no such channel. */
void hostile_race(struct low *low);
