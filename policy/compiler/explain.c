/* SPDX-License-Identifier: Apache-2.0 */
/* Which check a verdict comes from, why it fails, and which rule comes nearest to allowing the message. */
#include "compiler/explain.h"
#include "language/check.h"
#include "value.h"
#include "language/automaton.h"
#include "language/labels.h"

struct explain_run {
    struct judge *judge;
    const struct explain_question *question;
    const struct decide_verdict *verdict;
    explain_reasons *reasons;
};

static const char *const check_names[EXPLAIN_COUNT] = {
#define EXPLAIN_CHECK_NAME(id, text) [EXPLAIN_##id] = text,
    EXPLAIN_CHECKS(EXPLAIN_CHECK_NAME)
#undef EXPLAIN_CHECK_NAME
};

/* ---- rules ---- */
static const struct allow *granted_allow(const struct judge *j, const struct decide_verdict *v)
{
    const struct allow *a;
    LIST_EACH(a, &j->build->policy->allows) {
        if (v->allow != IMAGE_NONE && j->build->allow_index[a->index] == v->allow) return a;
    }
    return NULL;
}

/* ---- which check ---- */
static enum explain_check check_of_chain(const struct judge *j, const struct decide_verdict *v)
{
    const struct image_rule *rule = &j->tables.rules[v->allow];
    if (v->rule == IMAGE_RULE_LABEL) return EXPLAIN_LABEL;
    if (v->rule == IMAGE_RULE_PLAN) return EXPLAIN_PLAN;
    if (rule->protocol != IMAGE_NONE && j->tables.protocols[rule->protocol].rule == v->rule) return EXPLAIN_PROTOCOL;
    for (;; rule = &j->tables.rules[rule->next]) {
        if (rule->atom_count > 0 && rule->where_rule == v->rule) return EXPLAIN_WHERE;
        if (rule->next == 0) return EXPLAIN_RATE;
    }
}

/* Which of the checks of the message's type failed. */
static const struct type_check *check_of_type(const struct judge *j, const struct type *t, const struct decide_verdict *v)
{
    return t->checks.items[v->field - j->tables.types[t->index].first_field];
}

static enum explain_check check_of(const struct judge *j, const struct explain_question *q, const struct decide_verdict *v)
{
    if (v->allowed) return EXPLAIN_COUNT;
    if (q->channel->sender != q->subject) return EXPLAIN_CHANNEL;
    switch (v->rule) {
    case IMAGE_RULE_TYPE: return EXPLAIN_TYPE;
    case IMAGE_RULE_LENGTH: return EXPLAIN_LENGTH;
    case IMAGE_RULE_PADDING: return EXPLAIN_PADDING;
    case IMAGE_RULE_DEFAULT: return EXPLAIN_GRANT;
    default: break;
    }
    if (v->field != IMAGE_NONE) return check_of_type(j, q->message->type, v)->rest ? EXPLAIN_PADDING : EXPLAIN_FIELDS;
    return v->allow == IMAGE_NONE ? EXPLAIN_TYPE_WHERE : check_of_chain(j, v);
}

/* ---- why ---- */
#define ADD(r, at, ...) explain_add((r)->judge->build->arena, (r)->reasons, (at), __VA_ARGS__)

/* Whoever shares the outbox writes into it; what is sent from there counts as the sender's, who has it sent. */
static void why_channel(const struct explain_run *r)
{
    const struct channel *c = r->question->channel;
    for (uint32_t i = 0; i < c->sharers.count; i++) {
        if (c->sharers.items[i] != r->question->subject) continue;
        ADD(r, c->shared.items[0]->at,
            "`%s` shares the outbox of `%s`: what it writes there passes as `%s`'s, once `%s` sends it",
            r->question->subject->name.text, c->name.text, c->sender->name.text, c->sender->name.text);
        return;
    }
    ADD(r, c->name.at, "`%s` carries what `%s` sends, and nothing of `%s`", c->name.text, c->sender->name.text,
        r->question->subject->name.text);
}

static void why_field(const struct explain_run *r)
{
    const struct type *t = r->question->message->type;
    const struct type_check *c = check_of_type(r->judge, t, r->verdict);
    const struct field *f = c->field;
    if (c->rest)
        ADD(r, f->at, "%s", explain_array(r->judge, t, f->array));
    else if (f->kind == FIELD_ZERO)
        ADD(r, f->at, "this padding must be zero");
    else
        ADD(r, f->at, "`%s` is %s, declared as `%s`", f->name.text, explain_value(r->judge, t, f),
            explain_source(r->judge->build, f->at));
}

