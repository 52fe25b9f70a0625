/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stands in for the core where monitor and audit are tested alone: what core/core.h and core/console.h declare, over an image
 * that the test has packed, and of the processor a clock and copying.
 */
#pragma once

#include "core/core.h"

#define FAKE_REGIONS 64u
#define FAKE_LINES 32u
#define FAKE_RAISED 256u

#define FAKE_LOADS 128u
#define FAKE_LOADED 65536u            /* bytes */

struct fake_load {
    uint8_t *at, *was;
    uint32_t size;
};

struct fake_core {
    void *regions[FAKE_REGIONS];      /* zeroed memory for channels, rings, info pages and catalogue */
    uint64_t now;                     /* the clock: one tick each time it is read */
    uint32_t tsc_khz, plan;
    void (*before_verdict)(void);     /* what another CPU does between copy and verdict: when the monitor asks for the time */
    void (*before_load)(uint8_t *from, uint32_t size);        /* what a sender does before the kernel loads its memory */
    void (*before_look)(void);        /* what another CPU does before the kernel looks whether its time is up */
    uint32_t cpu, kicks;              /* the CPU that the test plays; kicks sent to others */
    bool endless[IMAGE_MAX_CPUS];     /* the CPU's window has no end */
    uint32_t epochs[IMAGE_MAX_SUBJECTS];
    uint32_t looks;                   /* core_time_up() says no so often, then yes; UINT32_MAX: always no */
    struct { uint32_t subject; uint8_t event; } raised[FAKE_RAISED];
    uint32_t raised_count;
    uint64_t given[IMAGE_MAX_SUBJECTS];       /* to whom core_give() gave a subject's time last */
    uint32_t operated;                /* core_operate() */
    struct fake_load loads[FAKE_LOADS];       /* what arch_copy_once() has loaded and spoiled since fake_core_restore() */
    uint8_t loaded[FAKE_LOADED];
    uint32_t load_count, loaded_bytes;
    char lines[FAKE_LINES][512];      /* what the console shows */
    uint32_t line_count;
};

extern struct fake_core fake_core;

/* A fresh core for a packed image; 1,000,000 ticks a millisecond, the clock at one second. */
void fake_core_open(const void *image);
void fake_core_close(void);

/* Gives senders' memory back as it was before it was loaded: between two calls. */
void fake_core_restore(void);
