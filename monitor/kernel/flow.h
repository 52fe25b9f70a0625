/* SPDX-License-Identifier: Apache-2.0 */
/* The part of a verdict that depends on earlier messages: protocol and rate. Called by decide() once a rule grants the flow. */
#pragma once

#include "decide.h"

/* The next rule that narrows the flow of `rule`, or null. image_check(): it has a higher index, so that the chain ends. */
static inline const struct image_rule *flow_next(const struct policy_tables *policy, const struct image_rule *rule)
{
    return rule->next != 0 ? &policy->rules[rule->next] : 0;
}

static inline bool flow_deny(struct decide_verdict *v, uint32_t rule, uint64_t value)
{
    v->rule = rule;
    v->value = value;
    return false;
}

/* The plan that runs is not the sender's doing: only full feedback shows it. `restrict`s have narrowed the mask. */
static inline bool flow_check_plan(const struct image_rule *rule, uint32_t plan, struct decide_verdict *v)
{
    if (rule->plan_mask >> plan % IMAGE_MAX_PLANS & 1) return true;
    v->feedback = IMAGE_FEEDBACK_FULL;
    return flow_deny(v, IMAGE_RULE_PLAN, plan);
}

/* Whether the receiver handles the rule's label, and what that lacks of the sender's is released by one that is trusted to. */
bool flow_check_label(const struct policy_tables *policy, const struct image_channel *channel, const struct image_rule *rule,
                      struct decide_verdict *v);

/* For a flow under a protocol: whether the protocol's present state has a step for this message; notes the move in `v`. */
bool flow_check_protocol(const struct policy_tables *policy, const struct decide_state *state,
                         const struct decide_request *request, struct decide_verdict *v);

/* Whether the rule, and every `restrict` behind it, has a token left. */
bool flow_check_rate(const struct policy_tables *policy, const struct decide_state *state, uint64_t now,
                     struct decide_verdict *v);

/* How far beyond the full rate the next message is at TSC `now`. */
static inline uint64_t flow_ahead(uint64_t due, uint64_t now)
{
    return due > now ? due - now : 0;
}

/* Takes a token of this rule alone, if it has one. */
static inline bool flow_take_alone(struct decide_state *state, uint32_t rule, uint64_t now)
{
    const struct decide_pace *pace = &state->paces[rule];
    uint64_t ahead = flow_ahead(state->due[rule], now);
    if (ahead > pace->tolerance) return false;
    state->due[rule] = now + ahead + pace->step;
    return true;
}
