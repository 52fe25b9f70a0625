/* SPDX-License-Identifier: Apache-2.0 */
/* The parser's tokens, its recovery, and the small pieces that all statements are made of. */
#include "language/parser.h"

#include <string.h>

void parser_start(struct parser *p, struct policy *policy, uint32_t file)
{
    *p = (struct parser){ .policy = policy, .arena = policy->arena, .diag = &policy->diag };
    p->lexer = (struct lexer){
        .arena = policy->arena, .diag = &policy->diag, .source = policy->sources.files.items[file], .file = file,
    };
    p->token = lexer_next(&p->lexer);
}

static void parser_next(struct parser *p)
{
    p->before = p->token.at;
    p->token = lexer_next(&p->lexer);
}

bool parser_is_mark(const struct parser *p, const char *mark)
{
    return p->token.kind == TOKEN_MARK && strcmp(p->token.text, mark) == 0;
}

bool parser_is_word(const struct parser *p, const char *word)
{
    return p->token.kind == TOKEN_WORD && strcmp(p->token.text, word) == 0;
}

bool parser_take_mark(struct parser *p, const char *mark)
{
    bool is = !p->failed && parser_is_mark(p, mark);
    if (is) parser_next(p);
    return is;
}

bool parser_take_word(struct parser *p, const char *word)
{
    bool is = !p->failed && parser_is_word(p, word);
    if (is) parser_next(p);
    return is;
}

void parser_take_close(struct parser *p)
{
    if (parser_is_mark(p, "}")) parser_next(p);
}

void parser_fail(struct parser *p)
{
    p->failed = true;
    if (p->broken != NULL) *p->broken = true;
}

bool parser_is_on_new_line(const struct parser *p)
{
    const char *text = p->lexer.source->text;
    uint32_t behind = p->before.offset + p->before.length;
    return behind <= p->token.at.offset && memchr(text + behind, '\n', p->token.at.offset - behind) != NULL;
}

bool parser_begins_line(const struct parser *p, struct place at)
{
    return at.offset == 0 || p->lexer.source->text[at.offset - 1] == '\n';
}

bool parser_is_doubted(const struct parser *p)
{
    return p->doubted == p->token.at.offset + 1;
}

void parser_expected(struct parser *p, const char *what)
{
    if (p->failed) return;
    parser_fail(p);
    if (parser_is_doubted(p)) return;
    const struct token *t = &p->token;
    if (t->kind == TOKEN_END)
        diag_error(p->diag, BH_SYNTAX, t->at, "expected %s, found the end of the file", what);
    else if (t->kind == TOKEN_NUMBER)
        diag_error(p->diag, BH_SYNTAX, t->at, "expected %s, found a number", what);
    else if (parser_is_mark(p, "*"))
        diag_error(p->diag, BH_SYNTAX, t->at, "expected %s, found `*`: there are no wildcards, each is named", what);
    else
        diag_error(p->diag, BH_SYNTAX, t->at, t->kind == TOKEN_STRING ? "expected %s, found \"%s\"" : "expected %s, found `%s`",
                   what, t->text);
}

/* What can follow a missing mark is read as if it stood there. */
static void parser_lacks(struct parser *p)
{
    if (p->token.kind == TOKEN_WORD || parser_is_mark(p, "}"))
        p->doubted = p->token.at.offset + 1;
    else
        parser_fail(p);
}

static void parser_need(struct parser *p, bool taken, const char *text)
{
    char what[80];
    if (taken || p->failed) return;
    snprintf(what, sizeof what, "`%s`", text);
    bool is_end = strcmp(text, ";") == 0;
    if (is_end && parser_is_doubted(p)) return;
    if (parser_is_doubted(p) || (!is_end && strcmp(text, "{") != 0)) {
        parser_expected(p, what);
        return;
    }
    /* A missing `;` is best shown where it should stand, not at the start of the next line. */
    struct place behind = { p->before.file, p->before.offset + p->before.length, 0 };
    if (is_end) {
        diag_error(p->diag, BH_SYNTAX_END, behind, "expected `;` after this");
    } else {
        parser_expected(p, what);
        p->failed = false;
    }
    parser_lacks(p);
}

void parser_need_mark(struct parser *p, const char *mark)
{
    parser_need(p, parser_take_mark(p, mark), mark);
}

