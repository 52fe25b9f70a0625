/* SPDX-License-Identifier: Apache-2.0 */
/* The TPM's registers in memory: locality 0 (PTP 6.5.2). */
#include "tpm_tis.h"

#define TIS_LOCALITY_0 0xfed40000ull

static volatile uint8_t *locate(uint32_t reg)
{
    return (volatile uint8_t *)(TIS_LOCALITY_0 + reg);
}

uint8_t tis_read8(uint32_t reg)
{
    return *locate(reg);
}

void tis_write8(uint32_t reg, uint8_t value)
{
    *locate(reg) = value;
}
