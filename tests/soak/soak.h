/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What both soaks share: a digest that either end takes of what it has itself, and progress on the standard error.
 *
 * The digest is of a sequence: each message is hashed with its place in it, all of its bytes, and the hashes are added. One
 * byte changed, a message missing, doubled or at another place changes it. It finds faults; it is no defence.
 */
#pragma once

#include <stdint.h>

struct soak_tally { uint64_t count, digest; };

/* Each step is a bijection, so no one word's change is undone. */
static inline uint64_t soak_mix(uint64_t x)
{
    x ^= x >> 32;
    x *= 0xd6e8feb86659fd93ull;
    x ^= x >> 29;
    x *= 0x9e3779b97f4a7c15ull;
    return x ^ x >> 32;
}

/* Of `words` quadwords at `message`, which is the one at `place`, and of its type. */
static inline uint64_t soak_hash(uint64_t place, uint64_t type, const uint64_t *message, uint32_t words)
{
    uint64_t hash = soak_mix(place * 0xa0761d6478bd642full + type);
    for (uint32_t i = 0; i < words; i++) hash = (hash ^ hash >> 31 ^ message[i]) * 0xe7037ed1a0b428dbull;
    return soak_mix(hash);
}

static inline void soak_add(struct soak_tally *tally, uint64_t type, const uint64_t *message, uint32_t words)
{
    tally->digest += soak_hash(tally->count++, type, message, words);
}

/* Nanoseconds of a clock that only rises. */
uint64_t soak_now(void);

/* Tells how far it is, from the second second on: on a terminal at once, elsewhere every ten seconds. */
struct soak_progress { const char *name; uint64_t all, begun, told; };
void soak_progress_begin(struct soak_progress *progress, const char *name, uint64_t all);
void soak_progress_at(struct soak_progress *progress, uint64_t done);
void soak_progress_end(const struct soak_progress *progress);

/* Ends the program: the soak could not be made. That it was made and has found something is status 1. */
enum { SOAK_CANNOT = 2 };
_Noreturn void soak_cannot(const char *what);

/* A number of at least 1 and at most `most`; ends the program if the word is something else. */
uint64_t soak_number(const char *word, uint64_t most);
