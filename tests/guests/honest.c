/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subject `honest`: works on a running sum whose value after any number of steps is known, in general registers, in XMM and x87
 * registers, in memory and in its FS base, and looks whether it finds what it put there. One that can send tells the sum to its
 * peer; one that has COM3 says twice a second
 *
 *   honest steps=N sum=S wrong=W peer=N peersum=S odd=O
 *
 * (sums in hexadecimal; W: times that something was not as it was left; O: messages on other channels that no rule allows).
 */
#include "channels/abi.h"
#include "guest/call.h"
#include "guest/clock.h"
#include "guest/guest.h"
#include "guest/receiver.h"
#include "guest/sender.h"
#include "guest/serial.h"

enum { HONEST_WORDS = 8192, HONEST_ROUND = 512, HONEST_TELL_MS = 500, HONEST_SEND_MS = 50, HONEST_NOISE_MAX = 9 };
#define HONEST_FACTOR 6364136223846793005u
#define HONEST_TERM 1442695040888963407u

struct honest_sum { uint64_t steps, sum; };

static uint64_t honest_memory[HONEST_WORDS];
static struct honest_sum honest, honest_late, honest_peer;           /* `late` goes over the same again, HONEST_WORDS behind */
static uint64_t honest_wrong, honest_odd;

static void honest_step(struct honest_sum *s)
{
    s->sum = s->sum * HONEST_FACTOR + HONEST_TERM;
    s->steps++;
}

/* Each word of memory is looked at again when all the others have been written. */
static void honest_work(void)
{
    uint64_t *word = &honest_memory[honest.steps % HONEST_WORDS];

    if (honest.steps >= HONEST_WORDS) {
        honest_step(&honest_late);
        if (*word != honest_late.sum) honest_wrong++;
    }
    honest_step(&honest);
    *word = honest.sum;
}

/* Leaves the sum in registers that entering a subject does not switch by itself, for long enough that others run in between. */
static void honest_hold(void)
{
    uint64_t xmm, base_low = (uint32_t)honest.sum >> 1, base = base_low;
    int64_t x87 = (int64_t)(honest.sum >> 2), st;

    __asm__ volatile("wrmsr" : : "c"(0xc0000100), "a"(base_low), "d"(0));
    __asm__ volatile("movq %3, %%xmm15\n\t"
                     "fildq %4\n\t"
                     "mov %5, %%ecx\n"
                     "1:\tpause\n\t"
                     "loop 1b\n\t"
                     "movq %%xmm15, %0\n\t"
                     "fistpq %1\n\t"
                     "mov $0xc0000100, %%ecx\n\t"
                     "rdmsr\n\t"
                     "mov %%rax, %2"
                     : "=m"(xmm), "=m"(st), "=m"(base) : "r"(honest.sum), "m"(x87), "i"(HONEST_ROUND * 4)
                     : "rax", "rcx", "rdx", "memory");
    honest_wrong += xmm != honest.sum;
    honest_wrong += st != x87;
    honest_wrong += base != base_low;
}

static void honest_tell_peer(struct sender *sender)
{
    struct honest_sum *message = sender_claim(sender, 1, 1, sizeof *message);

    if (message != NULL) *message = honest;
    sender_flush(sender, 1);
}

static void honest_take(struct receiver *peer, struct receiver *noise)
{
    struct message_header header;
    uint64_t number;

    while (receiver_take(peer, &header, &honest_peer, sizeof honest_peer)) continue;
    receiver_free(peer);
    if (noise == NULL) return;
    while (receiver_take(noise, &header, &number, sizeof number)) {
        honest_odd += header.type != 0 || header.version != 1 || header.length != sizeof number || number > HONEST_NOISE_MAX;
    }
    receiver_free(noise);
}

static void honest_send_for_ever(struct sender *sender, uint32_t khz)
{
    for (uint64_t due = 0;;) {
        for (uint32_t i = 0; i < HONEST_ROUND; i++) honest_work();
        honest_hold();
        if (clock_now() < due) continue;
        if (honest_wrong != 0) guest_fail();         /* nobody else would learn of it */
        honest_tell_peer(sender);
        due = clock_now() + clock_ticks(khz, HONEST_SEND_MS);
    }
}

void guest_main(const struct subject_info *info)
{
    static struct sender sender;
    static struct receiver peer, noise;
    struct serial serial;

    if (sender_open(&sender, info, "sums")) honest_send_for_ever(&sender, info->tsc_khz);
    if (!receiver_open(&peer, info, "sums")) guest_fail();
    bool has_noise = receiver_open(&noise, info, "noise");
    serial_open(&serial, SERIAL_COM3);
    for (uint64_t due = 0;;) {
        for (uint32_t i = 0; i < HONEST_ROUND; i++) honest_work();
        honest_hold();
        honest_take(&peer, has_noise ? &noise : NULL);
        if (clock_now() < due) continue;
        serial_print(&serial, "honest steps=%lu sum=%lx wrong=%lu peer=%lu peersum=%lx odd=%lu\n", honest.steps, honest.sum,
                     honest_wrong, honest_peer.steps, honest_peer.sum, honest_odd);
        due = clock_now() + clock_ticks(info->tsc_khz, HONEST_TELL_MS);
    }
}
