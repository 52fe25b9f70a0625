/* SPDX-License-Identifier: Apache-2.0 */
/* The picture as SVG 1.1, readable by any browser and text processor. Names are letters, digits and underscores: none is
 * quoted. */
#include "compiler/picture.h"
#include "language/labels.h"

#include <string.h>

#define WAY_CURVE 0.4 /* of a gap: how far an edge leaves its node straight */
#define LEGEND_LINE 18.0
#define NOTE_CHARS 120

static const struct {
    const char *color, *dash, *text;
    double width;
} edge_looks[] = {
    [PICTURE_MESSAGES] = { "#24425c", "", "one-way channel, mediated", 1.8 },
    [PICTURE_PORT] = { "#777777", "", "wire, both ways", 3.0 },
    [PICTURE_FEEDBACK] = { "#b05a00", "6 4", "full feedback", 1.4 },
    [PICTURE_SHARED] = { "#b05a00", "", "shared outbox, both ways", 2.6 },
    [PICTURE_AUDIT] = { "#666666", "2 4", "audit records", 1.8 },
    [PICTURE_PRIVILEGE] = { "#6a2c91", "8 3", "privilege: seen in all that its object sends", 1.4 },
    [PICTURE_MONITOR] = { "#3b6ea5", "", "a monitor and its subject: all that either does, both ways", 2.6 },
    [PICTURE_STATE] = { "#8a8a8a", "3 3", "no message, but the state that it changes: what passes, what one is told", 0.8 },
    [PICTURE_DIRECT] = { "#b3202a", "", "one-way channel, direct: nobody judges", 2.6 },
};
#define LOOKS (sizeof edge_looks / sizeof edge_looks[0])
#define DOWN_COLOR "#b3202a"
#define ENDORSE_COLOR "#2f7d32"

static const char *edge_color(const struct picture_edge *e)
{
    return e->down ? DOWN_COLOR : e->endorse ? ENDORSE_COLOR : edge_looks[e->kind].color;
}

static bool any_endorses(const struct picture *pic)
{
    const struct picture_edge *e;
    LIST_EACH (e, &pic->edges) {
        if (e->endorse) return true;
    }
    return false;
}

static bool any_guards(const struct picture *pic)
{
    const struct picture_node *n;
    LIST_EACH (n, &pic->nodes) {
        if (n->kind == PICTURE_SUBJECT && n->guard) return true;
    }
    return false;
}

/* ---- head ---- */
static void svg_marker(struct text *out, const char *id, const char *color)
{
    text_add(out, "<marker id=\"%s\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"9\" markerHeight=\"9\" ", id);
    text_add(out, "markerUnits=\"userSpaceOnUse\" orient=\"auto-start-reverse\">");
    text_add(out, "<path d=\"M0,0 L10,5 L0,10 z\" fill=\"%s\"/></marker>\n", color);
}

/* A guard's colours run from its lowest label to its highest. */
static void svg_gradient(const struct picture *pic, const struct picture_node *n, uint32_t number, struct text *out)
{
    if (n->kind == PICTURE_BEND || !n->guard) return;
    text_add(out, "<linearGradient id=\"guard%u\"><stop offset=\"0.25\" stop-color=\"%s\"/>", number,
             picture_low_color(pic, n));
    text_add(out, "<stop offset=\"0.75\" stop-color=\"%s\"/></linearGradient>\n", picture_high_color(pic, n));
}

static void svg_head(const struct picture *pic, double height, struct text *out)
{
    const struct picture_node *n;
    text_add(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\" ",
             pic->width, height, pic->width, height);
    text_add(out, "font-family=\"DejaVu Sans, Verdana, sans-serif\" font-size=\"11\">\n");
    text_add(out, "<title>Flows of %s</title>\n<defs>\n", pic->policy->system.text);
    for (size_t i = 0; i < LOOKS; i++) svg_marker(out, arena_print(pic->arena, "end%zu", i), edge_looks[i].color);
    svg_marker(out, "enddown", DOWN_COLOR);
    if (any_endorses(pic)) svg_marker(out, "endendorse", ENDORSE_COLOR);
    LIST_EACH (n, &pic->nodes) svg_gradient(pic, n, n_at, out);
    text_add(out, "</defs>\n<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n");
    text_add(out, "<text x=\"30\" y=\"34\" font-size=\"17\" font-weight=\"bold\">%s version %lld</text>\n",
             pic->policy->system.text, (long long)pic->policy->version.number);
}

