/* SPDX-License-Identifier: Apache-2.0 */
/* The cyclic plan: which subject has which CPU from when to when. */
#include "core/schedule.h"
#include "core/audit.h"
#include "core/core.h"
#include "core/compiler.h"
#include "core/subject.h"

/*
 * A plan and the TSC at which its first frame begins, in one word, so that all CPUs take up a plan at the same instant: the
 * plan in the lowest bits, above it the TSC, whose 59 bits last for six years at 3 GHz. The TSC loses nothing: whoever has the
 * same windows in both plans must not tell by their beginnings that there was a switch.
 */
static uint64_t turn;                         /* the plan that runs, or the one that all have yet to take up */
static uint32_t missing;                      /* CPUs that have yet to take it up; the turn is fixed until then */
static uint64_t taken[IMAGE_MAX_CPUS];        /* the turn that the CPU has taken; it alone reads and writes it */
static uint64_t deadline[IMAGE_MAX_CPUS];     /* TSC at which the window's work stops; UINT64_MAX: never. Others may end that */
static uint32_t current[IMAGE_MAX_CPUS];      /* subject that runs there; read by other CPUs */
static SEALED uint32_t tsc_khz;
static SEALED uint64_t margin;                /* SCHEDULE_MARGIN_US in ticks, the image's at least */
static SEALED bool mixed[IMAGE_MAX_CPUS];     /* subjects of different labels share the CPU: it forgets each of them */

static uint64_t turn_start(uint64_t t)
{
    return t / IMAGE_MAX_PLANS;
}

static uint64_t turn_now(void)
{
    return __atomic_load_n(&turn, __ATOMIC_SEQ_CST);
}

/* Subjects of a CPU are alike if each has the labels of the first. */
STARTUP static void find_mixed(void)
{
    const struct image_subject *first[IMAGE_MAX_CPUS] = { 0 }, *s = core_policy()->subjects;
    for (const struct image_subject *end = s + core_policy()->subjects_count; s < end; s++) {
        if (!first[s->cpu]) first[s->cpu] = s;
        if (s->label_low != first[s->cpu]->label_low || s->label_high != first[s->cpu]->label_high) mixed[s->cpu] = true;
    }
}

STARTUP void schedule_start(uint64_t instant, uint32_t khz)
{
    turn = instant * IMAGE_MAX_PLANS;
    missing = 0;
    tsc_khz = khz;
    for (uint32_t cpu = 0; cpu < IMAGE_MAX_CPUS; cpu++) {
        current[cpu] = IMAGE_NONE;
        taken[cpu] = turn;
        deadline[cpu] = UINT64_MAX;           /* start-up has time */
        mixed[cpu] = false;
    }
    find_mixed();
}

STARTUP bool schedule_fits(void)
{
    const struct image_window *w = core_policy()->windows;
    margin = (uint64_t)SCHEDULE_MARGIN_US * tsc_khz / 1000;
    if (margin < core_policy()->header->margin_ticks) margin = core_policy()->header->margin_ticks;
    for (const struct image_window *end = w + core_policy()->windows_count; w < end; w++) {
        if (w->subject != IMAGE_NONE && (uint64_t)w->length_us * tsc_khz / 1000 <= margin) return false;
    }
    return true;
}

uint32_t core_tsc_khz(void)
{
    return tsc_khz;
}

uint32_t core_plan(void)
{
    return (uint32_t)taken[arch_cpu()] % IMAGE_MAX_PLANS;
}

uint32_t schedule_current(uint32_t cpu)
{
    return __atomic_load_n(&current[cpu], __ATOMIC_SEQ_CST);
}

bool core_give(uint64_t subject, uint64_t to)
{
    __atomic_store_n(&current[core_policy()->subjects[to].cpu], (uint32_t)to, __ATOMIC_SEQ_CST);
    return arch_vcpu_give(subject, to);
}

void schedule_nudge(uint32_t subject, enum arch_kick why)
{
    uint32_t cpu = core_policy()->subjects[subject].cpu;
    if (cpu != arch_cpu() && schedule_current(cpu) == subject) arch_kick(cpu, why);
}

static uint64_t window_end(uint32_t cpu)
{
    return __atomic_load_n(&deadline[cpu], __ATOMIC_SEQ_CST);
}

bool core_window_ends(uint32_t cpu)
{
    return window_end(cpu) != UINT64_MAX;
}

bool core_time_up(void)
{
    return arch_now() >= window_end(arch_cpu());
}

void schedule_arm(uint32_t cpu)
{
    arch_timer_arm(window_end(cpu));
}

