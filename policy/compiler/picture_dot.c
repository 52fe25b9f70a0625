/* SPDX-License-Identifier: Apache-2.0 */
/* The picture in the language of Graphviz, for those who want to lay it out themselves. */
#include "compiler/picture.h"

static void dot_node(const struct picture *pic, const struct picture_node *n, struct text *out)
{
    static const char *const shapes[] = {
        [PICTURE_SUBJECT] = "box", [PICTURE_WIRE] = "ellipse", [PICTURE_RING] = "cylinder", [PICTURE_PLAN] = "note"
    };
    const char *low = picture_low_color(pic, n), *high = picture_high_color(pic, n);
    text_add(out, "    \"%s\" [label=\"%s%s%s\", shape=%s, style=filled, fillcolor=\"%s", n->name, n->name,
             *n->note != '\0' ? "\\n" : "", n->note, n->guard ? "hexagon" : shapes[n->kind], low);
    text_add(out, n->guard ? ":%s\", penwidth=2];\n" : "\"];\n", high);
}

static void dot_edge(const struct picture_edge *e, struct text *out)
{
    static const char *const looks[] = {
        [PICTURE_MESSAGES] = "",
        [PICTURE_PORT] = ", dir=both, color=gray40, penwidth=2",
        [PICTURE_FEEDBACK] = ", style=dashed, color=orange3",
        [PICTURE_SHARED] = ", dir=both, color=orange3, penwidth=2",
        [PICTURE_AUDIT] = ", style=dotted",
        [PICTURE_PRIVILEGE] = ", style=dashed, color=purple3, fontcolor=purple3",
        [PICTURE_MONITOR] = ", dir=both, color=steelblue4, penwidth=2",
        [PICTURE_STATE] = ", style=dashed, color=gray60, fontcolor=gray40, penwidth=0.6, constraint=false",
        [PICTURE_DIRECT] = ", color=red3, fontcolor=red3, penwidth=2",
    };
    text_add(out, "    \"%s\" -> \"%s\" [label=\"", e->from->name, e->to->name);
    for (uint32_t i = 0; i < e->line_count; i++) text_add(out, "%s%s", i > 0 ? "\\n" : "", e->lines[i]);
    const char *up = e->endorse ? ", color=green4, fontcolor=green4" : "";
    text_add(out, "\"%s%s];\n", looks[e->kind], e->down ? ", color=red3, fontcolor=red3" : up);
}

/* As the caption of the whole, a line each. */
static void dot_notes(const struct picture *pic, struct text *out)
{
    if (pic->notes.count == 0) return;
    text_add(out, "    labelloc=b;\n    labeljust=l;\n    fontname=\"sans-serif\";\n    fontsize=10;\n    label=\"");
    for (uint32_t i = 0; i < pic->notes.count; i++) text_add(out, "%s\\l", pic->notes.items[i]);
    text_add(out, "\";\n");
}

void picture_dot(const struct picture *pic, struct text *out)
{
    const struct picture_node *n;
    const struct picture_edge *e;
    text_add(out, "digraph \"%s\" {\n    rankdir=LR;\n    node [fontname=\"sans-serif\"];\n", pic->policy->system.text);
    text_add(out, "    edge [fontname=\"sans-serif\", fontsize=10];\n");
    dot_notes(pic, out);
    LIST_EACH (n, &pic->nodes) dot_node(pic, n, out);
    LIST_EACH (e, &pic->edges) dot_edge(e, out);
    text_add(out, "}\n");
}
