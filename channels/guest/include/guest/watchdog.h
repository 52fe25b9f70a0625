/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Watchdogs: somebody feeds one at least so often, or is taken for dead. Two uses:
 *
 * - of the subject's own program: it feeds at one place of its loop, and virtual interrupts (guest/interrupt.h), or other
 *   places of the loop, call watchdog_check(), which ends the subject by guest_fail(); the kernel records that and starts it
 *   again as the policy's `on fault` says. Who is never interrupted is caught at the next look alone. Under Linux guest_fail()
 *   aborts the process;
 * - of another subject: a message on a channel feeds; what is done when none has come in time is the program's affair, for
 *   instance the use of a privilege to restart it.
 *
 * Lengths are ticks of the time stamp counter, which runs on while a subject does not: the limit is more than the longest time
 * in which the policy's plans give it no window. Once hungry it stays so: what is fed too late is fed in vain.
 *
 * Owner: one thread of control and its interrupt handlers, which may look but not feed.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "guest/clock.h"
#include "guest/guest.h"

struct watchdog {
    uint64_t limit;                   /* ticks from one feeding to the next, at most; below 2^63 */
    uint64_t fed;                     /* instant */
    bool hungry;
};

/* Begins well fed, at `now`. */
static inline void watchdog_start(struct watchdog *dog, uint64_t now, uint64_t limit)
{
    *dog = (struct watchdog){ .limit = limit, .fed = now };
}

/* Whether it was not fed in time. */
static inline bool watchdog_is_hungry(struct watchdog *dog, uint64_t now)
{
    if ((int64_t)(now - __atomic_load_n(&dog->fed, __ATOMIC_RELAXED)) > (int64_t)dog->limit) dog->hungry = true;
    return dog->hungry;
}

/* False: too late. */
static inline bool watchdog_feed(struct watchdog *dog, uint64_t now)
{
    if (watchdog_is_hungry(dog, now)) return false;
    __atomic_store_n(&dog->fed, now, __ATOMIC_RELAXED);
    return true;
}

/* Ends the subject by guest_fail() if its own program did not feed in time. */
static inline void watchdog_check(struct watchdog *dog)
{
    if (watchdog_is_hungry(dog, clock_now())) guest_fail();
}
