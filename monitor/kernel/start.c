/* SPDX-License-Identifier: Apache-2.0 */
/* Start-up code, erased before the first subject runs: the state in which channels, rates and protocols begin. */
#include "core/audit.h"
#include "core/core.h"
#include "core/monitor.h"
#include "state.h"

/* What a message that may pass under the rule is recorded as. */
static uint16_t event_of(const struct policy_tables *policy, const struct image_rule *rule)
{
    uint32_t flags = rule->flags, always = policy->header->audit_always;
    if (flags & always & IMAGE_RULE_DOWNGRADE) return AUDIT_EVENT_DOWNGRADE;
    if (flags & always & IMAGE_RULE_ENDORSE) return AUDIT_EVENT_ENDORSE;
    if ((flags & IMAGE_RULE_RECORD) || (always & IMAGE_AUDIT_ALLOWED)) return AUDIT_EVENT_ALLOWED;
    return AUDIT_NONE;
}

void monitor_start(void)
{
    const struct policy_tables *policy = core_policy();
    monitor_state = (struct decide_state){
        .paces = monitor_paces, .lines = monitor_lines, .due = monitor_due, .protocols = monitor_protocols,
        .tsc_khz = core_tsc_khz()
    };
    for (uint32_t i = 0; i < policy->rules_count; i++) monitor_paces[i] = decide_pace(&policy->rules[i], core_tsc_khz());
    for (uint32_t i = 0; i < policy->channels_count; i++) {
        decide_line(policy, monitor_paces, &policy->channels[i], &monitor_lines[i]);
        monitor_senders[i].outbox = core_region(policy->channels[i].outbox_region);
        monitor_senders[i].inbox = core_region(policy->channels[i].inbox_region);
    }
    notify_start(policy);
    for (uint32_t i = 0; i < policy->rules_count; i++) monitor_events[i] = event_of(policy, &policy->rules[i]);
    for (uint32_t i = 0; i < policy->protocols_count; i++) monitor_protocols[i] = decide_protocol_word(0, 0, arch_now());
}
