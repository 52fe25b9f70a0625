/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plotter ECHOES PAGE HEALTH LAST: receives on both channels, each in its turn, until echo number LAST has come or nothing has
 * for ten seconds. Says what came, of echoes also how many were not the one expected next, and what else befell each channel.
 */
#include <inttypes.h>
#include "guest/select.h"
#include "place.h"
#include "radar_channels.h"

enum { PLOTTER_BATCH = 16, PLOTTER_PATIENCE = 200000 };       /* pauses */

struct plotter {
    struct direct_receiver echoes, health;
    uint32_t next, taken, odd, states;
};

/* The scanner sends no hundredth. */
static void plotter_note(struct plotter *plotter, const struct Echo *echo)
{
    if (plotter->next % 100 == 99) plotter->next++;
    plotter->odd += echo->number != plotter->next || echo->bearing != echo->number % 3600;
    plotter->next = echo->number + 1;
    plotter->taken++;
}

static void plotter_take_echoes(struct plotter *plotter)
{
    struct Echo echoes[PLOTTER_BATCH];
    enum receive_result results[PLOTTER_BATCH];
    uint32_t count = receive_echoes__batch(&plotter->echoes, echoes, PLOTTER_BATCH, results);

    for (uint32_t i = 0; i < count; i++) {
        if (results[i] == RECEIVE_TAKEN) plotter_note(plotter, &echoes[i]);
    }
}

static void plotter_take_health(struct plotter *plotter)
{
    struct Health health;

    if (receive_health(&plotter->health, &health) == RECEIVE_TAKEN) plotter->states++;
}

static void plotter_tell(const char *name, const struct direct_receiver *receiver)
{
    printf("plotter %s lost=%" PRIu64 " refused=%" PRIu64 " corrupt=%" PRIu64 "\n", name, receiver->lost, receiver->refused,
           receiver->corrupt);
}

int main(int count, char **words)
{
    static struct plotter plotter;
    static struct select select;
    uint32_t quiet = 0;

    if (count != 5) {
        fprintf(stderr, "usage: plotter ECHOES PAGE HEALTH LAST, each FILE or FILE@OFFSET but the last\n");
        return 2;
    }
    if (!open_receiver_echoes__mapped(&plotter.echoes, place_open(words[1], O_RDONLY), place_open(words[2], O_RDWR)) ||
        !open_receiver_health__mapped(&plotter.health, place_open(words[3], O_RDONLY)))
        place_fail("plotter");
    uint32_t end = (uint32_t)strtoul(words[4], NULL, 10) + 1;
    select_start(&select);
    uint32_t echoes = select_add_direct(&select, &plotter.echoes);
    select_add_direct(&select, &plotter.health);
    printf("plotter ready\n");
    fflush(stdout);
    while (plotter.next < end && quiet < PLOTTER_PATIENCE) {
        uint32_t which = select_poll(&select);
        if (which == SELECT_NONE) place_pause();
        else if (which == echoes) plotter_take_echoes(&plotter);
        else plotter_take_health(&plotter);
        quiet = which == SELECT_NONE ? quiet + 1 : 0;
    }
    printf("plotter taken=%u odd=%u states=%u\n", plotter.taken, plotter.odd, plotter.states);
    plotter_tell("echoes", &plotter.echoes);
    plotter_tell("health", &plotter.health);
    direct_receiver_unmap(&plotter.echoes);
    direct_receiver_unmap(&plotter.health);
    return plotter.next >= end ? 0 : 1;
}
