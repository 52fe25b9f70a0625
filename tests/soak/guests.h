/* SPDX-License-Identifier: Apache-2.0 */
/* The programs of beside.policy, and what they have seen. */
#pragma once

#include "machine.h"
#include "soak.h"

enum { PHASE_FRAMES = 32 };           /* so many frames the hostile one rests, and as many it does not */
enum phase { QUIET, HOSTILE, PHASES };

/* Whole frames in which the honest one was never done: how many of its messages the receiver took in them. */
struct frames { uint64_t count, taken, least, most; };

struct guests {
    uint64_t wanted;                  /* messages that the honest sender is to send */
    bool rests, attacks;              /* in what phases the hostile one is: one of them, or both in turn */
    struct soak_tally sent, taken;
    uint64_t last_frame;              /* in which the honest one was done; UINT64_MAX: not yet */
    struct frames frames[PHASES];
    uint64_t lost;                    /* as the receiver's inbox has it */
    uint64_t refused;                 /* messages of the honest one that the receiver would not have let through */
    uint64_t denials_seen;            /* by the honest sender */
    uint64_t recorded;                /* messages of the honest one on record, in their order */
    uint64_t misrecorded;             /* out of it; and whatever else is on record of it and of the receiver */
    uint64_t acts, lives, denied, flooded;    /* of the hostile one: what it did, what is on record, what the receiver took */
};
extern struct guests guests;

/* Which phase a frame is of. */
enum phase guests_phase(uint64_t frame);

machine_program guest_honest, guest_hostile, guest_sink, guest_audit;
