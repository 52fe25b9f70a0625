/* SPDX-License-Identifier: Apache-2.0 */
/* What is in the picture. */
#include "compiler/picture.h"
#include "language/capacity.h"
#include "language/graph.h"
#include "language/labels.h"

#include <stdlib.h>

static struct picture_node *node_add(struct picture *pic, enum picture_node_kind kind, const char *name, struct place at)
{
    struct picture_node *n = LIST_NEW(pic->arena, &pic->nodes);
    *n = (struct picture_node){ .kind = kind, .name = name, .note = "", .at = at, .number = pic->nodes.count };
    return n;
}

struct picture_edge *picture_edge_add(struct picture *pic, enum picture_edge_kind kind, uint32_t from, uint32_t to,
                                      struct place at)
{
    struct picture_edge *e = LIST_NEW(pic->arena, &pic->edges);
    *e = (struct picture_edge){ .kind = kind, .from = pic->nodes.items[from], .to = pic->nodes.items[to], .at = at,
                                .number = pic->edges.count };
    return e;
}

void picture_edge_line(struct picture_edge *e, const char *text)
{
    if (e->line_count < PICTURE_LINES) e->lines[e->line_count++] = text;
}

static const char *rule_line(struct picture *pic, const struct allow *a)
{
    const struct rate *r = capacity_rate(pic->policy, a);
    bool downs = label_downgrades(&a->label), ups = label_endorses(&a->label);
    const char *down = downs && ups ? ", downgrade, endorse" : downs ? ", downgrade" : ups ? ", endorse" : "";
    if (r == NULL) return arena_print(pic->arena, "%s, no rate%s", a->name.text, down);
    return arena_print(pic->arena, "%s %lld/%s%s", a->name.text, (long long)r->count.number, r->per.text, down);
}

static void channel_edges(struct picture *pic, const struct channel *c)
{
    const struct allow *a;
    uint32_t rules = 0, shown = 0, from = c->sender->index, to = c->receiver->index;
    struct picture_edge *e = picture_edge_add(pic, PICTURE_MESSAGES, from, to, c->name.at);
    picture_edge_line(e, c->name.text);
    LIST_EACH (a, &pic->policy->allows) rules += a->channel == c;
    LIST_EACH (a, &pic->policy->allows) {
        if (a->channel != c) continue;
        e->down |= label_downgrades(&a->label);
        e->endorse |= label_endorses(&a->label);
        shown++;
        if (e->line_count < PICTURE_LINES - 1 || rules <= PICTURE_LINES - 1)
            picture_edge_line(e, rule_line(pic, a));
        else if (e->line_count < PICTURE_LINES)
            picture_edge_line(e, arena_print(pic->arena, "and %u more rules", rules - shown + 1));
    }
    if (c->feedback == FEEDBACK_FULL)
        picture_edge_line(picture_edge_add(pic, PICTURE_FEEDBACK, to, from, c->name.at),
                  arena_print(pic->arena, "feedback of %s", c->name.text));
    for (uint32_t i = 0; i < c->sharers.count; i++)
        picture_edge_line(picture_edge_add(pic, PICTURE_SHARED, c->sharers.items[i]->index, from, c->name.at),
                  arena_print(pic->arena, "shared outbox of %s", c->name.text));
}

static void direct_edge(struct picture *pic, const struct direct *d)
{
    const struct allow *a;
    struct picture_edge *e = picture_edge_add(pic, PICTURE_DIRECT, d->sender->index, d->receiver->index, d->name.at);
    picture_edge_line(e, d->name.text);
    LIST_EACH (a, &d->allows) picture_edge_line(e, arena_print(pic->arena, "%s, direct", a->name.text));
    if (d->acknowledged_at.length > 0)
        picture_edge_line(picture_edge_add(pic, PICTURE_FEEDBACK, d->receiver->index, d->sender->index, d->name.at),
                          arena_print(pic->arena, "acknowledgements of %s", d->name.text));
}

/* Returns the ring's node; GRAPH_NONE: nobody reads it. */
static uint32_t audit_edges(struct picture *pic)
{
    if (pic->policy->audit.reader == NULL) return GRAPH_NONE;
    uint32_t ring = pic->nodes.count;
    node_add(pic, PICTURE_RING, "audit ring", PLACE_NOWHERE)->note = "acts of all subjects";
    picture_edge_add(pic, PICTURE_AUDIT, ring, pic->policy->audit.reader->index, PLACE_NOWHERE);
    return ring;
}

static void privilege_edge(struct picture *pic, const struct privilege *v, uint32_t to)
{
    static const char *const acts[] = { "switch", "restart", "stop", "give window" };
    picture_edge_line(picture_edge_add(pic, PICTURE_PRIVILEGE, v->actor->index, to, v->name.at),
              arena_print(pic->arena, "%s: %s", v->name.text, acts[v->kind]));
}

