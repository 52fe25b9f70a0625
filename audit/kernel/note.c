/* SPDX-License-Identifier: Apache-2.0 */
/* Records of what subjects do, messages aside: nothing but what happened, to whom, and which rule says so. */
#include "core/arch.h"
#include "core/audit.h"
#include "core/core.h"

/* What becomes of a subject, or of the launch, is told at the kernel's expense: nothing that a subject has left decides it. */
static bool of_kernel(uint32_t event)
{
    return event == AUDIT_EVENT_RESTART || event == AUDIT_EVENT_STOP || event == AUDIT_EVENT_CORRUPT ||
           event == AUDIT_EVENT_MEASURED;
}

void audit_note(uint32_t subject, uint32_t rule, uint64_t value, uint64_t other, uint32_t channel, uint32_t event)
{
    audit_write(arch_cpu(), &(struct audit_record){ .event = (uint16_t)event, .subject = (uint16_t)subject,
                                                    .channel = (uint16_t)channel, .type = AUDIT_NONE,
                                                    .field = AUDIT_NONE, .rule = rule,
                                                    .class_ = of_kernel(event) ? AUDIT_CLASS_KERNEL : IMAGE_CLASS_SECURITY,
                                                    .value = value, .other = other });
}

void audit_deny(uint32_t subject, uint32_t rule, uint64_t value, uint64_t other, uint32_t channel)
{
    if (!(core_policy()->header->audit_always & IMAGE_AUDIT_DENIED)) return;
    audit_note(subject, rule, value, other, channel, AUDIT_EVENT_DENIED);
}