static bool case_exists(const struct explain_run *r, const struct type_case *within)
{
    const struct field *tag = within->tag_field;
    const uint8_t *at = r->judge->message->payload + tag->offset;
    uint32_t unused = 64 - 8 * tag->width;
    uint64_t value = value_read(at, unused, r->question->message->type->is_big ? IMAGE_FIELD_BIG : 0) >> unused;
    return value <= 63 && (within->tag_set >> value & 1) != 0;
}

static void why_wheres(const struct explain_run *r, const cond_list *wheres)
{
    const struct cond *c;
    LIST_EACH(c, wheres) explain_cond(r->judge, r->question->message->type, c, true, r->reasons);
}

static void why_type_where(const struct explain_run *r)
{
    const struct field *f;
    const struct type_case *within;
    why_wheres(r, &r->question->message->type->wheres);
    LIST_EACH(f, &r->question->message->type->fields) {
        LIST_EACH(within, &f->cases) {
            if (case_exists(r, within)) why_wheres(r, &within->wheres);
        }
    }
}

/* The conditions of the rule and of its restrictions that do not hold: the kernel reports the first, a cure has to heed all. */
static uint32_t failing_wheres(const struct explain_run *r, const struct allow *a, bool add, bool named)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i <= a->restricts.count; i++) {
        const struct restrict_rule *s = i > 0 ? a->restricts.items[i - 1] : NULL;
        const struct cond *where = s != NULL ? s->body.where : a->body.where;
        const struct name *name = s != NULL ? &s->name : &a->name;
        if (where == NULL || explain_cond_holds(r->judge, a->type, where)) continue;
        count++;
        if (add && named) ADD(r, name->at, "`%s` denies it by its condition:", name->text);
        if (add) explain_cond(r->judge, a->type, where, true, r->reasons);
    }
    return count;
}

static void why_where(const struct explain_run *r)
{
    const struct allow *a = granted_allow(r->judge, r->verdict);
    failing_wheres(r, a, true, failing_wheres(r, a, false, false) > 1);
}

static void why_plan(const struct explain_run *r)
{
    const struct allow *a = granted_allow(r->judge, r->verdict);
    const struct restrict_rule *s;
    explain_plans(r->judge, &a->name, &a->body, r->reasons);
    LIST_EACH(s, &a->restricts) explain_plans(r->judge, &s->name, &s->body, r->reasons);
    failing_wheres(r, a, true, true);
}

/* Why no rule could let it pass as it is: which part of the labels, and what it would have to say. */
static void why_label(const struct explain_run *r)
{
    const struct policy *p = r->judge->build->policy;
    const struct channel *c = r->question->channel;
    const struct label *from = c->sender->label, *to = c->receiver->label;
    if (from == NULL || to == NULL || (from->most & ~to->most) == 0) return;
    ADD(r, from->subject.at, "labels forbid it without a release: `%s` counts as %s, `%s` handles at most %s; %s",
        c->sender->name.text, label_text(p, from->most), c->receiver->name.text, label_text(p, to->most),
        label_obstacle(p, from->most, to->most));
    if ((from->most & ~to->most & from->least) == 0)
        ADD(r, PLACE_NOWHERE, "`%s` is trusted over both: a rule could say `%s`", c->sender->name.text,
            label_release_text(p, from->most, from->most & to->most));
}

static void why_step(const struct explain_run *r, const struct protocol *p, const struct step *s, uint64_t word)
{
    const char *state = p->states.items[word >> 56]->name.text;
    if ((s->from_mask >> (word >> 56) & 1) != 0 && s->match.text != NULL)
        ADD(r, s->at, "`%s` is %s, the protocol's `%s` is %u", s->match.text, explain_value(r->judge, s->allow->type, s->field),
            p->keeps.text, (unsigned)(uint16_t)(word >> 40));
    else
        ADD(r, s->at, "`%s` passes by `%s`; the protocol is in state `%s`", s->on.text, explain_source(r->judge->build, s->at),
            state);
}

/* What would have to come before, the shortest way, by rules that pass. */
static void why_order(const struct explain_run *r, const struct order *o, const struct allow *denied)
{
    struct build *b = r->judge->build;
    const char *way = automaton_way(b->arena, denied->protocol, (uint32_t)r->verdict->value, denied);
    ADD(r, o->at, "`%s` denies `%s`: %s", o->name.text, denied->name.text, explain_source(b, o->at));
    if (way == NULL)
        ADD(r, denied->name.at, "`%s` can not pass any more%s", denied->name.text,
            o->resets.count > 0 ? " until the order is reset" : "");
    else
        ADD(r, denied->name.at, "`%s` passes once %s passed", denied->name.text, way);
}

