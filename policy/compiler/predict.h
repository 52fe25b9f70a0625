/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the launch will have put into the PCR: TPM2_PCR_Event with each SHA-256 digest as its data, in the image's order, so
 * that for each bank pcr = H(pcr || H(digest)). First comes the digest of the header with its component list.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define PREDICT_MAX_DIGEST 64u

enum predict_bank { PREDICT_SHA1, PREDICT_SHA256, PREDICT_SHA384, PREDICT_SHA512, PREDICT_BANKS };

const char *predict_bank_name(enum predict_bank bank);
size_t predict_bank_size(enum predict_bank bank);

/* SHA-256 of the header and component list of a whole image. */
void predict_header_digest(const void *image, uint8_t digest[32]);

/* The PCR's value after measuring a whole image, from zeros. */
void predict_pcr(enum predict_bank bank, const void *image, uint8_t value[PREDICT_MAX_DIGEST]);
