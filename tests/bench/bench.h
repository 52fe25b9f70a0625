/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a queue between two processes has to supply to be measured: it lies in memory that both map, or in descriptors that
 * both have, one way from the first process to the second (way 0) and one back (way 1). Every message carries its number in
 * its first and last word, and the receiver looks at both.
 */
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <x86intrin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BENCH_MEMORY (2u << 20)       /* bytes of one way */
#define BENCH_BATCH 32u
#define BENCH_SIZES(X) X(8) X(56) X(64) X(256) X(1024) X(4096)

struct bench_queue {
    const char *name;
    uint32_t size;                    /* bytes of a message */
    void (*make)(uint32_t way, void *memory);                         /* by one process; NULL: its zeros will do */
    void (*open)(uint32_t way, void *memory, int sends);              /* by each process */
    void (*produce)(uint64_t count);
    uint64_t (*consume)(uint64_t count);                              /* returns how many came */
    void (*ping)(uint64_t count, uint32_t *ticks);                    /* NULL: only measured one way */
    void (*pong)(uint64_t count);
};

void bench_add(const struct bench_queue *queue);

void bench_direct(void);
void bench_twin(void);
void bench_ck(void);
void bench_dpdk(void);
void bench_boost(void);
void bench_kernel(void);

/* As many as fit in 256 KiB: a power of two. */
static inline uint32_t bench_slots(uint32_t size)
{
    uint32_t slots = 4096;
    while (slots * size > 262144) slots /= 2;
    return slots;
}

static inline void bench_wrong(const char *name, uint64_t number)
{
    fprintf(stderr, "bench: %s: message %llu is not the one that was sent\n", name, (unsigned long long)number);
    _Exit(1);
}

#ifdef __cplusplus
}
#endif

#define BENCH_MESSAGE(size) struct bench_message_##size { uint64_t word[size / 8]; } __attribute__((aligned(8)));
BENCH_SIZES(BENCH_MESSAGE)

#define BENCH_NUMBER(message, size, number) ((message).word[0] = (number), (message).word[size / 8 - 1] = (number))
#define BENCH_IS(message, size, number) ((message).word[0] == (number) && (message).word[size / 8 - 1] == (number))

/* PUSH(way, &message) and POP(way, &message) say whether they did. */
#define BENCH_ONE_WAY(name, size, PUSH, POP)                                                                                   \
    static __attribute__((noinline)) void name##_##size##_produce(uint64_t count)                                              \
    {                                                                                                                          \
        struct bench_message_##size m;                                                                                         \
        memset(&m, 0x5a, sizeof m);                                                                                            \
        for (uint64_t i = 0; i < count; i++) {                                                                                 \
            BENCH_NUMBER(m, size, i);                                                                                          \
            while (!PUSH(0, size, &m)) _mm_pause();                                                                            \
        }                                                                                                                      \
    }                                                                                                                          \
    static __attribute__((noinline)) uint64_t name##_##size##_consume(uint64_t count)                                          \
    {                                                                                                                          \
        struct bench_message_##size m;                                                                                         \
        for (uint64_t i = 0; i < count; i++) {                                                                                 \
            while (!POP(0, size, &m)) _mm_pause();                                                                             \
            if (!BENCH_IS(m, size, i)) bench_wrong(#name, i);                                                                  \
        }                                                                                                                      \
        return count;                                                                                                          \
    }

#define BENCH_BOTH_WAYS(name, size, PUSH, POP)                                                                                 \
    static __attribute__((noinline)) void name##_##size##_ping(uint64_t count, uint32_t *ticks)                                \
    {                                                                                                                          \
        struct bench_message_##size m;                                                                                         \
        unsigned int unused;                                                                                                   \
        memset(&m, 0x5a, sizeof m);                                                                                            \
        for (uint64_t i = 0; i < count; i++) {                                                                                 \
            uint64_t before = __rdtsc();                                                                                       \
            BENCH_NUMBER(m, size, i);                                                                                          \
            while (!PUSH(0, size, &m)) _mm_pause();                                                                            \
            while (!POP(1, size, &m)) _mm_pause();                                                                             \
            ticks[i] = (uint32_t)(__rdtscp(&unused) - before);                                                                 \
            if (!BENCH_IS(m, size, i)) bench_wrong(#name, i);                                                                  \
        }                                                                                                                      \
    }                                                                                                                          \
    static __attribute__((noinline)) void name##_##size##_pong(uint64_t count)                                                 \
    {                                                                                                                          \
        struct bench_message_##size m;                                                                                         \
        for (uint64_t i = 0; i < count; i++) {                                                                                 \
            while (!POP(0, size, &m)) _mm_pause();                                                                             \
            while (!PUSH(1, size, &m)) _mm_pause();                                                                            \
        }                                                                                                                      \
    }

/* PUSH(way, messages, count) and POP(way, messages, count) say how many they did. */
#define BENCH_MANY(name, size, PUSH, POP)                                                                                      \
    static __attribute__((noinline)) void name##_##size##_produce(uint64_t count)                                              \
    {                                                                                                                          \
        static struct bench_message_##size m[BENCH_BATCH];                                                                     \
        for (uint64_t i = 0; i < count; i += BENCH_BATCH) {                                                                    \
            for (uint64_t k = 0; k < BENCH_BATCH; k++) BENCH_NUMBER(m[k], size, i + k);                                        \
            for (uint32_t done = 0, now; done < BENCH_BATCH; done += now) {                                                    \
                now = PUSH(0, size, m + done, BENCH_BATCH - done);                                                             \
                if (now == 0) _mm_pause();                                                                                     \
            }                                                                                                                  \
        }                                                                                                                      \
    }                                                                                                                          \
    static __attribute__((noinline)) uint64_t name##_##size##_consume(uint64_t count)                                          \
    {                                                                                                                          \
        static struct bench_message_##size m[BENCH_BATCH];                                                                     \
        for (uint64_t i = 0; i < count;) {                                                                                     \
            uint32_t now = POP(0, size, m, BENCH_BATCH);                                                                       \
            if (now == 0) _mm_pause();                                                                                         \
            for (uint32_t k = 0; k < now; k++, i++) {                                                                          \
                if (!BENCH_IS(m[k], size, i)) bench_wrong(#name, i);                                                           \
            }                                                                                                                  \
        }                                                                                                                      \
        return count;                                                                                                          \
    }
