/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The flow graph: who can learn something from whom. Nodes are subjects, wires and whatever of the kernel's state remembers
 * what a subject did: protocols, the audit ring and each subject's reserve in it, the plan that runs, whether a subject does.
 * An edge is there for everything that one can observe of another, whether it is meant to inform or not; README.md lists them.
 *
 * What is no edge: time (windows are fixed and idle time is not given away) and the end of a run (a halt or a power-off ends
 * every flow at once).
 */
#pragma once

#include "language/model.h"

enum edge_kind {
    EDGE_MESSAGE,                     /* a message that `rule` allows, or whether it comes, which a protocol's state decides */
    EDGE_WIRE, EDGE_FEEDBACK, EDGE_SHARED, EDGE_STATE, EDGE_RESTART, EDGE_RING, EDGE_BACKPRESSURE,
    EDGE_DIRECT,                      /* memory that one writes and the other reads */
    EDGE_PRIVILEGE,                   /* what one may do to the life of another, and what that does */
    EDGE_TIME                         /* the same of the plan that runs, and of windows that one gives another */
};

struct graph_edge;
struct graph_node {
    const char *name;
    LIST(const struct graph_edge) out;
};

struct graph_edge {
    uint32_t from, to;
    enum edge_kind kind;
    const struct allow *rule;         /* EDGE_MESSAGE */
    struct place at;                  /* where the policy says so */
    const char *text;                 /* how it flows */
    const struct channel *channel;    /* on which it is seen; NULL: on none */
    const struct allow *mover;        /* EDGE_STATE: whose messages move the state */
    const struct protocol *protocol;  /* whose state it moves or shows */
    const struct privilege *privilege;    /* EDGE_PRIVILEGE, _TIME, _BACKPRESSURE: whose use it is, or is refused */
    const struct direct *direct;      /* EDGE_DIRECT; EDGE_FEEDBACK of acknowledgements */
    bool aside;                       /* others move that protocol: no exception by the rule covers this */
};

struct graph {
    struct arena *arena;
    LIST(struct graph_node) nodes;    /* subjects, wires, protocols, the ring, the plan, lives, reserves: each by its index */
    uint32_t first_wire, first_protocol, ring;
    uint32_t plan, first_life, first_reserve;     /* which plan runs; whether a subject does; its room in the audit ring */
    const struct graph_edge **found;  /* the last search's result */
    uint32_t *queue;
};

/* What a path must not use. */
struct graph_cut {
    const bool *avoid;                /* by node: not to be passed through, though a path may begin or end there; NULL: none */
    const bool *rules;                /* by index of the allow rule: its messages are cut; NULL: none */
    const bool *privileges;           /* by index: what its use does to others is cut; NULL: none */
    bool ring, backpressure;
};
#define GRAPH_NONE 0xffffffffu

/* One word for the kind of an edge. */
const char *graph_kind_text(const struct graph_edge *e);

/* Whatever of the policy is resolved; missing pieces are missing edges. */
void graph_build(struct graph *g, const struct policy *p);

/*
 * Searches breadth first; the result says for each node by which edge it is reached first, NULL where it is not. It is valid
 * until the next search.
 */
const struct graph_edge **graph_search(const struct graph *g, uint32_t from, const struct graph_cut *cut);

/* The edges of a shortest path in their order, as a search from `from` found it; NULL if there is none. */
const struct graph_edge **graph_path(const struct graph *g, const struct graph_edge *const *found, uint32_t from, uint32_t to,
                                     uint32_t *length);

/* check_hidden.c: labels along the edges that no message is sent on. */
void policy_check_hidden(struct policy *p, const struct graph *g);

/* stages.c: what makes a pipeline's stages more than places on a path. */
void policy_check_stages(struct policy *p, const struct graph *g);

/* The node of a subject or wire; GRAPH_NONE if nothing has that name. */
uint32_t graph_node(const struct graph *g, const struct policy *p, const char *name);
