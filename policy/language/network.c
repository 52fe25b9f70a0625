/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The most that can flow, over all ways together: maximum flow, which equals the smallest cut (Ford and Fulkerson; augmenting
 * along shortest ways, Edmonds and Karp). Whatever decides about the messages of one rule (their sender, a protocol's state,
 * back-pressure) enters a node of that rule, from which only what the rule lets pass goes on: what arrives is counted once.
 */
#include "language/capacity.h"

#include <string.h>

#define NETWORK_ROUNDS 4096u /* of augmenting; whoever needs more is told that there is no bound */

struct arc {
    uint32_t to, back; /* `back`: number of the arc in the other direction */
    uint64_t left, whole;
    const struct allow *rule;
    const struct graph_edge *edge; /* NULL in the other direction */
};
typedef LIST(struct arc) arc_list;
struct spot {
    LIST(struct arc) arcs;
};

struct network {
    struct arena *arena;
    const struct policy *policy;
    const struct graph *graph;
    struct spot *spots;
    uint32_t count, from, to, *queue;
    arc_list all;
    uint32_t *reached; /* number of the arc by which a spot was reached, plus 1 */
};

static uint32_t rule_spot(const struct network *n, const struct allow *a)
{
    return n->graph->nodes.count + a->index;
}

static void network_arc(struct network *n, uint32_t from, uint32_t to, uint64_t capacity, const struct allow *rule,
                        const struct graph_edge *edge)
{
    if (capacity == 0) return;
    uint32_t first = n->all.count;
    struct arc *there = LIST_NEW(n->arena, &n->all), *back = LIST_NEW(n->arena, &n->all);
    *there = (struct arc){ to, first + 1, capacity, capacity, rule, edge };
    *back = (struct arc){ from, first, 0, 0, rule, NULL };
    LIST_ADD(n->arena, &n->spots[from].arcs, there);
    LIST_ADD(n->arena, &n->spots[to].arcs, back);
}

/* The rule's own messages: the arc behind the rule's spot says how many. */
static bool edge_is_messages(const struct graph_edge *e)
{
    return e->kind == EDGE_MESSAGE && e->protocol == NULL;
}

/* Back-pressure holds messages of every rule of the channel back. */
static void network_withhold(struct network *n, const struct graph_edge *e)
{
    const struct allow *a;
    LIST_EACH (a, &n->policy->allows) {
        if (a->channel == e->channel) network_arc(n, e->from, rule_spot(n, a), CAPACITY_UNBOUNDED, NULL, e);
    }
}

static void network_edge(struct network *n, const struct graph_edge *e)
{
    if (edge_is_messages(e))
        network_arc(n, e->from, rule_spot(n, e->rule), CAPACITY_UNBOUNDED, NULL, e);
    else if (e->kind == EDGE_MESSAGE)
        network_arc(n, e->from, rule_spot(n, e->rule), capacity_edge(n->policy, e), NULL, e);
    else if (e->kind == EDGE_BACKPRESSURE && e->channel != NULL && e->to == e->channel->receiver->index)
        network_withhold(n, e);
    else
        network_arc(n, e->from, e->to, capacity_edge(n->policy, e), NULL, e);
}

static void network_build(struct network *n)
{
    const struct graph_node *node;
    const struct graph_edge *e;
    const struct allow *a;
    LIST_EACH (node, &n->graph->nodes) {
        LIST_EACH (e, &node->out) network_edge(n, e);
    }
    LIST_EACH (a, &n->policy->allows) {
        if (a->channel == NULL || a->channel->receiver == NULL) continue;
        network_arc(n, rule_spot(n, a), a->channel->receiver->index, capacity_rule(n->policy, a), a, NULL);
    }
}

/* Marks what can be reached along arcs that have more left than `least`; false if the end is not among it. */
static bool network_search(struct network *n, uint64_t least)
{
    uint32_t first = 0, count = 0;
    const struct arc *arc;
    memset(n->reached, 0, n->count * sizeof *n->reached);
    n->queue[count++] = n->from;
    while (first < count && n->reached[n->to] == 0) {
        const struct spot *spot = &n->spots[n->queue[first++]];
        LIST_EACH (arc, &spot->arcs) {
            if (arc->left <= least || n->reached[arc->to] != 0 || arc->to == n->from) continue;
            n->reached[arc->to] = n->all.items[arc->back]->back + 1;
            n->queue[count++] = arc->to;
        }
    }
    return n->reached[n->to] != 0;
}

static struct arc *network_arc_to(const struct network *n, uint32_t spot)
{
    return n->all.items[n->reached[spot] - 1];
}

static uint32_t arc_from(const struct network *n, const struct arc *arc)
{
    return n->all.items[arc->back]->to;
}

static uint64_t network_augment(struct network *n)
{
    uint64_t least = CAPACITY_UNBOUNDED;
    for (uint32_t at = n->to; at != n->from; at = arc_from(n, network_arc_to(n, at))) {
        if (network_arc_to(n, at)->left < least) least = network_arc_to(n, at)->left;
    }
    for (uint32_t at = n->to; at != n->from; at = arc_from(n, network_arc_to(n, at))) {
        struct arc *arc = network_arc_to(n, at), *back = n->all.items[arc->back];
        if (arc->left != CAPACITY_UNBOUNDED) arc->left -= least;
        back->left = capacity_sum(back->left, least);
    }
    return least;
}

static void cut_add(struct network *n, const struct arc *arc, capacity_arcs *cut)
{
    if (arc->rule != NULL || !edge_is_messages(arc->edge))
        *LIST_NEW(n->arena, cut) = (struct capacity_arc){ arc->rule, arc->edge, arc->whole };
}

/* The way that the last search found. */
static void network_way(struct network *n, capacity_arcs *cut)
{
    uint32_t length = 0;
    uint32_t *spots = arena_take(n->arena, n->count * sizeof *spots);
    for (uint32_t at = n->to; at != n->from; at = arc_from(n, network_arc_to(n, at))) spots[length++] = at;
    while (length-- > 0) cut_add(n, network_arc_to(n, spots[length]), cut);
}

/* The arcs that lead out of what can still be reached. */
static void network_cut(struct network *n, capacity_arcs *cut)
{
    const struct arc *arc;
    network_search(n, 0);
    for (uint32_t i = 0; i < n->count; i++) {
        if (n->reached[i] == 0 && i != n->from) continue;
        LIST_EACH (arc, &n->spots[i].arcs) {
            if (arc->whole > 0 && n->reached[arc->to] == 0 && arc->to != n->from) cut_add(n, arc, cut);
        }
    }
}

uint64_t capacity_between(const struct graph *g, const struct policy *p, uint32_t from, uint32_t to, capacity_arcs *cut)
{
    struct network n = { .arena = g->arena, .policy = p, .graph = g, .from = from, .to = to };
    uint64_t sum = 0;
    n.count = g->nodes.count + p->allows.count;
    n.spots = arena_take(n.arena, n.count * sizeof *n.spots);
    n.queue = arena_take(n.arena, n.count * sizeof *n.queue);
    n.reached = arena_take(n.arena, n.count * sizeof *n.reached);
    network_build(&n);
    if (network_search(&n, CAPACITY_UNBOUNDED - 1)) {
        network_way(&n, cut);
        return CAPACITY_UNBOUNDED;
    }
    for (uint32_t round = 0; network_search(&n, 0); round++) {
        if (round == NETWORK_ROUNDS) return CAPACITY_UNBOUNDED;
        sum = capacity_sum(sum, network_augment(&n));
    }
    network_cut(&n, cut);
    return sum;
}
