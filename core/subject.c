/* SPDX-License-Identifier: Apache-2.0 */
/* A subject's life: running, waiting, being rebuilt, stopped. */
#include "core/subject.h"
#include "core/arch.h"
#include "channels/abi.h"
#include "core/audit.h"
#include "core/compiler.h"
#include "core/core.h"
#include "core/monitor.h"
#include "core/schedule.h"

enum state {
    STATE_RUN, STATE_CALL = WAIT_FOR_CALL, STATE_WAIT_CALL = WAIT_FOR_EVENT, STATE_WAIT_HLT = WAIT_FOR_INTERRUPT, STATE_REBUILD,
    STATE_STOPPED
};

struct life {
    uint8_t state;                    /* enum state */
    uint16_t restarts_in_period;
    uint32_t epoch;
    uint64_t period_start;            /* TSC of the first restart in the period */
};

static struct life lives[IMAGE_MAX_SUBJECTS];
static uint32_t orders[IMAGE_MAX_SUBJECTS];   /* rule * 2 + whether to stop; 0: none. Any CPU may set it */

uint32_t core_epoch(uint16_t subject)
{
    return lives[subject].epoch;
}

bool subject_stopped(uint16_t subject)
{
    return lives[subject].state == STATE_STOPPED && __atomic_load_n(&orders[subject], __ATOMIC_SEQ_CST) == 0;
}

void subject_record(uint16_t subject, uint16_t event, uint32_t class_, uint32_t rule, uint64_t value, uint64_t other)
{
    audit_write(core_policy()->subjects[subject].cpu,
                &(struct audit_record){ .event = event, .subject = subject, .channel = AUDIT_NONE, .type = AUDIT_NONE,
                                        .field = AUDIT_NONE, .rule = rule, .class_ = class_, .value = value, .other = other });
}

void subject_refuse(uint16_t subject, uint32_t rule, uint64_t value, uint64_t other)
{
    if (core_policy()->header->audit_always & IMAGE_AUDIT_DENIED) {
        subject_record(subject, AUDIT_EVENT_DENIED, IMAGE_CLASS_SECURITY, rule, value, other);
    }
}

/* Whether the policy allows one more restart now, for this rule's sake. */
static bool may_restart(uint16_t subject, uint32_t rule)
{
    const struct image_subject *s = &core_policy()->subjects[subject];
    struct life *life = &lives[subject];
    if (s->on_violation == IMAGE_VIOLATION_STOP && rule != IMAGE_RULE_FAULT) return false;
    uint64_t now = arch_now();
    if (now - life->period_start > (uint64_t)s->restart_period_s * core_tsc_khz() * 1000) {
        life->restarts_in_period = 0;
    }
    if (life->restarts_in_period >= s->restart_max) return false;
    if (life->restarts_in_period++ == 0) life->period_start = now;
    return true;
}

static void start_again(uint16_t subject, uint32_t rule)
{
    struct life *life = &lives[subject];
    life->epoch++;
    life->state = STATE_REBUILD;
    if (core_policy()->header->audit_always & IMAGE_AUDIT_RESTART) {
        subject_record(subject, AUDIT_EVENT_RESTART, AUDIT_CLASS_KERNEL, rule, life->epoch, 0);
    }
    restart_begin(subject);
}

static APART void stop(uint16_t subject, uint32_t rule, uint64_t value, uint64_t other)
{
    lives[subject].state = STATE_STOPPED;
    subject_record(subject, AUDIT_EVENT_STOP, AUDIT_CLASS_KERNEL, rule, value, other);
}

void subject_order(uint16_t subject, uint32_t rule, bool stop)
{
    __atomic_store_n(&orders[subject], rule * 2 + stop, __ATOMIC_SEQ_CST);
    schedule_nudge(subject);
}

/* Carries out an order, if there is one. */
static void obey(uint16_t subject)
{
    if (__atomic_load_n(&orders[subject], __ATOMIC_RELAXED) == 0) return;
    uint32_t order = __atomic_exchange_n(&orders[subject], 0, __ATOMIC_SEQ_CST);
    if (order % 2 == 0) start_again(subject, order / 2);
    else if (lives[subject].state != STATE_STOPPED) stop(subject, order / 2, 0, 0);
}

void subject_fault(uint16_t subject, uint32_t rule, uint64_t value, uint64_t other)
{
    subject_refuse(subject, rule, value, other);
    if (may_restart(subject, rule)) {
        start_again(subject, rule);
        return;
    }
    stop(subject, rule, value, other);
    if (core_policy()->subjects[subject].fault_then == IMAGE_FAULT_HALT) schedule_shutdown(true);
}

STARTUP void subject_start_all(void)
{
    for (uint16_t s = 0; s < core_policy()->subjects_count; s++) {
        lives[s] = (struct life){ .state = STATE_RUN };
        restart_begin(s);
        while (!restart_continue(s)) {}
        arch_vcpu_reset(s);
    }
}

void subject_wait(uint16_t subject, enum subject_wait what)
{
    lives[subject].state = (uint8_t)what;
}

/* Goes on with a rebuild; the subject's state as its peers see it changes only once its memory is in place. */
static void rebuild(uint16_t subject)
{
    if (!restart_continue(subject)) return;
    event_take(subject);
    monitor_restarted(subject);
    arch_vcpu_reset(subject);
    arch_vcpu_load(subject);          /* or the old life's live registers would go on, and be put away over the new ones */
    lives[subject].state = STATE_RUN;
}

/* The subject is left for a timer or a kick: time for what the audit could not take before. */
void subject_interrupted(uint16_t subject)
{
    audit_flush(core_policy()->subjects[subject].cpu);
}

/* What the subject waited for is there. To HLT, the event itself is offered as a virtual interrupt. */
static APART void wake(uint16_t subject)
{
    struct life *life = &lives[subject];
    if (life->state == STATE_WAIT_CALL) arch_vcpu_answer(subject, ABI_OK, event_take(subject));
    life->state = STATE_RUN;
}

static bool waits(const struct life *life)
{
    return life->state == STATE_WAIT_CALL || life->state == STATE_WAIT_HLT;
}

/* Nothing to do until an interrupt comes: what the audit holds back is written first. */
static void rest(uint16_t subject)
{
    audit_flush(core_policy()->subjects[subject].cpu);
    arch_sleep();
}

/* One step of a subject: run it, or go on with what it waits for. */
static void step(uint16_t subject)
{
    struct life *life = &lives[subject];
    if (life->state == STATE_RUN) {
        arch_vcpu_run(subject);
    } else if (life->state == STATE_CALL) {
        if (hypercall_continue(subject)) life->state = STATE_RUN;
    } else if (life->state == STATE_REBUILD) {
        rebuild(subject);
    } else if (event_peek(subject) == 0) {
        rest(subject);
    } else {
        wake(subject);
    }
}

void subject_run(uint16_t subject)
{
    struct life *life = &lives[subject];
    if (waits(life)) wake(subject);   /* a new window ends a wait, so that a subject which also polls a device gets to do so */
    arch_vcpu_load(subject);
    while (obey(subject), life->state != STATE_STOPPED && !core_time_up(subject)) {
        schedule_arm(core_policy()->subjects[subject].cpu);
        step(subject);
    }
    arch_vcpu_unload(subject);
}