/* ---- nodes ---- */
static void svg_shape(const struct picture *pic, const struct picture_node *n, uint32_t number, struct text *out)
{
    const struct picture_layer *l = pic->layers.items[n->layer];
    bool thing = n->kind == PICTURE_RING || n->kind == PICTURE_PLAN;    /* nobody, and no wire */
    const char *fill = thing ? "#eeeeee" : picture_low_color(pic, n);
    double width = l->width, left = n->x - width / 2, top = n->y - n->height / 2, cut = 14;
    bool guard = n->kind == PICTURE_SUBJECT && n->guard;
    if (guard) fill = arena_print(pic->arena, "url(#guard%u)", number);
    if (guard)
        text_add(out,
                 "<path d=\"M%.1f,%.1f l%.1f,%.1f h%.1f l%.1f,%.1f l%.1f,%.1f h%.1f z\" fill=\"%s\" stroke=\"#222\" "
                 "stroke-width=\"2.4\"/>\n",
                 left, n->y, cut, -n->height / 2, width - 2 * cut, cut, n->height / 2, -cut, n->height / 2, 2 * cut - width,
                 fill);
    else
        text_add(out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"%d\" fill=\"%s\" stroke=\"%s\"%s/>\n",
                 left, top, width, n->height, n->kind == PICTURE_SUBJECT ? 4 : 22, fill,
                 n->kind == PICTURE_SUBJECT ? "#222" : "#777", thing ? " stroke-dasharray=\"2 4\"" : "");
}

static void svg_node(const struct picture *pic, const struct picture_node *n, uint32_t number, struct text *out)
{
    svg_shape(pic, n, number, out);
    text_add(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\" font-size=\"13\" font-weight=\"bold\">%s</text>\n", n->x,
             n->y - 2, n->name);
    text_add(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\" font-size=\"10\" fill=\"#444\">%s</text>\n", n->x,
             n->y + 12, n->note);
}

/* ---- edges ---- */
struct point {
    double x, y;
};

/* Where the edge enters (left side) or leaves (right side) one node of its way. */
static struct point way_point(const struct picture *pic, const struct picture_edge *e, uint32_t index, bool right_side)
{
    const struct picture_node *n = e->way.items[index];
    double half = pic->layers.items[n->layer]->width / 2, y = n->y + n->height / 2 - 6;
    if (index == 0) y = e->left_y;
    if (index == e->way.count - 1) y = e->right_y;
    double inset = n->kind == PICTURE_SUBJECT && n->guard ? 14 : 0; /* a guard's slanted side */
    double slant = inset > 0 ? inset * (y > n->y ? y - n->y : n->y - y) / (n->height / 2) : 0;
    return (struct point){ right_side ? n->x + half - slant : n->x - half + slant, y };
}

static void svg_curve(struct text *out, struct point a, struct point b)
{
    double reach = (b.x - a.x) * WAY_CURVE;
    text_add(out, " C%.1f,%.1f %.1f,%.1f %.1f,%.1f", a.x + reach, a.y, b.x - reach, b.y, b.x, b.y);
}

/* From one node of the way to the next; where that stands in another row, out of this one and into the other. */
static void svg_gap(const struct picture *pic, const struct picture_edge *e, uint32_t left, struct point a, struct point b,
                    struct text *out)
{
    const struct picture_layer *l = pic->layers.items[e->way.items[left]->layer];
    if (l->row == pic->layers.items[e->way.items[left + 1]->layer]->row)
        svg_curve(out, a, b);
    else
        text_add(out, " L%.1f,%.1f M%.1f,%.1f L%.1f,%.1f", e->backwards ? pic->left : l->end, a.y,
                 e->backwards ? l->end : pic->left, b.y, b.x, b.y);
}

