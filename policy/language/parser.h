/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parser: recursive descent with one token of look-ahead. After a syntax error `failed` is set; until the enclosing list of
 * statements recovers, every parse function returns without reading on or reporting more, so that none of them has to ask.
 */
#pragma once

#include "language/model.h"

/* Where an item of a block begins, to return to. */
struct parser_start { struct token token; struct place before; size_t lexer_at; };

struct parser {
    struct policy *policy;
    struct arena *arena;
    struct diag *diag;
    struct lexer lexer;
    const struct part *part;          /* that the file is; NULL: the root, or the platform */
    struct token token;               /* the next one */
    struct place before;              /* the one before it */
    struct place item;                /* where the statement, or the item of a block, begins that is being read */
    struct parser_start item_start;   /* of an item */
    uint32_t doubted;                 /* 1 + offset of a token before which `;`, `{` or `}` was missing; 0: none */
    bool failed;
    bool root_told;                   /* a statement in the root was read: one report stands for all */
    bool *broken;                     /* of what is being declared: set if anything in it fails */
    uint32_t depth;                   /* of nested conditions */
};

/* ---- parser.c: tokens ---- */
void parser_start(struct parser *p, struct policy *policy, uint32_t file);
bool parser_is_mark(const struct parser *p, const char *mark);
bool parser_is_word(const struct parser *p, const char *word);
/* Whether the next token is what a field begins with: a word and `:`. */
bool parser_is_field(const struct parser *p);
/* Whether the word may stand behind a number, and so cannot be its unit. */
bool parser_follows_number(const char *word);
/* Whether the next token is on another line than the one before it; whether a place is the first of its line. */
bool parser_is_on_new_line(const struct parser *p);
bool parser_begins_line(const struct parser *p, struct place at);
/* Takes the token if it is the one named. */
bool parser_take_mark(struct parser *p, const char *mark);
bool parser_take_word(struct parser *p, const char *word);
/* Passes a `}` that closes nothing, also after a failure. */
void parser_take_close(struct parser *p);
/* Takes the `}` of a list of names, or fails. After a failure within the list it is read on behind its `}` in the same line. */
void parser_close(struct parser *p);
/* After a failure: passes what stands before the next `;` of the same line, or before the `}` of the block around it. */
void parser_pass_line(struct parser *p);
/* Takes it, or fails. */
void parser_need_mark(struct parser *p, const char *mark);
void parser_need_word(struct parser *p, const char *word);
/* Fails; the caller has reported why. */
void parser_fail(struct parser *p);
/* Fails at the next token: "expected `what`, found ...". */
void parser_expected(struct parser *p, const char *what);
/* Whether a missing `;`, `{` or `}` was reported right before the next token: then what is wrong with that is no news. */
bool parser_is_doubted(const struct parser *p);
/* After a failure: reads on at the next token, without the statement or item that failed. */
void parser_lose(struct parser *p);
/* After a failure: skips to the end of the statement, so that the next one can be read. */
void parser_recover(struct parser *p);
/* True as long as a block has items; false once `}` is taken or the text ends. */
bool parser_more(struct parser *p);
/* Fails where a statement gives the same thing twice: `first` is the place of the first one, if any. */
void parser_once(struct parser *p, struct place first, const char *what);

/* ---- parse_file.c ---- */
/* Whether the token is a word that a statement begins with. */
bool parser_is_statement(const struct token *t);
/* Reports what was just read if the part's authority does not hold that word. */
void parser_need_right(struct parser *p, struct place at, const char *word, const char *what);

/* ---- parser.c: small pieces; `what` says what is expected, for the message ---- */
struct name parser_name(struct parser *p, const char *what);
struct name parser_string(struct parser *p, const char *what);
struct value parser_value(struct parser *p);
struct range parser_range(struct parser *p);
/* A field, or an element of an array in the form in which elements are named: NAME[NUMBER], or NAME[CONSTANT] yet */
struct name parser_element(struct parser *p, const char *what);
/* NAME, or NAME.NAME as the rule of a role's holder is named */
struct name parser_rule(struct parser *p, const char *what);
void parser_rules(struct parser *p, const char *what, name_list *list);
/* NAME, NAME ... */
void parser_names(struct parser *p, const char *what, name_list *list);
/* { VALUE, VALUE ... }, or VALUE .. VALUE */
void parser_ranges(struct parser *p, range_list *list);

/* ---- parse_cond.c ---- */
struct cond *parse_cond(struct parser *p);

/* ---- statements: each has its word behind it and ends behind its last token ---- */
void parse_system(struct parser *p);
void parse_unit(struct parser *p);
void parse_constant(struct parser *p);
void parse_enumeration(struct parser *p);
void parse_type(struct parser *p);
void parse_platform_use(struct parser *p);
void parse_subject(struct parser *p);
void parse_plan(struct parser *p);
void parse_channel(struct parser *p);
void parse_labels(struct parser *p);
void parse_categories(struct parser *p);
void parse_integrity(struct parser *p);
void parse_label(struct parser *p);
void parse_external(struct parser *p);
/* An item `downgrade` or `endorse` of a rule, without its `;`; false if it is neither. */
bool parse_release(struct parser *p, struct rule_label *l);
void parse_allow(struct parser *p);
void parse_restrict(struct parser *p);
void parse_privilege(struct parser *p);
void parse_protocol(struct parser *p);
void parse_order(struct parser *p);
void parse_role(struct parser *p);
void parse_exclusive(struct parser *p);
void parse_trust(struct parser *p);
void parse_retired(struct parser *p);
void parse_threat(struct parser *p);
/* `req "A", "B"`: an item, or the end of a statement, without its `;`; false if there is none. */
bool parse_requirements(struct parser *p, name_list *list);
void parse_pipeline(struct parser *p);
void parse_never(struct parser *p);
void parse_limit(struct parser *p);
void parse_only(struct parser *p);
void parse_none(struct parser *p);
/* One that is exact, of which `limit` at `from` is read. False: it is none of these. */
bool parse_ceiling(struct parser *p, struct place from);
void parse_always(struct parser *p);
void parse_audit(struct parser *p);
void parse_measure(struct parser *p);
void parse_sample(struct parser *p);
void parse_test(struct parser *p);
void parse_platform(struct parser *p);

/* ---- parse_file.c ---- */
/* A part of the policy, or the root. `authority` may be NULL: whoever wrote it may say everything. */
void parse_part(struct policy *policy, uint32_t file, const struct part *part);
/* The file that a `platform` statement names. */
void parse_platform_file(struct policy *policy, uint32_t file);
