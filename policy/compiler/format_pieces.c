/* SPDX-License-Identifier: Apache-2.0 */
/* Splitting a text into tokens and comments; which of them stand apart on a line. */
#include "compiler/format_pieces.h"

#include <ctype.h>
#include <string.h>

bool piece_is(const struct piece *p, const char *text)
{
    return !p->is_comment && p->length == strlen(text) && memcmp(p->text, text, p->length) == 0;
}

/* Every piece takes at least one byte of the text, so its size bounds their number. */
static struct piece *piece_add(struct pieces *all, const char *text, size_t length, uint32_t lines)
{
    struct piece *p = &all->items[all->count++];
    *p = (struct piece){ .text = text, .length = (uint32_t)length, .lines = lines };
    return p;
}

/* Comments between two tokens; returns the line breaks behind the last of them. */
static uint32_t pieces_gap(struct pieces *all, const char *text, const char *end)
{
    uint32_t lines = 0;
    for (const char *at = text; at < end;) {
        if (*at != '#') {
            lines += *at++ == '\n';
            continue;
        }
        const char *stop = memchr(at, '\n', (size_t)(end - at)), *last = stop != NULL ? stop : end;
        at = last;
        for (text = memchr(text, '#', (size_t)(end - text)); isspace((unsigned char)last[-1]);) last--;
        piece_add(all, text, (size_t)(last - text), lines)->is_comment = true;
        lines = 0;
        text = at;
    }
    return lines;
}

/* Pairs braces; a policy whose syntax is good has them in pairs. */
static void pieces_pair(struct arena *a, const struct pieces *all)
{
    uint32_t *open = arena_take(a, (all->count + 1) * sizeof *open), depth = 0;
    for (uint32_t i = 0; i < all->count; i++) {
        if (piece_is(&all->items[i], "{")) open[depth++] = i;
        if (piece_is(&all->items[i], "}") && depth > 0) all->items[open[--depth]].close = i;
    }
    while (depth > 0) all->items[open[--depth]].close = all->count;
}

static void pieces_group(const struct pieces *all)
{
    uint32_t depth = 0, first = 0;
    for (uint32_t i = 0; i < all->count; i++) {
        if (piece_is(&all->items[i], "(") && depth++ == 0) first = i;
        if (!piece_is(&all->items[i], ")") || depth == 0 || --depth > 0) continue;
        uint32_t width = (uint32_t)(all->items[i].text - all->items[first].text);
        for (uint32_t k = first + 1; k <= i; k++) all->items[k].group = width;
    }
}

struct pieces pieces_split(struct arena *a, struct diag *diag, const struct source *source, uint32_t file)
{
    struct pieces all = { .items = arena_take(a, (source->size + 1) * sizeof *all.items) };
    struct lexer lexer = { .arena = a, .diag = diag, .source = source, .file = file };
    size_t end = 0;
    for (;;) {
        struct token t = lexer_next(&lexer);
        uint32_t lines = pieces_gap(&all, source->text + end, source->text + t.at.offset);
        if (t.kind == TOKEN_END) break;
        piece_add(&all, source->text + t.at.offset, t.at.length, lines)->kind = t.kind;
        end = t.at.offset + t.at.length;
    }
    pieces_pair(a, &all);
    pieces_group(&all);
    return all;
}

bool pieces_equal(const struct pieces *a, const struct pieces *b)
{
    if (a->count != b->count) return false;
    for (uint32_t i = 0; i < a->count; i++) {
        const struct piece *x = &a->items[i], *y = &b->items[i];
        if (x->is_comment != y->is_comment || x->kind != y->kind || x->length != y->length) return false;
        if (memcmp(x->text, y->text, x->length) != 0) return false;
    }
    return true;
}

static bool piece_is_among(const struct piece *p, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (piece_is(p, words[i])) return true;
    }
    return false;
}
#define IS_AMONG(piece, ...)                                                                                               \
    piece_is_among((piece), (const char *const[]){ __VA_ARGS__ },                                                          \
                   sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *))

bool piece_needs_space(const struct piece *before, const struct piece *left, const struct piece *right)
{
    if (IS_AMONG(right, ";", ",", ")", ":", ".", "/", "[", "]") || IS_AMONG(left, "(", ".", "/", "[")) return false;
    if (piece_is(left, "{") && piece_is(right, "}")) return false;
    if (!piece_is(left, "-")) return true;
    return before != NULL && (before->kind == TOKEN_NUMBER || piece_is(before, ")"));      /* else it is a sign */
}
