/* SPDX-License-Identifier: Apache-2.0 */
/* Splits a policy's text into tokens. */
#include "language/lexer.h"

#include <ctype.h>
#include <string.h>

#define LEXER_MAX_WORD 63u
#define LEXER_MAX_STRING 255u
#define LEXER_MAX_LOOK 512u           /* how far ahead quotes are counted for better messages */
#define LEXER_MAX_DIGITS 20u          /* 2^64 has 20: the value fits into `wide` with room for a unit's factor */

static int lexer_peek(const struct lexer *l, size_t ahead)
{
    return l->at + ahead < l->source->size ? (unsigned char)l->source->text[l->at + ahead] : -1;
}

static bool lexer_is_word(int c)
{
    return c == '_' || (c >= 0 && c < 0x80 && isalnum(c));
}

static struct place lexer_place(const struct lexer *l, size_t from)
{
    return (struct place){ l->file, (uint32_t)from, (uint32_t)(l->at - from) };
}

/* Passes one character of a comment or string, which a hidden one must not stand in. */
static void lexer_pass(struct lexer *l)
{
    const char *text = l->source->text + l->at;
    size_t from = l->at, left = l->source->size - from;
    size_t length = source_hidden(text, left), whole = source_character(text, left);
    l->at += length > 0 ? length : whole > 0 ? whole : 1;
    if (*text == '\n') l->told_line = l->told_unused = 0;
    if (length > 0)
        diag_error(l->diag, BH_LEX_BYTE, lexer_place(l, from), "a control character, which makes text look other than it is");
    else if (whole == 0 && l->told_line++ == 0)
        diag_error(l->diag, BH_LEX_BYTE, lexer_place(l, from), "a byte that is no UTF-8: programs would read different text");
}

static void lexer_skip_space(struct lexer *l)
{
    for (;;) {
        int c = lexer_peek(l, 0);
        if (c == '#') {
            while (lexer_peek(l, 0) >= 0 && lexer_peek(l, 0) != '\n') lexer_pass(l);
        } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
            lexer_pass(l);
        } else {
            return;
        }
    }
}

static struct token lexer_word(struct lexer *l)
{
    size_t from = l->at;
    while (lexer_is_word(lexer_peek(l, 0))) l->at++;
    struct token t = { .kind = TOKEN_WORD, .at = lexer_place(l, from) };
    size_t length = l->at - from;
    if (length > LEXER_MAX_WORD) {
        diag_error(l->diag, BH_LEX_LONG, t.at, "a word of %zu characters; at most %u", length, LEXER_MAX_WORD);
        length = LEXER_MAX_WORD;
    }
    t.text = arena_copy_text(l->arena, l->source->text + from, length);
    return t;
}

static int lexer_digit(int c, int base)
{
    int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : 16;
    return digit < base ? digit : -1;
}

/* Digits with single underscores between them, added to a number that has `count` of them. Returns how many it has then. */
static uint32_t lexer_digits(struct lexer *l, struct token *t, int base, uint32_t count)
{
    for (uint32_t first = count;; l->at++) {
        int digit = lexer_digit(lexer_peek(l, 0), base);
        if (digit >= 0) {
            if (count < LEXER_MAX_DIGITS) t->digits = t->digits * base + digit;
            count++;
        } else if (lexer_peek(l, 0) != '_' || count == first || lexer_digit(lexer_peek(l, 1), base) < 0) {
            return count;
        }
    }
}

