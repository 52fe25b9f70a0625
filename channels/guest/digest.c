/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 in the words of FIPS 180-4: functions 4.1.2, constants 4.2.2, padding 5.1.1, hashing 6.2. */
#include "guest/digest.h"
#include "guest/memory.h"

enum { DIGEST_BLOCK = 64, DIGEST_ROUNDS = 64, DIGEST_COUNT = 56 };    /* COUNT: where the last block has the length */

static const uint32_t digest_constants[DIGEST_ROUNDS] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2
};

static uint32_t digest_rotate(uint32_t x, unsigned n)
{
    return x >> n | x << (32 - n);
}

static void digest_schedule(uint32_t w[DIGEST_ROUNDS], const uint8_t *block)
{
    memcpy(w, block, DIGEST_BLOCK);
    for (unsigned t = 0; t < 16; t++) w[t] = __builtin_bswap32(w[t]);
    for (unsigned t = 16; t < DIGEST_ROUNDS; t++) {
        uint32_t small_0 = digest_rotate(w[t - 15], 7) ^ digest_rotate(w[t - 15], 18) ^ w[t - 15] >> 3;
        uint32_t small_1 = digest_rotate(w[t - 2], 17) ^ digest_rotate(w[t - 2], 19) ^ w[t - 2] >> 10;
        w[t] = small_1 + w[t - 7] + small_0 + w[t - 16];
    }
}

static void digest_compress(uint32_t state[8], const uint8_t *block)
{
    uint32_t w[DIGEST_ROUNDS];
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], h = state[7];

    digest_schedule(w, block);
    for (unsigned t = 0; t < DIGEST_ROUNDS; t++) {
        uint32_t big_1 = digest_rotate(e, 6) ^ digest_rotate(e, 11) ^ digest_rotate(e, 25);
        uint32_t big_0 = digest_rotate(a, 2) ^ digest_rotate(a, 13) ^ digest_rotate(a, 22);
        uint32_t t1 = h + big_1 + ((e & f) ^ (~e & g)) + digest_constants[t] + w[t];
        uint32_t t2 = big_0 + ((a & b) ^ (a & c) ^ (b & c));
        h = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
    }
    state[0] += a, state[1] += b, state[2] += c, state[3] += d, state[4] += e, state[5] += f, state[6] += g, state[7] += h;
}

void digest_start(struct digest *digest)
{
    static const uint32_t initial[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                         0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };      /* 5.3.3 */

    memcpy(digest->state, initial, sizeof initial);
    digest->length = 0;
}

void digest_add(struct digest *digest, const void *data, size_t size)
{
    const uint8_t *bytes = data;
    size_t begun = digest->length % DIGEST_BLOCK;

    digest->length += size;
    if (begun + size < DIGEST_BLOCK) {
        memcpy(digest->block + begun, bytes, size);
        return;
    }
    if (begun > 0) {
        memcpy(digest->block + begun, bytes, DIGEST_BLOCK - begun);
        digest_compress(digest->state, digest->block);
        bytes += DIGEST_BLOCK - begun;
        size -= DIGEST_BLOCK - begun;
    }
    for (; size >= DIGEST_BLOCK; size -= DIGEST_BLOCK, bytes += DIGEST_BLOCK) digest_compress(digest->state, bytes);
    memcpy(digest->block, bytes, size);
}

void digest_end(struct digest *digest, uint8_t result[DIGEST_SIZE])
{
    uint64_t bits = __builtin_bswap64(digest->length * 8);
    size_t begun = digest->length % DIGEST_BLOCK;

    digest->block[begun++] = 0x80;
    memset(digest->block + begun, 0, DIGEST_BLOCK - begun);
    if (begun > DIGEST_COUNT) {
        digest_compress(digest->state, digest->block);
        memset(digest->block, 0, DIGEST_BLOCK);
    }
    memcpy(digest->block + DIGEST_COUNT, &bits, sizeof bits);
    digest_compress(digest->state, digest->block);
    for (unsigned i = 0; i < 8; i++) {
        uint32_t word = __builtin_bswap32(digest->state[i]);
        memcpy(result + 4 * i, &word, sizeof word);
    }
}
