/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subject `chooser`: takes one message a turn from three givers. First it sleeps until a virtual interrupt whenever there is
 * none, then it polls direct channels with interrupts off and no call to the kernel. Says on COM2
 *
 *   chooser naps=N                    times that it was woken and found nothing
 *   chooser slept giver=G interrupts=I taken=T odd=O passed=P        for each giver, once all have given enough
 *   chooser polled giver=G interrupts=0 taken=T odd=O passed=P
 *
 * O came out of order, from somebody else or not valid; P is how often one other giver had a turn while this one had a message
 * to tell: at most once, or the choice is not fair.
 */
#include "choose_channels.h"
#include "guest/guest.h"
#include "guest/select_sleep.h"
#include "guest/serial.h"

enum { CHOOSER_GIVERS = 3, CHOOSER_ENOUGH = 200 };

struct chooser_giver {
    struct receiver in;
    struct direct_receiver beams;
    uint32_t last, taken, odd, passed;
    uint32_t passes[CHOOSER_GIVERS];  /* turns of each other, since this one has had something to tell */
    volatile uint32_t interrupts;
};

static struct chooser_giver chooser_givers[CHOOSER_GIVERS];
static struct select chooser_select;
static uint32_t chooser_naps;

/* Interrupts are in the order of the channels that they are of. */
static void chooser_note(uint32_t event)
{
    select_note(&chooser_select, event);
    for (uint32_t i = 0; i < CHOOSER_GIVERS; i++) {
        if (chooser_givers[i].in.channel->event == event) chooser_givers[i].interrupts++;
    }
}

static void chooser_take(uint32_t giver, enum receive_result result, const struct Tick *tick)
{
    struct chooser_giver *g = &chooser_givers[giver];

    if (result == RECEIVE_LOST || result == RECEIVE_EMPTY) return;
    g->taken++;
    g->odd += result != RECEIVE_TAKEN || tick->giver != giver + 1 || tick->number <= g->last;
    g->last = tick->number;
}

static void chooser_receive(uint32_t giver)
{
    struct receiver *in = &chooser_givers[giver].in;
    struct Tick tick;

    chooser_take(giver, giver == 0 ? receive_ones(in, &tick) : giver == 1 ? receive_twos(in, &tick) : receive_threes(in, &tick),
                 &tick);
    receiver_free(in);
}

static void chooser_receive_beam(uint32_t giver)
{
    struct direct_receiver *in = &chooser_givers[giver].beams;
    struct Tick tick;

    chooser_take(giver, giver == 0 ? receive_one_beams(in, &tick)
                      : giver == 1 ? receive_two_beams(in, &tick) : receive_three_beams(in, &tick), &tick);
}

/* `turn` was chosen: whoever else has something to tell was passed over. */
static void chooser_count(uint32_t turn, bool polls)
{
    for (uint32_t i = 0; i < CHOOSER_GIVERS; i++) {
        struct chooser_giver *g = &chooser_givers[i];
        bool waits = i != turn && (polls ? direct_is_ready(&g->beams) : receiver_is_ready(&g->in));
        for (uint32_t k = 0; k < CHOOSER_GIVERS && !waits; k++) g->passes[k] = 0;
        if (waits && ++g->passes[turn] > g->passed) g->passed = g->passes[turn];
    }
}

static bool chooser_has_enough(void)
{
    for (uint32_t i = 0; i < CHOOSER_GIVERS; i++) {
        if (chooser_givers[i].taken < CHOOSER_ENOUGH) return false;
    }
    return true;
}

/* Tells what came and begins anew. */
static void chooser_tell(struct serial *serial, const char *how)
{
    for (uint32_t i = 0; i < CHOOSER_GIVERS; i++) {
        struct chooser_giver *g = &chooser_givers[i];
        serial_print(serial, "chooser %s giver=%u interrupts=%u taken=%u odd=%u passed=%u\n", how, i + 1, g->interrupts,
                     g->taken, g->odd, g->passed);
        g->last = g->taken = g->odd = g->passed = g->interrupts = 0;
    }
}

static void chooser_sleep(struct serial *serial)
{
    select_start(&chooser_select);
    for (uint32_t i = 0; i < CHOOSER_GIVERS; i++) select_add(&chooser_select, &chooser_givers[i].in);
    while (!chooser_has_enough()) {
        uint32_t giver = select_sleep(&chooser_select);
        if (giver == SELECT_NONE) {
            chooser_naps++;
            continue;
        }
        chooser_count(giver, false);
        chooser_receive(giver);
    }
    serial_print(serial, "chooser naps=%u\n", chooser_naps);
    chooser_tell(serial, "slept");
}

static void chooser_poll(struct serial *serial)
{
    select_start(&chooser_select);
    for (uint32_t i = 0; i < CHOOSER_GIVERS; i++) select_add_direct(&chooser_select, &chooser_givers[i].beams);
    while (!chooser_has_enough()) {
        uint32_t giver = select_poll(&chooser_select);
        if (giver == SELECT_NONE) continue;
        chooser_count(giver, true);
        chooser_receive_beam(giver);
    }
    chooser_tell(serial, "polled");
}

void guest_main(const struct subject_info *info)
{
    static struct serial serial;
    struct chooser_giver *g = chooser_givers;

    serial_open(&serial, SERIAL_COM2);
    if (!open_receiver_ones(&g[0].in, info) || !open_receiver_twos(&g[1].in, info) || !open_receiver_threes(&g[2].in, info) ||
        !open_receiver_one_beams(&g[0].beams, info) || !open_receiver_two_beams(&g[1].beams, info) ||
        !open_receiver_three_beams(&g[2].beams, info)) {
        guest_fail();
    }
    interrupt_install(chooser_note);
    chooser_sleep(&serial);
    chooser_poll(&serial);
    serial_print(&serial, "chooser done\n");
}
