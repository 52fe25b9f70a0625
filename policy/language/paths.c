/* SPDX-License-Identifier: Apache-2.0 */
/* Simple paths by iterative deepening: all of one length, then all that are longer by one edge. */
#include "language/paths.h"

#include <string.h>

bool path_follows(const struct path_search *s, const struct graph_edge *e)
{
    return !s->messages_only || e->kind == EDGE_WIRE || e->kind == EDGE_DIRECT ||
           (e->kind == EDGE_MESSAGE && e->protocol == NULL);
}

static void path_neighbours(struct path_search *s, uint32_t node, uint32_t *seen)
{
    const struct graph_edge *e;
    const struct graph_node *n = s->graph->nodes.items[node];
    struct path_links *links = &s->links[node];
    links->nodes = arena_take(s->graph->arena, (n->out.count + 1) * sizeof *links->nodes);
    LIST_EACH (e, &n->out) {
        if (!path_follows(s, e) || seen[e->to] == node + 1) continue;
        seen[e->to] = node + 1;
        links->nodes[links->count++] = e->to;
    }
}

/* Distances to the end, so that no step is made from where it is out of reach. */
static void path_distances(struct path_search *s)
{
    uint32_t count = s->graph->nodes.count;
    bool changed = true;
    for (uint32_t i = 0; i < count; i++) s->distance[i] = GRAPH_NONE;
    s->distance[s->to] = 0;
    for (uint32_t round = 0; changed && round < count; round++) {
        changed = false;
        for (uint32_t i = 0; i < count; i++) {
            for (uint32_t k = 0; k < s->links[i].count; k++) {
                if (s->distance[s->links[i].nodes[k]] != round || s->distance[i] != GRAPH_NONE) continue;
                s->distance[i] = round + 1;
                changed = true;
            }
        }
    }
}

void path_start(struct path_search *s, const struct graph *g, uint32_t from, uint32_t to, bool messages_only, uint64_t steps)
{
    uint32_t count = g->nodes.count;
    uint32_t *seen = arena_take(g->arena, count * sizeof *seen);
    *s = (struct path_search){ .graph = g, .from = from, .to = to, .messages_only = messages_only, .steps_left = steps };
    s->links = arena_take(g->arena, count * sizeof *s->links);
    s->distance = arena_take(g->arena, count * sizeof *s->distance);
    s->nodes = arena_take(g->arena, (count + 1) * sizeof *s->nodes);
    s->cursor = arena_take(g->arena, (count + 1) * sizeof *s->cursor);
    s->used = arena_take(g->arena, count * sizeof *s->used);
    for (uint32_t i = 0; i < count; i++) path_neighbours(s, i, seen);
    path_distances(s);
}

static void path_begin_length(struct path_search *s, uint32_t length)
{
    memset(s->used, 0, s->graph->nodes.count * sizeof *s->used);
    s->length = length;
    s->depth = 0;
    s->nodes[0] = s->from;
    s->cursor[0] = 0;
    s->used[s->from] = true;
    s->longer = false;
}

/* The next neighbour that is unused and from where the end is near enough; GRAPH_NONE: there is none. */
static uint32_t path_step(struct path_search *s)
{
    const struct path_links *links = &s->links[s->nodes[s->depth]];
    uint32_t left = s->length - s->depth - 1;
    while (s->cursor[s->depth] < links->count) {
        uint32_t next = links->nodes[s->cursor[s->depth]++];
        if (s->used[next] || s->distance[next] == GRAPH_NONE || (next == s->to && left > 0)) continue;
        if (s->distance[next] <= left) return next;
        s->longer = true;
    }
    return GRAPH_NONE;
}

/* Goes on with paths of the present length. */
static bool path_continue(struct path_search *s)
{
    for (;;) {
        if (s->steps_left-- == 0) {
            s->stopped = true;
            return false;
        }
        uint32_t next = s->depth < s->length ? path_step(s) : GRAPH_NONE;
        if (next == GRAPH_NONE) {
            if (s->depth == 0) return false;
            s->used[s->nodes[s->depth--]] = false;
            continue;
        }
        s->nodes[++s->depth] = next;
        s->cursor[s->depth] = 0;
        s->used[next] = true;
        if (s->depth == s->length) return true;
    }
}

bool path_next(struct path_search *s)
{
    if (s->stopped || s->from == s->to || s->distance[s->from] == GRAPH_NONE) return false;
    if (!s->started) path_begin_length(s, s->distance[s->from]);
    s->started = true;
    while (!path_continue(s)) {
        if (s->stopped || !s->longer || s->length + 1 >= s->graph->nodes.count) return false;
        path_begin_length(s, s->length + 1);
    }
    return true;
}
