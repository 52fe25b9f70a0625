/* SPDX-License-Identifier: Apache-2.0 */
/* Which statement begins with which word, who may say it, and the root's `system`. */
#include "language/parser.h"
#include "language/names.h"

#include <string.h>

typedef void statement_parser(struct parser *p);

static const struct statement { const char *word; statement_parser *parse; } statements[] = {
    { "platform", parse_platform_use }, { "unit", parse_unit },         { "const", parse_constant },
    { "enum", parse_enumeration },
    { "type", parse_type },             { "labels", parse_labels },     { "label", parse_label },
    { "external", parse_external },     { "subject", parse_subject },   { "plan", parse_plan },
    { "channel", parse_channel },       { "allow", parse_allow },       { "restrict", parse_restrict },
    { "protocol", parse_protocol },     { "pipeline", parse_pipeline }, { "never", parse_never },
    { "always", parse_always },         { "audit", parse_audit },       { "measure", parse_measure },
    { "sample", parse_sample },         { "test", parse_test },         { "limit", parse_limit },
    { "order", parse_order },           { "role", parse_role },         { "exclusive", parse_exclusive },
    { "trust", parse_trust },           { "retired", parse_retired },     { "threat", parse_threat },
    { "categories", parse_categories }, { "integrity", parse_integrity },
    { "privilege", parse_privilege },   { "only", parse_only },         { "none", parse_none },
};
#define STATEMENT_COUNT (sizeof statements / sizeof statements[0])

/*
 * Words that an authority may hold beside those of statements: what stands within a statement of the layout and lets more flow,
 * or lets a subject do more, than where it runs and what it is made of.
 */
static const char *const power_words[] = { "share", "feedback", "direct", "downgrade", "endorse" };

static bool power_exists(const char *word)
{
    for (size_t i = 0; i < sizeof power_words / sizeof power_words[0]; i++) {
        if (strcmp(power_words[i], word) == 0) return true;
    }
    return false;
}

static const struct statement *statement_find(const char *word)
{
    for (size_t i = 0; i < STATEMENT_COUNT; i++) {
        if (strcmp(statements[i].word, word) == 0) return &statements[i];
    }
    return NULL;
}

/* `only` and `none` stand within statements more often than before one. */
bool parser_is_statement(const struct token *t)
{
    if (t->kind != TOKEN_WORD || strcmp(t->text, "only") == 0 || strcmp(t->text, "none") == 0) return false;
    return statement_find(t->text) != NULL;
}

/* Words that people take for those of labels. Labels that say what was not declared are then no news. */
static const char *statement_meant(struct parser *p)
{
    static const struct { const char *said, *meant; } words[] = {
        { "category", "categories" }, { "level", "labels" }, { "levels", "labels" }, { "integrities", "integrity" },
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (!parser_is_word(p, words[i].said)) continue;
        p->policy->labels_lack = 1u << LABEL_LEVEL | 1u << LABEL_CATEGORIES | 1u << LABEL_INTEGRITY;
        return arena_print(p->arena, "; did you mean `%s`?", words[i].meant);
    }
    return NULL;
}

static void statement_unknown(struct parser *p)
{
    if (p->token.kind != TOKEN_WORD) {
        parser_expected(p, "a statement");
        return;
    }
    parser_fail(p);
    if (parser_is_doubted(p)) return;
    const char *words[STATEMENT_COUNT];
    for (size_t i = 0; i < STATEMENT_COUNT; i++) words[i] = statements[i].word;
    const char *meant = statement_meant(p);
    if (meant == NULL) meant = names_suggest(p->arena, p->token.text, words, STATEMENT_COUNT);
    diag_error(p->diag, BH_STATEMENT, p->token.at, "no statement begins with `%s`%s", p->token.text, meant);
}

/* ---- system ---- */
static void system_authority(struct parser *p)
{
    const struct authority *other;
    struct name name = parser_name(p, "the authority's name");
    LIST_EACH(other, &p->policy->authorities) {
        if (!name_is(&other->name, name.text)) continue;
        diag_error(p->diag, BH_NAME_TWICE, name.at, "there is an authority `%s` already", name.text);
        break;
    }
    struct authority *a = LIST_NEW(p->arena, &p->policy->authorities);
    a->name = name;
    if (parser_take_word(p, "key")) {
        a->key = parser_string(p, "the file of its public keys");
        if (parser_take_word(p, "signers")) a->signers = parser_value(p);
    }
    parser_need_word(p, "may");
    parser_names(p, "the word of a statement", &a->may);
    parser_need_mark(p, ";");
    const struct name *word;
    LIST_EACH(word, &a->may) {
        if (statement_find(word->text) == NULL && !power_exists(word->text))
            diag_error(p->diag, BH_STATEMENT, word->at, "no statement begins with `%s`", word->text);
    }
}

