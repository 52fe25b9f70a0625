/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-256 (FIPS 180-4). Small before fast: it stays resident for the audit chain. The message schedule lives in 16 rolling
 * words, so that a block needs 64 bytes of stack. Running time depends on the length of the input alone. The processor is
 * little endian, SHA-256 is not.
 */
#include "core/sha256.h"
#include "core/compiler.h"

static const uint32_t round_constant[64] = {              /* FIPS 180-4, section 4.2.2 */
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2
};

static uint32_t rotate(uint32_t x, unsigned int n)
{
    return x >> n | x << (32 - n);
}

/* The schedule's word for round `i` (section 6.2.2, step 1), kept in w[i % 16]. */
static uint32_t schedule_word(uint32_t w[16], uint32_t i)
{
    if (i >= 16) {
        uint32_t x = w[(i - 15) % 16], y = w[(i - 2) % 16];
        w[i % 16] += (rotate(x, 7) ^ rotate(x, 18) ^ x >> 3) + w[(i - 7) % 16] + (rotate(y, 17) ^ rotate(y, 19) ^ y >> 10);
    }
    return w[i % 16];
}

/* Hashes one block into the state (section 6.2.2); v[0] to v[7] are the working variables a to h. */
static void compress(uint32_t state[8], const uint8_t block[64])
{
    uint32_t w[16], v[8];
    __builtin_memcpy(w, block, sizeof w);
    for (uint32_t i = 0; i < 16; i++) w[i] = __builtin_bswap32(w[i]);
    for (uint32_t i = 0; i < 8; i++) v[i] = state[i];
    for (uint32_t i = 0; i < 64; i++) {
        uint32_t choice = (v[4] & v[5]) ^ (~v[4] & v[6]);
        uint32_t majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
        uint32_t t1 = v[7] + (rotate(v[4], 6) ^ rotate(v[4], 11) ^ rotate(v[4], 25)) + choice + round_constant[i] +
                      schedule_word(w, i);
        uint32_t t2 = (rotate(v[0], 2) ^ rotate(v[0], 13) ^ rotate(v[0], 22)) + majority;
        for (uint32_t k = 7; k > 0; k--) v[k] = v[k - 1];
        v[4] += t1;
        v[0] = t1 + t2;
    }
    for (uint32_t i = 0; i < 8; i++) state[i] += v[i];
}

STARTUP void sha256_start(struct sha256 *s)
{
    static const STARTUP_CONST struct sha256 initial = {
        .state = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 }
    };
    *s = initial;
}

void sha256_add(struct sha256 *s, const void *data, size_t size)
{
    const uint8_t *bytes = data;
    for (size_t i = 0; i < size; i++) {
        s->block[s->length++ % 64] = bytes[i];
        if (s->length % 64 == 0) compress(s->state, s->block);
    }
}

void sha256_digest(const struct sha256 *s, uint8_t digest[32])
{
    static const uint8_t one = 0x80, zero = 0;
    struct sha256 last = *s;
    uint64_t bits = __builtin_bswap64(s->length << 3);
    sha256_add(&last, &one, 1);
    while (last.length % 64 != 56) sha256_add(&last, &zero, 1);
    sha256_add(&last, &bits, sizeof bits);
    for (int i = 0; i < 8; i++) last.state[i] = __builtin_bswap32(last.state[i]);
    __builtin_memcpy(digest, last.state, sizeof last.state);
}
