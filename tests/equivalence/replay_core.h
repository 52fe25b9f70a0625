/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stands in for core and audit where the monitor is replayed: a clock that the events set, plans and stopped subjects,
 * and the last record.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "audit/record.h"
#include "policy/tables.h"

struct replay_core {
    void **regions;                   /* memory for outboxes and inboxes, by region */
    uint64_t now;
    uint32_t tsc_khz, plan, next_plan;
    bool switching;                   /* to next_plan, at the end of the frame */
    bool stopped[IMAGE_MAX_SUBJECTS];
    struct image_subject subjects[IMAGE_MAX_SUBJECTS];    /* as the image has them */
    struct audit_record record;       /* the last one */
    uint32_t record_count, event_count;
    uint16_t holder;                  /* whom a subject gave its time last */
    bool is_given;                    /* the operation just asked for gave it */
};

extern struct replay_core replay_core;

/* Opens an image that image_check() has passed. */
void replay_core_open(const void *image, uint32_t tsc_khz);

/* The system starts: the first plan, no one stopped, subjects as the image has them. */
void replay_core_start(void);

/* The frame ends. */
void replay_core_frame(void);

/* Ends the program with exit status 2. */
_Noreturn void replay_fail(const char *what);
