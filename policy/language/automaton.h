/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Orders into the automaton of a protocol. An order alone is in one of two states: it is held, and its bans are denied, or
 * it is not, and its waits are, which only those that alternate have. What frees it leads to the second, what opens it to the
 * first. Orders that share rules become one automaton.
 */
#pragma once

#include "language/running.h"

#define PROTOCOL_MAX_STEPS 256u       /* each is compared with all others */

/*
 * Joins protocol->orders: states, steps as if written out, and `held`. Reports orders that wait for each other, that are to
 * spare, or that need too many states or steps together.
 */
void automaton_join(struct policy *p, struct protocol *protocol);

/*
 * A bit for each state that the first one leads to, by time and by messages of rules that hold in a plan in which their senders
 * run, without comparisons that never hold by the types of the fields. NULL: by all messages of rules. 0: it is broken.
 */
uint32_t automaton_states(const struct protocol *protocol, const struct running *running);

/* The first order, by its name, that denies the rule in a state of its protocol; NULL: none. */
const struct order *automaton_denier(const struct protocol *protocol, uint32_t state, const struct allow *a);

/*
 * Whether the protocol denies a message of the rule that is in it in one of the states `reached` (automaton_states): what an
 * order only waits for always passes, and so does what each state has a step for that compares nothing.
 */
bool automaton_denies(const struct protocol *protocol, const struct allow *a, uint32_t reached);

/* Whether others, on other CPUs, can move the rule's protocol as often as the kernel tries to, so that a message is refused. */
bool automaton_contended(const struct policy *p, const struct allow *a);

/* Whether what others do to its protocol may have a message of the rule refused. `contended` is set, the steps are checked. */
bool automaton_may_refuse(const struct allow *a);

/* "`a`, `b`": the fewest messages after which the rule's may pass; NULL: none. */
const char *automaton_way(struct arena *a, const struct protocol *protocol, uint32_t state, const struct allow *rule);

/*
 * A state that messages lead to, as few as can be, in which of the orders in `known` those in `held` are held and no others;
 * bit o: the order o of the protocol. -1: none.
 */
int automaton_find(const struct protocol *protocol, uint64_t known, uint64_t held);

bool allow_list_has(const allow_list *list, const struct allow *a);
