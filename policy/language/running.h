/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What ever runs: plans that something leads to, and subjects that have time in one of these. What is in a plan that never runs
 * is as if it were not there. Never too little: a privilege counts whatever its rate or condition, if its holder ever runs.
 */
#pragma once

#include "language/check.h"

struct running {
    uint32_t plans;                   /* a bit each */
    const uint32_t *in;               /* of these, the plans that a subject runs in, by its index */
};

/*
 * The first plan runs; a subject in the plans that run and have time for it, and in those in which one that runs may give it
 * its windows; a plan that a subject may switch to where it runs. A monitor has its subject's time. Plans and privileges are
 * checked. Found once; the policy keeps it.
 */
const struct running *running_find(struct policy *p);

/* The plans in which messages of the rule may be sent: those that it holds in and its sender runs in. */
uint32_t running_rule(const struct running *r, const struct allow *a);