/* Where an edge leaves a row and enters the next, the name of its other end. */
static void svg_turns(const struct picture *pic, const struct picture_edge *e, struct text *out)
{
    uint32_t last = e->way.count - 1;
    for (uint32_t i = 0; i < last; i++) {
        const struct picture_layer *l = pic->layers.items[e->way.items[i]->layer];
        if (l->row == pic->layers.items[e->way.items[i + 1]->layer]->row) continue;
        text_add(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\" font-size=\"9\" fill=\"#555\">%s %s</text>\n", l->end,
                 way_point(pic, e, i, true).y + 10, e->backwards ? "from" : "to", e->way.items[last]->name);
        text_add(out, "<text x=\"%.1f\" y=\"%.1f\" font-size=\"9\" fill=\"#555\">%s %s</text>\n", pic->left,
                 way_point(pic, e, i + 1, false).y + 10, e->backwards ? "to" : "from", e->way.items[0]->name);
    }
}

static void svg_edge(const struct picture *pic, const struct picture_edge *e, struct text *out)
{
    const char *id = e->down ? "down" : e->endorse ? "endorse" : arena_print(pic->arena, "%d", (int)e->kind);
    uint32_t last = e->way.count - 1;
    struct point at = way_point(pic, e, e->backwards ? last : 0, !e->backwards);
    text_add(out, "<path d=\"M%.1f,%.1f", at.x, at.y);
    for (uint32_t i = 0; i < last; i++) {
        uint32_t from = e->backwards ? last - i : i, to = e->backwards ? from - 1 : from + 1;
        struct point next = way_point(pic, e, to, e->backwards);
        svg_gap(pic, e, e->backwards ? to : from, way_point(pic, e, from, !e->backwards), next, out);
        if (i + 1 == last) break;
        at = way_point(pic, e, to, !e->backwards);
        text_add(out, " L%.1f,%.1f", at.x, at.y);
    }
    text_add(out, "\" fill=\"none\" stroke=\"%s\" stroke-width=\"%.1f\"", edge_color(e), edge_looks[e->kind].width);
    if (*edge_looks[e->kind].dash != '\0') text_add(out, " stroke-dasharray=\"%s\"", edge_looks[e->kind].dash);
    if (picture_both_ways(e)) text_add(out, " marker-start=\"url(#end%s)\"", id);
    text_add(out, " marker-end=\"url(#end%s)\"><title>%s %s %s</title></path>\n", id, e->from->name,
             picture_both_ways(e) ? "&lt;-&gt;" : "-&gt;", e->to->name);
}

/* The text stands above its line: over the first bend, else in the middle of the only gap; white around it hides crossings. */
static void svg_edge_text(const struct picture *pic, const struct picture_edge *e, struct text *out)
{
    struct point a = way_point(pic, e, 0, true), b = way_point(pic, e, 1, false);
    double x = (a.x + b.x) / 2, y = (a.y + b.y) / 2;
    const struct picture_layer *l = pic->layers.items[e->way.items[0]->layer];
    if (l->row != pic->layers.items[e->way.items[1]->layer]->row) {
        x = (a.x + l->end) / 2;
        y = a.y;
    } else if (e->way.count > 2) {
        x = e->way.items[1]->x;
        y = way_point(pic, e, 1, true).y;
    }
    for (uint32_t i = 0; i < e->line_count; i++) {
        text_add(out,
                 "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\" fill=\"%s\"%s paint-order=\"stroke\" stroke=\"white\" "
                 "stroke-width=\"3\">%s</text>\n",
                 x, y - 7 - 13.0 * (e->line_count - 1 - i), edge_color(e), i == 0 ? " font-weight=\"bold\"" : "", e->lines[i]);
    }
}

