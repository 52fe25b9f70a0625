/* SPDX-License-Identifier: Apache-2.0 */
/* PCR values, read from a TPM through tpm2-tss. The TPM's answers are untrusted. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "predict.h"

#define PCRS_COUNT 24u

struct pcr_bank {
    uint32_t present;                 /* bit p: PCR p was read */
    uint8_t value[PCRS_COUNT][PREDICT_MAX_PCR];
};

struct pcrs { struct pcr_bank banks[PREDICT_BANKS]; };    /* as predict_banks */

/* All PCRs of all banks that the TPM behind `tcti` ("swtpm:path=...") has and that are known. False after a report. */
bool pcrs_read(const char *tcti, struct pcrs *pcrs);
