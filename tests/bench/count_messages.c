/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sends and takes COUNT messages in one process, for callgrind to count. What two counts differ by is the cost of so many
 * messages more. Usage: count_messages WHAT COUNT; WHAT is one of
 *
 *   nothing                  the loops alone
 *   direct, lossy            64 bytes, checked: type, length, channel, the peer's words
 *   trusting                 64 bytes, by the twin that checks nothing
 *   batch, trusting-batch    64 bytes, 32 at a time
 *   position                 the AIS gateway's PositionReport, 24 bytes, and whether it is valid
 *   small                    24 bytes, checked as in `direct`
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ais_gateway.h"
#include "trusting_ring.h"

enum { TYPE = 7, SLOTS = 4096, BATCH = 32, PAYLOAD = 64 };

struct message { uint64_t words[PAYLOAD / 8]; };
struct small { uint64_t words[3]; };

static struct direct_sender sender;
static struct direct_receiver receiver;
static struct message messages[BATCH];
static struct small small;
static struct PositionReport report = { .mmsi = 563000000, .speed = 100, .course = 900, .heading = 90, .msg = 1, .status = 5 };
static uint64_t taken;

/* What is done with one message at either end; the compiler keeps it in memory. */
#define KEEP(m) __asm__ volatile("" : : "r"(m) : "memory")
#define BOTH(name, produce, consume)                                                                                           \
    static __attribute__((noinline)) void produce_##name(uint64_t count)                                                       \
    {                                                                                                                          \
        for (; count > 0; count--) produce;                                                                                    \
    }                                                                                                                          \
    static __attribute__((noinline)) void consume_##name(uint64_t count)                                                       \
    {                                                                                                                          \
        for (; count > 0; count--) consume;                                                                                    \
    }

BOTH(nothing, KEEP(messages), KEEP(messages))
BOTH(direct, direct_push(&sender, TYPE, messages, PAYLOAD),
     if (direct_pop(&receiver, TYPE, messages, PAYLOAD) != DIRECT_TAKEN) abort())
BOTH(trusting, trusting_push(&sender, TYPE, messages, PAYLOAD), if (!trusting_pop(&receiver, messages, PAYLOAD)) abort())
BOTH(small, direct_push(&sender, TYPE, &small, sizeof small),
     if (direct_pop(&receiver, TYPE, &small, sizeof small) != DIRECT_TAKEN) abort())
BOTH(position, direct_push(&sender, PositionReport_TYPE, &report, sizeof report),
     if (direct_pop(&receiver, PositionReport_TYPE, &report, sizeof report) != DIRECT_TAKEN ||
         !PositionReport_valid(&report, sizeof report))
         abort())

static __attribute__((noinline)) void produce_batch(uint64_t count)
{
    for (; count > 0; count -= BATCH) taken += direct_push_batch(&sender, TYPE, messages, PAYLOAD, BATCH);
}

static __attribute__((noinline)) void consume_batch(uint64_t count)
{
    enum direct_result result;
    for (; count > 0; count -= BATCH) taken -= direct_pop_batch(&receiver, TYPE, messages, PAYLOAD, BATCH, &result);
}

static __attribute__((noinline)) void produce_trusting_batch(uint64_t count)
{
    for (; count > 0; count -= BATCH) taken += trusting_push_batch(&sender, TYPE, messages, PAYLOAD, BATCH);
}

static __attribute__((noinline)) void consume_trusting_batch(uint64_t count)
{
    for (; count > 0; count -= BATCH) taken -= trusting_pop_batch(&receiver, messages, PAYLOAD, BATCH);
}

static const struct {
    const char *name;
    void (*produce)(uint64_t count), (*consume)(uint64_t count);
    uint32_t payload;
    bool acknowledged;
} ways[] = {
    { "nothing", produce_nothing, consume_nothing, PAYLOAD, true },
    { "direct", produce_direct, consume_direct, PAYLOAD, true },
    { "lossy", produce_direct, consume_direct, PAYLOAD, false },
    { "trusting", produce_trusting, consume_trusting, PAYLOAD, true },
    { "batch", produce_batch, consume_batch, PAYLOAD, true },
    { "trusting-batch", produce_trusting_batch, consume_trusting_batch, PAYLOAD, true },
    { "small", produce_small, consume_small, sizeof small, true },
    { "position", produce_position, consume_position, sizeof report, true },
};

int main(int argc, char **argv)
{
    static struct direct_acknowledgement page;
    static uint64_t memory[SLOTS * (PAYLOAD + 8) / 8] __attribute__((aligned(64)));

    for (size_t i = 0; argc == 3 && i < sizeof ways / sizeof ways[0]; i++) {
        if (strcmp(argv[1], ways[i].name) != 0) continue;
        uint64_t count = strtoull(argv[2], NULL, 10) / BATCH * BATCH;
        if (count > SLOTS) return 2;
        direct_sender_start(&sender, memory, direct_slot_payload(ways[i].payload), SLOTS, ways[i].acknowledged ? &page : NULL);
        direct_receiver_start(&receiver, memory, direct_slot_payload(ways[i].payload), SLOTS,
                              ways[i].acknowledged ? &page : NULL);
        ways[i].produce(count);
        ways[i].consume(count);
        printf("%llu messages\n", (unsigned long long)count);
        return taken != 0 || receiver.lost + receiver.refused + receiver.corrupt > 0;
    }
    fprintf(stderr, "usage: count_messages WHAT COUNT\n");
    return 2;
}
