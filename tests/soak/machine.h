/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A system image on the scripted machine of core/arch/host, with programs for its subjects. The kernel's generic parts are
 * the kernel's own: plan, hypercalls, restarts, monitor, audit rings. A program runs on a stack of its own and makes its calls
 * by the guest library's call_make(); it sees outboxes, inboxes and the audit ring as the kernel maps them for it, inboxes and
 * ring read-only, and the kernel sees outboxes read-only.
 *
 * Time: a tick is one look at the clock by the kernel, or 64 bytes that it copies or clears, or what a program says that its
 * own work takes. So a run is the same each time, and a window is as long as its plan says whatever the host does.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "channels/info.h"
#include "host/host.h"

typedef void machine_program(const struct subject_info *info);

/* Reads and checks the image; ends the program with status 2 if it cannot be used. */
void machine_open(const char *image);

/* Starts the system with these programs, by subject, and runs it until its power goes off; false: after `frames` it has not. */
bool machine_run(machine_program *const programs[], uint64_t frames);

/* The frame of the plan that is now, from 0. */
uint64_t machine_frame(void);

/* ---- for programs ---- */
/* What the caller's own work takes. */
void machine_spend(uint64_t ticks);

/* An exit of the caller's that is no call_make(). */
void machine_act(const struct host_act *act);
