/* SPDX-License-Identifier: Apache-2.0 */
/* Hypercalls: number and arguments come from the subject and are untrusted; each call checks its own. */
#include "channels/abi.h"
#include "core/arch.h"
#include "core/audit.h"
#include "core/core.h"
#include "core/monitor.h"
#include "core/schedule.h"
#include "core/subject.h"

static struct monitor_send sends[IMAGE_MAX_SUBJECTS];     /* the send under way, if any */

static bool privileged(uint16_t subject, uint32_t privilege)
{
    return (core_policy()->subjects[subject].privileges & privilege) != 0;
}

static uint32_t refuse(uint16_t subject, uint32_t rule, const struct arch_exit *exit, uint32_t status)
{
    subject_refuse(subject, rule, exit->call, exit->args[0]);
    return status;
}

bool hypercall_continue(uint16_t subject)
{
    struct monitor_send *job = &sends[subject];
    if (!monitor_send_continue(subject, job)) return false;
    arch_vcpu_answer(subject, job->status, job->rule | (uint64_t)job->accepted << 32);
    return true;
}

static bool call_send(uint16_t subject, const struct arch_exit *exit)
{
    uint32_t status = monitor_send_begin(subject, exit->args[0], exit->args[1], exit->args[2], &sends[subject]);
    if (status == ABI_OK) return hypercall_continue(subject);
    arch_vcpu_answer(subject, status, 0);
    return true;
}

static bool call_wait(uint16_t subject)
{
    uint64_t events = event_take(subject);
    if (events != 0) arch_vcpu_answer(subject, ABI_OK, events);
    else subject_wait_for_event(subject);
    return true;
}

static uint32_t call_audit_ack(uint16_t subject, const struct arch_exit *exit, uint64_t *sealed)
{
    if (!privileged(subject, IMAGE_MAY_READ_AUDIT)) return refuse(subject, IMAGE_RULE_PRIVILEGE, exit, ABI_PRIVILEGE);
    return audit_ack(exit->args[0], exit->args[1], sealed);
}

static uint32_t call_shutdown(uint16_t subject, const struct arch_exit *exit)
{
    if (!privileged(subject, IMAGE_MAY_SHUTDOWN)) return refuse(subject, IMAGE_RULE_PRIVILEGE, exit, ABI_PRIVILEGE);
    audit_write(core_policy()->subjects[subject].cpu,
                &(struct audit_record){ .event = AUDIT_EVENT_SHUTDOWN, .subject = subject, .channel = AUDIT_NONE,
                                        .type = AUDIT_NONE, .field = AUDIT_NONE, .class_ = IMAGE_CLASS_SECURITY });
    schedule_shutdown(false);
}

bool hypercall_serve(uint16_t subject, const struct arch_exit *exit)
{
    uint32_t status;
    uint64_t result = 0;
    if (exit->from_user && !privileged(subject, IMAGE_MAY_CALL_FROM_USER)) {
        arch_vcpu_answer(subject, refuse(subject, IMAGE_RULE_CALL, exit, ABI_FROM_USER), 0);
        return true;
    }
    switch (exit->call) {
    case ABI_CALL_NULL:
        status = ABI_OK;
        result = ABI_VERSION;
        break;
    case ABI_CALL_SEND:
        return call_send(subject, exit);
    case ABI_CALL_RECEIVE:
        status = monitor_receive(subject, exit->args[0], exit->args[1]);
        break;
    case ABI_CALL_NOTIFY:
        status = monitor_notify(subject, exit->args[0]);
        break;
    case ABI_CALL_WAIT:
        return call_wait(subject);
    case ABI_CALL_AUDIT_ACK:
        status = call_audit_ack(subject, exit, &result);
        break;
    case ABI_CALL_SHUTDOWN:
        status = call_shutdown(subject, exit);
        break;
    default:
        status = refuse(subject, IMAGE_RULE_CALL, exit, ABI_NO_CALL);
        break;
    }
    arch_vcpu_answer(subject, status, result);
    return true;
}
