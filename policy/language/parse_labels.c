/* SPDX-License-Identifier: Apache-2.0 */
/* Statements about labels: their levels and categories, those of subjects and wires, what a rule releases. */
#include "language/parser.h"

/* ---- what labels are made of ---- */
void parse_labels(struct parser *p)
{
    if (p->policy->levels.count > 0) parser_once(p, p->policy->levels.items[0]->name.at, "the order of labels");
    do {
        struct level *l = LIST_NEW(p->arena, &p->policy->levels);
        l->name = parser_name(p, "a label");
        l->rank = p->policy->levels.count - 1;
    } while (parser_take_mark(p, "<"));
    parser_need_mark(p, ";");
}

void parse_categories(struct parser *p)
{
    parser_once(p, p->policy->categories_at, "the list of categories");
    p->policy->categories_at = p->before;
    do {
        struct category *c = LIST_NEW(p->arena, &p->policy->categories);
        c->name = parser_name(p, "a category");
        c->number = p->policy->categories.count - 1;
    } while (parser_take_mark(p, ","));
    parser_need_mark(p, ";");
}

void parse_integrity(struct parser *p)
{
    parser_once(p, p->policy->integrities_at, "the order of integrity");
    p->policy->integrities_at = p->before;
    do {
        struct level *l = LIST_NEW(p->arena, &p->policy->integrities);
        l->name = parser_name(p, "a level of integrity");
        l->rank = p->policy->integrities.count - 1;
    } while (parser_take_mark(p, "<"));
    parser_need_mark(p, ";");
}

/* ---- labels ---- */
/* LEVEL { CATEGORY, ... }: what the policy does not have is left out, but not both. */
static void parse_sensitivity(struct parser *p, struct sensitivity *s)
{
    struct place from = p->token.at;
    if (!parser_is_mark(p, "{")) s->level = parser_name(p, "a label");
    if (parser_take_mark(p, "{")) {
        if (!parser_is_mark(p, "}")) parser_names(p, "a category", &s->categories);
        parser_need_mark(p, "}");
    }
    if (!p->failed) s->at = place_span(from, p->before);
}

/* SUBJECT LOW .. HIGH integrity LOW .. HIGH; where there is integrity alone, it alone */
void parse_label(struct parser *p)
{
    struct label *l = LIST_NEW(p->arena, &p->policy->labels);
    p->broken = &l->broken;
    l->subject = parser_name(p, "a subject");
    if (!parser_is_word(p, "integrity")) {
        parse_sensitivity(p, &l->low);
        if (parser_take_mark(p, "..")) parse_sensitivity(p, &l->high);
    }
    if (parser_take_word(p, "integrity")) {
        l->integrity = parser_name(p, "a level of integrity");
        if (parser_take_mark(p, "..")) l->integrity_high = parser_name(p, "a level of integrity");
    }
    parser_need_mark(p, ";");
}

void parse_external(struct parser *p)
{
    struct external *e = LIST_NEW(p->arena, &p->policy->externals);
    p->broken = &e->broken;
    e->name = parser_name(p, "the wire's name");
    parser_need_word(p, "label");
    if (!parser_is_word(p, "integrity")) parse_sensitivity(p, &e->sensitivity);
    if (parser_take_word(p, "integrity")) e->integrity = parser_name(p, "a level of integrity");
    parser_need_word(p, "at");
    e->subject = parser_name(p, "a subject");
    parser_need_mark(p, ".");
    e->port = parser_name(p, "a serial port");
    parser_need_mark(p, ";");
}

/* ---- rules ---- */
bool parse_release(struct parser *p, struct rule_label *l)
{
    if (parser_take_word(p, "downgrade")) {
        parser_once(p, l->down_from.at, "`downgrade`");
        parse_sensitivity(p, &l->down_from);
        parser_need_word(p, "to");
        parse_sensitivity(p, &l->down_to);
        return true;
    }
    if (!parser_take_word(p, "endorse")) return false;
    parser_once(p, l->endorse_from.at, "`endorse`");
    l->endorse_from = parser_name(p, "a level of integrity");
    parser_need_word(p, "to");
    l->endorse_to = parser_name(p, "a level of integrity");
    return true;
}
