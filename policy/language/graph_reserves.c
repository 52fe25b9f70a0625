/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Back-pressure. Where a class of records blocks, what must be on record waits for room in its subject's reserve: a message
 * does not pass, a privilege is refused. So the reader of the ring, and whoever else decides what that reserve is used for,
 * decides about all that its owner sends and does. The owner itself is no source: what it holds back it could as well not have
 * sent. Whether a rule's messages are ever on record is not looked at: an edge too many.
 */
#include "language/graph_parts.h"
#include "language/automaton.h"

struct reserve {
    struct graph *graph;
    const struct policy *policy;
    const struct subject *owner;
    uint32_t node;
    bool security, flow;              /* which classes block */
    struct place at;                  /* that says so */
};

static struct graph_edge reserve_edge(const struct reserve *r, uint32_t from, uint32_t to, const char *text)
{
    return (struct graph_edge){ from, to, EDGE_BACKPRESSURE, NULL, r->at, text, .channel = NULL };
}

/* Once for each: it is not counted how much. */
static void reserve_filled(const struct reserve *r, uint32_t from, const char *text)
{
    struct graph_edge e = reserve_edge(r, from, r->node, text);
    const struct graph_edge *other;
    LIST_EACH (other, &r->graph->nodes.items[from]->out) {
        if (other->to == r->node) return;
    }
    graph_add(r->graph, &e);
}

/* ---- what waits for room ---- */
static void reserve_holds_channel(const struct reserve *r, const struct channel *c)
{
    struct arena *arena = r->graph->arena;
    const char *text = arena_print(arena, "back-pressure: nothing passes on `%s` while a reserve of the audit ring is full",
                                   c->name.text);
    struct graph_edge e = reserve_edge(r, r->node, c->receiver->index, text);
    e.channel = c;
    graph_add(r->graph, &e);
    e.to = r->owner->index;
    if (c->feedback == FEEDBACK_FULL) graph_add(r->graph, &e);
}

static void reserve_holds_rule(const struct reserve *r, const struct allow *a)
{
    const char *text = arena_print(r->graph->arena, "back-pressure: while `%s` does not pass it does not move `%s`",
                                   a->name.text, a->protocol->name.text);
    struct graph_edge e = reserve_edge(r, r->node, r->graph->first_protocol + a->protocol->index, text);
    e.mover = a;
    e.protocol = a->protocol;
    graph_add(r->graph, &e);
}

static void reserve_holds_privilege(const struct reserve *r, const struct privilege *v, uint32_t act)
{
    const char *text = arena_print(r->graph->arena, "back-pressure: `%s` is refused while a reserve of the audit ring is full",
                                   v->name.text);
    struct graph_edge e = reserve_edge(r, r->node, r->owner->index, text);
    e.privilege = v;
    graph_add(r->graph, &e);
    e.to = act;
    graph_add(r->graph, &e);
}

/* ---- who decides what the room is used for ---- */
/* Whether it makes a difference to the reserve whether the channel's inbox is full, which is a record of its own kind. */
static bool reserve_takes_drops(const struct reserve *r, const struct channel *c)
{
    const struct allow *a;
    if (r->flow) return true;
    LIST_EACH (a, &c->allows) {
        if (label_releases(&a->label)) return true;
    }
    return false;
}

static void reserve_fills_channel(const struct reserve *r, const struct channel *c)
{
    struct arena *a = r->graph->arena;
    const char *name = c->name.text;
    if (reserve_takes_drops(r, c))
        reserve_filled(r, c->receiver->index,
                       arena_print(a, "back-pressure: whether it makes room for `%s` decides what is recorded", name));
    for (uint32_t i = 0; i < c->sharers.count; i++)
        reserve_filled(r, c->sharers.items[i]->index,
                       arena_print(a, "back-pressure: what it puts into the shared outbox of `%s` is recorded", name));
}

static void reserve_fills_rule(const struct reserve *r, const struct allow *a)
{
    struct graph *g = r->graph;
    if (a->protocol != NULL && automaton_may_refuse(a))
        reserve_filled(r, g->first_protocol + a->protocol->index,
                       arena_print(g->arena, "back-pressure: what `%s` refuses is recorded", a->protocol->name.text));
    if (policy_some_plans(r->policy, a->plan_mask))
        reserve_filled(r, g->plan,
                       arena_print(g->arena, "back-pressure: what `%s` refuses in some plans is recorded", a->name.text));
}

/* ---- one owner ---- */
static void reserve_channels(const struct reserve *r)
{
    const struct channel *c;
    const struct allow *a;
    LIST_EACH (c, &r->policy->channels) {
        if (c->sender != r->owner || c->receiver == NULL) continue;
        reserve_holds_channel(r, c);
        reserve_fills_channel(r, c);
    }
    LIST_EACH (a, &r->policy->allows) {
        if (a->channel == NULL || a->channel->sender != r->owner) continue;
        if (a->protocol != NULL) reserve_holds_rule(r, a);
        reserve_fills_rule(r, a);
    }
}

/* Uses and refusals are records of security; but time is given without a record. */
static void reserve_privileges(const struct reserve *r)
{
    const struct privilege *v;
    LIST_EACH (v, &r->policy->privileges) {
        uint32_t act = graph_act(r->graph, v);
        if (v->actor != r->owner || act == GRAPH_NONE || v->kind == PRIVILEGE_GIVE) continue;
        reserve_holds_privilege(r, v, act);
        if (act == r->graph->plan || policy_some_plans(r->policy, v->plan_mask))
            reserve_filled(r, r->graph->plan,
                           arena_print(r->graph->arena, "back-pressure: that `%s` is refused is recorded", v->name.text));
    }
}

static bool reserve_blocks(struct reserve *r, const struct audit *audit)
{
    const struct audit_class *c;
    LIST_EACH (c, &audit->classes) {
        if (!c->blocks || c->name.text == NULL) continue;
        r->security |= name_is(&c->name, "security");
        r->flow |= name_is(&c->name, "flow");
        if (r->at.length == 0) r->at = c->full_at;
    }
    return audit->reader != NULL && (r->security || r->flow);
}

void graph_reserves(struct graph *g, const struct policy *p)
{
    const struct subject *s;
    struct reserve r = { .graph = g, .policy = p };
    if (!reserve_blocks(&r, &p->audit)) return;
    LIST_EACH (s, &p->subjects) {
        r.owner = s;
        r.node = g->first_reserve + s->index;
        if (s != p->audit.reader)
            reserve_filled(&r, p->audit.reader->index, "back-pressure: it makes room in the audit ring, or does not");
        reserve_channels(&r);
        if (r.security) reserve_privileges(&r);
    }
}
