/* SPDX-License-Identifier: Apache-2.0 */
/* Statements about labels: their levels and categories, those of subjects and wires, what a rule releases. */
#include "language/parser.h"

/* ---- what labels are made of ---- */
/* Fails at the next token and passes the rest of its line, braces too. */
static void parse_refuse(struct parser *p, const char *why)
{
    diag_error(p->diag, BH_SYNTAX, p->token.at, "%s", why);
    parser_fail(p);
    parser_pass_line(p);
}

/* The end of a statement: what stands there in the same line was meant to belong to it, and could only be `what`. */
static void parse_labels_end(struct parser *p, const char *what)
{
    if (!p->failed && !parser_is_mark(p, ";") && !parser_is_on_new_line(p)) parser_expected(p, what);
    parser_need_mark(p, ";");
}

static void parse_level(struct parser *p, level_list *list, struct name name)
{
    if (p->failed) return;
    struct level *l = LIST_NEW(p->arena, list);
    *l = (struct level){ name, list->count - 1 };
}

void parse_labels(struct parser *p)
{
    if (p->policy->levels.count > 0) parser_once(p, p->policy->levels.items[0]->name.at, "the order of labels");
    do {
        parse_level(p, &p->policy->levels, parser_name(p, "a label"));
    } while (parser_take_mark(p, "<"));
    parse_labels_end(p, "`<` and the next higher label, or `;`");
}

/* `label` where `labels` is meant: the order is read as such, so that no label that names its levels seems wrong. */
static void parse_labels_meant(struct parser *p, struct name lowest)
{
    diag_error(p->diag, BH_SYNTAX, p->token.at, "expected the label of a subject, found `<`: the order of levels begins with "
               "`labels`");
    parse_level(p, &p->policy->levels, lowest);
    while (parser_take_mark(p, "<")) parse_level(p, &p->policy->levels, parser_name(p, "a label"));
    parse_labels_end(p, "`<` and the next higher label, or `;`");
}

void parse_categories(struct parser *p)
{
    parser_once(p, p->policy->categories_at, "the list of categories");
    p->policy->categories_at = p->before;
    do {
        struct name name = parser_name(p, "a category");
        if (p->failed) break;
        struct category *c = LIST_NEW(p->arena, &p->policy->categories);
        *c = (struct category){ name, p->policy->categories.count - 1 };
    } while (parser_take_mark(p, ","));
    parse_labels_end(p, "`,` and the next category, or `;`");
}

void parse_integrity(struct parser *p)
{
    parser_once(p, p->policy->integrities_at, "the order of integrity");
    p->policy->integrities_at = p->before;
    do {
        parse_level(p, &p->policy->integrities, parser_name(p, "a level of integrity"));
    } while (parser_take_mark(p, "<"));
    parse_labels_end(p, "`<` and the next higher level of integrity, or `;`");
}

/* ---- labels ---- */
/* A word that can stand behind a level and its categories. */
static bool parse_goes_on(const struct parser *p)
{
    return parser_is_word(p, "integrity") || parser_is_word(p, "to") || parser_is_word(p, "at");
}

/* A word behind a level that can only be a category, without its braces. */
static bool parse_is_category(const struct parser *p)
{
    return p->token.kind == TOKEN_WORD && !parser_is_on_new_line(p) && !parse_goes_on(p);
}

/* LEVEL { CATEGORY, ... }: what the policy does not have is left out, but not both. */
static void parse_sensitivity(struct parser *p, struct sensitivity *s)
{
    struct place from = p->token.at;
    if (parser_is_word(p, "integrity")) parser_expected(p, "a label");
    if (!parser_is_mark(p, "{")) s->level = parser_name(p, "a label");
    struct place open = p->token.at;
    if (parser_take_mark(p, "{")) {
        if (!parser_is_mark(p, "}")) parser_names(p, "a category", &s->categories);
        if (!parser_is_mark(p, "}")) parser_expected(p, "`,` between categories, or `}`");
        parser_close(p);
        if (parse_goes_on(p)) p->failed = false;
        if (!p->failed) s->braces = place_span(open, p->before);
    } else if (parse_is_category(p)) {
        parser_expected(p, "`{` before the label's categories, or the label's end");
    }
    if (!p->failed) s->at = place_span(from, p->before);
}

