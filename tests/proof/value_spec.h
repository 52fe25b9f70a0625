/* SPDX-License-Identifier: Apache-2.0 */
/* What value.c and value.h mean, as arithmetic on the bytes of a message. */
#pragma once

#include "arithmetic.h"
#include "models.h"
#include "policy/image.h"

/*@
  predicate is_unused(integer unused) =
    unused == 0 || unused == 8 || unused == 16 || unused == 24 || unused == 32 || unused == 40 || unused == 48 || unused == 56;

  // 2 to the power of `unused`.
  logic integer unit(integer unused) =
    unused == 0 ? 1 : unused == 8 ? 0x100 : unused == 16 ? 0x10000 : unused == 24 ? 0x1000000 :
    unused == 32 ? 0x100000000 : unused == 40 ? 0x10000000000 : unused == 48 ? 0x1000000000000 : 0x100000000000000;

  // The number in the first 8 - unused / 8 bytes at `p`.
  logic integer little{L}(uint8_t *p, integer unused) =
    unused == 0 ? little8(p) : unused == 8 ? little7(p) : unused == 16 ? little6(p) : unused == 24 ? little5(p) :
    unused == 32 ? little4(p) : unused == 40 ? little3(p) : unused == 48 ? little2(p) : p[0];
  logic integer big{L}(uint8_t *p, integer unused) =
    unused == 0 ? big8(p) : unused == 8 ? big7(p) : unused == 16 ? big6(p) : unused == 24 ? big5(p) :
    unused == 32 ? big4(p) : unused == 40 ? big3(p) : unused == 48 ? big2(p) : p[0];

  // A field as the tables compare it: in the upper bits of a word.
  logic integer field_word{L}(uint8_t *p, integer unused, integer flags) =
    ((flags & IMAGE_FIELD_BIG) != 0 ? big(p, unused) : little(p, unused)) * unit(unused);

  // The number that stands in a word, as the two's complement of 64 bits.
  logic integer field_number(integer word, integer unused, integer flags) =
    (flags & IMAGE_FIELD_SIGNED) != 0 && word >= 0x8000000000000000 ?
      word / unit(unused) - 0x10000000000000000 / unit(unused) + 0x10000000000000000 : word / unit(unused);

  // In the range of a field or an atom.
  predicate in_range(integer word, integer base, integer span) = (uint64_t)(word - base) <= span;
*/

