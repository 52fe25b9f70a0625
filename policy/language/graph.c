/* SPDX-License-Identifier: Apache-2.0 */
/* Building the flow graph, and shortest paths in it. */
#include "language/graph_parts.h"
#include "language/check.h"
#include "language/names.h"
#include "language/automaton.h"

#include <string.h>

void graph_add(struct graph *g, const struct graph_edge *edge)
{
    struct graph_edge *copy = arena_take(g->arena, sizeof *copy);
    *copy = *edge;
    LIST_ADD(g->arena, &g->nodes.items[edge->from]->out, copy);
}

/* A node for something that a subject has. */
static void graph_name(struct graph *g, const char *what, const struct subject *s)
{
    const char *name = s->name.text != NULL ? s->name.text : "a subject";
    LIST_NEW(g->arena, &g->nodes)->name = arena_print(g->arena, "%s %s", what, name);
}

static void graph_nodes(struct graph *g, const struct policy *p)
{
    const struct subject *s;
    const struct external *e;
    const struct protocol *protocol;
    LIST_EACH (s, &p->subjects) LIST_NEW(g->arena, &g->nodes)->name = s->name.text;
    g->first_wire = g->nodes.count;
    LIST_EACH (e, &p->externals) LIST_NEW(g->arena, &g->nodes)->name = e->name.text;
    g->first_protocol = g->nodes.count;
    LIST_EACH (protocol, &p->protocols) LIST_NEW(g->arena, &g->nodes)->name = protocol->name.text;
    g->ring = g->nodes.count;
    LIST_NEW(g->arena, &g->nodes)->name = "the audit ring";
    g->plan = g->nodes.count;
    LIST_NEW(g->arena, &g->nodes)->name = "the plan that runs";
    g->first_life = g->nodes.count;
    LIST_EACH (s, &p->subjects) graph_name(g, "the life of", s);
    g->first_reserve = g->nodes.count;
    LIST_EACH (s, &p->subjects) graph_name(g, "the reserve of", s);
}

static void graph_wires(struct graph *g, const struct policy *p)
{
    const struct external *e;
    LIST_EACH (e, &p->externals) {
        if (e->at_subject == NULL) continue;
        uint32_t wire = g->first_wire + e_at, subject = e->at_subject->index;
        const char *text = arena_print(g->arena, "the wire at %s.%s", e->subject.text, e->port.text);
        graph_add(g, &(struct graph_edge){ wire, subject, EDGE_WIRE, NULL, e->name.at, text, .channel = NULL });
        graph_add(g, &(struct graph_edge){ subject, wire, EDGE_WIRE, NULL, e->name.at, text, .channel = NULL });
    }
}

static void graph_messages(struct graph *g, const struct policy *p)
{
    const struct allow *a;
    LIST_EACH (a, &p->allows) {
        if (a->channel == NULL) continue;
        const char *text = arena_print(g->arena, "messages that `%s` allows", a->name.text);
        graph_add(g, &(struct graph_edge){ a->channel->sender->index, a->channel->receiver->index, EDGE_MESSAGE, a, a->name.at,
                                           text, .channel = a->channel });
    }
}

/* The sender writes what it will: the rules on a direct channel say only what its receiver expects. */
static void graph_directs(struct graph *g, const struct policy *p)
{
    const struct direct *d;
    LIST_EACH(d, &p->directs) {
        if (d->sender == NULL || d->receiver == NULL) continue;
        const char *text = arena_print(g->arena, "the memory of the direct channel `%s`, which nobody judges", d->name.text);
        graph_add(g, &(struct graph_edge){ d->sender->index, d->receiver->index, EDGE_DIRECT, NULL, d->name.at, text,
                                           .direct = d });
        if (d->acknowledged_at.length == 0) continue;
        text = arena_print(g->arena, "the acknowledgements of `%s`, which nobody judges", d->name.text);
        graph_add(g, &(struct graph_edge){ d->receiver->index, d->sender->index, EDGE_FEEDBACK, NULL, d->acknowledged_at, text,
                                           .direct = d });
    }
}

/*
 * A shared outbox: all who write into it see each other's bytes, and whoever shares it can change a message of its sender
 * before that is copied, so that the receiver gets it without the sender's doing.
 */
static void graph_shared(struct graph *g, const struct policy *p, const struct channel *c)
{
    const struct allow *a;
    if (c->sharers.count == 0) return;
    struct graph_edge e = { 0, 0, EDGE_SHARED, NULL, c->shared.items[0]->at,
                            arena_print(g->arena, "the shared outbox of `%s`", c->name.text), .channel = c };
    for (uint32_t i = 0; i < c->sharers.count; i++) {
        e.from = c->sharers.items[i]->index;
        for (uint32_t j = 0; j <= c->sharers.count; j++) {
            e.to = j < c->sharers.count ? c->sharers.items[j]->index : c->sender->index;
            if (e.to == e.from) continue;
            graph_add(g, &e);
            if (j < c->sharers.count) continue;
            graph_add(g, &(struct graph_edge){ e.to, e.from, e.kind, NULL, e.at, e.text, .channel = c });
        }
    }
    LIST_EACH(a, &p->allows) {
        if (a->channel != c) continue;
        e.to = c->receiver->index;
        e.text = arena_print(g->arena, "messages that `%s` allows, out of the shared outbox", a->name.text);
        for (uint32_t i = 0; i < c->sharers.count; i++) {
            e.from = c->sharers.items[i]->index;
            graph_add(g, &e);
        }
    }
}

