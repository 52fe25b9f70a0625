/* SPDX-License-Identifier: Apache-2.0 */
/* Half of the fleet crosses the exclusion box of the gateway's policy, the others sail elsewhere. */
#include "ships.h"

enum { SHIPS_STEP_S = 180, SHIPS_UNKNOWN_PERCENT = 2, SHIPS_TURN_PERCENT = 15 };

/* Sine of k sixteenths of the circle, in thousandths. */
static const int16_t ships_sines[16] = { 0, 383, 707, 924, 1000, 924, 707, 383, 0, -383, -707, -924, -1000, -924, -707, -383 };

/* Where ships begin: a corner, and a spread in each direction. The first is around the box. */
static const struct { int32_t lat, lon, spread; } ships_waters[] = {
    { 9 * SHIPS_DEGREE / 10, 1034 * SHIPS_DEGREE / 10, 7 * SHIPS_DEGREE / 10 },
    { 53 * SHIPS_DEGREE, 4 * SHIPS_DEGREE, 2 * SHIPS_DEGREE },
    { -34 * SHIPS_DEGREE, 18 * SHIPS_DEGREE, SHIPS_DEGREE },
    { 37 * SHIPS_DEGREE, -123 * SHIPS_DEGREE, SHIPS_DEGREE },
    { -41 * SHIPS_DEGREE, 174 * SHIPS_DEGREE, SHIPS_DEGREE }
};

/* splitmix64 */
uint32_t ships_pick(struct ships_random *random, uint32_t below)
{
    uint64_t z = random->state += 0x9e3779b97f4a7c15;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return (uint32_t)((z ^ z >> 31) % below);
}

static bool ships_chance(struct ships_random *random, uint32_t percent)
{
    return ships_pick(random, 100) < percent;
}

/* The picks stand in statements of their own: inside one expression, C would leave their order open. */
void ships_start(struct ships *ships, uint64_t seed)
{
    static const uint8_t statuses[] = { 0, 0, 0, 0, 1, 3, 5, 7, 8, 15 };
    uint32_t waters = sizeof ships_waters / sizeof ships_waters[0];

    *ships = (struct ships){ .random = { seed } };
    for (uint32_t i = 0; i < SHIPS_COUNT; i++) {
        struct ships_random *random = &ships->random;
        struct ship *ship = &ships->all[i];
        ship->water = (uint8_t)(i % 2 == 0 ? 0 : 1 + i / 2 % (waters - 1));
        uint32_t spread = (uint32_t)ships_waters[ship->water].spread;
        ship->class_b = i % 6 == 5;
        ship->mmsi = 201000000 + ships_pick(random, 574000000);
        ship->status = statuses[ships_pick(random, sizeof statuses)];
        ship->compass = (uint8_t)ships_pick(random, 16);
        ship->speed = (uint16_t)ships_pick(random, 220);
        ship->lat = ships_waters[ship->water].lat + (int32_t)ships_pick(random, spread);
        ship->lon = ships_waters[ship->water].lon + (int32_t)ships_pick(random, spread * 3 / 2);
        ship->clock = ships_pick(random, 60);
    }
}

/* A ship that leaves its waters, by as much as they are wide, is sent back. */
static void ships_stay(struct ship *ship)
{
    int32_t spread = ships_waters[ship->water].spread;
    int32_t north = ship->lat - ships_waters[ship->water].lat, east = ship->lon - ships_waters[ship->water].lon;

    if (north < -spread) ship->compass = 0;
    if (east < -spread) ship->compass = 4;
    if (north > 2 * spread) ship->compass = 8;
    if (east > 5 * spread / 2) ship->compass = 12;
}

/* A knot is a minute of latitude, 10,000 units, an hour. Degrees of longitude are taken as long as those of latitude. */
static void ships_move(struct ship *ship)
{
    int32_t distance = ship->speed * 1000 * SHIPS_STEP_S / 3600;

    ship->lat += distance * ships_sines[(ship->compass + 4) % 16] / 1000;
    ship->lon += distance * ships_sines[ship->compass] / 1000;
    ship->clock += SHIPS_STEP_S + ship->mmsi % 7;
    ships_stay(ship);
}

struct ships_report ships_report(struct ships *ships)
{
    struct ships_random *random = &ships->random;
    struct ship *ship = &ships->all[ships_pick(random, SHIPS_COUNT)];
    bool turns = ships_chance(random, SHIPS_TURN_PERCENT);

    ships_move(ship);
    if (turns) ship->compass = (uint8_t)((ship->compass + 1 + 14 * ships_pick(random, 2)) % 16);
    struct ships_report report = { .mmsi = ship->mmsi, .speed = ship->speed, .course = (uint16_t)(ship->compass * 225),
                                   .heading = (uint16_t)(ship->mmsi % 3 == 0 ? 511 : ship->compass * 45 / 2), .lat = ship->lat,
                                   .lon = ship->lon, .second = (uint8_t)(ship->clock % 60) };
    if (ships_chance(random, SHIPS_UNKNOWN_PERCENT)) {
        report.lat = 91 * SHIPS_DEGREE;
        report.lon = 181 * SHIPS_DEGREE;
    }
    report.type = ship->class_b ? 18 : turns ? 3 : (uint8_t)(1 + ships_pick(random, 8) / 7);
    if (ship->class_b) return report;
    report.status = ship->status;
    report.turn = (int8_t)(turns ? (int32_t)ships_pick(random, 255) - 127 : -128);
    return report;
}
