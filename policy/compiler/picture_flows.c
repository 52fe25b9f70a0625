/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What flows beside channels, wires and privileges: whatever edge the flow graph has is in the picture, as a line or in a note.
 * Lives are their subjects'. Who is joined by a protocol's state alone has a thin line; the notes say of each protocol, of the
 * plan that runs and of each reserve in the audit ring who moves it and who sees it.
 */
#include "compiler/picture.h"
#include "language/check.h"
#include "language/graph.h"
#include "language/names.h"

#include <string.h>

struct flows {
    struct picture *pic;
    const struct policy *policy;
    struct graph graph;
    uint32_t ring;                    /* its node in the picture; GRAPH_NONE: there is none */
};

typedef LIST(const char) name_texts;

/* ---- nodes ---- */
static bool is_life(const struct flows *f, uint32_t node)
{
    return node >= f->graph.first_life && node < f->graph.first_reserve;
}

/* The picture's node for one of the graph; GRAPH_NONE: only notes tell of it. */
static uint32_t node_shown(const struct flows *f, uint32_t node)
{
    if (node < f->graph.first_protocol) return node;
    if (is_life(f, node)) return node - f->graph.first_life;
    return node == f->graph.ring ? f->ring : GRAPH_NONE;
}

/* Of orders that are one protocol all names: its own may be cut. */
static const char *protocol_name(const struct flows *f, const struct protocol *p)
{
    const struct order *o;
    struct text t = { .arena = f->pic->arena };
    LIST_EACH (o, &p->orders) text_add(&t, "%s%s", o_at > 0 ? "+" : "", o->name.text);
    return p->orders.count > 0 ? t.bytes : p->name.text;
}

static const char *node_name(const struct flows *f, uint32_t node)
{
    if (node >= f->graph.first_protocol && node < f->graph.ring)
        return protocol_name(f, f->policy->protocols.items[node - f->graph.first_protocol]);
    return f->graph.nodes.items[is_life(f, node) ? node - f->graph.first_life : node]->name;
}

/* ---- lines ---- */
bool picture_both_ways(const struct picture_edge *e)
{
    return e->kind == PICTURE_PORT || e->kind == PICTURE_SHARED || e->kind == PICTURE_MONITOR;
}

static bool is_drawn(const struct flows *f, uint32_t from, uint32_t to)
{
    const struct picture_edge *e;
    const struct picture_node *a = f->pic->nodes.items[from], *b = f->pic->nodes.items[to];
    LIST_EACH (e, &f->pic->edges) {
        if ((e->from == a && e->to == b) || (picture_both_ways(e) && e->from == b && e->to == a)) return true;
    }
    return false;
}

/* The acts of all are in the ring, as its own node says. */
static void flow_draw(struct flows *f, uint32_t from, uint32_t to, const char *text, struct place at)
{
    if (from == GRAPH_NONE || to == GRAPH_NONE || from == to || to == f->ring || is_drawn(f, from, to)) return;
    picture_edge_line(picture_edge_add(f->pic, PICTURE_STATE, from, to, at), text);
}

static const char *edge_text(const struct flows *f, const struct graph_edge *e)
{
    const char *kind = graph_kind_text(e);
    return e->channel != NULL ? arena_print(f->pic->arena, "%s of %s", kind, e->channel->name.text) : kind;
}

/* From a node, or through a protocol, to whoever sees what it does. */
static void flow_edge(struct flows *f, const struct graph_edge *e)
{
    uint32_t from = node_shown(f, e->from);
    const struct graph_edge *next;
    if (e->to < f->graph.first_protocol || e->to >= f->graph.ring) {
        flow_draw(f, from, node_shown(f, e->to), edge_text(f, e), e->at);
        return;
    }
    LIST_EACH (next, &f->graph.nodes.items[e->to]->out)
        flow_draw(f, from, node_shown(f, next->to), arena_print(f->pic->arena, "state of %s", node_name(f, e->to)), e->at);
}

static void flow_lines(struct flows *f)
{
    const struct graph_node *n;
    const struct graph_edge *e;
    LIST_EACH (n, &f->graph.nodes) {
        LIST_EACH (e, &n->out) flow_edge(f, e);
    }
}

