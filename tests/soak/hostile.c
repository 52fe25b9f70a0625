/* SPDX-License-Identifier: Apache-2.0 */
/* The hostile sender of beside.policy: in its phases it does whatever it can, at random, for as long as its windows last. */
#include "beside_channels.h"
#include "guest/call.h"
#include "guests.h"

enum { ACTS_A_LIFE = 3000 };          /* on average: then it dies of a fault and is started again */

static uint64_t seed;

static uint64_t draw(void)
{
    return soak_mix(++seed);
}

static uint64_t draw_below(uint64_t limit)
{
    return draw() % limit;
}

/* The number of a channel, of somebody's; a small number; one near a power of two; any. */
static uint64_t draw_argument(void)
{
    switch (draw_below(4)) {
    case 0: return draw_below(4);
    case 1: return draw_below(80);
    case 2: return (1ull << draw_below(64)) - draw_below(3);
    default: return draw();
    }
}

static const struct info_channel *draw_channel(const struct subject_info *info)
{
    return &info->channels[draw_below(info->channel_count)];
}

/* ---- what it does ---- */
static void call_at_random(uint64_t call)
{
    call_make((uint32_t)call, draw_argument(), draw_argument(), draw_argument());
}

/* Slots and counts, of any channel. */
static void send_badly(const struct subject_info *info)
{
    uint64_t channel = draw_below(2) == 0 ? draw_channel(info)->channel : draw_argument();
    call_make(ABI_CALL_SEND, channel, draw_argument(), draw_argument());
}

/* Messages of others' as taken: it knows how many there are. */
static void receive_badly(void)
{
    uint64_t sequence = draw_below(2) == 0 ? guests.sent.count - draw_below(80) : draw_argument();
    call_make(ABI_CALL_RECEIVE, draw_argument(), sequence, 0);
}

/* Messages that begin as if they were some, full of anything. */
static void send_rubbish(const struct subject_info *info)
{
    const struct info_channel *c = draw_channel(info);
    uint8_t *outbox = (uint8_t *)(uintptr_t)c->gpa;
    for (uint32_t i = 0; i < c->slots; i++) {
        uint64_t *words = (uint64_t *)(void *)(outbox + (uint64_t)i * c->slot_size);
        for (uint32_t w = 0; w < c->slot_size / 8; w++) words[w] = draw();
        struct message_header *header = (void *)words;
        if (draw_below(2) == 0) header->type = (uint16_t)draw_below(3);
        if (draw_below(2) == 0) header->version = 1;
        if (draw_below(2) == 0) header->length = (uint32_t)draw_below(c->slot_size + 1);
    }
    call_make(ABI_CALL_SEND, c->channel, draw_below(c->slots), 1 + draw_below(c->slots < 32 ? c->slots : 32));
}

/* As many as it may at once, each of them right. */
static void flood(const struct subject_info *info)
{
    struct sender sender;
    struct Sample sample = { .number = draw(), .words = draw(), .last = draw() };
    struct Noise noise = { .number = (uint32_t)draw_below(10) };
    bool noisy = draw_below(4) == 0;
    if (!(noisy ? open_sender_noise(&sender, info) : open_sender_flood(&sender, info))) return;
    for (uint32_t i = 0; i < ABI_BATCH_MAX && (noisy ? queue_noise(&sender, &noise) : queue_flood(&sender, &sample)); i++) {}
    sender_flush(&sender, ABI_BATCH_MAX);
}

static void ring_the_bell(const struct subject_info *info)
{
    for (uint32_t i = 0; i < 32; i++) call_make(ABI_CALL_NOTIFY, draw_channel(info)->channel, 0, 0);
}

static void touch(void)
{
    static const uint32_t rules[] = { IMAGE_RULE_PORT, IMAGE_RULE_MSR, IMAGE_RULE_REGISTER };
    machine_act(&(struct host_act){ .exit = HOST_REFUSED, .rule = rules[draw_below(3)], .value = draw() });
}

static void call_from_user(void)
{
    machine_act(&(struct host_act){ .calls = true, .from_user = true, .call = draw_below(12), .args = { draw(), draw() } });
}

static void die(void)
{
    machine_act(&(struct host_act){ .exit = HOST_FAULTS, .rule = IMAGE_RULE_FAULT, .value = draw() });
}

static void act(const struct subject_info *info)
{
    guests.acts++;
    if (draw_below(ACTS_A_LIFE) == 0) die();
    switch (draw_below(9)) {
    case 0: send_badly(info); break;
    case 1: send_rubbish(info); break;
    case 2: ring_the_bell(info); break;
    case 3: receive_badly(); break;
    case 4: call_at_random(ABI_CALL_NOTIFY); break;
    case 5: call_at_random(draw_below(2) == 0 ? draw_below(16) : draw_argument()); break;
    case 6: touch(); break;
    case 7: call_from_user(); break;
    default: flood(info); flood(info); flood(info);
    }
}

void guest_hostile(const struct subject_info *info)
{
    guests.lives++;
    for (;;) {
        if (guests_phase(machine_frame()) == HOSTILE) act(info);
        else call_make(ABI_CALL_WAIT, 0, 0, 0);
    }
}
