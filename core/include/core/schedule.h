/* SPDX-License-Identifier: Apache-2.0 */
/* The cyclic plan of each CPU. Frames start at absolute TSC instants, so that no CPU waits for another. */
#pragma once

#include "core/arch.h"

/*
 * A window's timer fires this long before its planned end; the kernel waits for the rest, so that the end does not depend on
 * what the subject did last. At least the longest host path plus the switch. `make bench` counts the switch with a kernel that
 * has no margin.
 */
#define SCHEDULE_MARGIN_US 20u

/* Start-up, before the CPUs run their plans: first frame at TSC `instant`; `tsc_khz` as measured. */
void schedule_start(uint64_t instant, uint32_t tsc_khz);

/*
 * Start-up: sets the margin. The kernel's work is a number of instructions, so on a slow clock it is as many ticks as the image
 * says. False: it leaves nothing of a subject's window.
 */
bool schedule_fits(void);

/* Runs the windows of `cpu` for ever. */
_Noreturn void schedule_run(uint32_t cpu);

/* Arms the timer for the end of the present window, if it has one. On the calling CPU, which is `cpu`. */
void schedule_arm(uint32_t cpu);

/* Makes another CPU leave this subject, if it runs there, so that it sees what has been written for it. */
void schedule_nudge(uint32_t subject, enum arch_kick why);

/* The subject that runs on a CPU now, IMAGE_NONE if none. May be stale by the time it is used. */
uint32_t schedule_current(uint32_t cpu);

/*
 * Has every CPU take up `plan` at one instant, the end of a frame of the plan that runs. False while an earlier switch is under
 * way.
 */
bool schedule_switch(uint32_t plan);

/* Stops the system in order: other CPUs, then the audit chains, then the power (or, if `halt`, the CPU). */
_Noreturn void schedule_shutdown(bool halt);
