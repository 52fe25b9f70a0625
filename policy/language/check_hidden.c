/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Labels where no message flows: the use of a privilege and back-pressure must not lead down either. What they change (the plan
 * that runs, a life, a reserve, through these a protocol) is followed to whoever sees it. It comes down only by a privilege
 * that says `downgrade`, or where it shows in nothing but messages that are released from at least as high.
 *
 * A life leads no further, since what leaves a subject is checked as coming from that subject, but to who sees the life itself:
 * a wire at its port, and receivers to whom the epoch of their inbox shows a restart.
 */
#include "language/graph.h"
#include "language/check.h"

struct hidden_check {
    struct policy *policy;
    const struct graph *graph;
    const struct graph_edge *start;   /* what a subject does */
    const struct level *level;        /* what that tells of */
    const struct graph_edge **found;  /* by node: the edge by which it is reached */
    uint32_t *queue, count;
};

static bool is_life(const struct graph *g, uint32_t node)
{
    return node >= g->first_life && node < g->first_reserve;
}

static bool is_protocol(const struct graph *g, uint32_t node)
{
    return node >= g->first_protocol && node < g->ring;
}

/* What goes on from there: neither subject nor wire, and not the ring, whose reader is checked to handle all. */
static bool is_hidden(const struct graph *g, uint32_t node)
{
    return node >= g->first_protocol && node != g->ring && !is_life(g, node);
}

static const struct level *node_level(const struct hidden_check *c, uint32_t node)
{
    const struct policy *p = c->policy;
    const struct graph *g = c->graph;
    if (node >= g->first_wire && node < g->first_protocol) return p->externals.items[node - g->first_wire]->at_level;
    uint32_t subject = is_life(g, node) ? node - g->first_life : node;
    if (subject >= p->subjects.count || p->subjects.items[subject]->label == NULL) return NULL;
    return p->subjects.items[subject]->label->to;
}

static bool is_released(const struct hidden_check *c, const struct name *down, const struct level *from)
{
    return down->text != NULL && from != NULL && from->rank >= c->level->rank;
}

/* Whether the rule's messages ever wait for room: what leaves no record in a class that blocks does not. */
static bool rule_waits(const struct policy *p, const struct allow *a)
{
    const struct audit_class *class_;
    LIST_EACH (class_, &p->audit.classes) {
        bool security = class_->name.text != NULL && name_is(&class_->name, "security");
        if (class_->blocks && (!security || a->down_from.text != NULL)) return true;
    }
    return false;
}

/* Whether back-pressure shows on the channel in nothing but what is released. */
static bool channel_releases(const struct hidden_check *c, const struct channel *channel)
{
    const struct allow *a;
    LIST_EACH (a, &channel->allows) {
        if (rule_waits(c->policy, a) && !is_released(c, &a->down_from, a->level_from)) return false;
    }
    return true;
}

/* Whether the edge may tell whoever it leads to. */
static bool hidden_allowed(const struct hidden_check *c, const struct graph_edge *e)
{
    const struct level *most = node_level(c, e->to);
    if (most == NULL || most->rank >= c->level->rank) return true;
    if (e->privilege != NULL && e != c->start) return is_released(c, &e->privilege->down_from, e->privilege->level_from);
    if (e->kind == EDGE_MESSAGE) return e->rule != NULL && is_released(c, &e->rule->down_from, e->rule->level_from);
    return e->kind == EDGE_BACKPRESSURE && e->channel != NULL && e->to == e->channel->receiver->index &&
           channel_releases(c, e->channel);
}

/* The way there, begun by what the subject does. */
static void hidden_notes(const struct hidden_check *c, const struct graph_edge *last)
{
    const struct graph_edge *way[16];
    uint32_t length = 0;
    for (const struct graph_edge *e = last; length < sizeof way / sizeof way[0]; e = c->found[e->from]) {
        way[length++] = e;
        if (e == c->start) break;
    }
    while (length-- > 0)
        diag_note(&c->policy->diag, way[length]->at, "%s -> %s: %s", c->graph->nodes.items[way[length]->from]->name,
                  c->graph->nodes.items[way[length]->to]->name, way[length]->text);
}

static void hidden_report(const struct hidden_check *c, const struct graph_edge *e)
{
    struct policy *p = c->policy;
    const struct privilege *v = c->start->privilege;
    const char *what = v != NULL ? arena_print(p->arena, "`%s`", v->name.text) : "back-pressure";
    const char *to = is_life(c->graph, e->to) ? p->subjects.items[e->to - c->graph->first_life]->name.text
                                              : c->graph->nodes.items[e->to]->name;
    const struct level *most = node_level(c, e->to);
    diag_error(&p->diag, BH_LABEL, c->start->at, "%s carries %s down to `%s`, which handles at most %s", what,
               c->level->name.text, to, most->name.text);
    hidden_notes(c, e);
    if (v != NULL && v->down_from.text == NULL)
        diag_note(&p->diag, v->subject.at, "a privilege that is meant to tell says `downgrade %s to %s`, and `%s` handles both",
                  c->level->name.text, most->name.text, v->subject.text);
}

