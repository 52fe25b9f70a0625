/* SPDX-License-Identifier: Apache-2.0 */
/* The chain of audit/record.h, by mbedTLS: the kernel has a SHA-256 of its own. */
#pragma once

#include <mbedtls/sha256.h>
#include <stdbool.h>
#include "audit/record.h"

struct chain {
    mbedtls_sha256_context hash;
    uint64_t records;
};

void chain_start(struct chain *chain, const uint8_t policy_hash[32], uint32_t cpu);
void chain_add(struct chain *chain, const struct audit_record *record);

/* Whether its value now is `head`. */
bool chain_is(const struct chain *chain, const uint8_t head[32]);
