/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which labels are in the picture, and their colours. They depend on what labels say, not on the order of the text: from the
 * least, by how much is in them, then by the alphabet.
 */
#include "compiler/picture.h"
#include "language/labels.h"

#include <stdlib.h>
#include <string.h>

struct told { uint64_t label; const char *text; };

static int label_order(const void *left, const void *right)
{
    const struct told *a = left, *b = right;
    int more = __builtin_popcountll(a->label) - __builtin_popcountll(b->label);
    return more != 0 ? more : strcmp(a->text, b->text);
}

static void label_add(const struct picture *pic, struct told *all, uint32_t *count, uint64_t label)
{
    for (uint32_t i = 0; i < *count; i++) {
        if (all[i].label == label) return;
    }
    all[(*count)++] = (struct told){ label, label_text(pic->policy, label) };
}

void picture_labels(struct picture *pic)
{
    const struct policy *p = pic->policy;
    const struct picture_node *n;
    const struct level *l;
    bool alone = p->categories.count == 0 && p->integrities.count == 0;
    struct told *all = arena_take(pic->arena, (p->levels.count + 2 * pic->nodes.count + 1) * sizeof *all);
    if (alone) LIST_EACH (l, &p->levels) label_add(pic, all, &pic->label_count, label_of_level(l));
    LIST_EACH (n, &pic->nodes) {
        if (!n->labelled) continue;
        label_add(pic, all, &pic->label_count, n->low);
        label_add(pic, all, &pic->label_count, n->high);
    }
    if (pic->label_count > 1) qsort(all, pic->label_count, sizeof *all, label_order);
    pic->labels = arena_take(pic->arena, (pic->label_count + 1) * sizeof *pic->labels);
    for (uint32_t i = 0; i < pic->label_count; i++) pic->labels[i] = all[i].label;
}

/* ---- colours ---- */
#define CIRCLE 360u
#define PALE 196u                     /* of 255: what red, green and blue have at least, so that black text can be read */
#define TINT 52u                      /* and what the hue adds to some of them */

static uint32_t tint(uint32_t hue)
{
    hue %= CIRCLE;
    if (hue < 60) return PALE + TINT * hue / 60;
    if (hue < 180) return PALE + TINT;
    return hue < 240 ? PALE + TINT * (240 - hue) / 60 : PALE;
}

/* From green by blue and red to yellow. */
static const char *color_of(const struct picture *pic, uint32_t number, uint32_t count)
{
    static const char *const few[] = { "#cfe8d5", "#cfe3f4", "#fdf0c2", "#fbd9b8", "#f4c3c3", "#e3cbea" };
    const uint32_t last = sizeof few / sizeof few[0] - 1;
    if (count < 2) return few[0];
    if (count <= last + 1) return few[number * (count == 2 ? last - 1 : last) / (count - 1)];
    uint32_t hue = 120 + number * 300 / (count - 1);
    return arena_print(pic->arena, "#%02x%02x%02x", tint(hue + 120), tint(hue), tint(hue + 240));
}

const char *picture_color(const struct picture *pic, uint64_t label)
{
    for (uint32_t i = 0; i < pic->label_count; i++) {
        if (pic->labels[i] == label) return color_of(pic, i, pic->label_count);
    }
    return "#ffffff";
}

const char *picture_low_color(const struct picture *pic, const struct picture_node *n)
{
    return n->labelled ? picture_color(pic, n->low) : "#ffffff";
}

const char *picture_high_color(const struct picture *pic, const struct picture_node *n)
{
    return n->labelled ? picture_color(pic, n->high) : "#ffffff";
}