/* ---- notes ---- */
static void texts_add(struct flows *f, name_texts *all, const char *name)
{
    for (uint32_t i = 0; i < all->count; i++) {
        if (strcmp(all->items[i], name) == 0) return;
    }
    LIST_ADD(f->pic->arena, all, name);
}

static const char *texts_join(struct flows *f, const name_texts *all)
{
    struct text t = { .arena = f->pic->arena };
    for (uint32_t i = 0; i < all->count; i++) text_add(&t, "%s%s", i > 0 ? ", " : "", all->items[i]);
    return t.bytes;
}

/* Who has an edge to a node. */
static name_texts node_sources(struct flows *f, uint32_t node)
{
    const struct graph_node *n;
    const struct graph_edge *e;
    name_texts all = { 0 };
    LIST_EACH (n, &f->graph.nodes) {
        LIST_EACH (e, &n->out) {
            if (e->to == node) texts_add(f, &all, node_name(f, e->from));
        }
    }
    return all;
}

static name_texts node_targets(struct flows *f, uint32_t node)
{
    const struct graph_edge *e;
    name_texts all = { 0 };
    LIST_EACH (e, &f->graph.nodes.items[node]->out) texts_add(f, &all, node_name(f, e->to));
    return all;
}

static void note_add(struct flows *f, const char *what, uint32_t node, const char *held)
{
    name_texts from = node_sources(f, node), to = node_targets(f, node);
    if (from.count == 0 || to.count == 0) return;      /* nothing flows through it */
    const char *movers = texts_join(f, &from), *seers = texts_join(f, &to);
    LIST_ADD(f->pic->arena, &f->pic->notes,
             arena_print(f->pic->arena, "%s is moved by: %s; seen by: %s%s", what, movers, seers, held));
}

static void protocol_note(struct flows *f, const struct protocol *p, uint32_t node)
{
    const struct allow *a;
    struct text held = { .arena = f->pic->arena };
    LIST_EACH (a, &f->policy->allows) {
        if (a->protocol == p) text_add(&held, "%s%s", held.size == 0 ? "; holds back: " : ", ", a->name.text);
    }
    note_add(f, arena_print(f->pic->arena, "protocol %s", protocol_name(f, p)), node, held.size > 0 ? held.bytes : "");
}

/* Each plan's node says how many feel it, and the note who. */
static void plan_notes(struct flows *f)
{
    struct picture_node *n;
    uint32_t feel = 0;
    name_texts to = node_targets(f, f->graph.plan);
    for (uint32_t i = 0; i < to.count; i++) feel += names_look(f->policy, NAME_SUBJECT, to.items[i]) != NULL;
    LIST_EACH (n, &f->pic->nodes) {
        if (n->kind != PICTURE_PLAN) continue;
        n->note = arena_print(f->pic->arena, "%s%sseen by %u subject%s", n->note, *n->note != '\0' ? "; " : "", feel,
                              feel == 1 ? "" : "s");
    }
    note_add(f, "the plan that runs", f->graph.plan, "");
}

static bool restarts_are_seen(const struct policy *p, const struct subject *s)
{
    const struct channel *c;
    if (!s->fault.restarts.known || s->fault.restarts.number == 0) return false;
    LIST_EACH (c, &p->channels) {
        if (c->sender == s) return true;
    }
    return false;
}

static void restart_notes(struct flows *f)
{
    const struct subject *s;
    LIST_EACH (s, &f->policy->subjects) {
        if (!restarts_are_seen(f->policy, s)) continue;
        LIST_ADD(f->pic->arena, &f->pic->notes,
                 arena_print(f->pic->arena, "restarts of %s are seen by its receivers: at most %lld in %lld s", s->name.text,
                             (long long)s->fault.restarts.number, (long long)(s->fault.period.number / 1000000)));
    }
}

void picture_flows(struct picture *pic, uint32_t ring)
{
    const struct protocol *p;
    struct flows f = { .pic = pic, .policy = pic->policy, .ring = ring };
    graph_build(&f.graph, pic->policy);
    flow_lines(&f);
    LIST_EACH (p, &pic->policy->protocols) protocol_note(&f, p, f.graph.first_protocol + p_at);
    restart_notes(&f);
    plan_notes(&f);
    for (uint32_t i = f.graph.first_reserve; i < f.graph.nodes.count; i++)
        note_add(&f, arena_print(pic->arena, "back-pressure: %s", f.graph.nodes.items[i]->name), i, "");
}
