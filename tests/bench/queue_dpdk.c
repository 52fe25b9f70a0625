/* SPDX-License-Identifier: Apache-2.0 */
/* Peer: DPDK's rte_ring with messages as elements, one at a time and in bursts of 32. Its inline functions alone are needed. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#include <rte_ring.h>
#include <rte_ring_elem.h>
#pragma GCC diagnostic pop
#include "bench.h"

static struct rte_ring *rings[2];

static void make(void *memory, uint32_t slots)
{
    struct rte_ring *ring = memory;

    ring->flags = RING_F_SP_ENQ | RING_F_SC_DEQ;
    ring->prod.sync_type = ring->cons.sync_type = RTE_RING_SYNC_ST;
    ring->size = slots;
    ring->mask = ring->capacity = slots - 1;
}

static void open_end(uint32_t way, void *memory, int sends)
{
    (void)sends;
    rings[way] = memory;
}

#define PUSH(way, size, m) (rte_ring_sp_enqueue_elem(rings[way], m, size) == 0)
#define POP(way, size, m) (rte_ring_sc_dequeue_elem(rings[way], m, size) == 0)
#define PUSH_MANY(way, size, m, count) rte_ring_sp_enqueue_burst_elem(rings[way], m, size, count, NULL)
#define POP_MANY(way, size, m, count) rte_ring_sc_dequeue_burst_elem(rings[way], m, size, count, NULL)
#define QUEUE(size)                                                                                                            \
    static void make_##size(uint32_t way, void *memory)                                                                        \
    {                                                                                                                          \
        (void)way;                                                                                                             \
        make(memory, bench_slots(size));                                                                                       \
    }                                                                                                                          \
    BENCH_ONE_WAY(rte, size, PUSH, POP)                                                                                        \
    BENCH_BOTH_WAYS(rte, size, PUSH, POP)                                                                                      \
    BENCH_MANY(rte_burst, size, PUSH_MANY, POP_MANY)
BENCH_SIZES(QUEUE)

#define ADD(size)                                                                                                              \
    bench_add(&(struct bench_queue){ "rte_ring", size, make_##size, open_end, rte_##size##_produce, rte_##size##_consume,      \
                                     rte_##size##_ping, rte_##size##_pong });                                                  \
    bench_add(&(struct bench_queue){ "rte_ring burst 32", size, make_##size, open_end, rte_burst_##size##_produce,             \
                                     rte_burst_##size##_consume, NULL, NULL });

void bench_dpdk(void)
{
    BENCH_SIZES(ADD)
}
