/* SPDX-License-Identifier: Apache-2.0 */
/* Hypercalls: number and arguments come from the subject and are untrusted; each call checks its own. */
#include "channels/abi.h"
#include "core/arch.h"
#include "core/audit.h"
#include "core/compiler.h"
#include "core/core.h"
#include "core/monitor.h"
#include "core/schedule.h"
#include "core/subject.h"

static struct monitor_send sends[IMAGE_MAX_SUBJECTS];     /* the send under way, if any */

static bool privileged(uint16_t subject, uint32_t privilege)
{
    return (core_policy()->subjects[subject].privileges & privilege) != 0;
}

/* `argument`: the call's first one. */
static APART bool refuse(uint16_t subject, uint64_t call, uint64_t argument, uint32_t rule, uint32_t status)
{
    subject_refuse(subject, rule, call, argument);
    return arch_vcpu_answer(subject, status, rule);
}

bool hypercall_continue(uint16_t subject)
{
    struct monitor_send *job = &sends[subject];
    if (!monitor_send_continue(subject, job)) return false;
    return arch_vcpu_answer(subject, job->status, job->rule | (uint64_t)job->accepted << 32);
}

static APART bool call_send(uint16_t subject, uint64_t channel, uint64_t first, uint64_t count)
{
    uint32_t status = monitor_send_begin(subject, channel, first, count, &sends[subject]);
    if (status != ABI_OK) {
        return arch_vcpu_answer(subject, status, 0);
    }
    if (hypercall_continue(subject)) return true;
    subject_wait_for_call(subject);
    return false;
}

static APART bool call_wait(uint16_t subject)
{
    uint64_t events = event_take(subject);
    if (events != 0) {
        return arch_vcpu_answer(subject, ABI_OK, events);
    }
    subject_wait_for_event(subject);
    return false;
}

static APART bool call_audit_ack(uint16_t subject, uint64_t cpu, uint64_t sequence)
{
    uint64_t sealed = 0;
    if (!privileged(subject, IMAGE_MAY_READ_AUDIT)) {
        return refuse(subject, ABI_CALL_AUDIT_ACK, cpu, IMAGE_RULE_PRIVILEGE, ABI_PRIVILEGE);
    }
    uint32_t status = audit_ack(cpu, sequence, &sealed);
    return arch_vcpu_answer(subject, status, sealed);
}

static APART bool call_shutdown(uint16_t subject)
{
    if (!privileged(subject, IMAGE_MAY_SHUTDOWN)) {
        return refuse(subject, ABI_CALL_SHUTDOWN, 0, IMAGE_RULE_PRIVILEGE, ABI_PRIVILEGE);
    }
    subject_record(subject, AUDIT_EVENT_SHUTDOWN, IMAGE_CLASS_SECURITY, IMAGE_RULE_NONE, 0, 0);
    schedule_shutdown(false);
}

static APART bool call_receive(uint16_t subject, uint64_t channel, uint64_t sequence)
{
    return arch_vcpu_answer(subject, monitor_receive(subject, channel, sequence), 0);
}

static APART bool call_notify(uint16_t subject, uint64_t channel)
{
    return arch_vcpu_answer(subject, monitor_notify(subject, channel), 0);
}

/* What a privilege gives is on record whatever the policy says of other acts. */
static APART bool call_operate(uint16_t subject, uint64_t operation)
{
    uint32_t rule, plan = core_plan();
    const struct image_operation *o = monitor_operate(subject, operation, &rule);
    if (o == 0) return refuse(subject, ABI_CALL_OPERATE, operation, rule, ABI_DENIED);
    bool switches = o->kind == IMAGE_OPERATION_SWITCH;
    if (!switches) {
        subject_order(o->object, rule, o->kind == IMAGE_OPERATION_STOP);
    } else if (!schedule_switch(o->object)) {
        return refuse(subject, ABI_CALL_OPERATE, operation, IMAGE_RULE_PLAN, ABI_DENIED);
    }
    uint16_t event = switches ? AUDIT_EVENT_PLAN : AUDIT_EVENT_ORDER;
    subject_record(subject, event, IMAGE_CLASS_SECURITY, rule, o->object, plan);
    return arch_vcpu_answer(subject, ABI_OK, 0);
}

bool subject_admits_user_call(uint16_t subject, uint64_t call)
{
    if (privileged(subject, IMAGE_MAY_CALL_FROM_USER)) return true;
    refuse(subject, call, 0, IMAGE_RULE_CALL, ABI_FROM_USER);
    return false;
}

/* Every call ends in another function, so that the dispatch itself needs neither stack nor registers of its caller. */
bool subject_call(uint16_t subject, uint64_t call, uint64_t a0, uint64_t a1, uint64_t a2)
{
    switch (call) {
    case ABI_CALL_NULL:
        return arch_vcpu_answer(subject, ABI_OK, ABI_VERSION);
    case ABI_CALL_SEND:
        return call_send(subject, a0, a1, a2);
    case ABI_CALL_RECEIVE:
        return call_receive(subject, a0, a1);
    case ABI_CALL_NOTIFY:
        return call_notify(subject, a0);
    case ABI_CALL_WAIT:
        return call_wait(subject);
    case ABI_CALL_AUDIT_ACK:
        return call_audit_ack(subject, a0, a1);
    case ABI_CALL_SHUTDOWN:
        return call_shutdown(subject);
    case ABI_CALL_OPERATE:
        return call_operate(subject, a0);
    default:
        return refuse(subject, call, a0, IMAGE_RULE_CALL, ABI_NO_CALL);
    }
}