static struct token lexer_number(struct lexer *l)
{
    size_t from = l->at;
    struct token t = { .kind = TOKEN_NUMBER };
    bool hex = lexer_peek(l, 0) == '0' && (lexer_peek(l, 1) == 'x' || lexer_peek(l, 1) == 'X');
    if (hex) l->at += 2;
    uint32_t count = lexer_digits(l, &t, hex ? 16 : 10, 0);
    t.bad = count == 0;
    if (!hex && lexer_peek(l, 0) == '.' && lexer_digit(lexer_peek(l, 1), 10) >= 0) {
        l->at++;
        uint32_t whole = count;
        count = lexer_digits(l, &t, 10, count);
        t.decimals = count <= LEXER_MAX_DIGITS ? count - whole : 0;
    }
    t.bad |= lexer_is_word(lexer_peek(l, 0));
    while (lexer_is_word(lexer_peek(l, 0))) l->at++;
    t.at = lexer_place(l, from);
    if (t.bad) {
        diag_error(l->diag, BH_LEX_NUMBER, t.at, "not a number; a unit stands after a space, as in `10 ms`");
    } else if (count > (hex ? 16 : LEXER_MAX_DIGITS)) {
        diag_error(l->diag, BH_LEX_LONG, t.at, "a number of %u digits does not fit into 64 bits", count);
        t.bad = true;
    }
    return t;
}

/* Whether the rest of the line ends a string: what others it has are whole, so that its quotes are odd. */
static bool lexer_has_end(const struct lexer *l)
{
    uint32_t quotes = 0;
    for (size_t i = 1; i < LEXER_MAX_LOOK && lexer_peek(l, i) >= ' '; i++)
        quotes += lexer_peek(l, i) == '"' && lexer_peek(l, i - 1) != '\\';
    return quotes % 2 == 1;
}

/*
 * Reports `\"`, the first of its string. It is taken for a quote if the string can end behind it; else the string ends here,
 * as it does where the `\` itself has one before it.
 */
static bool lexer_escape(struct lexer *l, size_t from, bool *told)
{
    const char *text = l->source->text;
    if (lexer_peek(l, 0) != '"' || l->at - from < 2 || text[l->at - 1] != '\\') return false;
    if (*told) return true;
    *told = true;
    diag_error(l->diag, BH_LEX_STRING, (struct place){ l->file, (uint32_t)l->at - 1, 2 },
               "a string has no escapes: `\\` cannot stand before `\"`; a text's characters can be set one by one, "
               "as in `name[0] = '\"';`");
    return text[l->at - 2] != '\\' && lexer_has_end(l);
}

/* Without the `\` of what was reported, so that only that is. */
static const char *lexer_unescape(struct arena *a, const char *text, size_t length)
{
    char *plain = arena_take(a, length + 1), *end = plain;
    for (size_t i = 0; i < length; i++) {
        if (text[i] != '\\' || i + 1 == length || text[i + 1] != '"') *end++ = text[i];
    }
    return plain;
}

static struct token lexer_string(struct lexer *l)
{
    size_t from = l->at++;
    bool escapes = false;
    while (lexer_peek(l, 0) >= ' ' && (lexer_peek(l, 0) != '"' || lexer_escape(l, from, &escapes))) lexer_pass(l);
    bool closed = lexer_peek(l, 0) == '"';
    size_t length = l->at - from - 1;
    if (closed) l->at++;
    struct token t = { .kind = TOKEN_STRING, .at = lexer_place(l, from) };
    if (!closed) diag_error(l->diag, BH_LEX_STRING, t.at, "the string does not end on its line: `\"` is missing");
    if (length > LEXER_MAX_STRING) {
        diag_error(l->diag, BH_LEX_LONG, t.at, "a string of %zu bytes; at most %u", length, LEXER_MAX_STRING);
        length = LEXER_MAX_STRING;
    }
    t.text = lexer_unescape(l->arena, l->source->text + from + 1, length);
    return t;
}

/* 'X' is the number of a character. */
static struct token lexer_character(struct lexer *l)
{
    size_t from = l->at++;
    int c = lexer_peek(l, 0);
    bool good = c >= ' ' && c <= '~' && lexer_peek(l, 1) == '\'';
    if (good) {
        l->at += 2;
        return (struct token){ .kind = TOKEN_NUMBER, .at = lexer_place(l, from), .digits = c, .is_character = true };
    }
    while (lexer_is_word(lexer_peek(l, 0))) l->at++;
    if (lexer_peek(l, 0) == '\'') l->at++;
    struct token t = { .kind = TOKEN_NUMBER, .at = lexer_place(l, from), .bad = true };
    diag_error(l->diag, BH_LEX_CHARACTER, t.at, "one printable ASCII character stands between single quotes, as in 'X'");
    return t;
}