void parser_need_word(struct parser *p, const char *word)
{
    parser_need(p, parser_take_word(p, word), word);
}

/* Whether a `}` of the same line ends a list here: one behind a `;` ends the block around it. */
static bool parser_is_closed(const struct parser *p)
{
    const char *here = p->lexer.source->text + p->token.at.offset, *end = here + strcspn(here, "{}#\"'\n");
    if (*end != '}') return false;
    while (end > here && (end[-1] == ' ' || end[-1] == '\t')) end--;
    return end == here || end[-1] != ';';
}

void parser_close(struct parser *p)
{
    parser_need_mark(p, "}");
    if (!p->failed || !parser_is_closed(p)) return;
    while (p->token.kind != TOKEN_END && !parser_is_mark(p, "}")) parser_next(p);
    parser_take_close(p);
    p->failed = false;
}

void parser_pass_line(struct parser *p)
{
    uint32_t depth = 0;
    while (p->token.kind != TOKEN_END && !parser_is_mark(p, ";") && !parser_is_on_new_line(p)) {
        bool closes = parser_is_mark(p, "}");
        if (closes && depth == 0) return;
        depth = depth + parser_is_mark(p, "{") - closes;
        parser_next(p);
    }
}

/* Stops behind the next `;` of this nesting, or before the `}` that closes the block around it. */
static void parser_skip(struct parser *p)
{
    uint32_t depth = 0;
    while (p->token.kind != TOKEN_END) {
        if (parser_is_mark(p, "}")) {
            if (depth == 0) return;
            parser_next(p);
            if (--depth == 0) {
                parser_take_mark(p, ";");
                return;
            }
            continue;
        }
        bool end = parser_is_mark(p, ";");
        if (parser_is_mark(p, "{")) depth++;
        parser_next(p);
        if (end && depth == 0) return;
    }
}

void parser_lose(struct parser *p)
{
    uint32_t end = p->before.offset + p->before.length;
    p->failed = false;
    if (end > p->item.offset) p->item.length = end - p->item.offset;
    diag_lose(p->diag, p->item);
}

void parser_recover(struct parser *p)
{
    p->failed = false;
    parser_skip(p);
    parser_lose(p);
}

/*
 * Whether what could not be read as an item of a block is the next statement: its word begins a line, as items never do in the
 * canonical layout. Then the block's `}` is missing, and the statement is read as one.
 */
static bool parser_left_block(struct parser *p)
{
    struct parser_start *s = &p->item_start;
    if (!parser_is_statement(&s->token) || !parser_begins_line(p, s->token.at)) return false;
    p->token = s->token;
    p->before = s->before;
    p->lexer.at = s->lexer_at;
    p->doubted = s->token.at.offset + 1;
    p->failed = false;
    return true;
}

bool parser_more(struct parser *p)
{
    if (p->failed && parser_left_block(p)) return false;
    if (p->failed) parser_recover(p);
    p->item = p->token.at;
    p->item_start = (struct parser_start){ p->token, p->before, p->lexer.at };
    if (parser_take_mark(p, "}")) return false;
    if (p->token.kind != TOKEN_END) return true;
    parser_expected(p, "`}`");
    return false;
}

void parser_once(struct parser *p, struct place first, const char *what)
{
    if (p->failed || first.length == 0) return;
    diag_error(p->diag, BH_SYNTAX_TWICE, p->before, "%s is given twice", what);
    diag_note(p->diag, first, "first given here");
}

struct name parser_name(struct parser *p, const char *what)
{
    struct name name = { NULL, p->token.at };
    if (!p->failed && p->token.kind == TOKEN_WORD) {
        name.text = p->token.text;
        parser_next(p);
    } else {
        parser_expected(p, what);
    }
    return name;
}

struct name parser_element(struct parser *p, const char *what)
{
    struct name name = parser_name(p, what);
    if (!parser_take_mark(p, "[")) return name;
    bool number = p->token.kind == TOKEN_NUMBER && p->token.decimals == 0 && !p->token.bad && p->token.digits <= UINT16_MAX;
    if (p->failed || (!number && p->token.kind != TOKEN_WORD)) {
        parser_expected(p, "the number of an element, or a constant");
        return name;
    }
    name.text = number ? arena_print(p->arena, "%s[%u]", name.text, (unsigned)p->token.digits)
                       : arena_print(p->arena, "%s[%s]", name.text, p->token.text);
    parser_next(p);
    parser_need_mark(p, "]");
    name.at = place_span(name.at, p->before);
    return name;
}

