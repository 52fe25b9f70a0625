/* SPDX-License-Identifier: Apache-2.0 */
/* order NAME: what must not pass until something has. */
#include "language/parser.h"

static bool take_before(struct parser *p)
{
    return parser_take_word(p, "before") || parser_take_word(p, "until");
}

/* always A before B: each B takes an A of its own. */
static void order_always(struct parser *p, struct order *o)
{
    o->always = true;
    parser_rules(p, "an `allow` rule", &o->until);
    parser_need_word(p, "before");
    parser_rules(p, "an `allow` rule", &o->never);
}

/* alternate A with B: one of A, one of B, one of A ... */
static void order_alternate(struct parser *p, struct order *o)
{
    o->always = o->alternates = true;
    parser_rules(p, "an `allow` rule", &o->until);
    parser_need_word(p, "with");
    parser_rules(p, "an `allow` rule", &o->never);
}

static void order_never(struct parser *p, struct order *o)
{
    if (parser_take_word(p, "after")) parser_rules(p, "an `allow` rule", &o->after);
    if (!parser_take_word(p, "never"))
        parser_expected(p, o->after.count > 0 ? "`never`" : "`never`, `after`, `always` or `alternate`");
    parser_rules(p, "an `allow` rule", &o->never);
    if (take_before(p)) parser_rules(p, "an `allow` rule", &o->until);
}

void parse_order(struct parser *p)
{
    struct order *o = LIST_NEW(p->arena, &p->policy->orders);
    p->broken = &o->broken;
    o->name = parser_name(p, "the order's name");
    parser_need_mark(p, ":");
    o->at = p->token.at;
    if (parser_take_word(p, "always"))
        order_always(p, o);
    else if (parser_take_word(p, "alternate"))
        order_alternate(p, o);
    else
        order_never(p, o);
    o->at = place_span(o->at, p->before);
    if (parser_take_word(p, "reset")) {
        o->reset_at = p->before;
        parser_need_word(p, "when");
        parser_names(p, "a subject", &o->resets);
        parser_need_word(p, "restart");
    }
    parse_requirements(p, &o->requirements);
    parser_need_mark(p, ";");
}
