/* SPDX-License-Identifier: Apache-2.0 */
/* Statements about flows: allow, restrict, privilege, protocol, pipeline, never. Labels and wires are parse_labels.c's. */
#include "language/parser.h"

/* ---- allow and restrict ---- */
static void rule_rate(struct parser *p, struct rule_body *b)
{
    struct place from = p->before;
    parser_once(p, b->rate.at, "the rate");
    b->rate.unlimited = parser_take_word(p, "none");
    if (!b->rate.unlimited) {
        b->rate.count = parser_value(p);
        parser_need_mark(p, "/");
        b->rate.per = parser_name(p, "`s` or `min`");
        parser_need_word(p, "burst");
        b->rate.burst = parser_value(p);
    }
    b->rate.at = place_span(from, p->before);
}

/* What allow and restrict have in common. False if it is none of that. */
static bool rule_item(struct parser *p, struct rule_body *b)
{
    if (parser_take_word(p, "rate")) {
        rule_rate(p, b);
    } else if (parser_take_word(p, "where")) {
        parser_once(p, b->where != NULL ? b->where->at : (struct place){ 0 }, "`where`");
        b->where = parse_cond(p);
    } else if (parser_take_word(p, "only")) {
        parser_need_word(p, "in");
        parser_need_word(p, "plan");
        parser_names(p, "a plan", &b->plans);
    } else {
        return parse_requirements(p, &b->requirements);
    }
    return true;
}

static void allow_item(struct parser *p, struct allow *a)
{
    if (!parse_release(p, &a->label) && !rule_item(p, &a->body)) {
        parser_expected(p, "`rate`, `where`, `downgrade`, `endorse`, `only in plan` or `req`");
    }
    parser_need_mark(p, ";");
}

/* One end: a subject, or `role ROLE`, at one of both. A subject may be named `role`. */
static bool allow_end(struct parser *p, struct allow *a, struct name *end, const char *what, const char *next)
{
    *end = parser_name(p, what);
    if (!name_is(end, "role") || parser_is_mark(p, next) || parser_is_word(p, next)) return false;
    if (a->role.text != NULL) parser_expected(p, "a subject: one end of a rule can be a role");
    a->role = parser_name(p, "a role");
    *end = (struct name){ 0 };
    return true;
}

static void allow_read(struct parser *p, struct allow *a)
{
    a->name = parser_name(p, "the rule's name");
    a->role_sends = allow_end(p, a, &a->from, "the sender", "->");
    parser_need_mark(p, "->");
    allow_end(p, a, &a->to, "the receiver", "on");
    parser_need_word(p, "on");
    if (a->role.text == NULL)
        a->on = parser_name(p, "a channel");
    else
        parser_need_word(p, "each");
    a->type_name = parser_name(p, "a message type");
    if (a->role.text == NULL && parser_take_word(p, "direct")) {
        a->direct_at = p->before;
        parser_need_right(p, a->direct_at, "direct", "a rule whose messages nobody judges");
    }
    if (parser_is_mark(p, ",")) parser_expected(p, "`{`: a rule allows one type, and another `allow` the next");
    parser_need_mark(p, "{");
    if (p->failed) return;
    while (parser_more(p)) allow_item(p, a);
}

void parse_allow(struct parser *p)
{
    struct allow *a = arena_take(p->arena, sizeof *a);
    allow_read(p, a);
    if (a->direct_at.length > 0) {
        LIST_ADD(p->arena, &p->policy->direct_allows, a);
        return;
    }
    if (a->role.text == NULL) {
        LIST_ADD(p->arena, &p->policy->allows, a);
        return;
    }
    *LIST_NEW(p->arena, &p->policy->role_rules) = (struct role_rule){ .name = a->name, .allow = a };
}

/* role NAME: SUBJECT, ...; */
void parse_role(struct parser *p)
{
    struct role *r = LIST_NEW(p->arena, &p->policy->roles);
    r->name = parser_name(p, "the role's name");
    parser_need_mark(p, ":");
    parser_names(p, "a subject that holds the role", &r->holders);
    parser_need_mark(p, ";");
}

