/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layers (after Sugiyama): edges that close a cycle are turned around, each node stands right of all that lead to it, edges
 * over several layers get bends, and each layer is ordered so that its nodes lie near their neighbours.
 */
#include "compiler/picture.h"
#include "language/labels.h"

#include <stdlib.h>

#define ARRANGE_PASSES 12u
#define ARRANGE_BENDS 20000u /* beyond, nobody could read it */

enum { MARK_NEW, MARK_OPEN, MARK_DONE };

/* ---- direction ---- */
/* Wires stand aside: their subjects decide where. */
static bool edge_counts(const struct picture_edge *e)
{
    return e->kind != PICTURE_PORT;
}

/* Depth first; what leads back to a node that is still open closes a cycle. The depth is that of subjects. */
static void direct_from(struct picture *pic, struct picture_node *n)
{
    struct picture_edge *e;
    n->mark = MARK_OPEN;
    LIST_EACH (e, &pic->edges) {
        if (e->from != n || !edge_counts(e)) continue;
        if (e->to->mark == MARK_OPEN)
            e->backwards = true;
        else if (e->to->mark == MARK_NEW)
            direct_from(pic, e->to);
    }
    n->mark = MARK_DONE;
}

/* What may flow from one to another comes first; guards begin last among those of their highest label. */
static uint32_t node_rank(const struct picture_node *n)
{
    return n->labelled ? 2 * (uint32_t)__builtin_popcountll(n->high) + n->guard : 0;
}

/* From low to high, so that flows rise to the right where they can. */
static void direct_edges(struct picture *pic)
{
    struct picture_node *n;
    for (uint32_t rank = 0; rank <= 2 * LABEL_BITS + 1; rank++) {
        LIST_EACH (n, &pic->nodes) {
            if (n->kind != PICTURE_WIRE && n->mark == MARK_NEW && node_rank(n) == rank) direct_from(pic, n);
        }
    }
}

/* ---- layers ---- */
static struct picture_node *left_end(const struct picture_edge *e)
{
    return e->backwards ? e->to : e->from;
}

static struct picture_node *right_end(const struct picture_edge *e)
{
    return e->backwards ? e->from : e->to;
}

static void layer_longest(struct picture *pic)
{
    struct picture_edge *e;
    bool changed = true;
    for (uint32_t round = 0; changed && round <= pic->nodes.count; round++) {
        changed = false;
        LIST_EACH (e, &pic->edges) {
            if (!edge_counts(e) || right_end(e)->layer > left_end(e)->layer) continue;
            right_end(e)->layer = left_end(e)->layer + 1;
            changed = true;
        }
    }
}

/* A wire stands left of a subject that nothing leads to, else right of it. Layer 0 is kept for those on the left. */
static void layer_wires(struct picture *pic)
{
    struct picture_edge *e, *other;
    struct picture_node *n;
    LIST_EACH (n, &pic->nodes) n->layer++;
    LIST_EACH (e, &pic->edges) {
        if (e->kind != PICTURE_PORT) continue;
        bool led_to = false;
        LIST_EACH (other, &pic->edges) led_to |= edge_counts(other) && right_end(other) == e->to;
        e->from->layer = led_to ? e->to->layer + 1 : e->to->layer - 1;
        e->backwards = led_to;
    }
}

static uint32_t layer_first(const struct picture *pic)
{
    const struct picture_node *n;
    uint32_t first = UINT32_MAX;
    LIST_EACH (n, &pic->nodes) first = n->layer < first ? n->layer : first;
    return first;
}

static void layer_fill(struct picture *pic)
{
    struct picture_node *n;
    uint32_t first = layer_first(pic), last = 0;
    LIST_EACH (n, &pic->nodes) {
        n->layer -= first;
        if (n->layer > last) last = n->layer;
    }
    for (uint32_t i = 0; i <= last; i++) LIST_NEW(pic->arena, &pic->layers);
    LIST_EACH (n, &pic->nodes) LIST_ADD(pic->arena, &pic->layers.items[n->layer]->nodes, n);
}

static bool edge_ways(struct picture *pic)
{
    struct picture_edge *e;
    uint32_t bends = 0;
    LIST_EACH (e, &pic->edges) {
        struct picture_node *left = left_end(e), *right = right_end(e);
        LIST_ADD(pic->arena, &e->way, left);
        for (uint32_t layer = left->layer + 1; layer < right->layer; layer++) {
            if (++bends > ARRANGE_BENDS) return false;
            struct picture_node *bend = LIST_NEW(pic->arena, &pic->layers.items[layer]->nodes);
            *bend = (struct picture_node){ .kind = PICTURE_BEND, .layer = layer, .height = picture_slot(e) };
            LIST_ADD(pic->arena, &e->way, bend);
        }
        LIST_ADD(pic->arena, &e->way, right);
    }
    return true;
}

/* ---- order ---- */
static int pull_order(const void *left, const void *right)
{
    const struct picture_node *a = *(struct picture_node *const *)left, *b = *(struct picture_node *const *)right;
    if (a->pull < b->pull) return -1;
    if (a->pull > b->pull) return 1;
    return a->place < b->place ? -1 : a->place > b->place;
}

static void layer_number(struct picture_layer *l)
{
    for (uint32_t i = 0; i < l->nodes.count; i++) l->nodes.items[i]->place = i;
}

static double node_where(const struct picture_node *n, bool by_row)
{
    return by_row ? n->y : n->place;
}

static void node_pull(struct picture_node *n, const struct picture_node *by, bool by_row)
{
    n->pull += node_where(by, by_row);
    n->pulls++;
}

void picture_pull(struct picture *pic, bool by_left, bool by_right, bool by_row)
{
    struct picture_layer *l;
    struct picture_edge *e;
    struct picture_node *n;
    LIST_EACH (l, &pic->layers) {
        LIST_EACH (n, &l->nodes) {
            n->pull = 0;
            n->pulls = 0;
        }
    }
    LIST_EACH (e, &pic->edges) {
        for (uint32_t i = 0; i + 1 < e->way.count; i++) {
            if (by_right) node_pull(e->way.items[i], e->way.items[i + 1], by_row);
            if (by_left) node_pull(e->way.items[i + 1], e->way.items[i], by_row);
        }
    }
    LIST_EACH (l, &pic->layers) {
        LIST_EACH (n, &l->nodes) n->pull = n->pulls > 0 ? n->pull / n->pulls : node_where(n, by_row);
    }
}

/* Orders all layers by the mean place of the neighbours on one side. */
static void order_pass(struct picture *pic, bool from_left)
{
    struct picture_layer *l;
    picture_pull(pic, from_left, !from_left, false);
    LIST_EACH (l, &pic->layers) {
        qsort(l->nodes.items, l->nodes.count, sizeof *l->nodes.items, pull_order);
        layer_number(l);
    }
}

bool picture_arrange(struct picture *pic)
{
    struct picture_layer *l;
    direct_edges(pic);
    layer_longest(pic);
    layer_wires(pic);
    layer_fill(pic);
    if (!edge_ways(pic)) return false;
    LIST_EACH (l, &pic->layers) layer_number(l);
    for (uint32_t pass = 0; pass < ARRANGE_PASSES; pass++) order_pass(pic, pass % 2 == 0);
    return true;
}
