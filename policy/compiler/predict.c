/* SPDX-License-Identifier: Apache-2.0 */
/* Extending a PCR in software (TPM 2.0 library, part 1, section 17; part 3, TPM2_PCR_Event). */
#include "compiler/predict.h"
#include "policy/tables.h"

#include <mbedtls/md.h>
#include <mbedtls/sha256.h>
#include <string.h>

static const struct { const char *name; mbedtls_md_type_t type; size_t size; } predict_banks[PREDICT_BANKS] = {
    { "sha1", MBEDTLS_MD_SHA1, 20 },
    { "sha256", MBEDTLS_MD_SHA256, 32 },
    { "sha384", MBEDTLS_MD_SHA384, 48 },
    { "sha512", MBEDTLS_MD_SHA512, 64 },
};

const char *predict_bank_name(enum predict_bank bank)
{
    return predict_banks[bank].name;
}

size_t predict_bank_size(enum predict_bank bank)
{
    return predict_banks[bank].size;
}

static void predict_event(enum predict_bank bank, uint8_t *value, const uint8_t digest[32])
{
    const mbedtls_md_info_t *md = mbedtls_md_info_from_type(predict_banks[bank].type);
    uint8_t joined[2 * PREDICT_MAX_DIGEST];
    size_t size = predict_banks[bank].size;
    memcpy(joined, value, size);
    mbedtls_md(md, digest, 32, joined + size);
    mbedtls_md(md, joined, 2 * size, value);
}

void predict_header_digest(const void *image, uint8_t digest[32])
{
    const struct image_header *h = image;
    mbedtls_sha256_ret(image, h->header_size, digest, 0);
}

void predict_pcr(enum predict_bank bank, const void *image, uint8_t value[PREDICT_MAX_DIGEST])
{
    const struct image_header *h = image;
    uint8_t digest[32];
    memset(value, 0, PREDICT_MAX_DIGEST);
    predict_header_digest(image, digest);
    predict_event(bank, value, digest);
    for (uint32_t i = 0; i < h->component_count; i++) predict_event(bank, value, policy_components(h)[i].sha256);
}
