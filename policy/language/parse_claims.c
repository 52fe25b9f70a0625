/* SPDX-License-Identifier: Apache-2.0 */
/* Assertions that name all who have something: `only`, `none`, `limit feedback`, `limit restarts`, `limit backpressure`. */
#include "language/parser.h"

/* ---- only and none ---- */
static void claim_power(struct parser *p, struct claim *c)
{
    c->kind = CLAIM_POWER;
    if (parser_take_word(p, "switch")) {
        parser_need_word(p, "to");
        parser_need_word(p, "plan");
        c->kind = CLAIM_SWITCH;
        c->object = parser_name(p, "a plan");
    } else if (parser_is_word(p, "restart") || parser_is_word(p, "stop")) {
        c->kind = parser_take_word(p, "restart") ? CLAIM_RESTART : CLAIM_STOP;
        if (c->kind == CLAIM_STOP) parser_take_word(p, "stop");
        c->object = parser_name(p, "a subject");
    } else if (parser_take_word(p, "give")) {
        parser_need_word(p, "window");
        parser_need_word(p, "to");
        c->kind = CLAIM_GIVE;
        c->object = parser_name(p, "a subject");
    } else {
        c->object = parser_name(p, "`shutdown`, `call_from_user`, `restart`, `stop`, `switch to plan` or `give window to`");
    }
}

static void claim_read(struct parser *p, bool is_none)
{
    struct claim *c = LIST_NEW(p->arena, &p->policy->claims);
    p->broken = &c->broken;
    c->at = p->before;
    if (!is_none) parser_rules(p, "a subject or an `allow` rule", &c->names);
    if (parser_take_word(p, "from")) {
        c->kind = CLAIM_RULES;
        c->object = parser_name(p, "a subject");
        parser_need_word(p, "to");
        c->to = parser_name(p, "a subject");
    } else if (parser_take_word(p, "may")) {
        claim_power(p, c);
    } else {
        parser_expected(p, "`may` or `from`");
    }
    c->at = place_span(c->at, p->before);
    parse_requirements(p, &c->requirements);
    parser_need_mark(p, ";");
}

/* only SUBJECT, ... may POWER; only RULE, ... from SUBJECT to SUBJECT; */
void parse_only(struct parser *p)
{
    claim_read(p, false);
}

/* none may POWER; none from SUBJECT to SUBJECT; */
void parse_none(struct parser *p)
{
    claim_read(p, true);
}

/* ---- limits that are exact ---- */
/* N per T after faults, by whom others let it restart, or both. */
static void excess_restarts(struct parser *p, struct excess *e)
{
    if (!parser_is_word(p, "by")) {
        e->restarts = parser_value(p);
        parser_need_word(p, "per");
        e->period = parser_value(p);
    }
    if (parser_take_word(p, "by")) parser_names(p, "a privilege", &e->by);
}

static void excess_read(struct parser *p, struct ceiling *c)
{
    static const char *const whats[] = { "a channel", "a subject", "`security` or `flow`" };
    struct excess *e = LIST_NEW(p->arena, &c->excesses);
    parser_names(p, whats[c->kind], &e->names);
    if (c->kind == CEILING_BACKPRESSURE) return;
    if (c->kind == CEILING_RESTARTS) {
        excess_restarts(p, e);
    } else if (parser_take_word(p, "rule")) {
        e->feedback = FEEDBACK_RULE;
    } else if (parser_take_word(p, "full")) {
        e->feedback = FEEDBACK_FULL;
    } else {
        parser_expected(p, "`rule` or `full`");
    }
}

/*
 * limit feedback none except CHANNEL, ... rule and ...; limit restarts none except SUBJECT, ... N per T by PRIVILEGE, ...
 * and ...; limit backpressure none except CLASS, ...;
 */
bool parse_ceiling(struct parser *p, struct place from)
{
    static const char *const words[] = { "feedback", "restarts", "backpressure" };
    uint32_t kind = 0;
    while (kind < sizeof words / sizeof words[0] && !parser_take_word(p, words[kind])) kind++;
    if (kind == sizeof words / sizeof words[0]) return false;
    struct ceiling *c = LIST_NEW(p->arena, &p->policy->ceilings);
    p->broken = &c->broken;
    c->at = from;
    c->kind = (enum ceiling_kind)kind;
    parser_need_word(p, "none");
    if (parser_take_word(p, "except")) {
        do {
            excess_read(p, c);
        } while (parser_take_word(p, "and"));
    }
    c->at = place_span(c->at, p->before);
    parse_requirements(p, &c->requirements);
    parser_need_mark(p, ";");
    return true;
}
