/* SPDX-License-Identifier: Apache-2.0 */
/* The part of a verdict that depends on earlier messages: protocol and rate. Called by decide() once a rule grants the flow. */
#ifndef MONITOR_FLOW_H
#define MONITOR_FLOW_H

#include "decide.h"

/* The next rule that narrows the flow of `rule`, or null. image_check(): it has a higher index, so that the chain ends. */
static inline const struct image_rule *flow_next(const struct policy_tables *policy, const struct image_rule *rule)
{
    return rule->next != 0 ? &policy->rules[rule->next] : 0;
}

/* For a flow under a protocol: whether the protocol's present state has a step for this message; notes the move in `v`. */
bool flow_check_protocol(const struct policy_tables *policy, const struct decide_state *state,
                         const struct decide_request *request, struct decide_verdict *v);

/* Whether the rule, and every `restrict` behind it, has a token left. */
bool flow_check_rate(const struct policy_tables *policy, const struct decide_state *state, uint64_t now,
                     struct decide_verdict *v);

#endif
