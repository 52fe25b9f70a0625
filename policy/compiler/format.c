/* SPDX-License-Identifier: Apache-2.0 */
/* Laying pieces out in lines. */
#include "compiler/format.h"
#include "compiler/format_pieces.h"

#include <string.h>

#define INDENT 4u
#define INDENT_MORE 4u                /* of a statement's further lines; twice that in front of a block */
#define COMMENT_COLUMN 52u            /* behind a statement, if that is short enough */

struct format {
    const struct pieces *all;
    struct text *out;
    struct text line;                 /* the present one, without its indentation */
    uint32_t indent;                  /* of the present line */
    uint32_t columns;                 /* of the present line: characters, not bytes */
};

/* ---- lines ---- */
static uint32_t columns_of(const char *text, size_t length)
{
    uint32_t columns = 0;
    for (size_t i = 0; i < length; i++) columns += ((unsigned char)text[i] & 0xc0) != 0x80;
    return columns;
}

static void line_add(struct format *f, const char *text, size_t length)
{
    text_add_bytes(&f->line, text, length);
    f->columns += columns_of(text, length);
}

static void line_end(struct format *f)
{
    if (f->line.size > 0) {
        text_add(f->out, "%*s", (int)f->indent, "");
        text_add_bytes(f->out, f->line.bytes, f->line.size);
        text_add(f->out, "\n");
    }
    f->line.size = 0;
    f->columns = 0;
}

/* A comment behind a statement lies in one column with others, as long as it stays within the width. */
static void line_comment(struct format *f, const struct piece *comment)
{
    uint32_t at = f->indent + f->columns, column = at + 2 <= COMMENT_COLUMN ? COMMENT_COLUMN : (at + 2 + 3) / 4 * 4;
    if (f->columns == 0) column = at;
    else if (column + columns_of(comment->text, comment->length) > FORMAT_WIDTH) column = at + 2;
    for (; at < column; at++) line_add(f, " ", 1);
    line_add(f, comment->text, comment->length);
    line_end(f);
}

/* ---- runs of tokens ---- */
/* A line may be cut in front of these, but not within parentheses that fit into one. */
static bool piece_may_begin_line(const struct format *f, uint32_t i)
{
    static const char *const words[] = { "and", "or", "implies", "except", "may", "->", "audit",
                                         "req", "countered" };
    uint32_t group = f->all->items[i].group;
    if (group > 0 && group < FORMAT_WIDTH / 2) return false;
    if (i == 0 || piece_is(&f->all->items[i - 1], ",")) return true;
    for (size_t k = 0; k < sizeof words / sizeof words[0]; k++) {
        if (piece_is(&f->all->items[i], words[k])) return true;
    }
    return false;
}

static bool run_space(const struct format *f, uint32_t first, uint32_t i)
{
    const struct piece *p = &f->all->items[i];
    return i > first && !p[-1].is_comment && piece_needs_space(i > first + 1 ? p - 2 : NULL, p - 1, p);
}

/* Characters of the tokens from `i` to the next place where the line may be cut, or to `end`. */
static uint32_t run_width(const struct format *f, uint32_t first, uint32_t i, uint32_t end)
{
    uint32_t width = 0;
    for (uint32_t at = i; at < end && !f->all->items[at].is_comment; at++) {
        if (at > i && piece_may_begin_line(f, at)) break;
        width += (at > i && run_space(f, first, at)) + columns_of(f->all->items[at].text, f->all->items[at].length);
    }
    return width;
}


/* Tokens that belong together, from `first` to before `end`, in as few lines as they need. */
static void run_write(struct format *f, uint32_t first, uint32_t end, uint32_t indent)
{
    indent += piece_is(&f->all->items[end - 1], "{") ? 2 * INDENT_MORE : INDENT_MORE;
    for (uint32_t i = first; i < end; i++) {
        const struct piece *p = &f->all->items[i];
        if (p->is_comment) {
            if (p->lines > 0) line_end(f);
            if (p->lines > 0) f->indent = indent;
            line_comment(f, p);
            f->indent = indent;
            continue;
        }
        uint32_t space = f->columns > 0 && run_space(f, first, i);
        if (f->columns > 0 && piece_may_begin_line(f, i) &&
            f->indent + f->columns + space + run_width(f, first, i, end) > FORMAT_WIDTH) {
            line_end(f);
            f->indent = indent;
            space = 0;
        }
        if (space) line_add(f, " ", 1);
        line_add(f, p->text, p->length);
    }
}

/* ---- statements ---- */
/* Braces around values, as in `in { 1, 2 }`, hold no statements. */
static bool is_block(const struct format *f, uint32_t open)
{
    const struct piece *items = f->all->items;
    uint32_t last = items[open].close;
    do last--; while (last > open && items[last].is_comment);
    return last == open || piece_is(&items[last], ";") || piece_is(&items[last], "}");
}

/* Whether a statement goes on behind the block that ends at `close`. */
static bool goes_on(const struct format *f, uint32_t first, uint32_t close)
{
    const struct piece *items = f->all->items;
    uint32_t next = close + 1;
    while (next < f->all->count && items[next].is_comment) next++;
    if (next < f->all->count && (piece_is(&items[next], ";") || piece_is(&items[next], ","))) return true;
    for (uint32_t i = first; i < close; i++) {
        if (piece_is(&items[i], "{") && is_block(f, i)) return false;
        if (piece_is(&items[i], "=") || piece_is(&items[i], "sends")) return true;
    }
    return false;
}

