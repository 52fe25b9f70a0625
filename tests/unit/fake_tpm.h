/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pretended TPM 2.0 behind the registers that tpm_tis.c reads and writes: the FIFO protocol of the PTP with one SHA-256 bank,
 * and ways to misbehave. It also keeps the clock, which moves with every look at it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define FAKE_ROOM 1024u
#define FAKE_NO_FAULT UINT32_MAX

enum fake_state { FAKE_IDLE, FAKE_READY, FAKE_RECEPTION, FAKE_EXECUTION, FAKE_COMPLETION };

struct fake_tpm {
    /* ---- how it behaves; fake_tpm_reset() sets what is good ---- */
    uint8_t interface;                /* low byte of the interface identifier */
    uint8_t access_always;            /* nonzero: what the access register shows whatever happens */
    uint8_t family;                   /* status bits 24 to 31 */
    uint32_t burst;                   /* bytes it takes or gives at a time */
    bool never_grants, never_ready, never_stops_expecting;
    uint32_t expects_only;            /* stops expecting after so many bytes; FAKE_NO_FAULT: as the header says */
    uint32_t takes_only, gives_only;  /* stalls after so many bytes of a command, of an answer */
    uint32_t answers_only;            /* executes so many commands */
    uint32_t busy;                    /* answers "retry" so many times */
    bool needs_startup;
    uint32_t tick;                    /* microseconds that each look at the clock takes */
    uint32_t fails_at;                /* PCR_Event of this number, from 0, is refused */
    const uint8_t *answer;            /* instead of its own to PCR_Event */
    uint32_t answer_size;             /* bytes that it offers of it */
    /* ---- what happened ---- */
    enum fake_state state;
    bool active, broken_protocol;     /* locality 0 is held; something was done in the wrong order */
    uint32_t commands, events, startups, requests, releases;
    uint8_t pcr[24][32];
    uint64_t clock;
    /* ---- its FIFO ---- */
    uint8_t in[FAKE_ROOM], out[FAKE_ROOM];
    uint32_t in_size, out_size, out_at;
};

extern struct fake_tpm fake_tpm;

void fake_tpm_reset(void);

/* The PCR_Event answer of a good TPM to `digest`: 57 bytes. */
uint32_t fake_tpm_event_answer(const uint8_t digest[32], uint8_t answer[FAKE_ROOM]);
