/* SPDX-License-Identifier: Apache-2.0 */
/* A subject's life: running, waiting, being rebuilt, stopped. */
#include "core/subject.h"
#include "channels/abi.h"
#include "core/audit.h"
#include "core/compiler.h"
#include "core/core.h"
#include "core/monitor.h"
#include "core/schedule.h"

/* Of union subject_gate, beside what a subject waits for. */
enum { STOPPED = WAIT_FOR_MONITOR + 1, REBUILDING };       /* above REBUILDING: memory is in place, what next its peers learn */

struct life {
    uint16_t restarts_in_period;
    uint32_t epoch;
    uint64_t period_start;            /* TSC of the first restart in the period */
};

static struct life lives[IMAGE_MAX_SUBJECTS];
union subject_gate subject_gates[IMAGE_MAX_SUBJECTS];

/* The only state of a subject, but orders, that other CPUs write. */
uint64_t event_words[IMAGE_MAX_SUBJECTS];

void core_event_raise(uint32_t subject, uint8_t event)
{
    uint64_t bit = 1ull << event;
    uint64_t before = __atomic_fetch_or(&event_words[subject], bit, __ATOMIC_SEQ_CST);
    /* Coalesced: whoever raised the bit first has made the receiver look, or it is not running and will look when it does. */
    if ((before & bit) == 0) schedule_nudge(subject, KICK_EVENT);
}

uint32_t core_epoch(uint32_t subject)
{
    return lives[subject].epoch;
}

bool subject_stopped(uint32_t subject)
{
    const union subject_gate *gate = &subject_gates[subject];
    return gate->state == STOPPED && __atomic_load_n(&gate->order, __ATOMIC_SEQ_CST) == 0;
}

/* Whether the policy allows one more restart now, for this rule's sake. */
static bool may_restart(uint32_t subject, uint32_t rule)
{
    const struct image_subject *s = &core_policy()->subjects[subject];
    struct life *life = &lives[subject];
    if (rule == IMAGE_RULE_DIGEST || (s->on_violation == IMAGE_VIOLATION_STOP && rule < IMAGE_RULE_FAULT)) return false;
    uint64_t now = arch_now();
    if (now - life->period_start > (uint64_t)s->restart_period_s * core_tsc_khz() * 1000) life->restarts_in_period = 0;
    if (life->restarts_in_period >= s->restart_max) return false;
    if (life->restarts_in_period++ == 0) life->period_start = now;
    return true;
}

static APART void begin_life(uint32_t subject)
{
    lives[subject].epoch++;
    subject_gates[subject].state = REBUILDING;
    restart_begin(subject);
}

/* Its monitor too, which is rebuilt first. */
static void start_again(uint32_t subject, uint32_t rule)
{
    uint32_t monitor = core_policy()->subjects[subject].monitor;
    begin_life(subject);
    if (monitor != IMAGE_NONE) begin_life(monitor);
    if (core_policy()->header->audit_always & IMAGE_AUDIT_RESTART) {
        audit_note(subject, rule, core_epoch(subject), 0, AUDIT_NONE, AUDIT_EVENT_RESTART);
    }
}

static APART void stop(uint32_t subject, uint32_t rule, uint64_t value, uint64_t other)
{
    subject_gates[subject].state = STOPPED;
    audit_note(subject, rule, value, other, AUDIT_NONE, rule == IMAGE_RULE_DIGEST ? AUDIT_EVENT_CORRUPT : AUDIT_EVENT_STOP);
}

void subject_order(uint32_t subject, uint32_t rule, bool stop)
{
    __atomic_store_n(&subject_gates[subject].order, rule * 2 + stop, __ATOMIC_SEQ_CST);
    schedule_nudge(subject, KICK_CORE);
}

/* Carries out an order, if there is one; of a restart that peers have learnt of in part, once they have learnt all. */
static void obey(uint32_t subject)
{
    if (__atomic_load_n(&subject_gates[subject].order, __ATOMIC_RELAXED) == 0) return;
    if (subject_gates[subject].state > REBUILDING) return;
    uint32_t order = __atomic_exchange_n(&subject_gates[subject].order, 0, __ATOMIC_SEQ_CST);
    if (order % 2 == 0) start_again(subject, order / 2);
    else if (subject_gates[subject].state != STOPPED) stop(subject, order / 2, 0, 0);
}