static void system_part(struct parser *p)
{
    struct part *part = LIST_NEW(p->arena, &p->policy->parts);
    part->path = parser_string(p, "the part's file");
    if (parser_take_word(p, "by")) part->by = parser_name(p, "an authority");
    parser_need_mark(p, ";");
    p->diag->is_incomplete |= p->failed;
}

void parse_system(struct parser *p)
{
    p->policy->system = parser_name(p, "the system's name");
    parser_need_word(p, "version");
    p->policy->version = parser_value(p);
    parser_need_mark(p, "{");
    if (p->failed) return;
    while (parser_more(p)) {
        if (parser_take_word(p, "authority"))
            system_authority(p);
        else if (parser_take_word(p, "part"))
            system_part(p);
        else
            parser_expected(p, "`authority` or `part`");
    }
}

/* ---- files ---- */
static bool part_may(const struct part *part, const char *said)
{
    const struct name *word;
    if (part == NULL || part->authority == NULL) return true;
    LIST_EACH(word, &part->authority->may) {
        if (name_is(word, said)) return true;
    }
    return false;
}

static void part_note_right(struct parser *p)
{
    const struct authority *a = p->part->authority;
    diag_note(p->diag, a->name.at, "the root says what `%s` may say", a->name.text);
}

void parser_need_right(struct parser *p, struct place at, const char *word, const char *what)
{
    if (p->failed || part_may(p->part, word)) return;
    diag_error(p->diag, BH_AUTHORITY, at, "%s needs the word `%s`, which `%s` does not hold", what, word,
               p->part->authority->name.text);
    part_note_right(p);
}

static void part_check_right(struct parser *p)
{
    if (part_may(p->part, p->token.text)) return;
    diag_error(p->diag, BH_AUTHORITY, p->token.at, "`%s` is not among what `%s` may say", p->token.text,
               p->part->authority->name.text);
    part_note_right(p);
}

static void part_statement(struct parser *p)
{
    const struct statement *s = p->token.kind == TOKEN_WORD ? statement_find(p->token.text) : NULL;
    if (s == NULL) {
        statement_unknown(p);
        return;
    }
    if (p->part == NULL && p->policy->authorities.count > 0 && !p->root_told)
        diag_error(p->diag, BH_AUTHORITY, p->token.at, "`%s`, as all behind it, belongs into a part: with authorities the root "
                   "only says who may say what", s->word);
    p->root_told = true;
    part_check_right(p);
    parser_take_word(p, s->word);
    s->parse(p);
    p->broken = NULL;
}

/* Whether a statement may begin here, behind one that began at `from` and could not be read: not in the rest of its block. */
static bool part_may_begin(const struct parser *p, struct place from)
{
    bool in_line = !parser_is_on_new_line(p) || !parser_begins_line(p, from);
    return in_line ? parser_is_statement(&p->token) : p->token.kind == TOKEN_WORD && parser_begins_line(p, p->token.at);
}

static void part_recover(struct parser *p, struct place from)
{
    while (p->failed && p->token.kind != TOKEN_END) {
        if (p->token.at.offset != from.offset && part_may_begin(p, from)) {
            parser_lose(p);
            return;
        }
        parser_recover(p);
        p->item = p->token.at;
        p->failed = true;
        parser_take_close(p);
    }
}

void parse_part(struct policy *policy, uint32_t file, const struct part *part)
{
    struct parser parser, *p = &parser;
    parser_start(p, policy, file);
    p->part = part;
    if (part == NULL) {
        parser_need_word(p, "system");
        if (p->failed)
            diag_note(&policy->diag, PLACE_NOWHERE, "a part or a platform is checked by way of the root that names it");
        parse_system(p);
    }
    struct place from = { file, 0, 0 };
    for (;;) {
        part_recover(p, from);
        if (p->token.kind == TOKEN_END) break;
        from = p->item = p->token.at;
        if (parser_is_mark(p, "}")) {
            parser_expected(p, "a statement");
            parser_take_close(p);
        } else {
            part_statement(p);
        }
    }
    if (p->failed) parser_recover(p);
}

void parse_platform_file(struct policy *policy, uint32_t file)
{
    struct parser parser, *p = &parser;
    parser_start(p, policy, file);
    parse_platform(p);
    if (!p->failed && p->token.kind != TOKEN_END) parser_expected(p, "the end of the platform's file");
}
