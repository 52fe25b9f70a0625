/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a receiver hears of the fleet: position reports in one sentence or two, static reports (message 5) whose two sentences
 * may have others between them, the own ship, other NMEA sentences, and damaged ones.
 */
#pragma once

#include <stdint.h>
#include <stdio.h>

struct traffic_options {
    uint32_t reports;                 /* valid position reports */
    uint64_t seed;
    uint32_t damaged;                 /* damaged sentences, in percent of the reports; they come on top */
};

/* What was written, in the words of low's last line; and what the gateway must make of it. */
struct traffic_counts {
    uint32_t lines, sentences, damaged, lost_parts, messages, ignored, misfits, reports;
    uint32_t inside;                  /* reports in the exclusion box: the guard drops them */
    uint32_t refused;                 /* reports out of their type's range: the monitor denies them */
    uint32_t delivered;
};

/* Writes the sentences to `nmea`, and to `expect` (NULL: nowhere) one JSON object for each report that high must write. */
struct traffic_counts traffic_write(const struct traffic_options *options, FILE *nmea, FILE *expect);
