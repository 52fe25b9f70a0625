/* SPDX-License-Identifier: Apache-2.0 */
/* Time: the time stamp counter, at the rate that the info page gives. It runs on while the subject does not. */
#pragma once

#include <stdint.h>

static inline uint64_t clock_now(void)
{
    return __builtin_ia32_rdtsc();
}

/* Ticks of `ms` milliseconds; info->tsc_khz is the rate. */
static inline uint64_t clock_ticks(uint32_t tsc_khz, uint32_t ms)
{
    return (uint64_t)tsc_khz * ms;
}
