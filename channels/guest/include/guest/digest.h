/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-256 (FIPS 180-4), piece by piece. Plain C: running time depends on the number of bytes alone.
 *
 * Who may call: whoever has the structure, one at a time; nothing else is kept. None fails or waits. Memory order: what is
 * added is read as private memory is, so it is nothing that others write meanwhile.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define DIGEST_SIZE 32u

struct digest {                       /* owned by one thread of control */
    uint32_t state[8];
    uint64_t length;                  /* bytes so far, below 2^61 */
    uint8_t block[64];                /* those that are not hashed yet: length % 64 */
};

/* Of no bytes. */
void digest_start(struct digest *digest);

/* Adds `size` bytes; none may change meanwhile, so what others can write is copied first. */
void digest_add(struct digest *digest, const void *data, size_t size);

/* Writes the digest of all that was added. `digest` is to be started again before anything else. */
void digest_end(struct digest *digest, uint8_t result[DIGEST_SIZE]);
