/* SPDX-License-Identifier: Apache-2.0 */
/* Hypercalls: number and arguments come from the subject and are untrusted; each call checks its own. */
#include "channels/abi.h"
#include "core/audit.h"
#include "core/compiler.h"
#include "core/core.h"
#include "core/monitor.h"
#include "core/schedule.h"
#include "core/subject.h"

/* All calls take their arguments where the subject left them, so that going to one moves nothing. */
#define CALL(name)                                                                                                         \
    static bool call_##name(uint32_t subject, UNUSED uint64_t call, UNUSED uint64_t a0, UNUSED uint64_t a1, UNUSED uint64_t a2)

static struct monitor_send sends[IMAGE_MAX_SUBJECTS];     /* the send under way, if any */

static bool privileged(uint32_t subject, uint32_t privilege)
{
    return (core_policy()->subjects[subject].privileges & privilege) != 0;
}

/* `argument`: the call's first one. */
static APART bool refuse(uint32_t subject, uint64_t call, uint64_t argument, uint32_t rule, uint32_t status)
{
    audit_deny(subject, rule, call, argument, AUDIT_NONE);
    return arch_vcpu_answer(subject, status, rule);
}

bool hypercall_continue(uint32_t subject)
{
    struct monitor_send *job = &sends[subject];
    if (!monitor_send_continue(subject, job)) return subject_wait(subject, WAIT_FOR_CALL);
    return arch_vcpu_answer(subject, job->rule != 0 ? ABI_DENIED : ABI_OK, job->rule | (uint64_t)job->accepted << 32);
}

CALL(null)
{
    return arch_vcpu_answer(subject, ABI_OK, ABI_VERSION);
}

CALL(send)
{
    uint32_t status = monitor_send_begin(subject, a0, a1, a2, &sends[subject]);
    if (status != ABI_OK) return arch_vcpu_answer(subject, status, 0);
    return hypercall_continue(subject);
}

CALL(wait)
{
    uint64_t events = event_take(subject);
    if (events != 0) return arch_vcpu_answer(subject, ABI_OK, events);
    return subject_wait(subject, WAIT_FOR_EVENT);
}

CALL(audit_ack)
{
    uint64_t sealed = 0;
    if (!privileged(subject, IMAGE_MAY_READ_AUDIT)) return refuse(subject, call, a0, IMAGE_RULE_PRIVILEGE, ABI_PRIVILEGE);
    uint32_t status = audit_ack(a0, a1, &sealed);
    if (status != ABI_OK) audit_deny(subject, IMAGE_RULE_CALL, a1, a0, AUDIT_NONE);    /* its own mistakes are on record too */
    return arch_vcpu_answer(subject, status, sealed);
}

CALL(shutdown)
{
    if (!privileged(subject, IMAGE_MAY_SHUTDOWN)) return refuse(subject, call, 0, IMAGE_RULE_PRIVILEGE, ABI_PRIVILEGE);
    audit_note(subject, IMAGE_RULE_NONE, 0, 0, AUDIT_NONE, AUDIT_EVENT_SHUTDOWN);
    schedule_shutdown(false);
}

CALL(receive)
{
    return arch_vcpu_answer(subject, monitor_receive(subject, a0, a1), 0);
}

CALL(notify)
{
    return arch_vcpu_answer(subject, monitor_notify(subject, a0), 0);
}

/* What a privilege gives is on record whatever the policy says of other acts. */
APART bool core_operate(uint32_t subject, uint64_t call, uint64_t a0)
{
    uint32_t rule, plan = core_plan();
    const struct image_operation *o = monitor_judge_operation(subject, a0, &rule);
    uint16_t event = AUDIT_EVENT_ORDER;
    if (o != 0 && o->kind == IMAGE_OPERATION_SWITCH) {
        event = AUDIT_EVENT_PLAN;
        if (!schedule_switch(o->object)) o = 0, rule = IMAGE_RULE_PLAN;
    }
    if (o == 0) return refuse(subject, call, a0, rule, ABI_DENIED);
    if (event == AUDIT_EVENT_ORDER) subject_order(o->object, rule, o->kind == IMAGE_OPERATION_STOP);
    audit_note(subject, rule, o->object, plan, AUDIT_NONE, event);
    return arch_vcpu_answer(subject, ABI_OK, 0);
}

/* For monitors alone, each of which has a turn while its subject's exit is unanswered and at no other time. */
static APART bool answer_exit(uint32_t subject, uint64_t call, uint64_t why)
{
    uint32_t served = core_policy()->subjects[subject].serves;
    if (call != ABI_CALL_RESUME || served == IMAGE_NONE) return refuse(subject, call, why, IMAGE_RULE_CALL, ABI_NO_CALL);
    if (why != 0) return subject_fault(subject, IMAGE_RULE_MONITOR, why, 0);
    return subject_wait(served, WAIT_FOR_NOTHING);
}

bool subject_admits_user_call(uint32_t subject, uint64_t call)
{
    if (privileged(subject, IMAGE_MAY_CALL_FROM_USER)) return true;
    refuse(subject, call, 0, IMAGE_RULE_CALL, ABI_FROM_USER);
    return false;
}

enum { TABLE = ABI_CALL_RESUME };
static_assert((TABLE & (TABLE - 1)) == 0 && TABLE + 1 == ABI_CALL_COUNT, "a mask covers the table; one call stands apart");

/* The number, masked behind the compiler's back: not even speculation past the comparison leaves the table. */
static uint64_t in_table(uint64_t call)
{
    __asm__("" : "+r"(call));
    return call & (TABLE - 1);
}

bool subject_call(uint32_t subject, uint64_t call, uint64_t a0, uint64_t a1, uint64_t a2)
{
    typedef bool serve(uint32_t subject, uint64_t call, uint64_t a0, uint64_t a1, uint64_t a2);
    static serve *const calls[TABLE] = {
        call_null, call_send, call_receive, call_notify, call_wait, call_audit_ack, call_shutdown, monitor_operate
    };
    if (__builtin_expect(call >= TABLE, false)) return answer_exit(subject, call, a0);
    return calls[in_table(call)](subject, call, a0, a1, a2);
}
