/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sending half of the race: valid messages are put into the outbox once; from then on the accomplice on another CPU writes
 * there, and every verdict is on bytes that may change while the kernel looks.
 */
#include "channels/abi.h"
#include "guest/call.h"
#include "guest/guest.h"
#include "hostile.h"

enum { HOSTILE_RACE_SENDS = 1000000, HOSTILE_RACE_STEP = 100000 };

static void hostile_fill(struct sender *race)
{
    struct PositionReport *slot;

    while ((slot = sender_claim(race, PositionReport_TYPE, PositionReport_VERSION, sizeof *slot)) != 0) {
        *slot = hostile_report();
    }
}

/* As many messages a window as the outbox has slots, which the inbox can take: a message that finds it full is no race. */
static void hostile_race_window(struct sender *race, struct hostile_tally *tally)
{
    for (uint32_t sent = 0; sent < race->channel->slots && tally->tries < HOSTILE_RACE_SENDS; sent += ABI_BATCH_MAX) {
        struct sender_result result = sender_flush(race, ABI_BATCH_MAX);
        race->waiting = race->channel->slots;
        tally->tries += result.count;
        tally->accepted += result.accepted;
        tally->denied += result.count - result.accepted;
    }
    call_make(ABI_CALL_WAIT, 0, 0, 0);
}

void hostile_race(struct low *low)
{
    struct hostile_tally tally = { .tries = 0 };
    uint32_t told = 0;
    struct sender race;

    if (!sender_open(&race, low->info, "race")) return;
    hostile_fill(&race);
    while (tally.tries < HOSTILE_RACE_SENDS) {
        hostile_race_window(&race, &tally);
        if (tally.tries - told < HOSTILE_RACE_STEP) continue;
        told = tally.tries;
        serial_print(&low->serial, "race sends=%u accepted=%u denied=%u\n", tally.tries, tally.accepted, tally.denied);
    }
    serial_print(&low->serial, "race done sends=%u accepted=%u denied=%u\n", tally.tries, tally.accepted, tally.denied);
}
