/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Depth of an inbox against what may come while its reader is away: for each rule the burst, and its rate times the longest
 * absence; their sum fits, or messages would be lost in a run that breaks no rule.
 */
#include "language/check.h"

/* Most messages that a rate lets pass in any `us` microseconds. */
static wide rate_most(const struct rate *r, int64_t us)
{
    wide period_us = (wide)r->per_ms * 1000;
    return r->burst.number + (r->count.number * us + period_us - 1) / period_us;
}

bool policy_check_rate_limits(const struct rate *r)
{
    return r->at.length > 0 && !r->unlimited && r->count.known && r->burst.known && r->per_ms > 0;
}

/* The least of what the rule and its restrictions let pass; -1: there is no limit. */
static wide allow_most(const struct allow *a, int64_t us)
{
    const struct restrict_rule *r;
    wide most = policy_check_rate_limits(&a->body.rate) ? rate_most(&a->body.rate, us) : -1;
    LIST_EACH(r, &a->restricts) {
        if (!policy_check_rate_limits(&r->body.rate)) continue;
        wide narrowed = rate_most(&r->body.rate, us);
        if (most < 0 || narrowed < most) most = narrowed;
    }
    return most;
}

static void channel_depth(struct policy *p, const struct channel *c, int64_t us)
{
    const struct allow *a;
    wide sum = 0;
    LIST_EACH(a, &c->allows) {
        wide most = allow_most(a, us);
        if (most < 0 && a->body.rate.at.length == 0 && a->type_name.text != NULL) {
            diag_warn(&p->diag, BH_RATE_MISSING, a->name.at, "`%s` has no rate: its sender can fill the inbox at any depth",
                      a->name.text);
            diag_note(&p->diag, PLACE_NOWHERE, "`rate none;` says that this is meant");
        }
        if (most < 0) return;
        sum += most;
    }
    if (sum <= c->depth.number) return;
    const char *when = us == 0 ? "at once" : arena_print(p->arena, "while `%s` is away for %lld us", c->to.text, (long long)us);
    diag_error(&p->diag, BH_CHANNEL_DEPTH, c->depth.at, "a depth of at least %s is needed: so many messages may come %s",
               policy_check_number_text(p->arena, sum), when);
    LIST_EACH(a, &c->allows) diag_note(&p->diag, a->body.rate.at, "rate of `%s`", a->name.text);
}

void policy_check_rates(struct policy *p)
{
    const struct channel *c;
    LIST_EACH(c, &p->channels) {
        if (c->receiver == NULL || !c->depth.known) continue;
        int64_t us = policy_check_absence(p, c->receiver);
        if (us >= 0) channel_depth(p, c, us);
    }
}
