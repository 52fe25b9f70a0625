/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loads and stores of memory that another subject may write or read at any time: the only ones that the ends of a direct
 * channel make. Each byte is loaded once and never again on the compiler's own account, because the accesses are volatile;
 * what was loaded lies in private memory and does not change any more.
 *
 * Memory order: shared_load() acquires, shared_store() releases; shared_fence_*() order copies against stamps. On x86-64 none
 * of this costs an instruction (Intel SDM volume 3, 9.2.2: loads are not reordered with loads, nor stores with stores).
 */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

/* A test defines this to let the peer write just before any load. */
#ifndef SHARED_BEFORE_LOAD
#define SHARED_BEFORE_LOAD(address, size) ((void)0)
#endif

/* The widest piece that one load moves where the program is compiled for it. */
#if defined __AVX__
typedef uint64_t shared_piece __attribute__((vector_size(32), aligned(1), may_alias));
#elif defined __SSE2__
typedef uint64_t shared_piece __attribute__((vector_size(16), aligned(1), may_alias));
#else
typedef uint64_t shared_piece __attribute__((aligned(1), may_alias));
#endif
#if defined __SSE2__
typedef uint64_t shared_16 __attribute__((vector_size(16), aligned(1), may_alias));
#else
typedef uint64_t shared_16 __attribute__((aligned(1), may_alias));
#endif
typedef uint64_t shared_8 __attribute__((aligned(1), may_alias));
typedef uint32_t shared_4 __attribute__((aligned(1), may_alias));
typedef uint16_t shared_2 __attribute__((aligned(1), may_alias));

#define SHARED_STRING 4096u           /* bytes from which the processor's own copy is faster than a loop */
#define SHARED_AHEAD 4096u            /* bytes that are fetched before they are needed, at most */
#define SHARED_ALWAYS static inline __attribute__((always_inline))

SHARED_ALWAYS uint64_t shared_load(const uint64_t *word)
{
    SHARED_BEFORE_LOAD(word, sizeof *word);
    return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

SHARED_ALWAYS void shared_store(uint64_t *word, uint64_t value)
{
    __atomic_store_n(word, value, __ATOMIC_RELEASE);
}

/* Between a stamp and the copy behind it, where it is written; between a copy and the stamp behind it, where it is read. */
SHARED_ALWAYS void shared_fence_write(void) { atomic_thread_fence(memory_order_release); }
SHARED_ALWAYS void shared_fence_read(void) { atomic_thread_fence(memory_order_acquire); }

#define SHARED_MOVE(type, to, from)                                                                                            \
    do {                                                                                                                       \
        SHARED_BEFORE_LOAD(from, sizeof(type));                                                                                \
        *(volatile type *)(to) = *(const volatile type *)(from);                                                               \
    } while (0)

SHARED_ALWAYS void shared_move_32(uint8_t *to, const uint8_t *from)
{
    SHARED_MOVE(shared_piece, to, from);
    if (sizeof(shared_piece) == 8) SHARED_MOVE(shared_piece, to + 8, from + 8);
    if (sizeof(shared_piece) <= 16) SHARED_MOVE(shared_piece, to + 16, from + 16);
    if (sizeof(shared_piece) == 8) SHARED_MOVE(shared_piece, to + 24, from + 24);
}

SHARED_ALWAYS void shared_move_16(uint8_t *to, const uint8_t *from)
{
    SHARED_MOVE(shared_16, to, from);
    if (sizeof(shared_16) == 8) SHARED_MOVE(shared_16, to + 8, from + 8);
}

SHARED_ALWAYS void shared_copy_rest(uint8_t *to, const uint8_t *from, uint64_t length)
{
    if ((length & 32) != 0) {
        shared_move_32(to, from);
        to += 32;
        from += 32;
    }
    if ((length & 16) != 0) {
        shared_move_16(to, from);
        to += 16;
        from += 16;
    }
    if ((length & 8) != 0) {
        SHARED_MOVE(shared_8, to, from);
        to += 8;
        from += 8;
    }
    if ((length & 4) != 0) {
        SHARED_MOVE(shared_4, to, from);
        to += 4;
        from += 4;
    }
    if ((length & 2) != 0) {
        SHARED_MOVE(shared_2, to, from);
        to += 2;
        from += 2;
    }
    if ((length & 1) != 0) SHARED_MOVE(uint8_t, to, from);
}

/*
 * Fetches the cache lines of what will be written or read next, while this CPU does something else. A hint: it changes nothing,
 * and no address is wrong. PREFETCHW does nothing where a processor does not have it (Intel SDM volume 2).
 */
SHARED_ALWAYS void shared_will_write(const void *at, uint64_t bytes)
{
    for (uint64_t i = 0; i < bytes && i < SHARED_AHEAD; i += 64)
        __asm__ volatile("prefetchw %0" : : "m"(*((const uint8_t *)at + i)));
}

SHARED_ALWAYS void shared_will_read(const void *at, uint64_t bytes)
{
    for (uint64_t i = 0; i < bytes && i < SHARED_AHEAD; i += 64)
        __asm__ volatile("prefetcht0 %0" : : "m"(*((const uint8_t *)at + i)));
}

/* Copies each byte once. One of the two is private, and they do not overlap. */
SHARED_ALWAYS void shared_copy(void *to, const void *from, uint64_t length)
{
    uint8_t *t = to;
    const uint8_t *f = from;

    if (length >= SHARED_STRING) {
        SHARED_BEFORE_LOAD(from, length);
        __asm__ volatile("rep movsb" : "+D"(t), "+S"(f), "+c"(length) : : "memory");
        return;
    }
    for (; length >= 64; length -= 64, t += 64, f += 64) {
        shared_move_32(t, f);
        shared_move_32(t + 32, f + 32);
    }
    shared_copy_rest(t, f, length);
}