/* After a failure in a statement of labels, whose braces and words could be taken for statements: what is left of its line. */
static void parse_labels_lost(struct parser *p)
{
    if (p->failed) parser_pass_line(p);
}

/* SUBJECT LOW .. HIGH integrity LOW .. HIGH; where there is integrity alone, it alone */
void parse_label(struct parser *p)
{
    struct name subject = parser_name(p, "a subject");
    if (!p->failed && parser_is_mark(p, "<")) {
        parse_labels_meant(p, subject);
        return;
    }
    struct label *l = LIST_NEW(p->arena, &p->policy->labels);
    p->broken = &l->broken;
    l->broken = p->failed;
    l->subject = subject;
    if (!parser_is_word(p, "integrity")) {
        parse_sensitivity(p, &l->low);
        if (parser_take_mark(p, "..")) parse_sensitivity(p, &l->high);
    }
    if (parser_take_word(p, "integrity")) {
        l->integrity = parser_name(p, "a level of integrity");
        if (parser_take_mark(p, "..")) l->integrity_high = parser_name(p, "a level of integrity");
        if (!p->failed && parser_is_mark(p, "{")) parse_refuse(p, "categories stand behind the level, before `integrity`");
        parse_labels_end(p, "`..` and the best integrity, or `;` (a level stands before `integrity`)");
    } else {
        bool may_have_braces = l->high.at.length > 0 ? l->high.braces.length == 0 : l->low.braces.length == 0;
        parse_labels_end(p, may_have_braces ? "`{` before categories, `..` and the high end of a range, `integrity` or `;`" :
                         "`..` and the high end of a range, `integrity` or `;`");
    }
    parse_labels_lost(p);
}

static void parse_no_range(struct parser *p)
{
    if (!p->failed && parser_is_mark(p, "..")) parse_refuse(p, "a wire has one label, no range");
}

void parse_external(struct parser *p)
{
    struct external *e = LIST_NEW(p->arena, &p->policy->externals);
    p->broken = &e->broken;
    e->name = parser_name(p, "the wire's name");
    parser_need_word(p, "label");
    if (!parser_is_word(p, "integrity")) parse_sensitivity(p, &e->sensitivity);
    parse_no_range(p);
    if (parser_take_word(p, "integrity")) e->integrity = parser_name(p, "a level of integrity");
    parse_no_range(p);
    parser_need_word(p, "at");
    e->subject = parser_name(p, "a subject");
    parser_need_mark(p, ".");
    e->port = parser_name(p, "a serial port");
    parser_need_mark(p, ";");
    parse_labels_lost(p);
}

/* ---- rules ---- */
static void parse_downgrade(struct parser *p, struct rule_label *l)
{
    static const char not_integrity[] = "a downgrade is of levels and categories: `endorse LOW to HIGH` raises integrity";
    parse_sensitivity(p, &l->down_from);
    if (!p->failed && parser_is_word(p, "integrity")) parse_refuse(p, not_integrity);
    parser_need_word(p, "to");
    parse_sensitivity(p, &l->down_to);
    if (!p->failed && parser_is_word(p, "integrity")) parse_refuse(p, not_integrity);
}

static void parse_endorse(struct parser *p, struct rule_label *l)
{
    if (!parser_is_mark(p, "{")) l->endorse_from = parser_name(p, "a level of integrity");
    if (!p->failed && (parser_is_mark(p, "{") || parser_is_word(p, "integrity")))
        parse_refuse(p, "an endorsement is of integrity alone: `endorse LOW to HIGH`");
    parser_need_word(p, "to");
    l->endorse_to = parser_name(p, "a level of integrity");
}

/* What is given a second time is read, and counts for nothing. */
bool parse_release(struct parser *p, struct rule_label *l)
{
    struct rule_label second = { 0 };
    if (parser_take_word(p, "downgrade")) {
        parser_need_right(p, p->before, "downgrade", "releasing to a lower label");
        parser_once(p, l->down_from.at, "`downgrade`");
        if (label_downgrades(l)) l = &second;
        parse_downgrade(p, l);
        return true;
    }
    if (!parser_take_word(p, "endorse")) return false;
    parser_need_right(p, p->before, "endorse", "vouching for a higher integrity");
    parser_once(p, l->endorse_from.at, "`endorse`");
    if (label_endorses(l)) l = &second;
    parse_endorse(p, l);
    return true;
}
