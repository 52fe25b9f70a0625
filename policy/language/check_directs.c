/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Direct channels and what is allowed on them. Nobody stands between sender and receiver: what only a judge could enforce is
 * refused here, so that no reader of the policy believes in it.
 */
#include "language/check.h"
#include "guest/direct_layout.h"
#include "policy/image.h"

#define DEPTH_MAX 32768

static void direct_ends(struct policy *p, struct direct *d)
{
    d->sender = names_find(p, NAME_SUBJECT, &d->from);
    d->receiver = names_find(p, NAME_SUBJECT, &d->to);
    policy_refuse_monitor(p, &d->from, d->sender);
    policy_refuse_monitor(p, &d->to, d->receiver);
    if (d->sender != NULL && d->sender == d->receiver)
        diag_error(&p->diag, BH_CHANNEL_ENDS, d->to.at, "a channel leads to another subject");
    if (d->depth.at.length == 0 && !d->broken)
        diag_error(&p->diag, BH_CHANNEL_DEPTH, d->name.at, "the channel `%s` has no `depth`", d->name.text);
    policy_check_value(p, &d->depth, DIMENSION_PLAIN, 1, DEPTH_MAX, "the depth");
}

void policy_check_directs(struct policy *p)
{
    struct direct *d;
    LIST_EACH(d, &p->directs) {
        d->index = d_at;
        if (d->name.text != NULL) direct_ends(p, d);
    }
}

/* ---- rules ---- */
/* What a rule says that only a judge could hold its sender to; length 0: nothing. */
static struct place needs_judge(const struct allow *a)
{
    if (a->body.rate.at.length > 0) return a->body.rate.at;
    if (a->body.where != NULL) return a->body.where->at;
    if (a->body.plans.count > 0) return a->body.plans.items[0]->at;
    return label_downgrades(&a->label) ? a->label.down_from.at : a->label.endorse_from.at;
}

static void allow_ends(struct policy *p, struct allow *a, struct direct *d)
{
    if (a->from.text == NULL || a->to.text == NULL || d->from.text == NULL || d->to.text == NULL) return;
    if (!name_is(&a->from, d->from.text) || !name_is(&a->to, d->to.text)) {
        diag_error(&p->diag, BH_ALLOW_ENDS, a->on.at, "`%s` leads from `%s` to `%s`, not from `%s` to `%s`", d->name.text,
                   d->from.text, d->to.text, a->from.text, a->to.text);
        diag_note(&p->diag, d->name.at, "declared here");
        return;
    }
    if (d->sender == NULL || d->receiver == NULL) return;
    a->on_direct = d;
    LIST_ADD(p->arena, &d->allows, a);
}

static void allow_twice(struct policy *p, const struct allow *a)
{
    const struct allow *other;
    LIST_EACH(other, &a->on_direct->allows) {
        if (other == a || other->type != a->type) continue;
        diag_error(&p->diag, BH_ALLOW_TWICE, a->name.at, "`%s` already allows this type on this channel", other->name.text);
        diag_note(&p->diag, other->name.at, "the other rule");
        return;
    }
}

static void check_allow(struct policy *p, struct allow *a)
{
    struct direct *d = names_find(p, NAME_DIRECT, &a->on);
    struct place judged = needs_judge(a);
    a->type = names_find(p, NAME_TYPE, &a->type_name);
    names_find(p, NAME_SUBJECT, &a->from);
    names_find(p, NAME_SUBJECT, &a->to);
    if (judged.length > 0)
        diag_error(&p->diag, BH_DIRECT, judged, "nobody judges what passes on a direct channel: this could not be enforced");
    if (d != NULL) {
        d->named = true;
        allow_ends(p, a, d);
    }
    if (a->on_direct == NULL || a->type == NULL) return;
    uint32_t payload = direct_slot_payload(a->type->size);
    if (payload > d->slot_payload && payload <= IMAGE_MAX_MESSAGE) d->slot_payload = payload;    /* more: BH0301 */
    if (a->type->index > DIRECT_MAX_TYPE)
        diag_error(&p->diag, BH_DIRECT, a->type_name.at, "types on direct channels are among the first %u",
                   DIRECT_MAX_TYPE + 1);
    policy_check_direct_label(p, a);
    allow_twice(p, a);
}

void policy_check_direct_rules(struct policy *p)
{
    struct allow *a;
    const struct direct *d;
    LIST_EACH(a, &p->direct_allows) {
        a->index = p->allows.count + a_at;
        check_allow(p, a);
    }
    LIST_EACH(d, &p->directs) {
        if (d->sender != NULL && d->receiver != NULL) policy_check_acknowledged_label(p, d);
        if (d->name.text != NULL && !d->named)
            diag_error(&p->diag, BH_CHANNEL_UNUSED, d->name.at, "no `allow` names the channel `%s`: it could carry nothing",
                       d->name.text);
    }
}
