/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Labels where no message flows: the use of a privilege and back-pressure must not lead down either. What they change (the plan
 * that runs, a life, a reserve, through these a protocol) is followed to whoever sees it. It comes down only by a privilege
 * that releases it, or where it shows in nothing but messages that release as much.
 *
 * A life leads no further, since what leaves a subject is checked as coming from that subject, but to who sees the life itself:
 * a wire at its port, and receivers to whom the epoch of their inbox shows a restart.
 */
#include "language/graph.h"
#include "language/check.h"
#include "language/labels.h"

struct hidden_check {
    struct policy *policy;
    const struct graph *graph;
    const struct graph_edge *start;   /* what a subject does */
    uint64_t label;                   /* what that tells of */
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

/* All that it may handle; everything where that is not known. */
static uint64_t node_most(const struct hidden_check *c, uint32_t node)
{
    const struct policy *p = c->policy;
    const struct graph *g = c->graph;
    if (node >= g->first_wire && node < g->first_protocol) {
        const struct external *e = p->externals.items[node - g->first_wire];
        return e->known ? e->label : UINT64_MAX;
    }
    uint32_t subject = is_life(g, node) ? node - g->first_life : node;
    const struct label *l = subject < p->subjects.count ? p->subjects.items[subject]->label : NULL;
    return l != NULL && l->known ? l->most : UINT64_MAX;
}

/* Whether all that is told and is not in `most` is what the rule releases. */
static bool is_released(const struct hidden_check *c, const struct rule_label *rule, uint64_t most)
{
    return (c->label & ~most & ~(rule->known ? rule->released : 0)) == 0;
}

/* Whether the rule's messages ever wait for room: what leaves no record in a class that blocks does not. */
static bool rule_waits(const struct policy *p, const struct allow *a)
{
    const struct audit_class *class_;
    LIST_EACH (class_, &p->audit.classes) {
        bool security = class_->name.text != NULL && name_is(&class_->name, "security");
        if (class_->blocks && (!security || label_releases(&a->label))) return true;
    }
    return false;
}

/* Whether back-pressure shows on the channel in nothing but what is released. */
static bool channel_releases(const struct hidden_check *c, const struct channel *channel, uint64_t most)
{
    const struct allow *a;
    LIST_EACH (a, &channel->allows) {
        if (rule_waits(c->policy, a) && !is_released(c, &a->label, most)) return false;
    }
    return true;
}

/* Whether the edge may tell whoever it leads to. */
static bool hidden_allowed(const struct hidden_check *c, const struct graph_edge *e)
{
    uint64_t most = node_most(c, e->to);
    if ((c->label & ~most) == 0) return true;
    if (e->privilege != NULL && e != c->start) return is_released(c, &e->privilege->label, most);
    if (e->kind == EDGE_MESSAGE) return e->rule != NULL && is_released(c, &e->rule->label, most);
    return e->kind == EDGE_BACKPRESSURE && e->channel != NULL && e->to == e->channel->receiver->index &&
           channel_releases(c, e->channel, most);
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
    uint64_t most = node_most(c, e->to);
    diag_error(&p->diag, BH_LABEL, c->start->at, "%s carries %s down to `%s`, which handles at most %s", what,
               label_text(p, c->label), to, label_text(p, most));
    label_note_obstacle(p, c->label, most);
    hidden_notes(c, e);
    if (v != NULL && !label_releases(&v->label))
        diag_note(&p->diag, v->subject.at, "a privilege that is meant to tell says `%s`, and `%s` handles both",
                  label_release_text(p, c->label, c->label & most), v->subject.text);
}

/* Whether what is told goes on along an edge to what is hidden as it is. A privilege's release is checked where it is used. */
static bool hidden_goes_on(const struct hidden_check *c, const struct graph_edge *e)
{
    const struct rule_label *use = e->privilege != NULL ? &e->privilege->label : NULL;
    if (use != NULL && use->known && is_released(c, use, use->to)) return false;
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
        if (e->at_subject != v->target || !e->known || (c->label & ~e->label) == 0) continue;
        diag_error(&p->diag, BH_LABEL, v->name.at, "`%s` carries %s down to the wire `%s`, which is %s", v->name.text,
                   label_text(p, c->label), e->name.text, label_text(p, e->label));
        label_note_obstacle(p, c->label, e->label);
        diag_note(&p->diag, e->name.at, "there it shows whether `%s` runs", v->target->name.text);
        return false;
    }
    LIST_EACH (channel, &p->channels) {
        const struct label *l = channel->receiver != NULL ? channel->receiver->label : NULL;
        bool shows = v->kind == PRIVILEGE_RESTART && channel->sender == v->target;
        if (!shows || l == NULL || !l->known || (c->label & ~l->most) == 0) continue;
        diag_error(&p->diag, BH_LABEL, v->name.at, "`%s` carries %s down to `%s`, which handles at most %s", v->name.text,
                   label_text(p, c->label), channel->to.text, label_text(p, l->most));
        label_note_obstacle(p, c->label, l->most);
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

typedef LIST(uint64_t) label_list;

/* What may flow on to any of the labels has passed with that one. */
static bool has_passed(const label_list *passed, uint64_t label)
{
    for (uint32_t i = 0; i < passed->count; i++) {
        if ((label & ~*passed->items[i]) == 0) return true;
    }
    return false;
}

/* Each edge to what is hidden, but for those to where as much may go: that was looked at. */
static void subject_hidden(struct hidden_check *c, const struct subject *s, label_list *passed)
{
    const struct graph_edge *e;
    LIST_EACH (e, &c->graph->nodes.items[s->index]->out) {
        const struct privilege *v = e->privilege;
        if (!is_hidden(c->graph, e->to) && !is_life(c->graph, e->to)) continue;
        if (v != NULL && label_releases(&v->label) && !v->label.known) continue;      /* reported */
        if (c->policy->diag.errors > DIAG_MAX) return;
        c->start = e;
        c->label = v != NULL && v->label.known ? v->label.to : s->label->most;
        if (has_passed(&passed[e->to], c->label)) continue;
        if (check_hidden(c)) *LIST_NEW(c->policy->arena, &passed[e->to]) = c->label;
    }
}

void policy_check_hidden(struct policy *p, const struct graph *g)
{
    struct hidden_check c = { .policy = p, .graph = g };
    const struct subject *s;
    label_list *passed = arena_take(p->arena, g->nodes.count * sizeof *passed);
    c.found = arena_take(p->arena, g->nodes.count * sizeof *c.found);
    c.queue = arena_take(p->arena, g->nodes.count * sizeof *c.queue);
    LIST_EACH (s, &p->subjects) {
        if (s->label != NULL && s->label->known) subject_hidden(&c, s, passed);
    }
}
