/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the core gives to the reference monitor and the audit ring. State behind these functions is owned by core/; everything
 * here may be called on any CPU, without locks: policy tables are const, per-subject state belongs to the subject's CPU.
 */
#pragma once

#include <stdbool.h>
#include "policy/tables.h"

/* The checked, const policy; read-only once start-up is over. */
extern struct policy_tables core_policy_tables;
static inline const struct policy_tables *core_policy(void)
{
    return &core_policy_tables;
}

/* Address at which the kernel sees a region: outboxes and the image read-only, inboxes and audit rings writable. */
void *core_region(uint32_t region);

/* Time stamp counter, and its rate measured at start-up. */
uint64_t arch_now(void);
uint32_t core_tsc_khz(void);

/* Index of the plan that runs on the calling CPU. */
uint32_t core_plan(void);

/* Restarts of a subject so far. */
uint32_t core_epoch(uint32_t subject);

/* True once the present window of the calling CPU has no time left: long work stops and is resumed in a later window. */
bool core_time_up(void);

/* Whether the present window of any CPU, also another one, has an end. A CPU that has none belongs to one subject. */
bool core_window_ends(uint32_t cpu);

/*
 * The rest of the present window, which `subject` has, is for `to`, of the same CPU. Whether to enter `subject` again: false. A
 * short way: wide arguments save it conversions.
 */
bool core_give(uint64_t subject, uint64_t to);

/* Hypercall operate, for all else: asks monitor_judge_operation(), does it, records it. */
bool core_operate(uint32_t subject, uint64_t call, uint64_t operation);

/* Raises bit `event` (0 to 63) of a subject's event word and, if that subject runs on another CPU, makes it look. */
void core_event_raise(uint32_t subject, uint8_t event);
