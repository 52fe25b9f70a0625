/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What labels permit. Information in a subject that handles several labels counts as the most confidential and the least of
 * integrity of them. It comes down in level or category only by a rule that says `downgrade`, and up in integrity only by one
 * that says `endorse`, and only in a subject that is trusted over the whole step.
 */
#include "language/check.h"
#include "language/labels.h"

/* What is told of which labels, by whom to whom; `to` NULL: to several. */
struct release {
    struct policy *policy;
    const struct name *by, *to;
    const struct label *sender, *receiver;
    uint64_t from, goal;              /* bits that are released, and what they become */
};

static bool label_known(const struct label *l)
{
    return l != NULL && l->known;
}

/* Whether the receiver may have what comes, and nothing is released that it may have anyway. */
static bool receiver_handles(const struct release *r, uint64_t from, uint64_t to)
{
    return r->to == NULL || ((to & ~r->receiver->most) == 0 && (r->receiver->least & from & ~to) == 0);
}

static void note_handles(struct policy *p, const struct label *l)
{
    diag_note(&p->diag, l->subject.at, "`%s` handles %s", l->subject.text, label_range_text(p, l->least, l->most));
}

/* ---- downgrade ---- */
static bool downgrade_names(struct policy *p, const struct rule_label *l, uint64_t *from, uint64_t *to)
{
    const struct sensitivity *high = &l->down_from, *low = &l->down_to;
    if (high->level.text != NULL && names_look(p, NAME_INTEGRITY, high->level.text) != NULL) {
        diag_error(&p->diag, BH_LABEL, high->at,
                   "a downgrade is of levels and categories: `endorse LOW to HIGH` raises integrity");
        return false;
    }
    bool known = policy_check_sensitivity(p, high, from);
    if (p->levels.count > 0 && high->level.text == NULL && low->level.text == NULL) return false;    /* one mistake, reported */
    return policy_check_sensitivity(p, low, to) && known;
}

static bool check_downgrade(struct release *r, const struct rule_label *l)
{
    struct policy *p = r->policy;
    uint64_t from, to, most = r->sender->most & label_sensitivity_bits(p), least = r->sender->least & label_sensitivity_bits(p);
    uint32_t errors = p->diag.errors;
    if (l->down_to.at.length == 0 || !downgrade_names(p, l, &from, &to)) return false;      /* without `to` it was not read */
    const char *high = label_sensitivity_text(p, from), *low = label_sensitivity_text(p, to);
    if (from == to) {
        diag_error(&p->diag, BH_LABEL, l->down_to.at, "this is no downgrade: both ends are %s", low);
    } else if ((to & ~from) != 0) {
        diag_error(&p->diag, BH_LABEL, l->down_to.at, "this is no downgrade: %s is not below %s%s", low, high,
                   (from & ~to) == 0 ? "; say the higher one first" : "");
    } else if ((from & ~most) != 0 || (least & ~to) != 0) {
        diag_error(&p->diag, BH_LABEL, l->down_from.at, "`%s` is not trusted over %s .. %s", r->by->text, low, high);
        note_handles(p, r->sender);
    } else if (from != most) {
        diag_error(&p->diag, BH_LABEL, l->down_from.at,
                   "information in `%s` counts as its highest label: say `downgrade %s to %s`", r->by->text,
                   label_sensitivity_text(p, most), low);
    } else if (!receiver_handles(r, from, to)) {
        diag_error(&p->diag, BH_LABEL, l->down_to.at, "`%s` does not handle %s", r->to->text, low);
        note_handles(p, r->receiver);
    }
    r->from |= from;
    r->goal |= to;
    return p->diag.errors == errors;
}

/* ---- endorse ---- */
static bool check_endorse(struct release *r, const struct rule_label *l)
{
    struct policy *p = r->policy;
    uint64_t from, to, most = r->sender->most & label_integrity_bits(p), least = r->sender->least & label_integrity_bits(p);
    uint32_t errors = p->diag.errors;
    if (l->endorse_from.text != NULL && names_look(p, NAME_LEVEL, l->endorse_from.text) != NULL) {
        diag_error(&p->diag, BH_ENDORSE, l->endorse_from.at,
                   "an endorsement is of integrity: a level comes down by `downgrade`");
        return false;
    }
    bool known = policy_check_integrity(p, &l->endorse_from, &from);
    known &= policy_check_integrity(p, &l->endorse_to, &to);
    if (!known) return false;
    const char *low = l->endorse_from.text, *high = l->endorse_to.text;
    if (from == to || (to & ~from) != 0) {
        diag_error(&p->diag, BH_ENDORSE, l->endorse_to.at, "this is no endorsement: %s is not above %s%s", high, low,
                   from != to ? "; say the lower one first" : "");
    } else if ((from & ~most) != 0 || (least & ~to) != 0) {
        diag_error(&p->diag, BH_ENDORSE, l->endorse_from.at, "`%s` is not trusted over the integrity %s .. %s", r->by->text,
                   low, high);
        note_handles(p, r->sender);
    } else if (from != most) {
        diag_error(&p->diag, BH_ENDORSE, l->endorse_from.at,
                   "information in `%s` counts as its lowest integrity: say `endorse %s to %s`", r->by->text,
                   label_integrity_text(p, most), high);
    } else if (!receiver_handles(r, from, to)) {
        diag_error(&p->diag, BH_ENDORSE, l->endorse_to.at, "`%s` does not handle the integrity %s", r->to->text, high);
        note_handles(p, r->receiver);
    }
    r->from |= from;
    r->goal |= to;
    return p->diag.errors == errors;
}

