/* SPDX-License-Identifier: Apache-2.0 */
/* Start-up code, erased before the first subject runs: the state in which channels, rates and protocols begin. */
#include "core/audit.h"
#include "core/core.h"
#include "core/monitor.h"
#include "state.h"

static uint8_t event_of(uint32_t flags, uint32_t always)
{
    if (flags & always & IMAGE_RULE_DOWNGRADE) return AUDIT_EVENT_DOWNGRADE;
    if (flags & always & IMAGE_RULE_ENDORSE) return AUDIT_EVENT_ENDORSE;
    return (flags & IMAGE_RULE_RECORD) || (always & IMAGE_AUDIT_ALLOWED) ? AUDIT_EVENT_ALLOWED : 0;
}

/* What the monitor lets through, and what overran its reader, tells of the flow; all else is a matter of security. */
static struct monitor_record record_as(uint8_t event, bool payload)
{
    bool of_flow = event == AUDIT_EVENT_ALLOWED || event == AUDIT_EVENT_DROPPED;
    return (struct monitor_record){ event, of_flow ? IMAGE_CLASS_FLOW : IMAGE_CLASS_SECURITY, payload };
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
    uint32_t always = policy->header->audit_always;
    for (uint32_t i = 0; i < policy->rules_count; i++) {
        uint32_t flags = policy->rules[i].flags;
        monitor_records[i] = record_as(event_of(flags, always), (flags & IMAGE_RULE_PAYLOAD) != 0);
    }
    monitor_records[MONITOR_DENIED] = record_as(always & IMAGE_AUDIT_DENIED ? AUDIT_EVENT_DENIED : 0, false);
    monitor_records[MONITOR_DROPPED] = record_as(AUDIT_EVENT_DROPPED, false);
    for (uint32_t i = 0; i < policy->protocols_count; i++) monitor_protocols[i] = decide_protocol_word(0, 0, arch_now());
}
