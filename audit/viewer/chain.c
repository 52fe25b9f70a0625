/* SPDX-License-Identifier: Apache-2.0 */
/* See chain.h. */
#include "chain.h"
#include <string.h>

void chain_start(struct chain *chain, const uint8_t policy_hash[32], uint32_t cpu)
{
    uint8_t prefix[64] = { 0 };
    memcpy(prefix, policy_hash, 32);
    for (uint32_t i = 0; i < 4; i++) prefix[32 + i] = (uint8_t)(cpu >> 8 * i);
    mbedtls_sha256_init(&chain->hash);
    mbedtls_sha256_starts_ret(&chain->hash, 0);
    mbedtls_sha256_update_ret(&chain->hash, prefix, sizeof prefix);
    chain->records = 0;
}

void chain_add(struct chain *chain, const struct audit_record *record)
{
    mbedtls_sha256_update_ret(&chain->hash, (const uint8_t *)record, sizeof *record);
    chain->records++;
}

bool chain_is(const struct chain *chain, const uint8_t head[32])
{
    mbedtls_sha256_context copy = chain->hash;
    uint8_t digest[32];
    mbedtls_sha256_finish_ret(&copy, digest);
    return memcmp(digest, head, sizeof digest) == 0;
}
