/* SPDX-License-Identifier: Apache-2.0 */
/* The pieces that graph_build() puts together, in this order where one needs another's edges. */
#pragma once

#include "language/graph.h"

void graph_add(struct graph *g, const struct graph_edge *edge);

/* graph_lives.c: what privileges do to the plan and to lives; then, behind all other edges, what a life decides about. */
void graph_privileges(struct graph *g, const struct policy *p);
void graph_lives(struct graph *g, const struct policy *p);
/* What the use of a privilege changes; GRAPH_NONE: it is not known. */
uint32_t graph_act(const struct graph *g, const struct privilege *v);

/* graph_reserves.c: back-pressure of the audit ring, where a class of records blocks. */
void graph_reserves(struct graph *g, const struct policy *p);
