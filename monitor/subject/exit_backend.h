/* SPDX-License-Identifier: Apache-2.0 */
/* What exit.c asks of the two ways to run subjects: exit_svm.c, exit_vmx.c. The info page says which of them it is. */
#pragma once

#include "monitor/exit.h"

/* As both have it in events: AMD64 APM volume 2, 15.20; Intel SDM volume 3, 25.8.3. */
#define EVENT_VALID 0x80000000u
#define EVENT_ERROR 0x800u
#define EVENT_EXCEPTION 0x300u

struct exit_backend {
    uint32_t shown;                   /* fields that most exits need */
    /* What the frame tells: all of `e` but its frame and RIP, which are there. */
    void (*read)(struct exit *e);
    /* Sets an event, and how many fields are set with it. */
    void (*raise)(const struct exit *e, uint32_t event, uint32_t error);
};
extern const struct exit_backend exit_svm, exit_vmx;

static inline void exit_set(struct exit *e, enum exit_kind kind, uint64_t at, uint32_t length)
{
    e->kind = kind;
    e->at = at;
    e->length = length;
}