void parse_exclusive(struct parser *p)
{
    struct exclusive *e = LIST_NEW(p->arena, &p->policy->exclusives);
    e->at = p->before;
    parser_names(p, "a role", &e->roles);
    e->at = place_span(e->at, p->before);
    parser_need_mark(p, ";");
}

void parse_restrict(struct parser *p)
{
    struct restrict_rule *r = LIST_NEW(p->arena, &p->policy->restricts);
    p->broken = &r->broken;
    r->name = parser_name(p, "the rule's name");
    parser_need_word(p, "on");
    r->on = parser_rule(p, "an `allow` rule or a `privilege`");
    parser_need_mark(p, "{");
    if (p->failed) return;
    while (parser_more(p)) {
        if (!rule_item(p, &r->body)) parser_expected(p, "`rate`, `where`, `only in plan` or `req`: a restriction only narrows");
        parser_need_mark(p, ";");
    }
}

/* ---- privilege ---- */
static void privilege_act(struct parser *p, struct privilege *v)
{
    if (parser_take_word(p, "switch")) {
        parser_need_word(p, "to");
        parser_need_word(p, "plan");
        v->kind = PRIVILEGE_SWITCH;
    } else if (parser_take_word(p, "restart")) {
        v->kind = PRIVILEGE_RESTART;
    } else if (parser_take_word(p, "stop")) {
        v->kind = PRIVILEGE_STOP;
    } else if (parser_take_word(p, "give")) {
        parser_need_word(p, "window");
        parser_need_word(p, "to");
        v->kind = PRIVILEGE_GIVE;
    } else {
        parser_expected(p, "`switch to plan`, `restart`, `stop` or `give window to`");
    }
    v->object = parser_name(p, v->kind == PRIVILEGE_SWITCH ? "a plan" : "a subject");
}

void parse_privilege(struct parser *p)
{
    struct privilege *v = LIST_NEW(p->arena, &p->policy->privileges);
    v->name = parser_name(p, "the privilege's name");
    v->subject = parser_name(p, "a subject");
    parser_need_word(p, "may");
    privilege_act(p, v);
    parser_need_mark(p, "{");
    if (p->failed) return;
    while (parser_more(p)) {
        bool item = parse_release(p, &v->label) || (!parser_is_word(p, "where") && rule_item(p, &v->body));
        if (!item)
            parser_expected(p, "`rate`, `downgrade`, `endorse`, `only in plan` or `req`: a privilege carries no message");
        parser_need_mark(p, ";");
    }
}

/* ---- protocol ---- */
static void protocol_match(struct parser *p, struct step *s)
{
    parser_need_word(p, "it");
    parser_need_mark(p, ".");
    s->match = parser_name(p, "a field of the message");
    parser_need_mark(p, "==");
    s->match_register = parser_name(p, "the protocol's register");
}

static void protocol_step(struct parser *p, struct protocol *protocol)
{
    struct step *s = LIST_NEW(p->arena, &protocol->steps);
    s->at = p->before;
    parser_names(p, "a state", &s->from);
    if (parser_take_word(p, "after")) {
        s->after = parser_value(p);
    } else {
        parser_need_word(p, "on");
        s->on = parser_rule(p, "an `allow` rule");
    }
    parser_need_word(p, "to");
    s->to = parser_name(p, "a state");
    bool times_out = s->after.at.length > 0;
    if (!times_out && parser_take_word(p, "where")) protocol_match(p, s);
    if (!times_out && parser_take_word(p, "keep")) s->keep = parser_name(p, "the protocol's register");
    s->at = place_span(s->at, p->before);
    parser_need_mark(p, ";");
}

