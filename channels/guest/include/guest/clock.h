/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time: the time stamp counter, at the rate that the info page gives. It runs on while the subject does not.
 *
 * Who may call: anybody, also handlers of interrupts and user mode. Nothing is kept. Memory order: none; the counter may be
 * read before earlier loads are done, and later ones be done before it is (Intel SDM volume 2, RDTSC).
 */
#pragma once

#include <stdint.h>

/* The counter now, in ticks. Where the policy traps the counter for this subject (`tsc trapped`) the kernel answers. */
static inline uint64_t clock_now(void)
{
    return __builtin_ia32_rdtsc();
}

/* Ticks of `ms` milliseconds; info->tsc_khz is the rate. */
static inline uint64_t clock_ticks(uint32_t tsc_khz, uint32_t ms)
{
    return (uint64_t)tsc_khz * ms;
}