/* A plan that someone may switch to is a node. */
static void privilege_edges(struct picture *pic, const struct policy *p)
{
    const struct plan *plan;
    const struct privilege *v;
    LIST_EACH (plan, &p->plans) {
        bool switched = false;
        LIST_EACH (v, &p->privileges) switched |= v->plan == plan;
        uint32_t node = pic->nodes.count;
        if (!switched) continue;
        struct picture_node *n = node_add(pic, PICTURE_PLAN, arena_print(pic->arena, "plan %s", plan->name.text),
                                          plan->name.at);
        n->note = plan_at == 0 ? "runs from the start" : "";
        LIST_EACH (v, &p->privileges) {
            if (v->plan == plan) privilege_edge(pic, v, node);
        }
    }
    LIST_EACH (v, &p->privileges) {
        if (v->target != NULL) privilege_edge(pic, v, v->target->index);
    }
}

/* ---- the order of the text ---- */
static int place_order(struct place a, uint32_t number_a, struct place b, uint32_t number_b)
{
    int order = place_compare(a, b);
    return order != 0 ? order : number_a < number_b ? -1 : number_a > number_b;
}

static int node_order(const void *left, const void *right)
{
    const struct picture_node *a = *(const struct picture_node *const *)left, *b = *(const struct picture_node *const *)right;
    if (a->kind != b->kind) return a->kind < b->kind ? -1 : 1;
    return place_order(a->at, a->number, b->at, b->number);
}

/* Of one channel what it carries, and what goes along with that. */
static int edge_order(const void *left, const void *right)
{
    static const uint8_t ranks[] = { [PICTURE_DIRECT] = 1, [PICTURE_AUDIT] = 2, [PICTURE_PORT] = 3, [PICTURE_PRIVILEGE] = 4,
                                     [PICTURE_MONITOR] = 5, [PICTURE_STATE] = 6 };
    const struct picture_edge *a = *(const struct picture_edge *const *)left, *b = *(const struct picture_edge *const *)right;
    if (ranks[a->kind] != ranks[b->kind]) return ranks[a->kind] < ranks[b->kind] ? -1 : 1;
    return place_order(a->at, a->number, b->at, b->number);
}

/* Levels alone show as the colour; where labels say more, they stand beside the port. */
static const char *wire_note(const struct policy *p, const struct external *e)
{
    if (p->categories.count == 0 && p->integrities.count == 0) return e->port.text;
    return arena_print(p->arena, "%s, %s", e->port.text, label_text(p, e->label));
}

void picture_build(struct picture *pic, const struct policy *p)
{
    const struct subject *s;
    const struct external *e;
    const struct channel *c;
    const struct direct *d;
    *pic = (struct picture){ .arena = p->arena, .policy = p };
    LIST_EACH (s, &p->subjects) {
        struct picture_node *n = node_add(pic, PICTURE_SUBJECT, s->name.text, s->name.at);
        if (s->label == NULL) continue;
        n->labelled = true;
        bool falls = s->label->high.at.length == 0;       /* of integrity alone: what is higher holds less */
        n->low = falls ? s->label->most : s->label->least;
        n->high = falls ? s->label->least : s->label->most;
        n->guard = s->label->least != s->label->most;
        n->note = label_range_text(p, s->label->least, s->label->most);
    }
    LIST_EACH (e, &p->externals) {
        struct picture_node *n = node_add(pic, PICTURE_WIRE, e->name.text, e->name.at);
        n->labelled = label_is_declared(p);
        n->low = n->high = e->label;
        n->note = wire_note(p, e);
    }
    LIST_EACH (c, &p->channels) channel_edges(pic, c);
    LIST_EACH (d, &p->directs) direct_edge(pic, d);
    uint32_t ring = audit_edges(pic);
    LIST_EACH (e, &p->externals)
        picture_edge_add(pic, PICTURE_PORT, p->subjects.count + e_at, e->at_subject->index, e->name.at);
    LIST_EACH (s, &p->subjects) {
        if (s->served != NULL)
            picture_edge_line(picture_edge_add(pic, PICTURE_MONITOR, s_at, s->served->index, s->name.at), "monitor");
    }
    privilege_edges(pic, p);
    picture_flows(pic, ring);
    if (pic->nodes.count > 1) qsort(pic->nodes.items, pic->nodes.count, sizeof *pic->nodes.items, node_order);
    if (pic->edges.count > 1) qsort(pic->edges.items, pic->edges.count, sizeof *pic->edges.items, edge_order);
    picture_labels(pic);
}
