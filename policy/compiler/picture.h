/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policy's flows as a picture: subjects and wires in layers from left to right, an edge for each channel. Built by
 * picture.c and picture_flows.c, laid out by picture_layers.c, picture_place.c and picture_fold.c, written by picture_svg.c and
 * picture_dot.c.
 */
#pragma once

#include "compiler/build.h"
#include "compiler/output.h"

enum picture_node_kind { PICTURE_SUBJECT, PICTURE_WIRE, PICTURE_RING, PICTURE_PLAN, PICTURE_BEND };

struct picture_node {
    enum picture_node_kind kind;      /* PICTURE_BEND: where a long edge crosses a layer */
    const char *name, *note;
    struct place at;                  /* the layout begins with the order of the text, which people choose to be read */
    uint32_t number;                  /* as it was added */
    bool labelled;
    uint64_t low, high;               /* its label, from and to, as its note says it */
    bool guard;                       /* its label is a range */
    uint32_t layer, place, mark;
    double x, y, height;              /* of the centre */
    double pull;
    uint32_t pulls;
};

enum picture_edge_kind { PICTURE_MESSAGES, PICTURE_PORT, PICTURE_FEEDBACK, PICTURE_SHARED, PICTURE_AUDIT, PICTURE_PRIVILEGE,
                         PICTURE_DIRECT, PICTURE_MONITOR, PICTURE_STATE };
#define PICTURE_LINES 4u

struct picture_edge {
    enum picture_edge_kind kind;
    struct picture_node *from, *to;
    struct place at;                  /* as a node's */
    uint32_t number;
    bool down, endorse;               /* a rule on it says so */
    const char *lines[PICTURE_LINES];
    uint32_t line_count;
    bool backwards;                   /* `from` lies to the right */
    LIST(struct picture_node) way;    /* from left to right: an end, bends, the other end */
    double left_y, right_y;           /* where it meets its ends */
};

struct picture_layer {
    LIST(struct picture_node) nodes;
    double x, width;
    double end;                       /* with the room for edges behind it */
    uint32_t row;                     /* of a folded picture */
    double down;                      /* how far its row was moved */
};

struct picture {
    struct arena *arena;
    const struct policy *policy;
    LIST(struct picture_node) nodes;  /* without bends */
    LIST(struct picture_edge) edges;
    LIST(struct picture_layer) layers;
    LIST(const char) notes;           /* what flows in a way that lines do not tell, below the picture */
    uint64_t *labels;                 /* that have a colour, from the least; of levels alone all, else those that occur */
    uint32_t label_count;
    double width, height;
    double left;                      /* of a folded picture: where edges enter its rows */
};

void picture_build(struct picture *pic, const struct policy *p);
struct picture_edge *picture_edge_add(struct picture *pic, enum picture_edge_kind kind, uint32_t from, uint32_t to,
                                      struct place at);
void picture_edge_line(struct picture_edge *e, const char *text);
/* picture_flows.c: lines and notes for what flows otherwise. `ring`: its node, or GRAPH_NONE. */
void picture_flows(struct picture *pic, uint32_t ring);
/* Whether it flows along the edge both ways. */
bool picture_both_ways(const struct picture_edge *e);
/* Puts each node into a layer and orders the layers; false if there is more than can be drawn. */
bool picture_arrange(struct picture *pic);
/* Sets each node's `pull` to the mean place, or row, of its neighbours in the layers on these sides; its own without any. */
void picture_pull(struct picture *pic, bool by_left, bool by_right, bool by_row);
void picture_place(struct picture *pic);
/* The last step of the layout: rows, where one would be too wide. */
void picture_fold(struct picture *pic);
/* Height that an edge takes where it meets a node, its text included. */
double picture_slot(const struct picture_edge *e);
/* ---- picture_labels.c ---- */
/* Finds which labels there are. */
void picture_labels(struct picture *pic);
/* The colour of a label, or of a node's least or greatest one, "#rrggbb"; white where there is none. */
const char *picture_color(const struct picture *pic, uint64_t label);
const char *picture_low_color(const struct picture *pic, const struct picture_node *n);
const char *picture_high_color(const struct picture *pic, const struct picture_node *n);

void picture_svg(const struct picture *pic, struct text *out);
void picture_dot(const struct picture *pic, struct text *out);
