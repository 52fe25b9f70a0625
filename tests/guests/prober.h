/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of subject `prober`: see prober.c. */
#pragma once

#include <stdint.h>
#include "guest/serial.h"

struct prober_range { uint64_t first, last; };

/* A sweep's account: what was refused, what was not, as ranges. */
struct prober_sweep {
    struct serial *serial;
    const char *name;
    uint64_t tried, refused;
    struct prober_range own;
    uint32_t open;                    /* whether `own` is one */
};

/* One access and its outcome: ATTEMPT_PASSED or a vector. */
void prober_count(struct prober_sweep *sweep, uint64_t where, uint32_t outcome);
void prober_finish(struct prober_sweep *sweep);

/* prober_acts.c: every instruction of acts.h, in every mode. */
void prober_try_acts(struct serial *serial);

/* prober_calls.c: every hypercall, with numbers of which none is the subject's. `instruction`: enum info_call. */
void prober_try_calls(struct serial *serial, uint32_t instruction);

/* What life number `epoch` does to end itself. False if there is nothing left. */
uint32_t prober_end_life(struct serial *serial, uint32_t epoch);
