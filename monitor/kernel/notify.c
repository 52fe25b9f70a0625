/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sender raises a channel's event without a message, where the policy says `notify`. That passes under the first rule under
 * which messages pass by their form alone and without a record, since an event has neither content nor anything to show;
 * start-up finds which one that is.
 * Untrusted: the channel.
 */
#include "channels/abi.h"
#include "core/compiler.h"
#include "core/core.h"
#include "core/monitor.h"
#include "flow.h"
#include "state.h"

static SEALED uint16_t event_rules[IMAGE_MAX_CHANNELS];       /* IMAGE_NONE: no event passes */
static SEALED uint16_t plain_rules[IMAGE_MAX_CHANNELS];       /* the same, if its own rate alone decides; else IMAGE_NONE */

/* ---- start-up ---- */
/* No conditions, protocol, release or record. */
STARTUP static bool is_free(const struct policy_tables *policy, const struct image_rule *rule)
{
    if (rule->protocol != IMAGE_NONE || rule->released != 0 || (rule->flags & IMAGE_RULE_RECORD)) return false;
    for (; rule != 0; rule = flow_next(policy, rule))
        if (rule->atom_count != 0) return false;
    return true;
}

STARTUP static uint16_t find_rule(const struct policy_tables *policy, const struct image_channel *c)
{
    if (c->notify_each == 0 || policy->header->audit_always & IMAGE_AUDIT_ALLOWED) return IMAGE_NONE;
    for (uint32_t i = c->first_rule; i < c->first_rule + c->rule_count; i++)
        if (is_free(policy, &policy->rules[i])) return (uint16_t)i;
    return IMAGE_NONE;
}

STARTUP static bool is_plain(const struct policy_tables *policy, const struct image_channel *c, uint32_t rule)
{
    struct decide_verdict v;
    if (rule == IMAGE_NONE) return false;
    const struct image_rule *r = &policy->rules[rule];
    return flow_check_label(policy, c, r, &v) && r->next == 0 && r->plan_mask == UINT32_MAX;
}

STARTUP void notify_start(const struct policy_tables *policy)
{
    for (uint32_t i = 0; i < policy->channels_count; i++) {
        event_rules[i] = find_rule(policy, &policy->channels[i]);
        plain_rules[i] = is_plain(policy, &policy->channels[i], event_rules[i]) ? event_rules[i] : IMAGE_NONE;
    }
}

/* ---- running ---- */
static bool passes(const struct policy_tables *policy, const struct image_channel *c, uint64_t now, struct decide_verdict *v)
{
    if (v->allow == IMAGE_NONE) return flow_deny(v, IMAGE_RULE_DEFAULT, 0);
    const struct image_rule *rule = &policy->rules[v->allow];
    return flow_check_label(policy, c, rule, v) && flow_check_plan(rule, core_plan(), v) &&
           flow_check_rate(policy, &monitor_state, now, v);
}

static uint32_t raise(const struct image_channel *c)
{
    core_event_raise(c->receiver, c->event);
    return ABI_OK;
}

/* All that may decide, and a record of what did. */
static APART uint32_t judge(uint32_t subject, uint64_t channel, uint64_t now)
{
    const struct policy_tables *policy = core_policy();
    const struct image_channel *c = &policy->channels[channel];
    struct decide_verdict v;
    v.allow = event_rules[channel];
    v.feedback = IMAGE_FEEDBACK_NONE;
    if (!passes(policy, c, now, &v)) {
        monitor_refuse(subject, channel, v.rule, v.value, ABI_DENIED);
        return v.feedback > c->feedback ? ABI_OK : ABI_DENIED;
    }
    decide_charge(policy, &monitor_state, &v, now);
    return raise(c);
}

/* A short way for the most frequent kind. */
uint32_t monitor_notify(uint32_t subject, uint64_t channel)
{
    const struct policy_tables *policy = core_policy();
    uint64_t known = below(channel, policy->channels_count);
    const struct image_channel *c = &policy->channels[known];
    if (channel >= policy->channels_count || c->sender != subject) {
        return monitor_refuse(subject, channel, IMAGE_RULE_DEFAULT, channel, ABI_CHANNEL);
    }
    uint32_t rule = plain_rules[known];
    uint64_t now = arch_now();
    if (rule == IMAGE_NONE || !flow_take_alone(&monitor_state, rule, now)) return judge(subject, known, now);
    return raise(c);
}
