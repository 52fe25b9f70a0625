/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Simulated ships. Everything follows from the seed, by integer arithmetic alone, so that every machine sees the same fleet.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define SHIPS_COUNT 48u
#define SHIPS_DEGREE 600000           /* position units: 1/10,000 minute */

struct ships_random { uint64_t state; };

/* What one position report says, in units of ITU-R M.1371. */
struct ships_report {
    uint8_t type;                     /* 1, 2, 3 or 18 */
    uint32_t mmsi;
    uint8_t status;                   /* class A only */
    int8_t turn;                      /* class A only */
    uint16_t speed, course, heading;
    int32_t lat, lon;
    uint8_t second;
};

struct ship {
    uint32_t mmsi;
    bool class_b;
    uint8_t water;                    /* where it sails */
    uint8_t status, compass;          /* course in sixteenths of the circle */
    uint16_t speed;                   /* tenths of a knot */
    int32_t lat, lon;
    uint32_t clock;                   /* seconds since the run began */
};

struct ships {
    struct ships_random random;
    struct ship all[SHIPS_COUNT];
};

/* A number from 0 to below - 1. */
uint32_t ships_pick(struct ships_random *random, uint32_t below);

void ships_start(struct ships *ships, uint64_t seed);

/* Moves one of the ships on and says what it reports. Now and then a ship does not know its position: 91 and 181 degrees. */
struct ships_report ships_report(struct ships *ships);