/* Whether what is told goes on along an edge to what is hidden as it is. A privilege's release is checked where it is used. */
static bool hidden_goes_on(const struct hidden_check *c, const struct graph_edge *e)
{
    if (e->privilege != NULL && is_released(c, &e->privilege->down_from, e->privilege->level_from)) return false;
    return e->kind != EDGE_BACKPRESSURE || e->mover == NULL || rule_waits(c->policy, e->mover);
}

/* Goes on from a node; false after a report. What comes right from a protocol that was moved is check_protocols.c's. */
static bool hidden_step(struct hidden_check *c, uint32_t node)
{
    const struct graph_edge *e;
    bool known = is_protocol(c->graph, node) && node == c->start->to;
    LIST_EACH (e, &c->graph->nodes.items[node]->out) {
        if (is_hidden(c->graph, e->to)) {
            if (c->found[e->to] != NULL || !hidden_goes_on(c, e)) continue;
            c->found[e->to] = e;
            c->queue[c->count++] = e->to;
        } else if (!known && !hidden_allowed(c, e)) {
            hidden_report(c, e);
            return false;
        }
    }
    return true;
}

/* Whoever is below and sees the life itself, not just what is released or not. */
static bool check_life(struct hidden_check *c)
{
    const struct privilege *v = c->start->privilege;
    const struct external *e;
    const struct channel *channel;
    struct policy *p = c->policy;
    if (v == NULL || v->target == NULL) return true;
    LIST_EACH (e, &p->externals) {
        if (e->at_subject != v->target || e->at_level == NULL || e->at_level->rank >= c->level->rank) continue;
        diag_error(&p->diag, BH_LABEL, v->name.at, "`%s` carries %s down to the wire `%s`, which is %s", v->name.text,
                   c->level->name.text, e->name.text, e->at_level->name.text);
        diag_note(&p->diag, e->name.at, "there it shows whether `%s` runs", v->target->name.text);
        return false;
    }
    LIST_EACH (channel, &p->channels) {
        const struct label *l = channel->receiver != NULL ? channel->receiver->label : NULL;
        bool shows = v->kind == PRIVILEGE_RESTART && channel->sender == v->target;
        if (!shows || l == NULL || l->to == NULL || l->to->rank >= c->level->rank) continue;
        diag_error(&p->diag, BH_LABEL, v->name.at, "`%s` carries %s down to `%s`, which handles at most %s", v->name.text,
                   c->level->name.text, channel->to.text, l->to->name.text);
        diag_note(&p->diag, channel->name.at, "restarts of `%s` show in the epoch of its inbox", v->target->name.text);
        return false;
    }
    return true;
}

/* Follows what the subject does; false after a report. */
static bool check_hidden(struct hidden_check *c)
{
    const struct graph *g = c->graph;
    if (is_life(g, c->start->to) && !hidden_allowed(c, c->start)) {
        hidden_report(c, c->start);
        return false;
    }
    if (is_life(g, c->start->to)) return check_life(c);
    for (uint32_t i = 0; i < g->nodes.count; i++) c->found[i] = NULL;
    c->found[c->start->to] = c->start;
    c->queue[0] = c->start->to;
    c->count = 1;
    for (uint32_t i = 0; i < c->count; i++) {
        if (!hidden_step(c, c->queue[i])) return false;
    }
    return true;
}

/* Each edge to what is hidden, but for those to where at least as high a level may go: that was looked at. */
static void subject_hidden(struct hidden_check *c, const struct subject *s, uint32_t *passed)
{
    const struct graph_edge *e;
    LIST_EACH (e, &c->graph->nodes.items[s->index]->out) {
        const struct privilege *v = e->privilege;
        if (!is_hidden(c->graph, e->to) && !is_life(c->graph, e->to)) continue;
        if (v != NULL && v->down_from.text != NULL && v->level_to == NULL) continue;      /* reported */
        if (c->policy->diag.errors > DIAG_MAX) return;
        c->start = e;
        c->level = v != NULL && v->level_to != NULL ? v->level_to : s->label->to;
        if (c->level->rank < passed[e->to]) continue;
        if (check_hidden(c)) passed[e->to] = c->level->rank + 1;
    }
}

void policy_check_hidden(struct policy *p, const struct graph *g)
{
    struct hidden_check c = { .policy = p, .graph = g };
    const struct subject *s;
    uint32_t *passed = arena_take(p->arena, g->nodes.count * sizeof *passed);
    c.found = arena_take(p->arena, g->nodes.count * sizeof *c.found);
    c.queue = arena_take(p->arena, g->nodes.count * sizeof *c.queue);
    LIST_EACH (s, &p->subjects) {
        if (s->label != NULL && s->label->to != NULL) subject_hidden(&c, s, passed);
    }
}
