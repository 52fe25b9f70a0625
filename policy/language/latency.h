/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long a message is on its way under a plan. Of one way exactly (latency.c); of all ways at most, without looking at each
 * of them (latency_bound.c): their number can be beyond counting.
 */
#pragma once

#include "language/paths.h"

#define LATENCY_SWITCH_US 20  /* the kernel's margin at a window's end */
#define LATENCY_NEVER INT64_MAX

/* A message on its way: where it was dealt with last, and when, in microseconds since a frame began. */
struct journey {
    int64_t at;
    const struct plan_cpu *cpu;       /* NULL: not known, or none yet */
    uint32_t switches;
};

/* Through one more subject (NULL: a wire, which takes no time). The later it comes the later it leaves. */
void journey_pass(struct journey *j, const struct plan *plan, const struct subject *s);
/* When it is through, the switches at the windows' ends included. */
int64_t journey_end(const struct journey *j);
/* The longest that a subject keeps a message, whenever that comes. */
int64_t latency_of_subject(const struct plan *plan, const struct subject *s);
/* NULL: the node is no subject. */
const struct subject *latency_subject(const struct policy *p, uint32_t node);
/* Of the way in `s`, from the worst of a frame's instants. */
int64_t latency_of_way(const struct policy *p, const struct plan *plan, const struct path_search *s, int64_t *worst_start);
/* What looking at one way costs, in steps of the search. */
uint64_t latency_cost(const struct plan *plan, const struct path_search *s);

/* A node as the message leaves it at the latest; the node behind the last one stands for all that lie on cycles. */
struct arrival {
    struct journey latest;            /* when, and with how many switches: each the most, if need be of different ways */
    uint32_t via;                     /* from where it comes at the latest */
    bool reached;
};

struct latency_bound {
    int64_t most, start;              /* the bound, and the frame's instant that it is for */
    struct arrival *arrivals;         /* by node, for that instant */
    uint32_t count;                   /* of nodes; of them `cyclic` lie on cycles or between some, as `is_cyclic` says */
    uint32_t cyclic;
    bool *is_cyclic;
};

/*
 * No simple way of the search takes longer than `most`. Exact but for the switches where messages cannot go round; of nodes on
 * cycles and between them each is counted once, at its slowest, since no simple way passes it twice.
 */
void latency_bound(const struct policy *p, const struct plan *plan, const struct path_search *s, struct latency_bound *b);
/* Makes the way that gives the bound that of the search; false if it leads through cycles and is none. */
bool latency_bound_way(const struct latency_bound *b, struct path_search *s);
