/* SPDX-License-Identifier: Apache-2.0 */
/* What value.c and value.h mean, as arithmetic on the bytes of a message. */
#pragma once

#include "arithmetic.h"
#include "models.h"
#include "policy/image.h"

/*@
  predicate is_width(integer width) = width == 1 || width == 2 || width == 4 || width == 8;

  logic integer modulus(integer width) =
    width == 1 ? 0x100 : width == 2 ? 0x10000 : width == 4 ? 0x100000000 : 0x10000000000000000;

  logic integer little{L}(uint8_t *p, integer width) =
    width == 1 ? p[0] : width == 2 ? little2(p) : width == 4 ? little4(p) : little8(p);
  logic integer big{L}(uint8_t *p, integer width) =
    width == 1 ? p[0] : width == 2 ? big2(p) : width == 4 ? big4(p) : big8(p);

  logic integer unsigned_value{L}(uint8_t *p, integer width, integer flags) =
    (flags & IMAGE_FIELD_BIG) != 0 ? big(p, width) : little(p, width);

  // The number as the two's complement of 64 bits that tables hold and compare.
  logic integer field_value{L}(uint8_t *p, integer width, integer flags) =
    \let u = unsigned_value(p, width, flags);
    (flags & IMAGE_FIELD_SIGNED) != 0 && 2 * u >= modulus(width) ? u - modulus(width) + 0x10000000000000000 : u;

  logic integer as_signed(integer u) = u >= 0x8000000000000000 ? u - 0x10000000000000000 : u;
  logic integer as_unsigned(integer i) = i < 0 ? i + 0x10000000000000000 : i;

  predicate in_range(integer value, integer lo, integer hi, integer flags) =
    (flags & IMAGE_FIELD_SIGNED) != 0 ? lo <= as_signed(value) <= hi : as_unsigned(lo) <= value <= as_unsigned(hi);
*/

#ifdef PROVE_VALUES                   /* what the proof of value.c needs and the proofs of its callers do not */
/*@
  lemma low_1{L}: \forall uint8_t *p; little8(p) % 0x100 == p[0];
  lemma low_2{L}: \forall uint8_t *p; little8(p) % 0x10000 == little2(p);
  lemma low_4{L}: \forall uint8_t *p; little8(p) % 0x100000000 == little4(p);
  lemma high_1{L}: \forall uint8_t *p; big8(p) / 0x100000000000000 == p[0];
  lemma high_2{L}: \forall uint8_t *p; big8(p) / 0x1000000000000 == big2(p);
  lemma high_4{L}: \forall uint8_t *p; big8(p) / 0x100000000 == big4(p);
  lemma move_1: \forall integer x; 0 <= x ==>
    x * 0x100000000000000 % 0x10000000000000000 == x % 0x100 * 0x100000000000000;
  lemma move_2: \forall integer x; 0 <= x ==>
    x * 0x1000000000000 % 0x10000000000000000 == x % 0x10000 * 0x1000000000000;
  lemma move_4: \forall integer x; 0 <= x ==>
    x * 0x100000000 % 0x10000000000000000 == x % 0x100000000 * 0x100000000;
  lemma back_1: \forall integer u; 0 <= u ==> (u * 0x100000000000000) >> 56 == u;
  lemma back_2: \forall integer u; 0 <= u ==> (u * 0x1000000000000) >> 48 == u;
  lemma back_4: \forall integer u; 0 <= u ==> (u * 0x100000000) >> 32 == u;
  lemma sign_1: \forall integer u; 0x80 <= u < 0x100 ==>
    ((int64_t)(u * 0x100000000000000)) >> 56 == u - 0x100;
  lemma sign_2: \forall integer u; 0x8000 <= u < 0x10000 ==>
    ((int64_t)(u * 0x1000000000000)) >> 48 == u - 0x10000;
  lemma sign_4: \forall integer u; 0x80000000 <= u < 0x100000000 ==>
    ((int64_t)(u * 0x100000000)) >> 32 == u - 0x100000000;
*/
#endif

/*@ requires is_width(width);
    requires \valid_read(at + (0 .. 7));
    terminates \true;
    assigns \nothing;
    ensures width == 1 ==> \result == field_value(at, 1, flags);
    ensures width == 2 ==> \result == field_value(at, 2, flags);
    ensures width == 4 ==> \result == field_value(at, 4, flags);
    ensures width == 8 ==> \result == field_value(at, 8, flags); */
uint64_t value_read(const uint8_t *at, uint32_t width, uint32_t flags);

/*@ requires is_width(width);
    requires \valid_read(at + (0 .. 7));
    terminates \true;
    assigns \nothing;
    ensures width == 1 ==> \result == little(at, 1);
    ensures width == 2 ==> \result == little(at, 2);
    ensures width == 4 ==> \result == little(at, 4);
    ensures width == 8 ==> \result == little(at, 8); */
static inline uint64_t value_read_plain(const uint8_t *at, uint32_t width);

/*@ terminates \true;
    assigns \nothing;
    ensures \result <==> in_range(value, lo, hi, flags); */
static inline bool value_within(uint64_t value, int64_t lo, int64_t hi, uint32_t flags);
