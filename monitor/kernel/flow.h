/* SPDX-License-Identifier: Apache-2.0 */
/* The part of a verdict that depends on earlier messages: protocol and rate. Called by decide() once a rule grants the flow. */
#ifndef MONITOR_FLOW_H
#define MONITOR_FLOW_H

#include "decide.h"

/* Whether the protocol's present state has a step for this message; notes the move in `v`. */
bool flow_check_protocol(const struct policy_tables *policy, const struct decide_state *state,
                         const struct decide_request *request, struct decide_verdict *v);

/* Whether the rule, and every `restrict` behind it, has a token left. */
bool flow_check_rate(const struct policy_tables *policy, const struct decide_state *state, uint64_t now,
                     struct decide_verdict *v);

#endif
