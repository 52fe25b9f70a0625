/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Folds a picture that is too wide for a page: its columns go on below, from the left again, as the words of a text do. What
 * leads from the last column of one row to the first of the next leaves on the right and enters on the left, at the same height
 * of both rows.
 */
#include "compiler/picture.h"

#define WIDTH_MOST 1800.0             /* of what is left in one row */
#define WIDTH_ROW 1500.0              /* of one row, once it is folded */
#define ENTRY_ROOM 90.0               /* left of a row's first column, for what enters */
#define ROW_GAP 40.0

/* Where each column ends, with the room for edges behind it. */
static void columns_end(struct picture *pic)
{
    struct picture_layer *l;
    LIST_EACH (l, &pic->layers) {
        const struct picture_layer *next = l_at + 1 < pic->layers.count ? pic->layers.items[l_at + 1] : NULL;
        l->end = next != NULL ? next->x - next->width / 2 : l->x + l->width / 2;
    }
}

/* Gives each layer its row. Returns how many rows there are. */
static uint32_t rows_choose(struct picture *pic)
{
    struct picture_layer *l;
    uint32_t row = 0;
    double begin = 0;
    LIST_EACH (l, &pic->layers) {
        if (l_at > 0 && l->end - begin > WIDTH_ROW - ENTRY_ROOM) {
            row++;
            begin = l->x - l->width / 2;
        }
        l->row = row;
    }
    return row + 1;
}

struct extent { double top, bottom, left; };

static struct extent row_extent(const struct picture *pic, uint32_t row)
{
    const struct picture_layer *l;
    const struct picture_node *n;
    struct extent e = { 1e9, -1e9, 1e9 };
    LIST_EACH (l, &pic->layers) {
        if (l->row != row) continue;
        if (l->x - l->width / 2 < e.left) e.left = l->x - l->width / 2;
        LIST_EACH (n, &l->nodes) {
            if (n->y - n->height / 2 < e.top) e.top = n->y - n->height / 2;
            if (n->y + n->height / 2 > e.bottom) e.bottom = n->y + n->height / 2;
        }
    }
    return e;
}

static void layer_move(struct picture_layer *l, double x, double y)
{
    struct picture_node *n;
    l->x += x;
    l->end += x;
    l->down = y;
    LIST_EACH (n, &l->nodes) {
        n->x += x;
        n->y += y;
    }
}

/* Moves a row to its left margin and below `top`; returns where it ends below. */
static double row_move(struct picture *pic, uint32_t row, double top)
{
    struct picture_layer *l;
    struct extent e = row_extent(pic, row);
    double left = pic->left + (row > 0 ? ENTRY_ROOM : 0);
    LIST_EACH (l, &pic->layers) {
        if (l->row != row) continue;
        layer_move(l, left - e.left, top - e.top);
        if (l->end + pic->left > pic->width) pic->width = l->end + pic->left;
    }
    return top + e.bottom - e.top;
}

void picture_fold(struct picture *pic)
{
    struct picture_edge *e;
    columns_end(pic);
    if (pic->width <= WIDTH_MOST) return;
    pic->left = pic->layers.items[0]->x - pic->layers.items[0]->width / 2;
    pic->width = 0;
    struct extent whole = row_extent(pic, 0);     /* all layers are in row 0 yet */
    double top = whole.top, below = pic->height - whole.bottom;
    uint32_t rows = rows_choose(pic);
    for (uint32_t row = 0; row < rows; row++) top = row_move(pic, row, top) + ROW_GAP;
    pic->height = top - ROW_GAP + below;
    LIST_EACH (e, &pic->edges) {
        e->left_y += pic->layers.items[e->way.items[0]->layer]->down;
        e->right_y += pic->layers.items[e->way.items[e->way.count - 1]->layer]->down;
    }
}
