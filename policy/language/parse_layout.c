/* SPDX-License-Identifier: Apache-2.0 */
/* Statements about place and time: platform, subject, plan, channel. */
#include "language/parser.h"

void parse_platform_use(struct parser *p)
{
    parser_once(p, p->policy->platform_path.at, "the platform");
    p->policy->platform_path = parser_string(p, "the platform's file");
    parser_need_mark(p, ";");
}

/* ---- subject ---- */
static void subject_fault(struct parser *p, struct subject *s)
{
    struct fault *f = &s->fault;
    struct place from = p->before;
    parser_once(p, f->at, "`on fault`");
    parser_need_word(p, "fault");
    if (parser_take_word(p, "restart")) {
        f->restarts = parser_value(p);
        parser_need_word(p, "per");
        f->period = parser_value(p);
        parser_need_word(p, "then");
    }
    if (parser_take_word(p, "halt"))
        f->then = FAULT_HALT;
    else if (!parser_take_word(p, "stop"))
        parser_expected(p, f->period.at.length > 0 ? "`stop` or `halt`" : "`restart`, `stop` or `halt`");
    f->at = place_span(from, p->before);
}

static void subject_violation(struct parser *p, struct subject *s)
{
    static const char *const words[] = {
        [VIOLATION_INJECT] = "inject", [VIOLATION_RESTART] = "restart", [VIOLATION_STOP] = "stop"
    };
    parser_once(p, s->violation_word.at, "`on violation`");
    parser_need_word(p, "violation");
    for (uint32_t act = VIOLATION_INJECT; act <= VIOLATION_STOP; act++) {
        if (parser_is_word(p, words[act])) s->violation = act;
    }
    if (s->violation == VIOLATION_MIXED) parser_expected(p, "`inject`, `restart` or `stop`");
    else s->violation_word = parser_name(p, "what a violation does");
}

static void subject_item(struct parser *p, struct subject *s)
{
    if (parser_take_word(p, "image")) {
        parser_once(p, s->image.at, "the image");
        s->image = parser_string(p, "the image's file");
    } else if (parser_is_word(p, "memory") || parser_is_word(p, "verified")) {
        if (parser_is_word(p, "verified")) s->verified = parser_name(p, "`verified`");
        parser_need_word(p, "memory");
        parser_once(p, s->memory.at, "the memory");
        s->memory = parser_value(p);
        if (parser_take_word(p, "colours")) s->colours = parser_range(p);
        if (parser_is_word(p, "verified")) parser_expected(p, "`;` (`verified` stands before `memory`)");
    } else if (parser_take_word(p, "serial")) {
        parser_names(p, "a serial port of the platform", &s->serials);
    } else if (parser_take_word(p, "interrupt")) {
        parser_names(p, "a serial port that the subject has", &s->interrupts);
    } else if (parser_take_word(p, "params")) {
        parser_names(p, "a constant", &s->params);
    } else if (parser_take_word(p, "cpuid")) {
        parser_need_word(p, "hides");
        parser_names(p, "a feature of the processor", &s->hides);
    } else if (parser_is_word(p, "reads")) {
        s->reads_audit = parser_name(p, "`reads`");
        parser_need_word(p, "audit");
    } else if (parser_take_word(p, "may")) {
        parser_need_right(p, p->before, "privilege", "`may`");
        parser_names(p, "`shutdown` or `call_from_user`", &s->privileges);
    } else if (parser_take_word(p, "on")) {
        if (parser_is_word(p, "violation")) subject_violation(p, s);
        else if (parser_is_word(p, "fault")) subject_fault(p, s);
        else parser_expected(p, "`fault` or `violation`");
    } else {
        parser_expected(p, "`image`, `memory`, `verified memory`, `serial`, `interrupt`, `params`, `cpuid`, `reads`, "
                            "`may`, `on fault` or `on violation`");
    }
    parser_need_mark(p, ";");
}

void parse_subject(struct parser *p)
{
    struct subject *s = LIST_NEW(p->arena, &p->policy->subjects);
    p->broken = &s->broken;
    s->name = parser_name(p, "the subject's name");
    if (parser_take_word(p, "monitors")) s->monitors = parser_name(p, "the subject that it is the monitor of");
    parser_need_mark(p, "{");
    if (p->failed) return;
    while (parser_more(p)) subject_item(p, s);
}

