/* SPDX-License-Identifier: Apache-2.0 */
/* Channels: ends, depth, who else writes into the outbox. */
#include "language/check.h"
#include "channels/abi.h"
#include "channels/info.h"
#include "policy/image.h"

#define DEPTH_MAX 32768
#define SHARED_MAX 16u
#define SLOTS_MAX 1024

static void channel_ends(struct policy *p, struct channel *c)
{
    const struct name *name;
    c->sender = names_find(p, NAME_SUBJECT, &c->from);
    c->receiver = names_find(p, NAME_SUBJECT, &c->to);
    policy_refuse_monitor(p, &c->from, c->sender);
    policy_refuse_monitor(p, &c->to, c->receiver);
    if (c->sender != NULL && c->sender == c->receiver)
        diag_error(&p->diag, BH_CHANNEL_ENDS, c->to.at, "a channel leads to another subject");
    if (!policy_check_count(p, c->name.at, c->shared.count, SHARED_MAX, "subjects that share an outbox")) return;
    LIST_EACH(name, &c->shared) {
        struct subject *s = names_find(p, NAME_SUBJECT, name);
        if (s == NULL || policy_refuse_monitor(p, name, s)) continue;
        if (s != c->sender && s != c->receiver)
            LIST_ADD(p->arena, &c->sharers, s);
        else
            diag_error(&p->diag, BH_CHANNEL_ENDS, name->at, "`%s` is an end of the channel; its outbox is shared with others",
                       name->text);
    }
}

static void channel_numbers(struct policy *p, struct channel *c)
{
    if (c->depth.at.length == 0 && !c->broken)
        diag_error(&p->diag, BH_CHANNEL_DEPTH, c->name.at, "the channel `%s` has no `depth`", c->name.text);
    policy_check_value(p, &c->depth, DIMENSION_PLAIN, 1, DEPTH_MAX, "the depth");
    policy_check_value(p, &c->notify, DIMENSION_PLAIN, 1, DEPTH_MAX, "the number of messages");
    c->slot_count = ABI_BATCH_MAX;
    if (policy_check_value(p, &c->slots, DIMENSION_PLAIN, 1, SLOTS_MAX, "the number of slots"))
        c->slot_count = (uint32_t)c->slots.number;
}

/* A subject with a CPU of its own has no windows that come around: it sleeps until something wakes it. Told once a subject. */
static void subject_wakes(struct policy *p, const struct subject *s)
{
    struct channel *c;
    bool told = false;
    if (s->cpu == NULL || !s->cpu->dedicated) return;
    LIST_EACH(c, &p->channels) {
        if (c->name.text == NULL || c->broken || c->notify.at.length > 0 || c->receiver != s) continue;
        if (told)
            diag_note(&p->diag, c->name.at, "the same for `%s`", c->name.text);
        else
            diag_warn(&p->diag, BH_CHANNEL_NOTIFY, c->name.at,
                      "`%s` has a CPU of its own and nothing wakes it for `%s`: `notify each 1` is taken", s->name.text,
                      c->name.text);
        told = true;
        c->notify.number = 1;
        c->notify.known = true;
    }
}

bool policy_produces(const struct channel *c, const struct subject *s)
{
    for (uint32_t i = 0; i < c->sharers.count; i++) {
        if (c->sharers.items[i] == s) return true;
    }
    return c->sender == s;
}

/* The info page lists a subject's channels: it has room for so many. */
static void subject_channels(struct policy *p, const struct subject *s)
{
    const struct channel *c;
    const struct direct *d;
    const struct name *last = NULL;
    uint32_t count = 0;
    LIST_EACH(c, &p->channels) {
        if ((policy_produces(c, s) || c->receiver == s) && ++count > INFO_MAX_CHANNELS) last = &c->name;
    }
    LIST_EACH(d, &p->directs) {
        if ((d->sender == s || d->receiver == s) && ++count > INFO_MAX_CHANNELS) last = &d->name;
    }
    if (last != NULL)
        diag_error(&p->diag, BH_SUBJECT_LIMIT, last->at, "`%s` is at the end of more than %u channels", s->name.text,
                   INFO_MAX_CHANNELS);
}

void policy_check_channels(struct policy *p)
{
    struct channel *c;
    const struct subject *s;
    LIST_EACH(c, &p->channels) {
        c->index = c_at;
        if (c->name.text == NULL) continue;
        channel_ends(p, c);
        channel_numbers(p, c);
    }
    LIST_EACH(s, &p->subjects) {
        if (s->name.text == NULL) continue;
        subject_wakes(p, s);
        subject_channels(p, s);
    }
}