void parse_protocol(struct parser *p)
{
    struct protocol *protocol = LIST_NEW(p->arena, &p->policy->protocols);
    p->broken = &protocol->broken;
    protocol->name = parser_name(p, "the protocol's name");
    if (parser_take_word(p, "keeps")) {
        protocol->keeps = parser_name(p, "the register's name");
        parser_need_mark(p, ":");
        protocol->keeps_width = parser_take_word(p, "u8") ? 1 : parser_take_word(p, "u16") ? 2 : 0;
        if (protocol->keeps_width == 0) parser_expected(p, "`u8` or `u16`");
    }
    parser_need_mark(p, "{");
    if (p->failed) return;
    while (parser_more(p)) {
        if (parser_take_word(p, "from")) {
            protocol_step(p, protocol);
        } else if (parser_take_word(p, "reset")) {
            protocol->reset_at = p->before;
            parser_need_word(p, "when");
            parser_names(p, "a subject", &protocol->resets);
            parser_need_word(p, "restart");
            parser_need_mark(p, ";");
        } else if (parse_requirements(p, &protocol->requirements)) {
            parser_need_mark(p, ";");
        } else {
            parser_expected(p, "`from`, `reset when` or `req`");
        }
    }
}

/* ---- assertions ---- */
static void exception_same_code(struct parser *p, struct exception *e)
{
    parser_need_word(p, "code");
    parser_need_word(p, "of");
    parser_names(p, "a stage", &e->same_code);
}

static void assertion_exception(struct parser *p, struct assertion *a)
{
    struct exception *e = LIST_NEW(p->arena, &a->exceptions);
    e->at = p->token.at;
    if (parser_take_word(p, "via")) {
        e->via = parser_name(p, "a subject");
        if (parser_take_word(p, "by")) parser_rules(p, "an `allow` rule or a `privilege`", &e->by);
    } else if (parser_take_word(p, "by")) {
        e->ring = parser_take_word(p, "ring");
        e->backpressure = !e->ring && parser_take_word(p, "backpressure");
        bool same_code = !e->ring && !e->backpressure && a->stages.count > 0 && parser_take_word(p, "same");
        if (same_code) exception_same_code(p, e);
        else if (!e->ring && !e->backpressure)
            parser_expected(p, a->stages.count > 0 ? "`ring`, `backpressure` or `same code of`" : "`ring` or `backpressure`");
    } else {
        parser_expected(p, "`via` or `by`");
    }
    e->at = place_span(e->at, p->before);
}

static void assertion_end(struct parser *p, struct assertion *a)
{
    if (parser_take_word(p, "except")) {
        do {
            assertion_exception(p, a);
        } while (parser_take_word(p, "and"));
    }
    a->at = place_span(a->at, p->before);
    parse_requirements(p, &a->requirements);
    parser_need_mark(p, ";");
}

void parse_pipeline(struct parser *p)
{
    struct assertion *a = LIST_NEW(p->arena, &p->policy->pipelines);
    p->broken = &a->broken;
    a->at = p->before;
    a->name = parser_name(p, "the pipeline's name");
    do {
        struct name stage = parser_name(p, "a subject or a wire");
        if (!p->failed) *LIST_NEW(p->arena, &a->stages) = stage;
    } while (parser_take_mark(p, "->"));
    assertion_end(p, a);
}

/* limit capacity A -> B N bit/s; limit latency A -> B T; and the exact ones */
void parse_limit(struct parser *p)
{
    struct place from = p->before;
    if (parse_ceiling(p, from)) return;
    struct limit *l = LIST_NEW(p->arena, &p->policy->limits);
    p->broken = &l->broken;
    l->at = from;
    l->is_latency = parser_take_word(p, "latency");
    if (!l->is_latency && !parser_take_word(p, "capacity"))
        parser_expected(p, "`capacity`, `latency`, `feedback`, `restarts` or `backpressure`");
    l->from = parser_name(p, "a subject or a wire");
    parser_need_mark(p, "->");
    l->to = parser_name(p, "a subject or a wire");
    l->most = parser_value(p);
    if (!l->is_latency) {
        parser_need_mark(p, "/");
        l->per = parser_name(p, "`s` or `min`");
    }
    l->at = place_span(l->at, p->before);
    parse_requirements(p, &l->requirements);
    parser_need_mark(p, ";");
}

void parse_never(struct parser *p)
{
    struct assertion *a = LIST_NEW(p->arena, &p->policy->nevers);
    p->broken = &a->broken;
    a->at = p->before;
    parser_names(p, "a subject or a wire", &a->from);
    parser_need_mark(p, "->");
    parser_names(p, "a subject or a wire", &a->to);
    assertion_end(p, a);
}