static APART uint64_t ticks(uint64_t us)
{
    return us * tsc_khz / 1000;
}

/* When work must be over for something to begin at `instant`. */
static uint64_t ahead_of(uint64_t instant)
{
    return instant - margin;
}

/* The first end of a frame that every CPU is sure to see coming. */
static uint64_t next_frame(uint64_t t)
{
    uint64_t major = ticks(core_policy()->plans[t % IMAGE_MAX_PLANS].major_us);
    return turn_start(t) + ((arch_now() + 2 * margin - turn_start(t)) / major + 1) * major;
}

bool schedule_switch(uint32_t plan)
{
    uint32_t cpus = core_policy()->cpus_count, none = 0;
    if (!__atomic_compare_exchange_n(&missing, &none, cpus, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) return false;
    uint64_t start = next_frame(turn);
    __atomic_store_n(&turn, start * IMAGE_MAX_PLANS + plan, __ATOMIC_SEQ_CST);
    while (cpus-- > 0) {
        uint64_t never = UINT64_MAX;
        if (__atomic_compare_exchange_n(&deadline[cpus], &never, ahead_of(start), false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
            arch_kick(cpus, KICK_CORE);       /* dedicated: it looks at no frames by itself */
        }
    }
    return true;
}

/*
 * Lets a subject have the window until its work must be over; idles where it does not run. What the processor keeps of it is
 * cleared before the wait for the window's end, so that the time this takes is no one's to see.
 */
static void window_work(uint32_t cpu, uint32_t subject)
{
    while (!core_time_up()) {
        /* Again, should the one that it gave its time to have stopped. */
        __atomic_store_n(&current[cpu], subject, __ATOMIC_SEQ_CST);
        if (subject != IMAGE_NONE && !subject_stopped(subject)) {
            subject_run(subject);
        } else {
            audit_flush(cpu);
            schedule_arm(cpu);
            arch_sleep();
        }
    }
    if (mixed[cpu]) arch_flush();
    __atomic_store_n(&current[cpu], IMAGE_NONE, __ATOMIC_SEQ_CST);
}

/* A CPU that belongs to one subject: no timer. Whoever switches plans either finds the deadline open or is seen here. */
static void open_end(uint32_t cpu)
{
    __atomic_store_n(&deadline[cpu], UINT64_MAX, __ATOMIC_SEQ_CST);
    uint64_t next = turn_now();
    if (next != taken[cpu]) __atomic_store_n(&deadline[cpu], ahead_of(turn_start(next)), __ATOMIC_SEQ_CST);
    audit_flush(cpu);                 /* a kick for freed slots that came while the CPU waited for this plan is gone; */
    audit_flush(cpu);                 /* the first goes on where time was up, the second looks at all */
}

/*
 * Runs one frame; nobody runs in windows whose end has passed (a CPU that was stopped from outside). The wait is for the next
 * window's beginning, once all that depends on the plan is done, so that no beginning tells of a switch.
 */
static void frame_run(uint32_t cpu, uint32_t plan, uint64_t frame)
{
    const struct image_window *w = core_policy()->windows;
    for (const struct image_window *last = w + core_policy()->windows_count; w < last; w++) {
        if (w->plan != plan || w->cpu != cpu) continue;
        arch_wait_until(frame + ticks(w->start_us));
        if (w->flags & IMAGE_WINDOW_DEDICATED) {
            open_end(cpu);
        } else {
            uint64_t end = frame + ticks((uint64_t)w->start_us + w->length_us);
            __atomic_store_n(&deadline[cpu], ahead_of(end), __ATOMIC_SEQ_CST);
        }
        window_work(cpu, w->subject);             /* from here alone: VMX counts on a stack that is as deep each time */
    }
}

/* The first frame begins here: apart, so that it is found by name (`make bench`). */
APART _Noreturn void schedule_run(uint32_t cpu)
{
    for (;;) {
        uint32_t plan = core_plan();
        uint64_t major = ticks(core_policy()->plans[plan].major_us), frame = turn_start(taken[cpu]), next;
        do {
            uint64_t now = arch_now();
            if (now > frame + major) frame += (now - frame) / major * major;
            frame_run(cpu, plan, frame);
            frame += major;
            next = turn_now();
        } while (next == taken[cpu] || (frame < turn_start(next) && arch_now() < ahead_of(turn_start(next))));
        taken[cpu] = next;
        __atomic_fetch_sub(&missing, 1, __ATOMIC_SEQ_CST);
    }
}

_Noreturn void schedule_shutdown(bool halt)
{
    arch_stop_others();
    audit_close();
    if (halt) arch_halt();
    arch_power_off();
}