struct name parser_string(struct parser *p, const char *what)
{
    struct name name = { NULL, p->token.at };
    if (!p->failed && p->token.kind == TOKEN_STRING) {
        name.text = p->token.text;
        parser_next(p);
    } else {
        parser_expected(p, what);
    }
    return name;
}

bool parser_is_field(const struct parser *p)
{
    const char *behind = p->lexer.source->text + p->lexer.at;
    return !p->failed && p->token.kind == TOKEN_WORD && behind[strspn(behind, " \t")] == ':';
}

/* Whether the next token begins an item of a block that holds numbers: on a line of its own, a `;` is missing before it. */
static bool parser_is_item(const struct parser *p)
{
    static const char *const items[] = {
        "rate", "where", "only", "downgrade", "endorse", "req", "zero", "union", "cpu", "from", "reset"
    };
    for (size_t i = 0; i < sizeof items / sizeof items[0]; i++) {
        if (parser_is_word(p, items[i])) return true;
    }
    return parser_is_field(p);
}

bool parser_follows_number(const char *word)
{
    static const char *const not_units[] = { "burst", "per",       "and", "or",      "implies", "then",   "for", "to",
                                             "apic",  "dedicated", "is",  "subleaf", "value",   "little", "big",
                                             "may",   "times", "length", "req", "line" };
    for (size_t i = 0; i < sizeof not_units / sizeof not_units[0]; i++) {
        if (strcmp(word, not_units[i]) == 0) return true;
    }
    return false;
}

static bool parser_is_unit(const struct parser *p)
{
    if (p->failed || p->token.kind != TOKEN_WORD) return false;
    if (parser_is_on_new_line(p) && (parser_is_statement(&p->token) || parser_is_item(p))) return false;
    return !parser_follows_number(p->token.text);
}

struct value parser_value(struct parser *p)
{
    struct value value = { .at = p->token.at };
    if (p->failed) return (struct value){ .at = { p->token.at.file, p->token.at.offset, 0 } };
    value.negative = parser_take_mark(p, "-");
    bool bad = p->token.bad;
    if (p->token.kind == TOKEN_NUMBER) {
        value.digits = p->token.digits;
        value.decimals = p->token.decimals;
        parser_next(p);
        if (parser_is_unit(p)) value.unit = parser_name(p, "a unit");
    } else {
        value.constant = parser_name(p, "a number or the name of a constant");
    }
    value.at = place_span(value.at, p->before);
    if (p->failed || bad) value.at.length = 0;
    return value;
}

struct range parser_range(struct parser *p)
{
    struct range range = { .lo = parser_value(p) };
    parser_need_mark(p, "..");
    range.hi = parser_value(p);
    return range;
}

struct name parser_rule(struct parser *p, const char *what)
{
    struct name first = parser_name(p, what);
    while (parser_take_mark(p, ".")) {
        struct name more = parser_name(p, "the rest of the rule's name");
        if (p->failed) break;
        first.text = arena_print(p->arena, "%s.%s", first.text, more.text);
        first.at = place_span(first.at, more.at);
    }
    return first;
}

void parser_rules(struct parser *p, const char *what, name_list *list)
{
    do {
        struct name name = parser_rule(p, what);
        if (p->failed) return;
        *LIST_NEW(p->arena, list) = name;
    } while (parser_take_mark(p, ","));
}

void parser_names(struct parser *p, const char *what, name_list *list)
{
    do {
        struct name name = parser_name(p, what);
        if (p->failed) return;
        *LIST_NEW(p->arena, list) = name;
    } while (parser_take_mark(p, ","));
}

void parser_ranges(struct parser *p, range_list *list)
{
    if (!parser_take_mark(p, "{")) {
        struct range range = parser_range(p);
        if (!p->failed) *LIST_NEW(p->arena, list) = range;
        return;
    }
    do {
        struct value value = parser_value(p);
        if (p->failed) return;
        LIST_NEW(p->arena, list)->lo = value;
    } while (parser_take_mark(p, ","));
    parser_need_mark(p, "}");
}
