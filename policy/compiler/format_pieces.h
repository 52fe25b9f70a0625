/* SPDX-License-Identifier: Apache-2.0 */
/* A policy's text as the formatter sees it: its tokens and its comments in one row. */
#pragma once

#include "language/parser.h"

struct piece {
    const char *text;                 /* as it stands in the file, `length` bytes */
    uint32_t length;
    uint32_t lines;                   /* line breaks before it */
    uint32_t close;                   /* `{`: the piece that closes it */
    uint32_t group;                   /* within parentheses: bytes of the outermost pair and what is in it */
    bool is_comment;
    enum token_kind kind;             /* of a token */
};

struct pieces { struct piece *items; uint32_t count; };

/* Splits a text. Its lexical errors, if any, are in `diag`; then the pieces are not to be used. */
struct pieces pieces_split(struct arena *a, struct diag *diag, const struct source *source, uint32_t file);

bool piece_is(const struct piece *p, const char *text);

/* Whether both rows say the same, whatever the space between them. */
bool pieces_equal(const struct pieces *a, const struct pieces *b);

/* Whether a space stands between two tokens of a line. `before` is the one in front of both, or NULL. */
bool piece_needs_space(const struct piece *before, const struct piece *left, const struct piece *right);
