/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much can flow: bits that a message can hold, times the messages that a rate lets pass. A sender chooses among all values
 * that the type allows and silence: log2(values + 1) bits a message. When a message comes, finer than its rate tells, is not
 * counted. All results are rounded up.
 */
#pragma once

#include "language/graph.h"

#define CAPACITY_UNBOUNDED UINT64_MAX /* something on the way has no rate */

/*
 * Thousandths of a bit in one message of a rule: log2 of the values that the fields' domains allow, silence being one more, and
 * the channel's event without a message another where the rule is the one that allows it.
 */
uint64_t capacity_message(const struct policy *p, const struct allow *a);

/* What the rule and its restrictions let pass in the long run: the least of their rates, or NULL where none has one. */
const struct rate *capacity_rate(const struct policy *p, const struct allow *a);

/* Thousandths of a bit a second, of one edge or of what arrives by a rule. Results of a policy whose checks are done. */
uint64_t capacity_rule(const struct policy *p, const struct allow *a);
uint64_t capacity_edge(const struct policy *p, const struct graph_edge *e);

/* Of one who may switch plans, restart, stop or give time: what its doing so tells. */
uint64_t capacity_privilege(const struct policy *p, const struct privilege *v);

/* Sums that know CAPACITY_UNBOUNDED. */
uint64_t capacity_sum(uint64_t a, uint64_t b);

/* "45.3 bit/s", "unbounded"; "45.3 bit x 1/s" with the rule that it is computed from. */
const char *capacity_text(struct arena *a, uint64_t capacity);
const char *capacity_rule_text(const struct policy *p, const struct allow *a);

/* ---- network.c: how much can flow over all ways together ---- */
/* One arc of a smallest cut: `rule` where the arc is what arrives by a rule, else an edge of the graph. */
struct capacity_arc { const struct allow *rule; const struct graph_edge *edge; uint64_t capacity; };
typedef LIST(struct capacity_arc) capacity_arcs;

/*
 * The most that can flow from one node to another, all ways together: a smallest cut, whose arcs are appended to `cut`. If it
 * is unbounded, they are those of a way without a bound, in their order. What arrives by a rule is counted once, whoever has a
 * hand in it.
 */
uint64_t capacity_between(const struct graph *g, const struct policy *p, uint32_t from, uint32_t to, capacity_arcs *cut);
