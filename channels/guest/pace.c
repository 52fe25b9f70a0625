/* SPDX-License-Identifier: Apache-2.0 */
/* The sender's token bucket. */
#include "guest/pace.h"

void pace_start(struct pace *pace, uint32_t count, uint32_t ms, uint32_t burst, uint32_t tsc_khz, uint64_t now)
{
    uint64_t ticks = (uint64_t)ms * tsc_khz;
    uint64_t period = count == 0 ? 0 : ticks / count + 1;

    *pace = (struct pace){ .period = count == 0 ? 0 : period + period / 1000 + 1, .last = now, .burst = burst };
}

uint64_t pace_allows(struct pace *pace, uint64_t now)
{
    if (pace->period == 0) return UINT64_MAX;
    uint64_t earned = (now - pace->last) / pace->period;

    if (earned >= pace->burst - pace->tokens) {
        pace->tokens = pace->burst;
        pace->last = now;
    } else {
        pace->tokens += earned;
        pace->last += earned * pace->period;
    }
    return pace->tokens;
}

void pace_spend(struct pace *pace, uint64_t count, uint64_t before, uint64_t after)
{
    if (pace->period == 0) return;
    pace->tokens -= count < pace->tokens ? count : pace->tokens;
    pace->last += after - before;
}