/* Statements whose braces hold categories, even where these are none: such a statement ends at its `;` alone. */
static bool is_of_labels(const struct piece *word)
{
    return piece_is(word, "label") || piece_is(word, "external") || piece_is(word, "downgrade");
}

/* The place behind a statement's last token. */
static uint32_t statement_end(const struct format *f, uint32_t first)
{
    const struct piece *items = f->all->items;
    bool of_labels = is_of_labels(&items[first]);
    for (uint32_t i = first; i < f->all->count; i++) {
        if (piece_is(&items[i], ";")) return i + 1;
        if (piece_is(&items[i], "}")) return i;
        if (!piece_is(&items[i], "{")) continue;
        bool block = !of_labels && is_block(f, i);
        i = items[i].close;
        if (i < f->all->count && block && !goes_on(f, first, i)) return i + 1;
    }
    return f->all->count;
}

/* Whether a statement stands on one line: it fits, nothing in it is commented, and no block in it is written over lines. */
static bool fits_line(const struct format *f, uint32_t first, uint32_t end, uint32_t indent)
{
    uint32_t width = indent;
    for (uint32_t i = first; i < end; i++) {
        const struct piece *p = &f->all->items[i];
        if (p->is_comment) return false;
        if (piece_is(p, "{") && i + 1 < p->close && p[1].lines > 0 && is_block(f, i)) return false;
        width += p->length + run_space(f, first, i);
        if (width > FORMAT_WIDTH) return false;
    }
    return true;
}

static void items_write(struct format *f, uint32_t first, uint32_t end, uint32_t indent);

/* The head of each block, what is in it, and what comes behind it. */
static void statement_write(struct format *f, uint32_t first, uint32_t end, uint32_t indent)
{
    const struct piece *items = f->all->items;
    uint32_t from = first;
    bool whole = fits_line(f, first, end, indent);
    f->indent = indent;
    for (uint32_t i = first; i < end && !whole; i++) {
        if (!piece_is(&items[i], "{")) continue;
        uint32_t close = items[i].close;
        bool block = is_block(f, i) && close < end && close > i + 1;
        if (!block) {
            i = close < end ? close : end - 1;
            continue;
        }
        run_write(f, from, i + 1, indent);
        items_write(f, i + 1, close, indent + INDENT);
        f->indent = indent;
        i = from = close;
        whole = fits_line(f, from, end, indent);
    }
    run_write(f, from, end, indent);
}

/* Statements and comments from `first` to before `end`: all of a file, or of a block whose `{` stands in the present line. */
static void items_write(struct format *f, uint32_t first, uint32_t end, uint32_t indent)
{
    const struct piece *items = f->all->items;
    for (uint32_t i = first; i < end;) {
        const struct piece *p = &items[i];
        if (p->is_comment && p->lines == 0 && i > 0) {
            line_comment(f, p);
            i++;
            continue;
        }
        line_end(f);
        if (p->lines > 1 && i > first) text_add(f->out, "\n");
        f->indent = indent;
        uint32_t next = p->is_comment ? i + 1 : statement_end(f, i);
        if (next > end || next == i) next = i + 1;
        if (p->is_comment)
            line_comment(f, p);
        else
            statement_write(f, i, next, indent);
        i = next;
    }
    line_end(f);
}

/* ---- a whole file ---- */
/* Errors that the layout could hide or be misled by; who may say what does not matter here. */
static bool has_syntax_errors(const struct diag *d)
{
    const struct diag_message *m;
    LIST_EACH(m, &d->messages) {
        if (m->code != BH_AUTHORITY) return true;
    }
    return d->errors > d->messages.count;
}

/* A root, a platform's file, or a part: its first words tell. */
static void parse_file(struct policy *p)
{
    static const struct part anyone = { 0 };
    struct parser look;
    parser_start(&look, p, 0);
    bool is_root = parser_is_word(&look, "system"), is_board = false;
    if (parser_take_word(&look, "platform")) is_board = look.token.kind == TOKEN_WORD;
    p->diag = (struct diag){ .arena = p->arena, .sources = &p->sources };     /* that was a look, not a reading */
    if (is_board)
        parse_platform_file(p, 0);
    else
        parse_part(p, 0, is_root ? NULL : &anyone);
}

enum format_result format_policy(struct policy *p, struct text *out)
{
    parse_file(p);
    if (has_syntax_errors(&p->diag)) return FORMAT_SYNTAX;
    const struct source *source = p->sources.files.items[0];
    struct pieces all = pieces_split(p->arena, &p->diag, source, 0);
    struct format f = { .all = &all, .out = out, .line.arena = p->arena };
    items_write(&f, 0, all.count, 0);
    struct source written = { .text = out->size > 0 ? out->bytes : "", .size = out->size };
    struct pieces again = pieces_split(p->arena, &p->diag, &written, 0);
    return pieces_equal(&all, &again) ? FORMAT_GOOD : FORMAT_WRONG;
}
