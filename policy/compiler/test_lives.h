/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is stopped in a policy's test, who is being rebuilt, and how many faults each may still have. A restart by a privilege is
 * not there at once: what it resets is reset when the subject's memory is in place, for which it needs windows. How long that
 * takes is not known here. It is taken to be done when a whole frame has passed of a plan that gives the subject time, or when
 * the test has the subject do something.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct judge;
struct test_step;

struct test_life {
    const struct test_step *stopped;  /* the step that did it, or NULL */
    bool rebuilt;                     /* a privilege restarted it, and its memory is not in place yet */
    uint64_t since;                   /* from when on it has had the present plan's windows for that */
    uint64_t period_start;            /* of the first fault in the period */
    uint32_t restarts;                /* in the period, after faults */
};

struct test_lives {
    struct judge *judge;
    struct test_life *all;            /* by subject; of a monitor none: it lives as its subject does */
    uint32_t count;
};

void test_lives_open(struct test_lives *l, struct judge *j);
/* All run, and nobody had a fault. */
void test_lives_begin(struct test_lives *l);

/* What privileges do. */
void test_lives_stop(struct test_lives *l, uint32_t subject, const struct test_step *by);
void test_lives_restart(struct test_lives *l, uint32_t subject);

/* Time passes until then, in the plan that runs; another plan is taken up now. */
void test_lives_pass(struct test_lives *l, uint64_t until);
void test_lives_turn(struct test_lives *l, uint64_t now);

/* False if the subject of the step is stopped: it does nothing, and the test is told so. */
bool test_lives_acts(struct test_lives *l, const struct test_step *s);
/* The subject of the step has a fault. False if that does not restart it: the test is told what happens instead. */
bool test_lives_fault(struct test_lives *l, const struct test_step *s);
