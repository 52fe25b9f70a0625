/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Simple paths in the flow graph, the shortest first. There can be more of them than anyone can count: the search does a
 * bounded number of steps and says if it had to stop.
 */
#pragma once

#include "language/graph.h"

struct path_links { uint32_t count, *nodes; };

struct path_search {
    const struct graph *graph;
    uint32_t from, to;
    bool messages_only;               /* along rules and wires */
    uint32_t length;                  /* edges of the path that was found last */
    uint32_t *nodes;                  /* its `length` + 1 nodes */
    bool stopped;                     /* there may be more */
    uint64_t steps_left;
    /* the search's own */
    struct path_links *links;         /* neighbours of each node, each once */
    uint32_t *distance;               /* to the end; GRAPH_NONE: it cannot be reached */
    uint32_t *cursor;                 /* the next neighbour to try, by depth */
    uint32_t depth;
    bool *used, longer, started;
};

void path_start(struct path_search *s, const struct graph *g, uint32_t from, uint32_t to, bool messages_only, uint64_t steps);
/* Finds the next path; false if there is none. */
bool path_next(struct path_search *s);
/* Whether the edge is one that the search follows. */
bool path_follows(const struct path_search *s, const struct graph_edge *e);