/* ---- plan ---- */
static void plan_cpu(struct parser *p, struct plan *plan)
{
    struct plan_cpu *cpu = LIST_NEW(p->arena, &plan->cpus);
    cpu->at = p->token.at;
    parser_need_word(p, "cpu");
    cpu->number = parser_value(p);
    cpu->dedicated = parser_take_word(p, "dedicated");
    if (cpu->dedicated) {
        LIST_NEW(p->arena, &cpu->windows)->subject = parser_name(p, "a subject");
        parser_need_mark(p, ";");
        return;
    }
    parser_need_mark(p, "{");
    if (p->failed) return;
    while (parser_more(p)) {
        struct window *w = LIST_NEW(p->arena, &cpu->windows);
        w->subject = parser_name(p, "a subject or `idle`");
        w->length = parser_value(p);
        parser_need_mark(p, ";");
    }
}

void parse_plan(struct parser *p)
{
    struct plan *plan = LIST_NEW(p->arena, &p->policy->plans);
    p->broken = &plan->broken;
    plan->name = parser_name(p, "the plan's name");
    plan->first = parser_take_word(p, "first");
    parser_need_word(p, "major");
    plan->major = parser_value(p);
    parser_need_mark(p, "{");
    if (p->failed) return;
    while (parser_more(p)) plan_cpu(p, plan);
}

/* ---- channels ---- */
static void channel_feedback_full(struct parser *p, struct channel *c)
{
    c->feedback = FEEDBACK_FULL;
    parser_need_right(p, c->feedback_at, "feedback", "`feedback full`");
}

static void channel_feedback(struct parser *p, struct channel *c)
{
    parser_once(p, c->feedback_at, "the feedback");
    c->feedback_at = p->token.at;
    if (parser_take_word(p, "none"))
        c->feedback = FEEDBACK_NONE;
    else if (parser_take_word(p, "rule"))
        c->feedback = FEEDBACK_RULE;
    else if (parser_take_word(p, "full"))
        channel_feedback_full(p, c);
    else
        parser_expected(p, "`none`, `rule` or `full`");
}

static void channel_item(struct parser *p, struct channel *c)
{
    if (parser_take_word(p, "depth")) {
        parser_once(p, c->depth.at, "the depth");
        c->depth = parser_value(p);
    } else if (parser_take_word(p, "slots")) {
        parser_once(p, c->slots.at, "the number of slots");
        c->slots = parser_value(p);
    } else if (parser_take_word(p, "full")) {
        parser_once(p, c->full_at, "what a full inbox does");
        c->full_at = p->before;
        parser_need_word(p, "drop");
        parser_need_word(p, "newest");
    } else if (parser_take_word(p, "feedback")) {
        channel_feedback(p, c);
    } else if (parser_take_word(p, "notify")) {
        parser_once(p, c->notify.at, "`notify`");
        parser_need_word(p, "each");
        c->notify = parser_value(p);
    } else if (parser_take_word(p, "shared")) {
        parser_need_right(p, p->before, "share", "`shared with`");
        parser_need_word(p, "with");
        parser_names(p, "a subject", &c->shared);
    } else {
        parser_expected(p, "`depth`, `slots`, `full`, `feedback`, `notify` or `shared with`");
    }
    parser_need_mark(p, ";");
}

static void parse_mediated(struct parser *p, const struct name ends[3])
{
    struct channel *c = LIST_NEW(p->arena, &p->policy->channels);
    p->broken = &c->broken;
    c->name = ends[0];
    c->from = ends[1];
    c->to = ends[2];
    c->broken = p->failed;
    parser_need_mark(p, "{");
    if (p->failed) return;
    while (parser_more(p)) channel_item(p, c);
}

static void parse_direct(struct parser *p, const struct name ends[3])
{
    struct direct *d = LIST_NEW(p->arena, &p->policy->directs);
    p->broken = &d->broken;
    d->name = ends[0];
    d->from = ends[1];
    d->to = ends[2];
    parser_need_mark(p, "{");
    if (p->failed) return;
    while (parser_more(p)) {
        if (parser_take_word(p, "depth")) {
            parser_once(p, d->depth.at, "the depth");
            d->depth = parser_value(p);
        } else if (parser_take_word(p, "acknowledged")) {
            parser_once(p, d->acknowledged_at, "`acknowledged`");
            d->acknowledged_at = p->before;
            parser_need_right(p, d->acknowledged_at, "feedback", "`acknowledged`");
        } else {
            parser_expected(p, "`depth` or `acknowledged`");
        }
        parser_need_mark(p, ";");
    }
}

void parse_channel(struct parser *p)
{
    struct name ends[3];
    ends[0] = parser_name(p, "the channel's name");
    ends[1] = parser_name(p, "the sender");
    parser_need_mark(p, "->");
    ends[2] = parser_name(p, "the receiver");
    if (parser_take_word(p, "direct")) {
        parse_direct(p, ends);
        return;
    }
    if (!p->failed && !parser_take_word(p, "mediated")) parser_expected(p, "`mediated` or `direct`");
    parse_mediated(p, ends);
}