/*
 * What a channel shows besides its messages. With `feedback none` and `rule` a send returns only what the sender's own messages
 * determine; `full` shows whether the receiver made room.
 */
static void graph_channels(struct graph *g, const struct policy *p)
{
    const struct channel *c;
    LIST_EACH (c, &p->channels) {
        if (c->sender == NULL || c->receiver == NULL) continue;
        uint32_t from = c->sender->index, to = c->receiver->index;
        if (c->feedback == FEEDBACK_FULL)
            graph_add(g, &(struct graph_edge){ to, from, EDGE_FEEDBACK, NULL, c->feedback_at,
                                               arena_print(g->arena, "the feedback of `%s`", c->name.text), .channel = c });
        if (c->sender->fault.restarts.at.length > 0)
            graph_add(g, &(struct graph_edge){ from, to, EDGE_RESTART, NULL, c->name.at,
                                               arena_print(g->arena, "restarts, which the epoch of `%s` shows", c->name.text),
                                               .channel = c });
        graph_shared(g, p, c);
    }
}

static bool graph_channel_between(const struct policy *p, const struct subject *from, const struct subject *to)
{
    const struct channel *c;
    LIST_EACH(c, &p->channels) {
        if (c->sender == from && c->receiver == to) return true;
    }
    return false;
}

/* Whether a message of a rule in a protocol may fail for a reason that is not its sender's doing and that it is not told. */
static bool graph_fate_hidden(const struct policy *p, const struct allow *a)
{
    if (a->channel->feedback == FEEDBACK_FULL) return false;
    return a->contended || policy_some_plans(p, a->plan_mask);
}

/*
 * Whether all that moves a protocol reaches a subject, or comes from it, which then knows that it does: what the subject sends
 * in the protocol tells of nothing that has not passed it, and an exception for its messages covers whether they pass.
 */
static bool graph_moves_pass(const struct policy *p, const struct protocol *protocol, const struct subject *s)
{
    const struct allow *a;
    LIST_EACH(a, &p->allows) {
        if (a->channel == NULL || a->protocol != protocol || a->channel->receiver == s) continue;
        if (a->channel->sender != s || a->channel->sharers.count > 0) return false;
        if (graph_fate_hidden(p, a)) return false;
    }
    for (uint32_t i = 0; i < protocol->reset_by.count; i++) {
        const struct subject *restarts = protocol->reset_by.items[i];
        if (restarts != s && !graph_channel_between(p, restarts, s)) return false;
    }
    return true;
}

/* Who moves a protocol's state, and who sees it: whoever waits for its messages, and a sender to whom verdicts are shown. */
static void graph_protocols(struct graph *g, const struct policy *p)
{
    const struct allow *a;
    const struct protocol *protocol;
    LIST_EACH (a, &p->allows) {
        if (a->channel == NULL || a->protocol == NULL) continue;
        uint32_t state = g->first_protocol + a->protocol->index;
        const char *text = arena_print(g->arena, "the state of `%s`", a->protocol->name.text);
        graph_add(g, &(struct graph_edge){ a->channel->sender->index, state, EDGE_STATE, NULL, a->protocol->name.at, text,
                                           .channel = a->channel, .mover = a, .protocol = a->protocol });
        for (uint32_t i = 0; i < a->channel->sharers.count; i++)
            graph_add(g, &(struct graph_edge){ a->channel->sharers.items[i]->index, state, EDGE_SHARED, NULL,
                                               a->channel->shared.items[0]->at, text, .channel = a->channel,
                                               .mover = a, .protocol = a->protocol });
        if (!automaton_may_refuse(a)) continue;
        bool aside = !graph_moves_pass(p, a->protocol, a->channel->sender);
        graph_add(g, &(struct graph_edge){ state, a->channel->receiver->index, EDGE_MESSAGE, a, a->name.at,
                                           arena_print(g->arena, "whether `%s` lets messages pass", a->name.text),
                                           .channel = a->channel, .protocol = a->protocol, .aside = aside });
        if (a->channel->feedback == FEEDBACK_FULL)
            graph_add(g, &(struct graph_edge){ state, a->channel->sender->index, EDGE_FEEDBACK, NULL, a->channel->feedback_at,
                                               arena_print(g->arena, "verdicts on `%s`", a->name.text), .channel = a->channel,
                                               .protocol = a->protocol });
    }
    LIST_EACH (protocol, &p->protocols) {
        for (uint32_t i = 0; i < protocol->reset_by.count; i++)
            graph_add(g, &(struct graph_edge){ protocol->reset_by.items[i]->index, g->first_protocol + protocol->index,
                                               EDGE_RESTART, NULL, protocol->reset_at, "restarts, which reset the protocol",
                                               .protocol = protocol });
    }
}

