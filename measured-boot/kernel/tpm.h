/* SPDX-License-Identifier: Apache-2.0 */
/* The one TPM command that the launch needs: TPM 2.0 Library, part 3. What the TPM answers is untrusted. */
#pragma once

#include "core/status.h"

/*
 * TPM2_PCR_Event over a digest: extends `pcr` (0 to 23) in every bank with that bank's hash of the 32 bytes. Starts the TPM if
 * firmware has not. tis_open() has succeeded.
 */
MUST_CHECK status_t tpm_extend(uint32_t pcr, const uint8_t digest[32]);
