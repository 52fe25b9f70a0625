/* SPDX-License-Identifier: Apache-2.0 */
/* Coordinates, in pixels. Layers are columns; between two columns there is room for the longest text of an edge. */
#include "compiler/picture.h"

#include <stdlib.h>
#include <string.h>

#define NODE_HEIGHT 48.0
#define NODE_GAP 28.0
#define LINE_HEIGHT 13.0
#define SLOT_ROOM 12.0
#define CHAR_WIDTH 6.3
#define COLUMN_ROOM 56.0
#define COLUMN_LEAST 70.0
#define MARGIN 30.0
#define TITLE_HEIGHT 44.0
#define PLACE_PASSES 10u

double picture_slot(const struct picture_edge *e)
{
    return LINE_HEIGHT * e->line_count + SLOT_ROOM;
}

static bool edge_meets(const struct picture_edge *e, const struct picture_node *n, bool right_side)
{
    return e->way.items[right_side ? 0 : e->way.count - 1] == n;
}

static double side_height(const struct picture *pic, const struct picture_node *n, bool right_side)
{
    const struct picture_edge *e;
    double sum = 0;
    LIST_EACH (e, &pic->edges) sum += edge_meets(e, n, right_side) ? picture_slot(e) : 0;
    return sum;
}

static void node_heights(struct picture *pic)
{
    struct picture_node *n;
    LIST_EACH (n, &pic->nodes) {
        double left = side_height(pic, n, false) + SLOT_ROOM, right = side_height(pic, n, true) + SLOT_ROOM;
        n->height = left > right ? left : right;
        if (n->height < NODE_HEIGHT) n->height = NODE_HEIGHT;
    }
}

/* ---- columns ---- */
static double text_width(const char *text)
{
    return (double)strlen(text) * CHAR_WIDTH;
}

/* Room that the edges need between this layer and the next. */
static double gap_width(const struct picture *pic, uint32_t layer)
{
    const struct picture_edge *e;
    double most = COLUMN_LEAST - COLUMN_ROOM;
    LIST_EACH (e, &pic->edges) {
        if (e->way.items[0]->layer > layer || e->way.items[e->way.count - 1]->layer <= layer) continue;
        for (uint32_t i = 0; i < e->line_count; i++) {
            double width = text_width(e->lines[i]);
            if (width > most) most = width;
        }
    }
    return most + COLUMN_ROOM;
}

static void place_columns(struct picture *pic)
{
    struct picture_layer *l;
    struct picture_node *n;
    double x = MARGIN;
    LIST_EACH (l, &pic->layers) {
        l->width = COLUMN_LEAST;
        LIST_EACH (n, &l->nodes) {
            if (n->kind == PICTURE_BEND) continue;
            double name = text_width(n->name) * 1.2 + 34, note = text_width(n->note) + 34;
            double width = name > note ? name : note;
            if (width > l->width) l->width = width;
        }
        l->x = x + l->width / 2;
        LIST_EACH (n, &l->nodes) n->x = l->x;
        x += l->width + gap_width(pic, l_at);
    }
    l = pic->layers.items[pic->layers.count - 1];
    pic->width = l->x + l->width / 2 + MARGIN;
}

/* ---- rows ---- */
/* Gives each node the place that it is pulled to, as far as the one before it leaves room; then moves all by the mean error. */
static void layer_settle(struct picture_layer *l)
{
    struct picture_node *n, *before = NULL;
    double error = 0;
    LIST_EACH (n, &l->nodes) {
        double least = before != NULL ? before->y + (before->height + n->height) / 2 + NODE_GAP : n->pull;
        n->y = n->pull > least ? n->pull : least;
        error += n->y - n->pull;
        before = n;
    }
    LIST_EACH (n, &l->nodes) n->y -= error / l->nodes.count;
}

static void rows_pass(struct picture *pic)
{
    struct picture_layer *l;
    picture_pull(pic, true, true, true);
    LIST_EACH (l, &pic->layers) layer_settle(l);
}

static void place_rows(struct picture *pic)
{
    struct picture_layer *l;
    struct picture_node *n;
    double top = 1e9, bottom = -1e9;
    LIST_EACH (l, &pic->layers) {
        LIST_EACH (n, &l->nodes) n->pull = 0;
        layer_settle(l);
    }
    for (uint32_t pass = 0; pass < PLACE_PASSES; pass++) rows_pass(pic);
    LIST_EACH (l, &pic->layers) {
        LIST_EACH (n, &l->nodes) {
            if (n->y - n->height / 2 < top) top = n->y - n->height / 2;
            if (n->y + n->height / 2 > bottom) bottom = n->y + n->height / 2;
        }
    }
    LIST_EACH (l, &pic->layers) {
        LIST_EACH (n, &l->nodes) n->y += TITLE_HEIGHT + MARGIN - top;
    }
    pic->height = bottom - top + TITLE_HEIGHT + 2 * MARGIN;
}

/* ---- where edges meet their nodes ---- */
struct meeting {
    struct picture_edge *edge;
    double other;
    uint32_t number;
};

static int meeting_order(const void *left, const void *right)
{
    const struct meeting *a = left, *b = right;
    if (a->other < b->other) return -1;
    if (a->other > b->other) return 1;
    return a->number < b->number ? -1 : a->number > b->number;
}

static void node_meetings(struct picture *pic, const struct picture_node *n, bool right_side)
{
    struct meeting *all = arena_take(pic->arena, (pic->edges.count + 1) * sizeof *all);
    struct picture_edge *e;
    uint32_t count = 0;
    LIST_EACH (e, &pic->edges) {
        if (!edge_meets(e, n, right_side)) continue;
        const struct picture_node *next = e->way.items[right_side ? 1 : e->way.count - 2];
        all[count++] = (struct meeting){ e, next->y, e_at };
    }
    qsort(all, count, sizeof *all, meeting_order);
    double y = n->y - side_height(pic, n, right_side) / 2;
    for (uint32_t i = 0; i < count; i++) {
        y += picture_slot(all[i].edge);
        *(right_side ? &all[i].edge->left_y : &all[i].edge->right_y) = y - SLOT_ROOM / 2;
    }
}

void picture_place(struct picture *pic)
{
    const struct picture_node *n;
    node_heights(pic);
    place_columns(pic);
    place_rows(pic);
    LIST_EACH (n, &pic->nodes) {
        node_meetings(pic, n, false);
        node_meetings(pic, n, true);
    }
    picture_fold(pic);
}
