/* SPDX-License-Identifier: Apache-2.0 */
/* Peer: Concurrency Kit's ck_ring, one producer and one consumer. */
#include "bench.h"
#pragma GCC diagnostic ignored "-Wconversion"
#include <ck_ring.h>

enum { BUFFER = 4096 };               /* bytes from the ring's words to its messages */

static void *memories[2];

static void open_end(uint32_t way, void *memory, int sends)
{
    (void)sends;
    memories[way] = memory;
}

#define RING(way) ((ck_ring_t *)memories[way])
#define BUFFER_OF(way, size) ((struct bench_message_##size *)(void *)((uint8_t *)memories[way] + BUFFER))
#define PUSH(way, size, m) ck_ring_enqueue_spsc_q##size(RING(way), BUFFER_OF(way, size), m)
#define POP(way, size, m) ck_ring_dequeue_spsc_q##size(RING(way), BUFFER_OF(way, size), m)
#define QUEUE(size)                                                                                                            \
    CK_RING_PROTOTYPE(q##size, bench_message_##size)                                                                           \
    static void make_##size(uint32_t way, void *memory)                                                                        \
    {                                                                                                                          \
        (void)way;                                                                                                             \
        ck_ring_init(memory, bench_slots(size));                                                                               \
    }                                                                                                                          \
    BENCH_ONE_WAY(ck, size, PUSH, POP)                                                                                         \
    BENCH_BOTH_WAYS(ck, size, PUSH, POP)
BENCH_SIZES(QUEUE)

#define ADD(size)                                                                                                              \
    bench_add(&(struct bench_queue){ "ck_ring", size, make_##size, open_end, ck_##size##_produce, ck_##size##_consume,         \
                                     ck_##size##_ping, ck_##size##_pong });

void bench_ck(void)
{
    BENCH_SIZES(ADD)
}