#ifdef PROVE_VALUES                   /* what the proof of value.c needs and the proofs of its callers do not */
/*@
  lemma low_1{L}: \forall uint8_t *p; little8(p) % 0x100 == p[0];
  lemma low_2{L}: \forall uint8_t *p; little8(p) % 0x10000 == little2(p);
  lemma low_3{L}: \forall uint8_t *p; little8(p) % 0x1000000 == little3(p);
  lemma low_4{L}: \forall uint8_t *p; little8(p) % 0x100000000 == little4(p);
  lemma low_5{L}: \forall uint8_t *p; little8(p) % 0x10000000000 == little5(p);
  lemma low_6{L}: \forall uint8_t *p; little8(p) % 0x1000000000000 == little6(p);
  lemma low_7{L}: \forall uint8_t *p; little8(p) % 0x100000000000000 == little7(p);
  lemma high_1{L}: \forall uint8_t *p; big8(p) / 0x100000000000000 == p[0];
  lemma high_2{L}: \forall uint8_t *p; big8(p) / 0x1000000000000 == big2(p);
  lemma high_3{L}: \forall uint8_t *p; big8(p) / 0x10000000000 == big3(p);
  lemma high_4{L}: \forall uint8_t *p; big8(p) / 0x100000000 == big4(p);
  lemma high_5{L}: \forall uint8_t *p; big8(p) / 0x1000000 == big5(p);
  lemma high_6{L}: \forall uint8_t *p; big8(p) / 0x10000 == big6(p);
  lemma high_7{L}: \forall uint8_t *p; big8(p) / 0x100 == big7(p);
  lemma move_8: \forall integer x; 0 <= x ==>
    x * 0x100 % 0x10000000000000000 == x % 0x100000000000000 * 0x100;
  lemma move_16: \forall integer x; 0 <= x ==>
    x * 0x10000 % 0x10000000000000000 == x % 0x1000000000000 * 0x10000;
  lemma move_24: \forall integer x; 0 <= x ==>
    x * 0x1000000 % 0x10000000000000000 == x % 0x10000000000 * 0x1000000;
  lemma move_32: \forall integer x; 0 <= x ==>
    x * 0x100000000 % 0x10000000000000000 == x % 0x100000000 * 0x100000000;
  lemma move_40: \forall integer x; 0 <= x ==>
    x * 0x10000000000 % 0x10000000000000000 == x % 0x1000000 * 0x10000000000;
  lemma move_48: \forall integer x; 0 <= x ==>
    x * 0x1000000000000 % 0x10000000000000000 == x % 0x10000 * 0x1000000000000;
  lemma move_56: \forall integer x; 0 <= x ==>
    x * 0x100000000000000 % 0x10000000000000000 == x % 0x100 * 0x100000000000000;
  lemma sign_8: \forall integer x; 0x8000000000000000 <= x < 0x10000000000000000 ==>
    ((int64_t)x) >> 8 == x / 0x100 - 0x100000000000000;
  lemma sign_16: \forall integer x; 0x8000000000000000 <= x < 0x10000000000000000 ==>
    ((int64_t)x) >> 16 == x / 0x10000 - 0x1000000000000;
  lemma sign_24: \forall integer x; 0x8000000000000000 <= x < 0x10000000000000000 ==>
    ((int64_t)x) >> 24 == x / 0x1000000 - 0x10000000000;
  lemma sign_32: \forall integer x; 0x8000000000000000 <= x < 0x10000000000000000 ==>
    ((int64_t)x) >> 32 == x / 0x100000000 - 0x100000000;
  lemma sign_40: \forall integer x; 0x8000000000000000 <= x < 0x10000000000000000 ==>
    ((int64_t)x) >> 40 == x / 0x10000000000 - 0x1000000;
  lemma sign_48: \forall integer x; 0x8000000000000000 <= x < 0x10000000000000000 ==>
    ((int64_t)x) >> 48 == x / 0x1000000000000 - 0x10000;
  lemma sign_56: \forall integer x; 0x8000000000000000 <= x < 0x10000000000000000 ==>
    ((int64_t)x) >> 56 == x / 0x100000000000000 - 0x100;
  // What the range of zero says of padding.
  predicate zero_bytes{L}(uint8_t *p, integer count) = \forall integer k; 0 <= k < count ==> p[k] == 0;
  lemma zeros_1{L}: \forall uint8_t *p; p[0] == 0 <==> zero_bytes(p, 1);
  lemma zeros_2{L}: \forall uint8_t *p; little2(p) == 0 <==> zero_bytes(p, 2);
  lemma zeros_3{L}: \forall uint8_t *p; little3(p) == 0 <==> zero_bytes(p, 3);
  lemma zeros_4{L}: \forall uint8_t *p; little4(p) == 0 <==> zero_bytes(p, 4);
  lemma zeros_5{L}: \forall uint8_t *p; little5(p) == 0 <==> zero_bytes(p, 5);
  lemma zeros_6{L}: \forall uint8_t *p; little6(p) == 0 <==> zero_bytes(p, 6);
  lemma zeros_7{L}: \forall uint8_t *p; little7(p) == 0 <==> zero_bytes(p, 7);
  lemma zeros_8{L}: \forall uint8_t *p; little8(p) == 0 <==> zero_bytes(p, 8);
*/
#endif

/*@ requires is_unused(unused);
    requires \valid_read(at + (0 .. 7));
    terminates \true;
    assigns \nothing;
    ensures unused == 0 ==> \result == field_word(at, 0, flags);
    ensures unused == 8 ==> \result == field_word(at, 8, flags);
    ensures unused == 16 ==> \result == field_word(at, 16, flags);
    ensures unused == 24 ==> \result == field_word(at, 24, flags);
    ensures unused == 32 ==> \result == field_word(at, 32, flags);
    ensures unused == 40 ==> \result == field_word(at, 40, flags);
    ensures unused == 48 ==> \result == field_word(at, 48, flags);
    ensures unused == 56 ==> \result == field_word(at, 56, flags); */
uint64_t value_read(const uint8_t *at, uint32_t unused, uint32_t flags);

/*@ requires is_unused(unused);
    requires \valid_read(at + (0 .. 7));
    terminates \true;
    assigns \nothing;
    ensures unused == 0 ==> \result == field_word(at, 0, 0);
    ensures unused == 8 ==> \result == field_word(at, 8, 0);
    ensures unused == 16 ==> \result == field_word(at, 16, 0);
    ensures unused == 24 ==> \result == field_word(at, 24, 0);
    ensures unused == 32 ==> \result == field_word(at, 32, 0);
    ensures unused == 40 ==> \result == field_word(at, 40, 0);
    ensures unused == 48 ==> \result == field_word(at, 48, 0);
    ensures unused == 56 ==> \result == field_word(at, 56, 0); */
static inline uint64_t value_read_plain(const uint8_t *at, uint32_t unused);

/*@ requires is_unused(unused);
    terminates \true;
    assigns \nothing;
    ensures \result == field_number(word, unused, flags); */
static inline uint64_t value_number(uint64_t word, uint32_t unused, uint32_t flags);