/* Longest first. */
static const char *const lexer_marks[] = {
    "..", "->", "==", "!=", "<=", ">=", "{", "}", "(", ")", ";", ":", ",", "=", "<", ">", "-", ".", "/", "[", "]", "*",
};

static const char *lexer_mark(const struct lexer *l)
{
    for (size_t i = 0; i < sizeof lexer_marks / sizeof lexer_marks[0]; i++) {
        size_t length = strlen(lexer_marks[i]);
        if (l->source->size - l->at >= length && memcmp(l->source->text + l->at, lexer_marks[i], length) == 0)
            return lexer_marks[i];
    }
    return NULL;
}

/* What it is called where no font shows it: U+00E9, or byte 0xe9 if it is no UTF-8. */
static const char *lexer_character_name(struct arena *a, const char *text, size_t left)
{
    size_t length = source_character(text, left);
    if (length == 0) return arena_print(a, "byte 0x%02x", (unsigned char)*text);
    uint32_t code = (unsigned char)*text & (length == 1 ? 0x7fu : 0x7fu >> length);
    for (size_t i = 1; i < length; i++) code = code << 6 | ((unsigned char)text[i] & 0x3fu);
    return arena_print(a, "U+%04X", code);
}

static bool lexer_is_unused(const struct lexer *l)
{
    int c = lexer_peek(l, 0);
    return c >= 0 && !lexer_is_word(c) && memchr("\"'# \t\r\n", c, 7) == NULL && lexer_mark(l) == NULL;
}

/* What some editors put first, unseen; NULL: something else. */
static const char *lexer_mark_text(const struct source *s)
{
    if (s->size >= 3 && memcmp(s->text, "\xef\xbb\xbf", 3) == 0) return "UTF-8";
    return s->size >= 2 && (memcmp(s->text, "\xff\xfe", 2) == 0 || memcmp(s->text, "\xfe\xff", 2) == 0) ? "UTF-16" : NULL;
}

/* Passes a run of characters that begin no token, and reports it if it is the first one of its line. */
static void lexer_unused(struct lexer *l)
{
    size_t from = l->at;
    uint32_t count = 0;
    for (; lexer_is_unused(l); count++) {
        size_t whole = source_character(l->source->text + l->at, l->source->size - l->at);
        l->at += whole > 0 ? whole : 1;
    }
    if (l->told_unused++ > 0) return;
    const char *name = lexer_character_name(l->arena, l->source->text + from, l->source->size - from);
    if (count == 1)
        diag_error(l->diag, BH_LEX_BYTE, lexer_place(l, from), "a character that the language does not use: %s", name);
    else
        diag_error(l->diag, BH_LEX_BYTE, lexer_place(l, from), "%u characters that the language does not use, first %s", count,
                   name);
    const char *mark = from == 0 ? lexer_mark_text(l->source) : NULL;
    if (mark != NULL) diag_note(l->diag, PLACE_NOWHERE, "the file begins with a mark of %s: save it as plain UTF-8", mark);
}

struct token lexer_next(struct lexer *l)
{
    for (;;) {
        lexer_skip_space(l);
        int c = lexer_peek(l, 0);
        if (c < 0) return (struct token){ .kind = TOKEN_END, .at = lexer_place(l, l->at), .text = "" };
        if (c < 0x80 && isdigit(c)) return lexer_number(l);
        if (lexer_is_word(c)) return lexer_word(l);
        if (c == '"') return lexer_string(l);
        if (c == '\'') return lexer_character(l);
        const char *mark = lexer_mark(l);
        if (mark != NULL) {
            size_t from = l->at;
            l->at += strlen(mark);
            return (struct token){ .kind = TOKEN_MARK, .at = lexer_place(l, from), .text = mark };
        }
        lexer_unused(l);
    }
}
