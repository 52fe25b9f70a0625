/* SPDX-License-Identifier: Apache-2.0 */
/* The contract of core/arch.h on a scripted machine. */
#include <string.h>
#include "channels/info.h"
#include "core/audit.h"
#include "core/core.h"
#include "core/subject.h"
#include "host/host.h"

struct host host;

void host_reset(host_script *script, uint64_t end)
{
    memset(&host, 0, sizeof host);
    host.script = script;
    host.end = end;
    host.timer = UINT64_MAX;
}

void host_run(void (*function)(uint32_t cpu), uint32_t cpu)
{
    host.cpu = cpu;
    if (setjmp(host.exit) == 0) function(cpu);
}

static void advance_to(uint64_t instant)
{
    if (instant > host.now) host.now = instant;
    if (host.now >= host.end) longjmp(host.exit, 1);
}

uint64_t arch_now(void)
{
    advance_to(host.now + (host.stands_still ? 0 : 1));
    return host.now;
}

uint32_t arch_cpu(void)
{
    return host.cpu;
}

uint32_t arch_call_instruction(void)
{
    return INFO_CALL_VMMCALL;
}

void arch_vcpu_reset(uint32_t subject)
{
    host.resets[subject]++;
}

void arch_vcpu_unload(void)
{
}

bool arch_vcpu_give(uint64_t subject, uint64_t to)
{
    arch_vcpu_answer((uint32_t)subject, 0, 0);
    host.given[subject] = (uint16_t)(1 + to);
    return false;
}

static bool leave_for_interrupt(void)
{
    audit_flush(arch_cpu());
    return false;
}

static bool leave(uint32_t subject, const struct host_act *a)
{
    if (a->exit == HOST_REFUSED) audit_deny(subject, a->rule, a->value, a->other, AUDIT_NONE);
    else if (a->exit == HOST_FAULTS) subject_fault(subject, a->rule, a->value, a->other);
    else subject_wait(subject, a->exit == HOST_REFLECTED ? WAIT_FOR_MONITOR : WAIT_FOR_INTERRUPT);
    return a->exit == HOST_REFUSED;
}

/* One act of the script; false: the subject is not entered again. An interrupt that is due comes first. */
static bool act(uint32_t subject)
{
    struct host_act a = { 0 };
    arch_now();
    if (host.now >= host.timer) return leave_for_interrupt();
    if (host.entry_count < HOST_MAX_ENTRIES) host.entries[host.entry_count++] = (struct host_entry){ host.now, subject };
    host.offered[subject] = event_peek(subject);
    if (host.takes_events) event_clear(subject, host.offered[subject] & (~host.offered[subject] + 1));
    if (!host.script(subject, host.entered[subject]++, &a)) {
        advance_to(host.timer);
        return leave_for_interrupt();
    }
    if (a.calls && a.from_user && !subject_admits_user_call(subject, a.call)) return true;
    if (a.calls) return subject_call(subject, a.call, a.args[0], a.args[1], a.args[2]);
    return leave(subject, &a);
}

void arch_vcpu_run(uint32_t subject)
{
    for (;;) {
        while (act(subject)) {}
        uint32_t to = host.given[subject];
        if (to == 0) return;
        host.given[subject] = 0;
        subject = to - 1;
        if (!subject_runs(subject)) break;
    }
    subject_wake(subject);
}

bool arch_vcpu_answer(uint32_t subject, uint64_t status, uint64_t result)
{
    host.answers[subject][0] = status;
    host.answers[subject][1] = result;
    return true;
}

void arch_timer_arm(uint64_t instant)
{
    host.timer = instant;
}

void arch_wait_until(uint64_t instant)
{
    advance_to(instant);
}

void arch_sleep(void)
{
    host.sleeps++;
    advance_to(host.timer);
}

void arch_flush(void)
{
    host.flushes++;
}

void arch_kick(uint32_t cpu, enum arch_kick why)
{
    (void)cpu;
    host.kicked_for = why;
    host.kicks++;
}

void arch_stop_others(void)
{
    host.stops++;
}

_Noreturn void arch_power_off(void)
{
    host.powered_off = true;
    longjmp(host.exit, 1);
}

_Noreturn void arch_halt(void)
{
    host.halted = true;
    longjmp(host.exit, 1);
}

void arch_copy_once(void *to, const void *from, uint32_t size)
{
    memcpy(to, from, size);
}

uint64_t arch_load_once(const uint64_t *from)
{
    uint64_t value;
    arch_copy_once(&value, from, sizeof value);
    return value;
}

void arch_copy(void *to, const void *from, uint64_t size)
{
    memcpy(to, from, size);
}

void arch_fill_zero(void *to, uint64_t size)
{
    memset(to, 0, size);
}
