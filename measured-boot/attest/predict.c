/* SPDX-License-Identifier: Apache-2.0 */
/* See predict.h. */
#include "predict.h"
#include <string.h>
#include <mbedtls/md.h>

/* Algorithm identifiers: TCG Algorithm Registry, table 3. */
const struct predict_bank predict_banks[PREDICT_BANKS] = {
    { "sha1", 0x04, 20 }, { "sha256", 0x0b, 32 }, { "sha384", 0x0c, 48 }, { "sha512", 0x0d, 64 },
};

const struct predict_bank *predict_find_name(const char *name)
{
    for (size_t i = 0; i < PREDICT_BANKS; i++) {
        if (strcmp(predict_banks[i].name, name) == 0) return &predict_banks[i];
    }
    return NULL;
}

const struct predict_bank *predict_find_algorithm(uint16_t algorithm)
{
    for (size_t i = 0; i < PREDICT_BANKS; i++) {
        if (predict_banks[i].algorithm == algorithm) return &predict_banks[i];
    }
    return NULL;
}

static const mbedtls_md_info_t *find_hash(const struct predict_bank *bank)
{
    static const mbedtls_md_type_t types[PREDICT_BANKS] = { MBEDTLS_MD_SHA1, MBEDTLS_MD_SHA256, MBEDTLS_MD_SHA384,
                                                            MBEDTLS_MD_SHA512 };
    return mbedtls_md_info_from_type(types[bank - predict_banks]);
}

bool predict_pcr(const struct predict_bank *bank, const uint8_t (*pieces)[PREDICT_PIECE], size_t count,
                 uint8_t pcr[PREDICT_MAX_PCR])
{
    const mbedtls_md_info_t *hash = find_hash(bank);
    uint8_t joined[2 * PREDICT_MAX_PCR];                  /* PCR, digest of the piece's digest */
    if (!hash || mbedtls_md_get_size(hash) != bank->size) return false;
    memset(pcr, 0, PREDICT_MAX_PCR);
    for (size_t i = 0; i < count; i++) {
        memcpy(joined, pcr, bank->size);
        if (mbedtls_md(hash, pieces[i], PREDICT_PIECE, joined + bank->size) != 0) return false;
        if (mbedtls_md(hash, joined, 2u * bank->size, pcr) != 0) return false;
    }
    return true;
}
