/* SPDX-License-Identifier: Apache-2.0 */
/*
 * allow and privilege. Information in a subject that handles several labels counts as its highest; it comes down only by a rule
 * that says `downgrade`, and only in a subject that is trusted over the whole step.
 */
#include "language/check.h"
#include "channels/message.h"
#include "policy/image.h"

#define SLOT_ALIGN 16u
#define RATE_MAX 1000000              /* as image_check() allows: no rate rounds to none */
#define BURST_MAX 65535

/* ---- labels ---- */
/* What is told of which labels, by whom to whom; `to` NULL: to several. */
struct release {
    const struct name *down_from, *down_to, *by, *to;
    const struct label *sender, *receiver;
    const struct level *from, *level;
};

static bool check_release(struct policy *p, struct release *r)
{
    uint32_t errors = p->diag.errors;
    const struct level *from = names_find(p, NAME_LEVEL, r->down_from), *to = names_find(p, NAME_LEVEL, r->down_to);
    if (from == NULL || to == NULL) return false;
    if (from->rank <= to->rank)
        diag_error(&p->diag, BH_LABEL, r->down_to->at, "this is no downgrade: %s is not below %s", to->name.text,
                   from->name.text);
    else if (from->rank > r->sender->to->rank || to->rank < r->sender->from->rank)
        diag_error(&p->diag, BH_LABEL, r->down_from->at, "`%s` is not trusted over %s .. %s", r->by->text, to->name.text,
                   from->name.text);
    else if (from->rank < r->sender->to->rank)
        diag_error(&p->diag, BH_LABEL, r->down_from->at,
                   "information in `%s` counts as its highest label: say `downgrade %s to %s`", r->by->text,
                   r->sender->to->name.text, to->name.text);
    else if (r->to != NULL && (to->rank < r->receiver->from->rank || to->rank > r->receiver->to->rank))
        diag_error(&p->diag, BH_LABEL, r->down_to->at, "`%s` does not handle %s", r->to->text, to->name.text);
    r->from = from;
    r->level = to;
    return p->diag.errors == errors;
}

static bool label_known(const struct label *l)
{
    return l != NULL && l->from != NULL && l->to != NULL;
}

static void allow_downgrade(struct policy *p, struct allow *a, const struct label *sender, const struct label *receiver)
{
    struct release r = { &a->down_from, &a->down_to, &a->from, &a->to, sender, receiver, NULL, NULL };
    check_release(p, &r);
    a->level_from = r.from;
    a->level_to = r.level;
}

static void allow_labels(struct policy *p, struct allow *a)
{
    const struct label *sender = a->channel->sender->label, *receiver = a->channel->receiver->label;
    if (!label_known(sender) || !label_known(receiver)) return;
    if (a->down_from.text != NULL) {
        allow_downgrade(p, a, sender, receiver);
        return;
    }
    a->level_from = sender->to;
    a->level_to = receiver->from->rank > sender->to->rank ? receiver->from : sender->to;
    if (sender->to->rank <= receiver->to->rank) return;
    diag_error(&p->diag, BH_LABEL, a->name.at, "`%s` carries %s down to `%s`, which handles at most %s", a->name.text,
               sender->to->name.text, a->to.text, receiver->to->name.text);
    diag_note(&p->diag, sender->subject.at, "label of `%s`; a rule that is meant to release says `downgrade %s to %s`",
              a->from.text, sender->to->name.text, receiver->to->name.text);
}

/* ---- the body that all have ---- */
static uint32_t body_plans(struct policy *p, const struct rule_body *b)
{
    const struct name *name;
    uint32_t mask = b->plans.count == 0 ? UINT32_MAX : 0;
    LIST_EACH(name, &b->plans) {
        const struct plan *plan = names_find(p, NAME_PLAN, name);
        for (uint32_t i = 0; i < p->plans.count && i < 32; i++) {
            if (p->plans.items[i] == plan) mask |= 1u << i;
        }
    }
    return mask;
}

static void body_rate(struct policy *p, struct rate *r)
{
    if (r->at.length == 0 || r->unlimited) return;
    policy_check_value(p, &r->count, DIMENSION_PLAIN, 1, RATE_MAX, "the rate");
    policy_check_value(p, &r->burst, DIMENSION_PLAIN, 1, BURST_MAX, "the burst");
    if (r->per.text == NULL) return;
    r->per_ms = name_is(&r->per, "s") ? 1000 : name_is(&r->per, "min") ? 60000 : 0;
    if (r->per_ms == 0)
        diag_error(&p->diag, BH_VALUE_UNIT, r->per.at, "a rate is so many a second (`/s`) or a minute (`/min`)");
}

uint32_t policy_check_body(struct policy *p, struct rule_body *b)
{
    body_rate(p, &b->rate);
    return body_plans(p, b);
}

/* ---- allow ---- */
static void allow_ends(struct policy *p, struct allow *a)
{
    const struct subject *from = names_find(p, NAME_SUBJECT, &a->from), *to = names_find(p, NAME_SUBJECT, &a->to);
    struct channel *c = names_find(p, NAME_CHANNEL, &a->on);
    a->type = names_find(p, NAME_TYPE, &a->type_name);
    if (c != NULL) c->named = true;
    if (c == NULL || c->sender == NULL || c->receiver == NULL || from == NULL || to == NULL) return;
    if (c->sender != from || c->receiver != to) {
        diag_error(&p->diag, BH_ALLOW_ENDS, a->on.at, "`%s` leads from `%s` to `%s`, not from `%s` to `%s`", c->name.text,
                   c->from.text, c->to.text, a->from.text, a->to.text);
        diag_note(&p->diag, c->name.at, "declared here");
        return;
    }
    a->channel = c;
    LIST_ADD(p->arena, &c->allows, a);
}