/* ---- legend: only what occurs ---- */
static void legend_line(struct text *out, double y, const char *color, const char *dash, double width, const char *text)
{
    text_add(out, "<path d=\"M30,%.1f h36\" stroke=\"%s\" stroke-width=\"%.1f\" stroke-dasharray=\"%s\"/>", y - 4, color, width,
             *dash != '\0' ? dash : "none");
    text_add(out, "<text x=\"76\" y=\"%.1f\">%s</text>\n", y, text);
}

static double legend_edges(const struct picture *pic, double y, struct text *out)
{
    const struct picture_edge *e;
    bool seen[LOOKS] = { false }, down = false;
    LIST_EACH (e, &pic->edges) {
        seen[e->kind] = true;
        down |= e->down;
    }
    for (size_t i = 0; i < LOOKS; i++) {
        if (!seen[i]) continue;
        legend_line(out, y, edge_looks[i].color, edge_looks[i].dash, edge_looks[i].width, edge_looks[i].text);
        y += LEGEND_LINE;
    }
    if (down) {
        legend_line(out, y, DOWN_COLOR, "", 1.8, "channel with a rule that releases to a lower label");
        y += LEGEND_LINE;
    }
    if (!any_endorses(pic)) return y;
    legend_line(out, y, ENDORSE_COLOR, "", 1.8, "channel with a rule that endorses to a higher integrity");
    return y + LEGEND_LINE;
}

static double legend_labels(const struct picture *pic, double y, struct text *out)
{
    if (!label_is_declared(pic->policy)) return y;
    for (uint32_t i = 0; i < pic->label_count; i++) {
        text_add(out, "<rect x=\"30\" y=\"%.1f\" width=\"36\" height=\"13\" fill=\"%s\" stroke=\"#777\"/>", y - 11,
                 picture_color(pic, pic->labels[i]));
        text_add(out, "<text x=\"76\" y=\"%.1f\">%s</text>\n", y, label_text(pic->policy, pic->labels[i]));
        y += LEGEND_LINE;
    }
    if (!any_guards(pic)) return y;
    text_add(out, "<path d=\"M30,%.1f l8,-6.5 h20 l8,6.5 l-8,6.5 h-20 z\" fill=\"white\" stroke=\"#222\"/>", y - 4.5);
    text_add(out, "<text x=\"76\" y=\"%.1f\">slanted sides: a guard, trusted between two labels</text>\n", y);
    return y + LEGEND_LINE;
}

/* What flows without a line of its own, folded as the words of a text are. */
static double legend_note(const char *note, double y, struct text *out)
{
    const char *indent = "";
    while (*note != '\0') {
        int size = (int)strlen(note);
        if (size > NOTE_CHARS)
            for (size = NOTE_CHARS; size > 1 && note[size] != ' ';) size--;
        text_add(out, "<text x=\"%s\" y=\"%.1f\">%.*s</text>\n", *indent != '\0' ? indent : "30", y, size, note);
        indent = "46";
        note += size;
        while (*note == ' ') note++;
        y += LEGEND_LINE;
    }
    return y;
}

static double legend_notes(const struct picture *pic, double y, struct text *out)
{
    for (uint32_t i = 0; i < pic->notes.count; i++) y = legend_note(pic->notes.items[i], y, out);
    return y;
}

void picture_svg(const struct picture *pic, struct text *out)
{
    const struct picture_edge *e;
    const struct picture_node *n;
    struct text legend = { .arena = pic->arena };
    double y = legend_edges(pic, pic->height + 10, &legend);
    y = legend_labels(pic, y, &legend);
    y = legend_notes(pic, y, &legend);
    svg_head(pic, y + 10, out);
    LIST_EACH (e, &pic->edges) svg_edge(pic, e, out);
    LIST_EACH (e, &pic->edges) svg_turns(pic, e, out);
    LIST_EACH (e, &pic->edges) svg_edge_text(pic, e, out);
    LIST_EACH (n, &pic->nodes) svg_node(pic, n, n_at, out);
    text_add(out, "%s</svg>\n", legend.size > 0 ? legend.bytes : "");
}
