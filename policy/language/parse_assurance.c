/* SPDX-License-Identifier: Apache-2.0 */
/* Statements about evidence: always audit, audit ring, measure, sample, test. */
#include "language/parser.h"
#include "policy/image.h"

void parse_always(struct parser *p)
{
    p->policy->audit.always_at = p->before;
    parser_need_word(p, "audit");
    parser_names(p, "what is always recorded", &p->policy->audit.always);
    parser_need_mark(p, ";");
}

/* ---- audit ring ---- */
static void audit_class(struct parser *p, struct audit *a)
{
    struct audit_class *c = LIST_NEW(p->arena, &a->classes);
    c->name = parser_name(p, "`security` or `flow`");
    parser_need_word(p, "reserve");
    c->reserve = parser_value(p);
    parser_need_word(p, "per");
    parser_need_word(p, "subject");
    parser_need_word(p, "on");
    parser_need_word(p, "full");
    c->full_at = p->token.at;
    c->blocks = parser_take_word(p, "block");
    if (c->blocks) return;
    if (!parser_take_word(p, "drop")) parser_expected(p, "`block` or `drop and count`");
    parser_need_word(p, "and");
    parser_need_word(p, "count");
}

static void audit_item(struct parser *p, struct audit *a)
{
    if (parser_take_word(p, "class")) {
        audit_class(p, a);
    } else if (parser_take_word(p, "kernel")) {
        parser_once(p, a->kernel_reserve.at, "the kernel's reserve");
        parser_need_word(p, "reserve");
        a->kernel_reserve = parser_value(p);
    } else if (parser_take_word(p, "record")) {
        struct audit_record_rule *r = LIST_NEW(p->arena, &a->records);
        r->rule = parser_rule(p, "an `allow` rule");
        r->payload = parser_take_word(p, "with");
        if (r->payload) parser_need_word(p, "payload");
    } else {
        parser_expected(p, "`class`, `kernel reserve` or `record`");
    }
    parser_need_mark(p, ";");
}

void parse_audit(struct parser *p)
{
    struct audit *a = &p->policy->audit;
    p->broken = &a->broken;
    parser_once(p, a->at, "the audit ring");
    a->at = p->before;
    parser_need_word(p, "ring");
    a->size = parser_value(p);
    parser_need_word(p, "for");
    a->subject = parser_name(p, "a subject");
    parser_need_mark(p, "{");
    if (p->failed) return;
    while (parser_more(p)) audit_item(p, a);
}

/* ---- measure ---- */
static void measure_item(struct parser *p, struct measure *m)
{
    if (parser_take_word(p, "bank")) {
        parser_names(p, "`sha1`, `sha256`, `sha384` or `sha512`", &m->banks);
    } else if (parser_take_word(p, "pcr")) {
        parser_once(p, m->pcr.at, "the PCR");
        m->pcr = parser_value(p);
    } else if (parser_take_word(p, "rollback")) {
        parser_once(p, m->rollback.at, "the rollback version");
        parser_need_word(p, "from");
        m->rollback = parser_value(p);
    } else {
        parser_expected(p, "`bank`, `pcr` or `rollback from`");
    }
    parser_need_mark(p, ";");
}

void parse_measure(struct parser *p)
{
    struct measure *m = &p->policy->measure;
    p->broken = &m->broken;
    parser_once(p, m->at, "`measure`");
    m->at = p->before;
    if (parser_take_word(p, "none")) {
        m->level = IMAGE_MEASURE_NONE;
        parser_need_mark(p, ";");
        return;
    }
    if (parser_take_word(p, "required"))
        m->level = IMAGE_MEASURE_REQUIRED;
    else if (parser_take_word(p, "optional"))
        m->level = IMAGE_MEASURE_OPTIONAL;
    else
        parser_expected(p, "`required`, `optional` or `none`");
    parser_need_mark(p, "{");
    if (p->failed) return;
    while (parser_more(p)) measure_item(p, m);
}

/* ---- samples and tests ---- */
static void message_settings(struct parser *p, struct message_text *m)
{
    parser_need_mark(p, "{");
    if (p->failed) return;
    while (parser_more(p)) {
        struct setting *s = LIST_NEW(p->arena, &m->settings);
        s->field = parser_element(p, "a field");
        parser_need_mark(p, "=");
        if (p->token.kind == TOKEN_STRING) s->string = parser_string(p, "a string");
        else s->value = parser_value(p);
        parser_need_mark(p, ";");
    }
}

/* NAME { ... } is a message of that type; NAME with { ... } a changed sample; NAME alone a sample. */
static void message_text(struct parser *p, struct message_text *m)
{
    m->name = parser_name(p, "a sample or a message type");
    m->of_sample = !parser_is_mark(p, "{");
    if (parser_take_word(p, "with") || !m->of_sample) message_settings(p, m);
}

void parse_sample(struct parser *p)
{
    struct sample *s = LIST_NEW(p->arena, &p->policy->samples);
    s->name = parser_name(p, "the sample's name");
    parser_need_mark(p, "=");
    s->message.name = parser_name(p, "a message type");
    message_settings(p, &s->message);
    parser_need_mark(p, ";");
}

static void test_expect(struct parser *p, struct test_step *s)
{
    parser_need_word(p, "expect");
    s->expects_allow = parser_take_word(p, "allow");
    if (!s->expects_allow && !parser_take_word(p, "deny")) parser_expected(p, "`allow` or `deny`");
    s->rule = parser_rule(p, "the name of a rule");
    s->expect_at = s->rule.at;
    if (parser_take_word(p, "audit")) parser_names(p, "`security`, `flow`, `payload` or `nothing`", &s->audits);
    parser_need_mark(p, ";");
}

/* What is recorded of a restart may be expected. */
static void test_restart(struct parser *p, struct test_step *s)
{
    s->kind = TEST_RESTART;
    parser_need_mark(p, ";");
    if (!parser_take_word(p, "expect")) return;
    parser_need_word(p, "audit");
    parser_names(p, "`restart` or `nothing`", &s->audits);
    parser_need_mark(p, ";");
}

static void test_step(struct parser *p, struct test *t)
{
    struct test_step *s = LIST_NEW(p->arena, &t->steps);
    s->at = p->token.at;
    if (p->token.kind == TOKEN_NUMBER) {
        s->times = parser_value(p);
        parser_need_word(p, "times");
    }
    bool once = s->times.at.length == 0;
    if (once && parser_take_word(p, "after")) {
        s->kind = TEST_AFTER;
        s->after = parser_value(p);
        parser_need_mark(p, ";");
        return;
    }
    s->subject = parser_name(p, "a subject or `after`");
    if (once && parser_take_word(p, "restarts")) {
        test_restart(p, s);
        return;
    }
    if (parser_take_word(p, "uses")) {
        s->kind = TEST_OPERATE;
        s->operation = parser_name(p, "a privilege");
        parser_need_mark(p, ";");
        test_expect(p, s);
        return;
    }
    parser_need_word(p, "sends");
    message_text(p, &s->message);
    parser_need_word(p, "on");
    s->on = parser_name(p, "a channel");
    parser_need_mark(p, ";");
    test_expect(p, s);
}

void parse_test(struct parser *p)
{
    struct test *t = LIST_NEW(p->arena, &p->policy->tests);
    p->broken = &t->broken;
    t->title = parser_string(p, "the test's title");
    parser_need_mark(p, "{");
    if (p->failed) return;
    while (parser_more(p)) test_step(p, t);
}
