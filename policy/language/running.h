/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What ever runs: plans that something leads to, and subjects that have time in one of these. What is in a plan that never runs
 * is as if it were not there. Never too little: a privilege counts whatever its rate or condition, if its holder ever runs.
 */
#ifndef LANGUAGE_RUNNING_H
#define LANGUAGE_RUNNING_H

#include "language/check.h"

struct running {
    uint32_t plans;                   /* a bit each */
    const bool *subjects;             /* by index */
};

/*
 * The first plan runs; a subject that has time in a plan that runs; whom such a subject may give its windows to; a plan that
 * such a subject may switch to, in a plan that runs. A monitor has its subject's time. Plans and privileges are checked.
 */
struct running running_find(const struct policy *p);

#endif
