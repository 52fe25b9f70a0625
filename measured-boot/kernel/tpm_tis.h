/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Transport to a TPM 2.0 over the FIFO interface ("TIS"), locality 0: TCG PC Client Platform TPM Profile (PTP) 1.05, section 6.
 * Used during start-up by one CPU; holds no state but the TPM's own. Everything the TPM answers is untrusted. All waits end
 * after a time by the TSC, whose rate must be known (core_tsc_khz()); the registers must be mapped at their physical address.
 */
#pragma once

#include "core/status.h"

/* The registers: by memory in tis_registers.c, by a pretended TPM in tests. `reg`: offset within locality 0. */
uint8_t tis_read8(uint32_t reg);
void tis_write8(uint32_t reg, uint8_t value);

/* Finds the TPM and takes locality 0; after success, tis_close() gives it back. */
MUST_CHECK status_t tis_open(void);
void tis_close(void);

/*
 * Runs one command of `size` bytes. On success the answer's length as its header says, which is what was received, is 10 to
 * `room` (at least 10) and stands at bytes 2 to 5 of `answer`.
 */
MUST_CHECK status_t tis_run(const uint8_t *command, uint32_t size, uint8_t *answer, uint32_t room);