/* Both, where both are said; false after a report. */
static bool check_release(struct release *r, const struct rule_label *l)
{
    bool good = true;
    if (label_downgrades(l)) good = check_downgrade(r, l);
    if (label_endorses(l)) good &= check_endorse(r, l);
    return good;
}

/* The rule's label for what the sender's becomes. */
static void label_fill(const struct release *r, struct rule_label *l)
{
    l->known = true;
    l->from = r->sender->most;
    l->released = r->from & ~r->goal;
    l->to = l->from & ~l->released;
    if (r->to != NULL) l->to |= r->receiver->least;
}

/* ---- rules ---- */
/* What the rule does not release must be the receiver's to have. */
static void flow_refused(struct policy *p, const struct allow *a, uint64_t from, uint64_t most)
{
    const struct label *sender = a->channel->sender->label;
    diag_error(&p->diag, BH_LABEL, a->name.at, "`%s` carries %s down to `%s`, which handles at most %s", a->name.text,
               label_text(p, from), a->to.text, label_text(p, most));
    label_note_obstacle(p, from, most);
    diag_note(&p->diag, sender->subject.at, "label of `%s`; a rule that is meant to release says `%s`", a->from.text,
              label_release_text(p, sender->most, sender->most & most));
}

void policy_check_allow_label(struct policy *p, struct allow *a)
{
    const struct label *sender = a->channel->sender->label, *receiver = a->channel->receiver->label;
    struct release r = { p, &a->from, &a->to, sender, receiver, 0, 0 };
    if (!label_known(sender) || !label_known(receiver) || !check_release(&r, &a->label)) return;
    label_fill(&r, &a->label);
    if ((a->label.to & ~receiver->most) != 0) flow_refused(p, a, a->label.from & ~a->label.released, receiver->most);
}

/* All that the sender knows may pass, so the receiver must be cleared for all of it. */
void policy_check_direct_label(struct policy *p, struct allow *a)
{
    const struct label *from = a->on_direct->sender->label, *to = a->on_direct->receiver->label;
    if (!label_known(from) || !label_known(to)) return;
    a->label.known = true;
    a->label.from = from->most;
    a->label.to = to->most;
    if ((from->most & ~to->most) == 0) return;
    diag_error(&p->diag, BH_LABEL, a->name.at, "`%s` carries %s down to `%s`, which handles at most %s", a->name.text,
               label_text(p, from->most), a->to.text, label_text(p, to->most));
    label_note_obstacle(p, from->most, to->most);
    diag_note(&p->diag, from->subject.at, "label of `%s`; what is released goes through a mediated channel", a->from.text);
}

/* How far the receiver is shows the sender whatever the receiver wants to show by it. */
void policy_check_acknowledged_label(struct policy *p, const struct direct *d)
{
    const struct label *sender = d->sender->label, *receiver = d->receiver->label;
    if (d->acknowledged_at.length == 0 || !label_known(sender) || !label_known(receiver)) return;
    if ((receiver->most & ~sender->most) == 0) return;
    diag_error(&p->diag, BH_ACKNOWLEDGED, d->acknowledged_at,
               "acknowledgements carry %s down to `%s`, which handles at most %s",
               label_text(p, receiver->most), d->from.text, label_text(p, sender->most));
    label_note_obstacle(p, receiver->most, sender->most);
    diag_note(&p->diag, receiver->subject.at, "label of `%s`, which writes them as it likes", d->to.text);
}

void policy_check_privilege_label(struct policy *p, struct privilege *v)
{
    struct release r = { .policy = p, .by = &v->subject };
    if (!label_releases(&v->label) || v->actor == NULL || !label_known(v->actor->label)) return;
    r.sender = v->actor->label;
    if (v->target != NULL && label_known(v->target->label)) {
        r.to = &v->object;
        r.receiver = v->target->label;
    }
    if (!check_release(&r, &v->label)) return;
    r.to = NULL;                      /* what is told is no more than what was released, whomever it is told to */
    label_fill(&r, &v->label);
}

/* ---- channels ---- */
/* What a channel lets its ends see of each other beside messages must not lead down. */
void policy_check_channel_label(struct policy *p, const struct channel *c)
{
    const struct label *sender = c->sender != NULL ? c->sender->label : NULL;
    const struct label *receiver = c->receiver != NULL ? c->receiver->label : NULL;
    if (!label_known(sender)) return;
    if (c->feedback == FEEDBACK_FULL && label_known(receiver) && (receiver->most & ~sender->most) != 0) {
        diag_error(&p->diag, BH_LABEL, c->feedback_at, "full feedback carries %s down to `%s`, which handles at most %s",
                   label_text(p, receiver->most), c->from.text, label_text(p, sender->most));
        label_note_obstacle(p, receiver->most, sender->most);
    }
    for (uint32_t i = 0; i < c->sharers.count; i++) {
        const struct label *other = c->sharers.items[i]->label;
        if (!label_known(other) || (other->least == sender->least && other->most == sender->most)) continue;
        diag_error(&p->diag, BH_LABEL, c->shared.items[0]->at,
                   "`%s` and `%s` share memory, which flows both ways, but not a label", c->from.text,
                   c->sharers.items[i]->name.text);
        note_handles(p, sender);
        note_handles(p, other);
    }
}
