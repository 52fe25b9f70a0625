/* SPDX-License-Identifier: Apache-2.0 */
/* allow and privilege. What labels have to say about them is in check_flows.c. */
#include "language/check.h"
#include "channels/message.h"
#include "policy/image.h"

#define SLOT_ALIGN 16u
#define RATE_MAX 1000000              /* as image_check() allows: no rate rounds to none */
#define BURST_MAX 65535

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
/* A rule on a direct channel has to say that nobody judges what it lets pass. */
static bool allow_is_direct(struct policy *p, const struct allow *a)
{
    struct direct *d = a->on.text != NULL ? names_look(p, NAME_DIRECT, a->on.text) : NULL;
    if (d == NULL) return false;
    d->named = true;
    diag_error(&p->diag, BH_DIRECT, a->on.at, "`%s` is a direct channel: its rule says `direct` behind the type, or the "
               "channel is `mediated`", d->name.text);
    diag_note(&p->diag, d->name.at, "declared here");
    return true;
}

static void allow_ends(struct policy *p, struct allow *a)
{
    const struct subject *from = names_find(p, NAME_SUBJECT, &a->from), *to = names_find(p, NAME_SUBJECT, &a->to);
    struct channel *c = allow_is_direct(p, a) ? NULL : names_find(p, NAME_CHANNEL, &a->on);
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
    policy_check_allow_label(p, a);
    allow_twice(p, a);
}

/* ---- privilege ---- */
/* Only one of two would ever be used, and what bounds it would bound nothing. */
static void privilege_twice(struct policy *p, const struct privilege *v)
{
    const struct privilege *other;
    LIST_EACH(other, &p->privileges) {
        if (other == v) return;
        if (other->kind != v->kind || other->subject.text == NULL || other->object.text == NULL) continue;
        if (!name_is(&other->subject, v->subject.text) || !name_is(&other->object, v->object.text)) continue;
        diag_error(&p->diag, BH_ALLOW_TWICE, v->name.at, "`%s` already gives this: which of both would bound it?",
                   other->name.text);
        diag_note(&p->diag, other->name.at, "the other privilege; to narrow it use `restrict`");
        return;
    }
}

bool policy_same_label(const struct subject *a, const struct subject *b)
{
    const struct label *of_a = a->label, *of_b = b->label;
    return of_a == NULL || of_b == NULL || (of_a->least == of_b->least && of_a->most == of_b->most);
}

static bool body_is_bare(const struct rule_body *body)
{
    return body->plans.count == 0 && (body->rate.at.length == 0 || body->rate.unlimited);
}

/* Donated time is a channel both ways, of which the kernel judges nothing but who gives it to whom. */
static void check_give(struct policy *p, const struct privilege *v)
{
    const struct subject *a = v->actor, *b = v->target;
    if (a == NULL || b == NULL || a == b || v->kind != PRIVILEGE_GIVE) return;
    if (a->cpu != NULL && b->cpu != NULL && a->cpu->number.number != b->cpu->number.number)
        diag_error(&p->diag, BH_GIVE, v->object.at, "`%s` and `%s` have not the same CPU: a window is of one", a->name.text,
                   b->name.text);
    if (!policy_same_label(a, b))
        diag_error(&p->diag, BH_GIVE, v->object.at,
                   "`%s` and `%s` have not the same label: what one does with its time would tell the other", a->name.text,
                   b->name.text);
    if (!body_is_bare(&v->body))
        diag_error(&p->diag, BH_GIVE, v->name.at, "`%s` gives time: neither rate nor plan bounds that", v->name.text);
}

static void check_privilege(struct policy *p, struct privilege *v, uint32_t index)
{
    v->index = index;
    v->actor = names_find(p, NAME_SUBJECT, &v->subject);
    if (v->kind == PRIVILEGE_SWITCH) v->plan = names_find(p, NAME_PLAN, &v->object);
    else v->target = names_find(p, NAME_SUBJECT, &v->object);
    policy_refuse_monitor(p, &v->subject, v->actor);
    policy_refuse_monitor(p, &v->object, v->target);
    v->plan_mask = policy_check_body(p, &v->body);
    policy_check_privilege_label(p, v);
    check_give(p, v);
    if (v->subject.text != NULL && v->object.text != NULL && v->name.text != NULL) privilege_twice(p, v);
    if (v->actor != NULL && v->actor == v->target)
        diag_error(&p->diag, BH_PRIVILEGE, v->object.at, "`%s` is the subject that would do it: a privilege is over another",
                   v->object.text);
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
        policy_check_channel_label(p, c);
        channel_used(p, c);
    }
}
