/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 (FIPS 180-4), streaming. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct sha256 {
    uint32_t state[8];
    uint64_t length;                  /* bytes so far */
    uint8_t block[64];                /* bytes not hashed yet: length % 64 */
};

void sha256_start(struct sha256 *s);
void sha256_add(struct sha256 *s, const void *data, size_t size);
/* The digest of all bytes so far; `s` is unchanged and may go on. */
void sha256_digest(const struct sha256 *s, uint8_t digest[32]);
