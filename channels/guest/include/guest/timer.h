/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Timers that a program looks at: nothing interrupts a subject when one is due. Instants and lengths are ticks of the time
 * stamp counter (guest/clock.h: clock_now(), clock_ticks()), which runs on while the subject does not: a timer is found due at
 * the first look after its instant, in the subject's next window at the latest if the program looks in each.
 *
 * Owner: one thread of control. Plain arithmetic, on the host as well; correct over the counter's wrap, for lengths below 2^63.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct timer {
    uint64_t due;                     /* instant */
    uint64_t period;                  /* ticks; 0: once */
    uint64_t missed;                  /* instants at which nobody looked before the next one came */
    bool runs;
};

/* Due once, `ticks` after `now`. */
static inline void timer_start_once(struct timer *timer, uint64_t now, uint64_t ticks)
{
    *timer = (struct timer){ .due = now + ticks, .runs = true };
}

/* Due `period` ticks after `now`, and then each `period` ticks, however late it is looked at. `period` is not 0. */
static inline void timer_start(struct timer *timer, uint64_t now, uint64_t period)
{
    *timer = (struct timer){ .due = now + period, .period = period, .runs = true };
}

/* Due no more, until it is started again; may be done to one that does not run. `missed` stays. */
static inline void timer_stop(struct timer *timer)
{
    timer->runs = false;
}

/* Ticks until it is due: 0 if it is, UINT64_MAX if it does not run. */
static inline uint64_t timer_left(const struct timer *timer, uint64_t now)
{
    if (!timer->runs) return UINT64_MAX;
    return (int64_t)(timer->due - now) > 0 ? timer->due - now : 0;
}

/* Whether it is due; tells so once for each instant, or once for all that have gone by, of which the others count as missed. */
static inline bool timer_fires(struct timer *timer, uint64_t now)
{
    if (timer_left(timer, now) > 0) return false;
    if (timer->period == 0) {
        timer->runs = false;
        return true;
    }
    uint64_t behind = (now - timer->due) / timer->period;

    timer->missed += behind;
    timer->due += (behind + 1) * timer->period;
    return true;
}