static void why_protocol(const struct explain_run *r)
{
    const struct allow *denied;
    const struct order *o = judge_order(r->judge, r->verdict, &denied);
    if (o != NULL) {
        why_order(r, o, denied);
        return;
    }
    const struct allow *a = granted_allow(r->judge, r->verdict);
    const struct protocol *p = a->protocol;
    const struct step *s;
    LIST_EACH(s, &p->steps) {
        if (s->allow == a) why_step(r, p, s, r->judge->state.protocols[p->index]);
    }
}

static void why(const struct explain_run *r, enum explain_check check)
{
    const struct explain_question *q = r->question;
    switch (check) {
    case EXPLAIN_CHANNEL: why_channel(r); return;
    case EXPLAIN_LENGTH:
        ADD(r, q->message->type->name.at, "`%s` has %u bytes, `%s` takes at most %u", q->message->type->name.text,
            q->message->type->size, q->channel->name.text, q->channel->slot_size - (uint32_t)sizeof(struct message_header));
        return;
    case EXPLAIN_PADDING:
    case EXPLAIN_FIELDS: why_field(r); return;
    case EXPLAIN_TYPE_WHERE: why_type_where(r); return;
    case EXPLAIN_GRANT:
        ADD(r, PLACE_NOWHERE, "no `allow` lets `%s` send `%s` on `%s`", q->subject->name.text, q->message->type->name.text,
            q->channel->name.text);
        why_label(r);
        return;
    case EXPLAIN_LABEL: why_label(r); return;
    case EXPLAIN_PLAN: why_plan(r); return;
    case EXPLAIN_WHERE: why_where(r); return;
    case EXPLAIN_PROTOCOL: why_protocol(r); return;
    default: ADD(r, judge_rule_place(r->judge->build, r->verdict->rule), "the %s forbids it", check_names[check]);
    }
}

/* ---- the nearest rule ---- */
/* Fewer differences are nearer; of as many, another channel is less than another type, and another sender is most. */
static uint32_t distance(const struct allow *a, const struct explain_question *q)
{
    bool sender = a->channel->sender != q->subject, channel = a->channel != q->channel, type = a->type != q->message->type;
    return ((uint32_t)sender + channel + type) * 8 + sender * 4u + type * 2u + channel;
}

static const struct allow *nearest_allow(const struct policy *p, const struct explain_question *q)
{
    const struct allow *a, *best = NULL;
    LIST_EACH(a, &p->allows) {
        if (best == NULL || distance(a, q) < distance(best, q)) best = a;
    }
    return best;
}

/* What of the rule is not as asked; then, if it is about this type, what it says of the message itself. */
static void nearest_reasons(struct explain_run *r, const struct allow *a)
{
    const struct explain_question *q = r->question;
    if (a->channel->sender != q->subject)
        ADD(r, a->from.at, "it is for what `%s` sends, not `%s`", a->channel->sender->name.text, q->subject->name.text);
    if (a->channel != q->channel)
        ADD(r, a->on.at, "it is for the channel `%s`, not `%s`", a->channel->name.text, q->channel->name.text);
    if (a->type != q->message->type) {
        ADD(r, a->type_name.at, "it is for `%s`, not `%s`", a->type->name.text, q->message->type->name.text);
        return;
    }
    struct explain_question own = { a->channel->sender, q->message, a->channel };
    struct decide_verdict v = judge_decide(r->judge, own.subject->index, own.channel->index);
    r->question = &own;
    r->verdict = &v;
    if (v.allowed)
        ADD(r, PLACE_NOWHERE, "such a message would pass");
    else
        why(r, check_of(r->judge, &own, &v));
    r->question = q;
}

void explain(struct judge *j, const struct explain_question *q, struct explanation *e)
{
    judge_make_message(j->message, q->message);
    *e = (struct explanation){ .verdict = judge_decide(j, q->subject->index, q->channel->index), .checks = check_names,
                               .check_count = EXPLAIN_COUNT, .kind = "allow" };
    e->failed = check_of(j, q, &e->verdict);
    if (e->verdict.allowed) return;
    struct explain_run run = { j, q, &e->verdict, &e->reasons };
    why(&run, (enum explain_check)e->failed);
    const struct allow *nearest = nearest_allow(j->build->policy, q);
    if (nearest == NULL) return;
    e->nearest = &nearest->name;
    run.reasons = &e->nearest_reasons;
    nearest_reasons(&run, nearest);
}
