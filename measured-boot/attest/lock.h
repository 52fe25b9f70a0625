/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of the compiler's lock file that attestation needs; its form is in README.md. The file is trusted to say what was
 * built, but not to be well formed or to agree with itself.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "predict.h"

#define LOCK_MAX_PIECES 4096u
#define LOCK_NAME 32u                 /* as in struct image_component */

/* Pieces in the order of measuring; one more than a lock file's most, for the header. */
struct lock_pieces {
    size_t count;
    char names[LOCK_MAX_PIECES][LOCK_NAME];
    uint8_t digests[LOCK_MAX_PIECES][PREDICT_PIECE];
};

struct lock {
    uint32_t pcr;
    bool predicted[PREDICT_BANKS];    /* as predict_banks: the lock file has a value for it */
    bool demanded[PREDICT_BANKS];     /* the policy names it: a TPM without it is not enough */
    uint8_t values[PREDICT_BANKS][PREDICT_MAX_PCR];
    struct lock_pieces pieces;
};

/* NULL after a report. Freed by free(). */
struct lock *lock_read(const char *path);