static void allow_slot(const struct allow *a)
{
    size_t whole = (sizeof(struct message_header) + a->type->size + SLOT_ALIGN - 1) / SLOT_ALIGN * SLOT_ALIGN;
    if (whole > IMAGE_MAX_MESSAGE) return;      /* reported at the type */
    if (whole > a->channel->slot_size) a->channel->slot_size = (uint32_t)whole;
}

static void allow_twice(struct policy *p, const struct allow *a)
{
    const struct allow *other;
    LIST_EACH(other, &a->channel->allows) {
        if (other == a || other->type != a->type) continue;
        diag_error(&p->diag, BH_ALLOW_TWICE, a->name.at,
                   "`%s` already allows this type on this channel: which of both would decide?", other->name.text);
        diag_note(&p->diag, other->name.at, "the other rule; to narrow it use `restrict`");
        return;
    }
}

static void check_allow(struct policy *p, struct allow *a)
{
    allow_ends(p, a);
    a->plan_mask = policy_check_body(p, &a->body);
    if (a->type != NULL) policy_check_cond(p, a->body.where, a->type, NULL);
    if (a->channel == NULL || a->type == NULL) return;
    allow_slot(a);
    allow_labels(p, a);
    allow_twice(p, a);
}

/* ---- privilege ---- */
static void privilege_downgrade(struct policy *p, struct privilege *v)
{
    struct release r = { &v->down_from, &v->down_to, &v->subject, NULL, NULL, NULL, NULL, NULL };
    if (v->down_from.text == NULL || v->actor == NULL || !label_known(v->actor->label)) return;
    r.sender = v->actor->label;
    if (v->target != NULL && label_known(v->target->label)) {
        r.to = &v->object;
        r.receiver = v->target->label;
    }
    if (!check_release(p, &r)) return;
    v->level_from = r.from;
    v->level_to = r.level;
}

/* Only one of two would ever be used, and what bounds it would bound nothing. */
static void privilege_twice(struct policy *p, const struct privilege *v)
{
    const struct privilege *other;
    LIST_EACH(other, &p->privileges) {
        if (other == v) return;
        if (other->kind != v->kind || other->subject.text == NULL || other->object.text == NULL) continue;
        if (!name_is(&other->subject, v->subject.text) || !name_is(&other->object, v->object.text)) continue;
        diag_error(&p->diag, BH_ALLOW_TWICE, v->name.at, "`%s` already gives this: which of both would bound it?", other->name.text);
        diag_note(&p->diag, other->name.at, "the other privilege; to narrow it use `restrict`");
        return;
    }
}

static void check_privilege(struct policy *p, struct privilege *v, uint32_t index)
{
    v->index = index;
    v->actor = names_find(p, NAME_SUBJECT, &v->subject);
    if (v->kind == PRIVILEGE_SWITCH) v->plan = names_find(p, NAME_PLAN, &v->object);
    else v->target = names_find(p, NAME_SUBJECT, &v->object);
    v->plan_mask = policy_check_body(p, &v->body);
    privilege_downgrade(p, v);
    if (v->subject.text != NULL && v->object.text != NULL && v->name.text != NULL) privilege_twice(p, v);
    if (v->actor != NULL && v->actor == v->target)
        diag_error(&p->diag, BH_PRIVILEGE, v->object.at, "`%s` is the subject that would do it: a privilege is over another",
                   v->object.text);
}

/* What a channel lets its ends see of each other beside messages must not lead down. */
static void channel_labels(struct policy *p, const struct channel *c)
{
    const struct label *sender = c->sender != NULL ? c->sender->label : NULL;
    const struct label *receiver = c->receiver != NULL ? c->receiver->label : NULL;
    if (sender == NULL || sender->from == NULL || sender->to == NULL) return;
    if (c->feedback == FEEDBACK_FULL && receiver != NULL && receiver->to != NULL && receiver->to->rank > sender->to->rank)
        diag_error(&p->diag, BH_LABEL, c->feedback_at, "full feedback carries %s down to `%s`, which handles at most %s",
                   receiver->to->name.text, c->from.text, sender->to->name.text);
    for (uint32_t i = 0; i < c->sharers.count; i++) {
        const struct label *other = c->sharers.items[i]->label;
        if (other == NULL || (other->from == sender->from && other->to == sender->to)) continue;
        diag_error(&p->diag, BH_LABEL, c->shared.items[0]->at,
                   "`%s` and `%s` share memory, which flows both ways, but not a label", c->from.text,
                   c->sharers.items[i]->name.text);
    }
}

/* A channel without a rule carries nothing: a mistake, or the remains of one. */
static void channel_used(struct policy *p, const struct channel *c)
{
    const struct channel *first = names_look(p, NAME_CHANNEL, c->name.text);
    if (first == NULL || first->named) return;
    diag_error(&p->diag, BH_CHANNEL_UNUSED, c->name.at, "no `allow` names the channel `%s`: it could carry nothing",
               c->name.text);
}

void policy_check_rules(struct policy *p)
{
    struct allow *a;
    struct privilege *v;
    const struct channel *c;
    LIST_EACH(a, &p->allows) check_allow(p, a);
    LIST_EACH(v, &p->privileges) check_privilege(p, v, v_at);
    policy_check_restricts(p);
    LIST_EACH(c, &p->channels) {
        if (c->name.text == NULL) continue;
        channel_labels(p, c);
        channel_used(p, c);
    }
}
