/* SPDX-License-Identifier: Apache-2.0 */
/* Peer: boost's spsc_queue of fixed capacity. */
#include "bench.h"
#include <boost/lockfree/spsc_queue.hpp>
#include <new>

static void *memories[2];

static void open_end(uint32_t way, void *memory, int)
{
    memories[way] = memory;
}

constexpr uint32_t slots_of(uint32_t size)
{
    return size <= 64 ? 4096 : 262144 / size;
}

#define TYPE(size) boost::lockfree::spsc_queue<bench_message_##size, boost::lockfree::capacity<slots_of(size)>>
#define PUSH(way, size, m) static_cast<queue_##size *>(memories[way])->push(*(m))
#define POP(way, size, m) static_cast<queue_##size *>(memories[way])->pop(*(m))
#define QUEUE(size)                                                                                                            \
    using queue_##size = TYPE(size);                                                                                           \
    static_assert(sizeof(queue_##size) <= BENCH_MEMORY, "fits");                                                               \
    static void make_##size(uint32_t, void *memory) { new (memory) queue_##size; }                                             \
    BENCH_ONE_WAY(boost, size, PUSH, POP)                                                                                      \
    BENCH_BOTH_WAYS(boost, size, PUSH, POP)
BENCH_SIZES(QUEUE)

#define ADD(size)                                                                                                              \
    {                                                                                                                          \
        const bench_queue queue = { "boost spsc_queue", size, make_##size, open_end, boost_##size##_produce,                   \
                                    boost_##size##_consume, boost_##size##_ping, boost_##size##_pong };                        \
        bench_add(&queue);                                                                                                     \
    }

extern "C" void bench_boost(void)
{
    BENCH_SIZES(ADD)
}
