/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a PCR holds after the launch: computed from the SHA-256 digests of the measured pieces, for every bank that a TPM may
 * have. Each piece is extended by TPM2_PCR_Event over its digest: pcr = H(pcr || H(digest)), H being the bank's hash.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PREDICT_PIECE 32u             /* bytes of a piece's digest */
#define PREDICT_MAX_PCR 64u           /* bytes of the largest bank's PCR */

struct predict_bank {
    const char *name;                 /* as policies and lock files write it */
    uint16_t algorithm;               /* TPM_ALG_ID */
    uint16_t size;                    /* bytes of a PCR */
};

#define PREDICT_BANKS 4u
extern const struct predict_bank predict_banks[PREDICT_BANKS];        /* sha1, sha256, sha384, sha512 */

/* NULL if there is no such bank. */
const struct predict_bank *predict_find_name(const char *name);
const struct predict_bank *predict_find_algorithm(uint16_t algorithm);

/* The PCR after `count` pieces, having started as zeros. False if the hash cannot be computed. */
bool predict_pcr(const struct predict_bank *bank, const uint8_t (*pieces)[PREDICT_PIECE], size_t count,
                 uint8_t pcr[PREDICT_MAX_PCR]);
