/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A machine that exists only in a test: time passes when it is looked at, and subjects do what a script says. It stands behind
 * the same contract as x86_64, so that the generic core runs in unit tests with sanitizers.
 */
#pragma once

#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>
#include "core/arch.h"
#include "policy/tables.h"

#define HOST_MAX_ENTRIES 4096u

/* One entry into a subject: when, and which. */
struct host_entry { uint64_t at; uint32_t subject; };

/* One act of a subject that leads to an exit. */
enum host_exit { HOST_WAITS, HOST_REFUSED, HOST_FAULTS, HOST_REFLECTED };
struct host_act {
    enum host_exit exit;
    uint32_t rule;                    /* of a refusal or a fault */
    uint64_t value, other;
    bool calls, from_user;            /* instead: a hypercall */
    uint64_t call, args[3];
};

/* What a subject does at its n-th entry; returns false if it simply runs until the timer. `act` is zeroed. */
typedef bool host_script(uint32_t subject, uint32_t n, struct host_act *act);

struct host {
    uint64_t now;                     /* the clock: one tick each time it is read */
    uint64_t timer;                   /* instant of the armed timer */
    bool stands_still;                /* the clock is moved by the script alone */
    uint64_t end;                     /* the clock's value at which host_run() ends */
    uint32_t cpu;                     /* the CPU that the test plays */
    host_script *script;
    uint32_t entered[IMAGE_MAX_SUBJECTS];
    struct host_entry entries[HOST_MAX_ENTRIES];
    uint32_t entry_count;
    uint64_t offered[IMAGE_MAX_SUBJECTS];     /* event word at the last entry */
    bool takes_events;                /* subjects take the lowest event at entry */
    uint64_t answers[IMAGE_MAX_SUBJECTS][2];  /* last status and result */
    uint32_t resets[IMAGE_MAX_SUBJECTS];
    uint16_t given[IMAGE_MAX_SUBJECTS];           /* 1 + to whom it has given its time and not yet handed over; 0: nobody */
    uint32_t kicks, sleeps, stops, flushes;
    enum arch_kick kicked_for;        /* the last of the kicks */
    bool powered_off, halted;
    jmp_buf exit;
};

extern struct host host;

/* A fresh machine. */
void host_reset(host_script *script, uint64_t end);

/* Runs `function(cpu)` until the clock reaches host.end, the power goes off or the CPU halts. */
void host_run(void (*function)(uint32_t cpu), uint32_t cpu);
