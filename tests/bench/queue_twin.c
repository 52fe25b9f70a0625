/* SPDX-License-Identifier: Apache-2.0 */
/* The trusting twin of our ring: what it lacks is the cost of not trusting the peer. */
#include "bench.h"
#include "trusting_ring.h"

enum { TYPE = 7, ACKNOWLEDGEMENT_PAGE = 4096 };

static struct direct_sender senders[2];
static struct direct_receiver receivers[2];

static void open_end(uint32_t way, void *memory, int sends, uint32_t size)
{
    uint8_t *ring = (uint8_t *)memory + ACKNOWLEDGEMENT_PAGE;

    if (sends)
        direct_sender_start(&senders[way], ring, direct_slot_payload(size), bench_slots(size), memory);
    else
        direct_receiver_start(&receivers[way], ring, direct_slot_payload(size), bench_slots(size), memory);
}

#define OPEN(size) static void open_##size(uint32_t way, void *memory, int sends) { open_end(way, memory, sends, size); }
BENCH_SIZES(OPEN)

#define PUSH(way, size, m) trusting_push(&senders[way], TYPE, m, size)
#define POP(way, size, m) trusting_pop(&receivers[way], m, size)
#define SINGLE(size) BENCH_ONE_WAY(trusting, size, PUSH, POP) BENCH_BOTH_WAYS(trusting, size, PUSH, POP)
BENCH_SIZES(SINGLE)

#define PUSH_MANY(way, size, m, count) trusting_push_batch(&senders[way], TYPE, m, size, count)
#define POP_MANY(way, size, m, count) trusting_pop_batch(&receivers[way], m, size, count)
#define MANY(size) BENCH_MANY(trusting_batch, size, PUSH_MANY, POP_MANY)
BENCH_SIZES(MANY)

#define ADD(size)                                                                                                              \
    bench_add(&(struct bench_queue){ "trusting twin", size, NULL, open_##size, trusting_##size##_produce,                      \
                                     trusting_##size##_consume, trusting_##size##_ping, trusting_##size##_pong });             \
    bench_add(&(struct bench_queue){ "trusting twin batch 32", size, NULL, open_##size, trusting_batch_##size##_produce,       \
                                     trusting_batch_##size##_consume, NULL, NULL });

void bench_twin(void)
{
    BENCH_SIZES(ADD)
}
