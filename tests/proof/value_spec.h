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

  // The number that stands in a word, as the two's complement of 64 bits.
  logic integer field_number(integer word, integer unused, integer flags) =
    (flags & IMAGE_FIELD_SIGNED) != 0 && word >= 0x8000000000000000 ?
      word / unit(unused) - 0x10000000000000000 / unit(unused) + 0x10000000000000000 : word / unit(unused);

  // In the range of a field or an atom.
  predicate in_range(integer word, integer base, integer span) = (uint64_t)(word - base) <= span;
*/

#ifdef PROVE_VALUES                   /* what the proof of value.c needs and the proofs of its callers do not */
/*@
  // A field as the tables compare it: the number in the first 8 - unused / 8 bytes at `p` in the upper bits of a word. Here as
  // what remains of 8 bytes; that it is their number is proved (lifted_little, lifted_big).
  logic integer little{L}(uint8_t *p, integer unused) =
    unused == 0 ? little8(p) :
    unused == 8 ? little8(p) * 0x100 % 0x10000000000000000 :
    unused == 16 ? little8(p) * 0x10000 % 0x10000000000000000 :
    unused == 24 ? little8(p) * 0x1000000 % 0x10000000000000000 :
    unused == 32 ? little8(p) * 0x100000000 % 0x10000000000000000 :
    unused == 40 ? little8(p) * 0x10000000000 % 0x10000000000000000 :
    unused == 48 ? little8(p) * 0x1000000000000 % 0x10000000000000000 :
    little8(p) * 0x100000000000000 % 0x10000000000000000;
  logic integer big{L}(uint8_t *p, integer unused) =
    unused == 0 ? big8(p) :
    unused == 8 ? big8(p) / 0x100 * 0x100 :
    unused == 16 ? big8(p) / 0x10000 * 0x10000 :
    unused == 24 ? big8(p) / 0x1000000 * 0x1000000 :
    unused == 32 ? big8(p) / 0x100000000 * 0x100000000 :
    unused == 40 ? big8(p) / 0x10000000000 * 0x10000000000 :
    unused == 48 ? big8(p) / 0x1000000000000 * 0x1000000000000 :
    big8(p) / 0x100000000000000 * 0x100000000000000;
  logic integer field_word{L}(uint8_t *p, integer unused, integer flags) =
    (flags & IMAGE_FIELD_BIG) != 0 ? big(p, unused) : little(p, unused);

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
  // What remains of 8 bytes is the number in the first ones, and its being zero is theirs.
  axiomatic first_bytes {
    logic integer little2{L}(uint8_t *p) = p[0] + 0x100 * p[1];
    logic integer little3{L}(uint8_t *p) = p[0] + 0x100 * p[1] + 0x10000 * p[2];
    logic integer little4{L}(uint8_t *p) = p[0] + 0x100 * p[1] + 0x10000 * p[2] + 0x1000000 * p[3];
    logic integer little5{L}(uint8_t *p) = p[0] + 0x100 * p[1] + 0x10000 * p[2] + 0x1000000 * p[3] + 0x100000000 * p[4];
    logic integer little6{L}(uint8_t *p) = p[0] + 0x100 * p[1] + 0x10000 * p[2] + 0x1000000 * p[3] + 0x100000000 * p[4] +
      0x10000000000 * p[5];
    logic integer little7{L}(uint8_t *p) = p[0] + 0x100 * p[1] + 0x10000 * p[2] + 0x1000000 * p[3] + 0x100000000 * p[4] +
      0x10000000000 * p[5] + 0x1000000000000 * p[6];
    logic integer big2{L}(uint8_t *p) = 0x100 * p[0] + p[1];
    logic integer big3{L}(uint8_t *p) = 0x10000 * p[0] + 0x100 * p[1] + p[2];
    logic integer big4{L}(uint8_t *p) = 0x1000000 * p[0] + 0x10000 * p[1] + 0x100 * p[2] + p[3];
    logic integer big5{L}(uint8_t *p) = 0x100000000 * p[0] + 0x1000000 * p[1] + 0x10000 * p[2] + 0x100 * p[3] + p[4];
    logic integer big6{L}(uint8_t *p) = 0x10000000000 * p[0] + 0x100000000 * p[1] + 0x1000000 * p[2] + 0x10000 * p[3] +
      0x100 * p[4] + p[5];
    logic integer big7{L}(uint8_t *p) = 0x1000000000000 * p[0] + 0x10000000000 * p[1] + 0x100000000 * p[2] +
      0x1000000 * p[3] + 0x10000 * p[4] + 0x100 * p[5] + p[6];
    predicate zero_bytes{L}(uint8_t *p, integer count) = \forall integer k; 0 <= k < count ==> p[k] == 0;
    lemma low_1{L}: \forall uint8_t *p; little8(p) % 0x100 == p[0];
    lemma low_2{L}: \forall uint8_t *p; little8(p) % 0x10000 == little2(p);
    lemma low_3{L}: \forall uint8_t *p; little8(p) % 0x1000000 == little3(p);
    lemma low_4{L}: \forall uint8_t *p; little8(p) % 0x100000000 == little4(p);
    lemma low_5{L}: \forall uint8_t *p; little8(p) % 0x10000000000 == little5(p);
    lemma low_6{L}: \forall uint8_t *p; little8(p) % 0x1000000000000 == little6(p);
    lemma low_7{L}: \forall uint8_t *p; little8(p) % 0x100000000000000 == little7(p);
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
    lemma lifted_little_8{L}: \forall uint8_t *p;
      little8(p) * 0x100 % 0x10000000000000000 == little7(p) * 0x100;
    lemma lifted_little_16{L}: \forall uint8_t *p;
      little8(p) * 0x10000 % 0x10000000000000000 == little6(p) * 0x10000;
    lemma lifted_little_24{L}: \forall uint8_t *p;
      little8(p) * 0x1000000 % 0x10000000000000000 == little5(p) * 0x1000000;
    lemma lifted_little_32{L}: \forall uint8_t *p;
      little8(p) * 0x100000000 % 0x10000000000000000 == little4(p) * 0x100000000;
    lemma lifted_little_40{L}: \forall uint8_t *p;
      little8(p) * 0x10000000000 % 0x10000000000000000 == little3(p) * 0x10000000000;
    lemma lifted_little_48{L}: \forall uint8_t *p;
      little8(p) * 0x1000000000000 % 0x10000000000000000 == little2(p) * 0x1000000000000;
    lemma lifted_little_56{L}: \forall uint8_t *p;
      little8(p) * 0x100000000000000 % 0x10000000000000000 == p[0] * 0x100000000000000;
    lemma lifted_big_8{L}: \forall uint8_t *p; big8(p) / 0x100 == big7(p);
    lemma lifted_big_16{L}: \forall uint8_t *p; big8(p) / 0x10000 == big6(p);
    lemma lifted_big_24{L}: \forall uint8_t *p; big8(p) / 0x1000000 == big5(p);
    lemma lifted_big_32{L}: \forall uint8_t *p; big8(p) / 0x100000000 == big4(p);
    lemma lifted_big_40{L}: \forall uint8_t *p; big8(p) / 0x10000000000 == big3(p);
    lemma lifted_big_48{L}: \forall uint8_t *p; big8(p) / 0x1000000000000 == big2(p);
    lemma lifted_big_56{L}: \forall uint8_t *p; big8(p) / 0x100000000000000 == p[0];
    lemma zeros_1{L}: \forall uint8_t *p; p[0] == 0 <==> zero_bytes(p, 1);
    lemma zeros_2{L}: \forall uint8_t *p; little2(p) == 0 <==> zero_bytes(p, 2);
    lemma zeros_3{L}: \forall uint8_t *p; little3(p) == 0 <==> zero_bytes(p, 3);
    lemma zeros_4{L}: \forall uint8_t *p; little4(p) == 0 <==> zero_bytes(p, 4);
    lemma zeros_5{L}: \forall uint8_t *p; little5(p) == 0 <==> zero_bytes(p, 5);
    lemma zeros_6{L}: \forall uint8_t *p; little6(p) == 0 <==> zero_bytes(p, 6);
    lemma zeros_7{L}: \forall uint8_t *p; little7(p) == 0 <==> zero_bytes(p, 7);
    lemma zeros_8{L}: \forall uint8_t *p; little8(p) == 0 <==> zero_bytes(p, 8);
  }
*/
#else
/*@ axiomatic field_words { logic integer field_word{L}(uint8_t *p, integer unused, integer flags) reads p[0 .. 7]; } */
#endif

/*@ requires is_unused(unused);
    requires \valid_read(at + (0 .. 7));
    terminates \true;
    assigns \nothing;
    ensures \result == field_word(at, unused, flags); */
uint64_t value_read(const uint8_t *at, uint32_t unused, uint32_t flags);

/*@ requires is_unused(unused);
    requires \valid_read(at + (0 .. 7));
    terminates \true;
    assigns \nothing;
    ensures \result == field_word(at, unused, 0); */
static inline uint64_t value_read_plain(const uint8_t *at, uint32_t unused);

/*@ requires is_unused(unused);
    terminates \true;
    assigns \nothing;
    ensures \result == field_number(word, unused, flags); */
static inline uint64_t value_number(uint64_t word, uint32_t unused, uint32_t flags);