/* A monitor's fault is its subject's. */
bool subject_fault(uint32_t subject, uint32_t rule, uint64_t value, uint64_t other)
{
    uint32_t served = core_policy()->subjects[subject].serves;
    audit_deny(subject, rule, value, other, AUDIT_NONE);
    if (served != IMAGE_NONE) {
        subject = served;
        if (rule != IMAGE_RULE_DIGEST) rule = IMAGE_RULE_MONITOR;
    }
    if (may_restart(subject, rule)) {
        start_again(subject, rule);
        return false;
    }
    stop(subject, rule, value, other);
    if (core_policy()->subjects[subject].fault_then == IMAGE_FAULT_HALT) schedule_shutdown(true);
    return false;
}

STARTUP void subject_start_all(void)
{
    restart_start();
    for (uint16_t s = 0; s < core_policy()->subjects_count; s++) {
        subject_gates[s].all = WAIT_FOR_NOTHING;
        lives[s] = (struct life){ 0 };
        restart_begin(s);
        if (restart_continue(s) == RESTART_SPOILED) subject_gates[s].state = REBUILDING;     /* told on its own CPU */
        arch_vcpu_reset(s);
    }
}

bool subject_wait(uint32_t subject, enum subject_wait what)
{
    subject_gates[subject].state = what;
    return false;
}

/*
 * Goes on with a rebuild; the subject's state as its peers see it changes only once its memory is in place. Its monitor comes
 * first, so that a new life begins only after all that it resets is reset.
 */
static void rebuild(uint32_t subject)
{
    uint32_t monitor = core_policy()->subjects[subject].monitor;
    if (monitor != IMAGE_NONE && subject_gates[monitor].state >= REBUILDING) subject = monitor;
    uint32_t *state = &subject_gates[subject].state, next = *state - REBUILDING;
    if (next == 0) {
        enum restart restart = restart_continue(subject);
        if (restart == RESTART_SPOILED) subject_fault(subject, IMAGE_RULE_DIGEST, 0, 0);
        if (restart != RESTART_DONE) return;
        event_take(subject);          /* what is raised from here on may be for the new life */
        next = 1;
    }
    next = monitor_restarted(subject, next);
    *state = next + REBUILDING;
    if (next != 0) return;
    arch_vcpu_reset(subject);
    *state = WAIT_FOR_NOTHING;
}

/* What the subject waited for, if it did, is there. To HLT, the event itself is offered as a virtual interrupt. */
static APART void wake(uint32_t subject)
{
    union subject_gate *life = &subject_gates[subject];
    if (life->state == WAIT_FOR_EVENT) arch_vcpu_answer(subject, ABI_OK, event_take(subject));
    else if (life->state != WAIT_FOR_INTERRUPT) return;
    life->state = WAIT_FOR_NOTHING;
}

/* One step of a subject or a monitor: run it, or go on with what it waits for. */
static void step(uint32_t subject)
{
    union subject_gate *life = &subject_gates[subject];
    if (life->state == WAIT_FOR_NOTHING) {
        arch_vcpu_run(subject);
    } else if (life->state == WAIT_FOR_CALL) {
        if (hypercall_continue(subject)) life->state = WAIT_FOR_NOTHING;
    } else if (life->state >= REBUILDING) {
        rebuild(subject);
    } else if (event_peek(subject) == 0) {
        audit_flush(arch_cpu());      /* nothing to do until an interrupt comes: what the audit holds back is written first */
        arch_sleep();
    } else {
        wake(subject);
    }
}

/* Who has the subject's time: its monitor, as long as that owes it an answer. */
static APART uint32_t actor(uint32_t subject)
{
    return subject_gates[subject].state == WAIT_FOR_MONITOR ? core_policy()->subjects[subject].monitor : subject;
}

void subject_wake(uint32_t subject)
{
    wake(actor(subject));
}

void subject_run(uint32_t subject)
{
    subject_wake(subject);            /* a new window ends a wait, so that a subject which also polls a device gets to do so */
    while (obey(subject), subject_gates[subject].state != STOPPED && !core_time_up()) {
        schedule_arm(arch_cpu());
        step(actor(subject));
        subject = schedule_current(arch_cpu());
    }
    arch_vcpu_unload();
}
