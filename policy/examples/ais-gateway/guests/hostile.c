/* SPDX-License-Identifier: Apache-2.0 */
/* Counting and telling of attacks. */
#include "hostile.h"

void hostile_count(struct hostile_tally *tally, uint32_t count, uint32_t denied, uint32_t status, uint32_t rule)
{
    tally->tries += count;
    tally->accepted += count - denied;
    if (denied == 0) return;
    if (tally->denied == 0) {
        tally->status = status;
        tally->rule = rule;
    }
    if (tally->status == status && tally->rule == rule) tally->denied += denied;
}

void hostile_print(struct low *low, const char *name, const struct hostile_tally *tally)
{
    serial_print(&low->serial, "attack %s tries=%u denied=%u accepted=%u status=%u rule=%u\n", name, tally->tries,
                 tally->denied, tally->accepted, tally->status, tally->rule);
}

struct PositionReport hostile_report(void)
{
    return (struct PositionReport){ .lat = 36000000, .lon = 3000000, .mmsi = HOSTILE_MMSI, .msg = 1, .heading = 511 };
}
