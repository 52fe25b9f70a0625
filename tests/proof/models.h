/* SPDX-License-Identifier: Apache-2.0 */
/* What stands for the compiler's built-in functions in a proof: functions with contracts. A test compares the two. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "arithmetic.h"

/*@
  // The number in the 8 bytes at `p`, little and big endian.
  logic integer little8{L}(uint8_t *p) = p[0] + 0x100 * p[1] + 0x10000 * p[2] + 0x1000000 * p[3] + 0x100000000 * p[4] +
    0x10000000000 * p[5] + 0x1000000000000 * p[6] + 0x100000000000000 * p[7];
  logic integer big8{L}(uint8_t *p) = 0x100000000000000 * p[0] + 0x1000000000000 * p[1] + 0x10000000000 * p[2] +
    0x100000000 * p[3] + 0x1000000 * p[4] + 0x10000 * p[5] + 0x100 * p[6] + p[7];

  logic integer byte_of(integer x, integer unit) = x / unit % 0x100;
  logic integer swapped(integer x) =
    byte_of(x, 0x100000000000000) + 0x100 * byte_of(x, 0x1000000000000) +
    0x10000 * byte_of(x, 0x10000000000) + 0x1000000 * byte_of(x, 0x100000000) +
    0x100000000 * byte_of(x, 0x1000000) + 0x10000000000 * byte_of(x, 0x10000) +
    0x1000000000000 * byte_of(x, 0x100) + 0x100000000000000 * byte_of(x, 1);
*/

#ifdef PROVE_VALUES
/*@
  lemma little8_range{L}: \forall uint8_t *p; 0 <= little8(p) < 0x10000000000000000;
  lemma big8_range{L}: \forall uint8_t *p; 0 <= big8(p) < 0x10000000000000000;
  lemma from_1{L}: \forall uint8_t *p; little8(p) / 0x100 ==
    p[1] + 0x100 * p[2] + 0x10000 * p[3] + 0x1000000 * p[4] + 0x100000000 * p[5] + 0x10000000000 * p[6] +
    0x1000000000000 * p[7];
  lemma from_2{L}: \forall uint8_t *p; little8(p) / 0x10000 ==
    p[2] + 0x100 * p[3] + 0x10000 * p[4] + 0x1000000 * p[5] + 0x100000000 * p[6] + 0x10000000000 * p[7];
  lemma from_3{L}: \forall uint8_t *p; little8(p) / 0x1000000 ==
    p[3] + 0x100 * p[4] + 0x10000 * p[5] + 0x1000000 * p[6] + 0x100000000 * p[7];
  lemma from_4{L}: \forall uint8_t *p; little8(p) / 0x100000000 == p[4] + 0x100 * p[5] + 0x10000 * p[6] + 0x1000000 * p[7];
  lemma from_5{L}: \forall uint8_t *p; little8(p) / 0x10000000000 == p[5] + 0x100 * p[6] + 0x10000 * p[7];
  lemma from_6{L}: \forall uint8_t *p; little8(p) / 0x1000000000000 == p[6] + 0x100 * p[7];
  lemma from_7{L}: \forall uint8_t *p; little8(p) / 0x100000000000000 == p[7];
  lemma byte_0{L}: \forall uint8_t *p; byte_of(little8(p), 1) == p[0];
  lemma byte_1{L}: \forall uint8_t *p; byte_of(little8(p), 0x100) == p[1];
  lemma byte_2{L}: \forall uint8_t *p; byte_of(little8(p), 0x10000) == p[2];
  lemma byte_3{L}: \forall uint8_t *p; byte_of(little8(p), 0x1000000) == p[3];
  lemma byte_4{L}: \forall uint8_t *p; byte_of(little8(p), 0x100000000) == p[4];
  lemma byte_5{L}: \forall uint8_t *p; byte_of(little8(p), 0x10000000000) == p[5];
  lemma byte_6{L}: \forall uint8_t *p; byte_of(little8(p), 0x1000000000000) == p[6];
  lemma byte_7{L}: \forall uint8_t *p; byte_of(little8(p), 0x100000000000000) == p[7];
  lemma swap_little{L}: \forall uint8_t *p; swapped(little8(p)) == big8(p);
*/
#endif

/*@ requires \valid_read(p + (0 .. 7));
    terminates \true;
    assigns \nothing;
    ensures \result == little8(p); */
static inline uint64_t model_load(const uint8_t *p)
{
    return p[0] + 0x100ull * p[1] + 0x10000ull * p[2] + 0x1000000ull * p[3] +
           0x100000000ull * p[4] + 0x10000000000ull * p[5] + 0x1000000000000ull * p[6] + 0x100000000000000ull * p[7];
}

/*@ terminates \true;
    assigns \nothing;
    ensures \result == swapped(x); */
static inline uint64_t model_swap(uint64_t x)
{
    return x / 0x100000000000000 % 0x100 + x / 0x1000000000000 % 0x100 * 0x100 +
           x / 0x10000000000 % 0x100 * 0x10000 + x / 0x100000000 % 0x100 * 0x1000000 +
           x / 0x1000000 % 0x100 * 0x100000000 + x / 0x10000 % 0x100 * 0x10000000000 +
           x / 0x100 % 0x100 * 0x1000000000000 + x % 0x100 * 0x100000000000000;
}

#ifndef MODELS_ALONE                   /* defined by the test of what stands above */
/*
 * Words that two CPUs move: another one may have stored anything that it may store, so nothing is known of what is read but
 * what holds of every word of a protocol.
 */
/*@ requires \valid_read(p);
    terminates \true;
    assigns \nothing;
    ensures (uint32_t)(\result >> 56) <= 32; */
uint64_t model_load_word(const uint64_t *p);

/*@ requires \valid(p) && \valid(seen) && \separated(p, seen);
    requires (uint32_t)(next >> 56) <= 32;
    terminates \true;
    assigns *p, *seen;
    ensures \result <==> \old(*p) == \old(*seen);
    ensures *p == (\old(*p) == \old(*seen) ? next : \old(*p)); */
bool model_exchange_word(uint64_t *p, uint64_t *seen, uint64_t next);

#define __atomic_compare_exchange_n(p, seen, next, weak, success, failure) model_exchange_word(p, seen, next)
#define __atomic_load_n(p, order) model_load_word(p)
#define __builtin_memcpy(to, from, size) ((void)sizeof(char[(size) == 8 ? 1 : -1]), *(to) = model_load(from))
#define __builtin_bswap64(x) model_swap(x)
#endif
