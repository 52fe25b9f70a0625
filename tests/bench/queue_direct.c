/* SPDX-License-Identifier: Apache-2.0 */
/* Our own direct channel: acknowledged, one message at a time and in batches; and lossy. */
#include "bench.h"
#include "guest/direct_ring.h"

enum { TYPE = 7, ACKNOWLEDGEMENT_PAGE = 4096 };

static struct direct_sender senders[2];
static struct direct_receiver receivers[2];

static void open_end(uint32_t way, void *memory, int sends, uint32_t size, int acknowledged)
{
    uint8_t *ring = (uint8_t *)memory + ACKNOWLEDGEMENT_PAGE;
    struct direct_acknowledgement *page = acknowledged ? memory : NULL;
    uint32_t payload = direct_slot_payload(size), slots = bench_slots(size);

    if (sends)
        direct_sender_start(&senders[way], ring, payload, slots, page);
    else
        direct_receiver_start(&receivers[way], ring, payload, slots, page);
}

#define OPEN(size)                                                                                                             \
    static void open_##size(uint32_t way, void *memory, int sends) { open_end(way, memory, sends, size, 1); }                  \
    static void open_lossy_##size(uint32_t way, void *memory, int sends) { open_end(way, memory, sends, size, 0); }
BENCH_SIZES(OPEN)

#define PUSH(way, size, m) direct_push(&senders[way], TYPE, m, size)
#define POP(way, size, m) (direct_pop(&receivers[way], TYPE, m, size) == DIRECT_TAKEN)
#define SINGLE(size) BENCH_ONE_WAY(direct, size, PUSH, POP) BENCH_BOTH_WAYS(direct, size, PUSH, POP)
BENCH_SIZES(SINGLE)

static enum direct_result result;
#define PUSH_MANY(way, size, m, count) direct_push_batch(&senders[way], TYPE, m, size, count)
#define POP_MANY(way, size, m, count) direct_pop_batch(&receivers[way], TYPE, m, size, count, &result)
#define MANY(size) BENCH_MANY(batch, size, PUSH_MANY, POP_MANY)
BENCH_SIZES(MANY)

/* Takes what it can until the last one has come or gone. */
#define LOSSY(size)                                                                                                            \
    static __attribute__((noinline)) uint64_t lossy_##size##_consume(uint64_t count)                                           \
    {                                                                                                                          \
        static struct bench_message_##size m[BENCH_BATCH];                                                                     \
        uint64_t taken = 0;                                                                                                    \
        while (taken + receivers[0].lost < count) {                                                                            \
            uint32_t now = direct_pop_batch(&receivers[0], TYPE, m, size, BENCH_BATCH, &result);                               \
            for (uint32_t k = 0; k < now; k++) {                                                                               \
                uint64_t number = direct_number(&receivers[0].ring) - now + k;                                                 \
                if (!BENCH_IS(m[k], size, number)) bench_wrong("lossy", number);                                               \
            }                                                                                                                  \
            taken += now;                                                                                                      \
            if (now == 0) _mm_pause();                                                                                         \
        }                                                                                                                      \
        if (receivers[0].corrupt + receivers[0].refused > 0) bench_wrong("lossy", count);                                      \
        return taken;                                                                                                          \
    }
BENCH_SIZES(LOSSY)
#define LOSSY_BACK(size) BENCH_BOTH_WAYS(lossy, size, PUSH, POP)
BENCH_SIZES(LOSSY_BACK)

#define ADD(size)                                                                                                              \
    bench_add(&(struct bench_queue){ "direct", size, NULL, open_##size, direct_##size##_produce, direct_##size##_consume,      \
                                     direct_##size##_ping, direct_##size##_pong });                                            \
    bench_add(&(struct bench_queue){ "direct batch 32", size, NULL, open_##size, batch_##size##_produce,           \
                                     batch_##size##_consume, NULL, NULL });                                                    \
    bench_add(&(struct bench_queue){ "direct lossy batch 32", size, NULL, open_lossy_##size, batch_##size##_produce,           \
                                     lossy_##size##_consume, lossy_##size##_ping, lossy_##size##_pong });

void bench_direct(void)
{
    BENCH_SIZES(ADD)
}
