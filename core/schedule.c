/* SPDX-License-Identifier: Apache-2.0 */
/* The cyclic plan: which subject has which CPU from when to when. */
#include "core/schedule.h"
#include "core/arch.h"
#include "core/audit.h"
#include "core/core.h"
#include "core/compiler.h"
#include "core/subject.h"

static SEALED uint64_t first_frame;           /* TSC */
static SEALED uint32_t tsc_khz;
static uint64_t deadline[IMAGE_MAX_CPUS];     /* TSC at which long work on the CPU stops */
static uint16_t current[IMAGE_MAX_CPUS];      /* subject that runs there; read by other CPUs */

void schedule_start(uint64_t instant, uint32_t khz)
{
    first_frame = instant;
    tsc_khz = khz;
    for (uint32_t cpu = 0; cpu < IMAGE_MAX_CPUS; cpu++) current[cpu] = IMAGE_NONE;
}

uint32_t core_tsc_khz(void)
{
    return tsc_khz;
}

uint32_t core_plan(void)
{
    return 0;
}

uint16_t schedule_current(uint32_t cpu)
{
    return __atomic_load_n(&current[cpu], __ATOMIC_SEQ_CST);
}

bool core_time_up(uint16_t subject)
{
    return arch_now() >= deadline[core_policy()->subjects[subject].cpu];
}

static uint64_t ticks(uint64_t us)
{
    return us * tsc_khz / 1000;
}

static void sleep_until(uint32_t cpu, uint64_t instant)
{
    while (arch_now() < instant) {
        arch_timer_arm(instant);
        arch_sleep();
        audit_flush(cpu);
    }
}

static void window_run(uint32_t cpu, uint16_t subject, uint64_t end)
{
    uint64_t early = end - ticks(SCHEDULE_MARGIN_US);
    deadline[cpu] = early;
    if (subject != IMAGE_NONE && !subject_stopped(subject)) {
        __atomic_store_n(&current[cpu], subject, __ATOMIC_SEQ_CST);
        subject_run(subject, early);
        __atomic_store_n(&current[cpu], (uint16_t)IMAGE_NONE, __ATOMIC_SEQ_CST);
    }
    audit_flush(cpu);
    if (arch_now() < early) sleep_until(cpu, early);
    arch_wait_until(end);
}

/* A CPU that belongs to one subject: no timer. Returns when the subject has stopped. */
static void dedicated_run(uint32_t cpu, uint16_t subject)
{
    deadline[cpu] = UINT64_MAX;
    __atomic_store_n(&current[cpu], subject, __ATOMIC_SEQ_CST);
    subject_run(subject, UINT64_MAX);
    __atomic_store_n(&current[cpu], (uint16_t)IMAGE_NONE, __ATOMIC_SEQ_CST);
    for (;;) {
        audit_flush(cpu);
        arch_sleep();
    }
}

/* Runs one frame; windows whose end has passed (a CPU that was stopped from outside) are left out. */
static void frame_run(uint32_t cpu, uint64_t frame)
{
    const struct policy_tables *policy = core_policy();
    for (uint32_t i = 0; i < policy->windows_count; i++) {
        const struct image_window *w = &policy->windows[i];
        if (w->plan != core_plan() || w->cpu != cpu) continue;
        if (w->flags & IMAGE_WINDOW_DEDICATED) dedicated_run(cpu, w->subject);
        uint64_t end = frame + ticks((uint64_t)w->start_us + w->length_us);
        if (arch_now() >= end) continue;
        arch_wait_until(frame + ticks(w->start_us));
        window_run(cpu, w->subject, end);
    }
}

_Noreturn void schedule_run(uint32_t cpu)
{
    uint64_t major = ticks(core_policy()->plans[core_plan()].major_us);
    for (uint64_t frame = first_frame;; frame += major) {
        uint64_t now = arch_now();
        if (now > frame + major) frame += (now - frame) / major * major;
        frame_run(cpu, frame);
    }
}

_Noreturn void schedule_shutdown(bool halt)
{
    arch_stop_others();
    audit_close();
    if (halt) arch_halt();
    arch_power_off();
}