static void graph_audit(struct graph *g, const struct policy *p)
{
    const struct subject *s, *reader = p->audit.reader;
    if (reader == NULL) return;
    graph_add(g, &(struct graph_edge){ g->ring, reader->index, EDGE_RING, NULL, p->audit.subject.at, "it reads the audit ring",
                                       .channel = NULL });
    LIST_EACH (s, &p->subjects) {
        if (s != reader)
            graph_add(g, &(struct graph_edge){ s->index, g->ring, EDGE_RING, NULL, p->audit.at, "its acts are recorded",
                                               .channel = NULL });
    }
}

const char *graph_kind_text(const struct graph_edge *e)
{
    static const char *const words[] = {
        [EDGE_MESSAGE] = "mediated",  [EDGE_WIRE] = "wire",
        [EDGE_FEEDBACK] = "feedback", [EDGE_SHARED] = "shared",
        [EDGE_STATE] = "protocol",    [EDGE_RESTART] = "restart",
        [EDGE_RING] = "ring",         [EDGE_BACKPRESSURE] = "backpressure",
        [EDGE_PRIVILEGE] = "privilege", [EDGE_DIRECT] = "direct",
        [EDGE_TIME] = "time",
    };
    return e->kind == EDGE_MESSAGE && e->protocol != NULL ? "protocol" : words[e->kind];
}

/* A monitor has all of its subject's memory, and the subject all that its monitor answers. */
static void graph_monitors(struct graph *g, const struct policy *p)
{
    const struct subject *s;
    LIST_EACH (s, &p->subjects) {
        if (s->served == NULL) continue;
        uint32_t served = s->served->index;
        graph_add(g, &(struct graph_edge){ s->index, served, EDGE_SHARED, NULL, s->monitors.at, "its monitor's answers",
                                           .channel = NULL });
        graph_add(g, &(struct graph_edge){ served, s->index, EDGE_SHARED, NULL, s->monitors.at, "what its monitor sees",
                                           .channel = NULL });
    }
}

void graph_build(struct graph *g, const struct policy *p)
{
    *g = (struct graph){ .arena = p->arena };
    graph_nodes(g, p);
    g->found = arena_take(g->arena, g->nodes.count * sizeof *g->found);
    g->queue = arena_take(g->arena, g->nodes.count * sizeof *g->queue);
    graph_messages(g, p);
    graph_directs(g, p);
    graph_channels(g, p);
    graph_protocols(g, p);
    graph_wires(g, p);
    graph_monitors(g, p);
    graph_audit(g, p);
    graph_privileges(g, p);
    graph_reserves(g, p);
    graph_lives(g, p);
}

/* ---- paths ---- */
static bool graph_is_cut(const struct graph_edge *e, const struct graph_cut *cut)
{
    bool by_rule = cut->rules != NULL && e->rule != NULL && !e->aside && cut->rules[e->rule->index];
    bool used = e->privilege != NULL && e->from == e->privilege->actor->index;     /* others may keep it from being used */
    bool by_privilege = cut->privileges != NULL && used && cut->privileges[e->privilege->index];
    bool by_kind = (cut->ring && e->kind == EDGE_RING) || (cut->backpressure && e->kind == EDGE_BACKPRESSURE);
    return by_rule || by_privilege || by_kind;
}

const struct graph_edge **graph_search(const struct graph *g, uint32_t from, const struct graph_cut *cut)
{
    const struct graph_edge **found = g->found, *e;
    uint32_t first = 0, count = 0;
    memset(found, 0, g->nodes.count * sizeof *found);
    g->queue[count++] = from;
    while (first < count) {
        uint32_t at = g->queue[first++];
        if (cut->avoid != NULL && cut->avoid[at] && at != from) continue;
        LIST_EACH (e, &g->nodes.items[at]->out) {
            if (e->to == from || found[e->to] != NULL || graph_is_cut(e, cut)) continue;
            found[e->to] = e;
            g->queue[count++] = e->to;
        }
    }
    return found;
}

const struct graph_edge **graph_path(const struct graph *g, const struct graph_edge *const *found, uint32_t from, uint32_t to,
                                     uint32_t *length)
{
    *length = 0;
    if (found[to] == NULL) return NULL;
    for (uint32_t at = to; at != from; at = found[at]->from) ++*length;
    const struct graph_edge **path = arena_take(g->arena, *length * sizeof *path);
    uint32_t left = *length;
    for (uint32_t at = to; at != from; at = found[at]->from) path[--left] = found[at];
    return path;
}

uint32_t graph_node(const struct graph *g, const struct policy *p, const char *name)
{
    const struct subject *s = names_look(p, NAME_SUBJECT, name);
    if (s != NULL) return s->index;
    const struct external *e = names_look(p, NAME_EXTERNAL, name);
    for (uint32_t i = 0; e != NULL && i < p->externals.count; i++) {
        if (p->externals.items[i] == e) return g->first_wire + i;
    }
    return GRAPH_NONE;
}
