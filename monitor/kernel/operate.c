/* SPDX-License-Identifier: Apache-2.0 */
/* Operations on plans and subjects: judged as messages are. Untrusted: which operation. */
#include "core/audit.h"
#include "core/compiler.h"
#include "core/core.h"
#include "core/monitor.h"
#include "state.h"

const struct image_operation *monitor_judge_operation(uint32_t subject, uint64_t operation, uint32_t *rule)
{
    const struct policy_tables *policy = core_policy();
    struct decide_operation request = { arch_now(), operation, core_plan(), subject };
    struct decide_verdict v;
    decide_operation(policy, &monitor_state, &request, &v);
    *rule = v.rule;
    if (!v.allowed) return 0;
    decide_charge(policy, &monitor_state, &v, request.now);
    if (audit_admits(subject, IMAGE_CLASS_SECURITY)) return &policy->operations[below(operation, policy->operations_count)];
    *rule = IMAGE_RULE_AUDIT;
    return 0;
}

/*
 * Nothing narrows whom time is given to: image_check(). Subject and kind are one word of the operation, compared at once: what
 * is left of it without the kind is the subject.
 */
bool monitor_operate(uint32_t subject, uint64_t call, uint64_t operation, UNUSED uint64_t a1, UNUSED uint64_t a2)
{
    const struct policy_tables *policy = core_policy();
    if (operation < policy->operations_count) {
        const struct image_operation *o = &policy->operations[below(operation, policy->operations_count)];
        uint32_t giver = (o->subject | (uint32_t)o->kind << 16) ^ IMAGE_OPERATION_GIVE << 16;
        if (giver == subject) return core_give(giver, o->object);
    }
    return core_operate(subject, call, operation);
}
