/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stands for guest/shared.h where the ends of a direct channel are proved. A peer may write at any time, so of what is loaded
 * nothing is known, of two loads of one word neither: what is proved holds for any peer. Memory that is shared is bytes, of
 * which a load or a store may touch those that are there: a reader may write none.
 */
#pragma once

#include <stdint.h>

#define SHARED_ALWAYS static inline

/*@ requires \valid_read(at + (0 .. 7)); terminates \true; assigns \nothing; */
uint64_t model_load_shared(const uint8_t *at);
/*@ requires \valid(at + (0 .. 7)); terminates \true; assigns at[0 .. 7]; */
void model_store_shared(uint8_t *at, uint64_t value);
/*@ requires length > 0 ==> \valid(to + (0 .. length - 1)) && \valid_read(from + (0 .. length - 1));
    terminates \true;
    assigns to[0 .. length - 1]; */
void model_copy_shared(uint8_t *to, const uint8_t *from, uint64_t length);
/* A hint: no address is wrong. */
/*@ terminates \true; assigns \nothing; */
void model_hint(const uint8_t *at, uint64_t bytes);
/*@ terminates \true; assigns \nothing; */
void model_fence(void);

#define shared_load(word) model_load_shared((const uint8_t *)(word))
#define shared_store(word, value) model_store_shared((uint8_t *)(word), value)
#define shared_copy(to, from, length) model_copy_shared((uint8_t *)(to), (const uint8_t *)(from), length)
#define shared_will_read(at, bytes) model_hint((const uint8_t *)(at), bytes)
#define shared_will_write(at, bytes) model_hint((const uint8_t *)(at), bytes)
#define shared_fence_read() model_fence()
#define shared_fence_write() model_fence()
#define __builtin_expect(value, guess) (value)
