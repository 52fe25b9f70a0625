/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counts by the time stamp counter: in an emulator that advances it by one for each instruction, under QEMU's -icount or in
 * Bochs, ticks are instructions, the subject's and the kernel's.
 */
#pragma once

#include <stdint.h>
#include "channels/info.h"
#include "guest/clock.h"

/* CPUID's leaf, by which `bench` tells its monitor what to ask of the kernel. */
enum count_leaf { COUNT_ALL = 1, COUNT_ALARM = 2 };

struct counted { uint64_t before, after, status; };

/* One call, the instruction alone, by `instruction` (enum info_call): the library's way to it belongs to the guest. */
static inline struct counted count_call(uint32_t instruction, uint64_t call, uint64_t a, uint64_t b, uint64_t c)
{
    struct counted counted;

    if (instruction == INFO_CALL_VMCALL) {
        counted.before = clock_now();
        __asm__ volatile("vmcall" : "+a"(call), "+d"(c) : "D"(a), "S"(b) : "memory");
        counted.after = clock_now();
    } else {
        counted.before = clock_now();
        __asm__ volatile("vmmcall" : "+a"(call), "+d"(c) : "D"(a), "S"(b) : "memory");
        counted.after = clock_now();
    }
    counted.status = call;
    return counted;
}

/* What two readings of the counter in a row are apart. */
static inline uint64_t count_nothing(void)
{
    uint64_t before = clock_now();

    return clock_now() - before;
}

/* The least of so many. */
static inline uint64_t count_overhead(uint32_t rounds)
{
    uint64_t best = UINT64_MAX;

    while (rounds-- > 0) {
        uint64_t ticks = count_nothing();
        if (ticks < best) best = ticks;
    }
    return best;
}

/* Executes so many instructions; 0 is none. */
static inline void count_spend(uint64_t instructions)
{
    if (instructions > 0) __asm__ volatile("1: loop 1b" : "+c"(instructions));
}

/*
 * A counter that both CPUs of Bochs share advances by COUNT_STEP after as many instructions, so that a way of n takes n rounded
 * down, or one step more, by where in a step it began. Over rounds that begin anywhere the mean is n: this is that mean, of the
 * least and what is within a step of it, rounded.
 */
enum { COUNT_STEP = 5 };

static inline uint64_t count_mean(const uint64_t *ticks, uint32_t rounds)
{
    uint64_t least = UINT64_MAX, sum = 0, taken = 0;

    for (uint32_t i = 0; i < rounds; i++) {
        if (ticks[i] < least) least = ticks[i];
    }
    for (uint32_t i = 0; i < rounds; i++) {
        if (ticks[i] > least + COUNT_STEP) continue;
        sum += ticks[i];
        taken++;
    }
    return (sum + taken / 2) / taken;
}
