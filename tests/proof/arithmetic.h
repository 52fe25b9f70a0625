/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What conversions and shifts are in integers: ACSL's definitions (2.2.3, 2.2.4), part of which the prover's library leaves
 * open. The axioms are these definitions, for the types and distances that occur; all else is proved.
 */
#pragma once

#include <stdint.h>

/*@ axiomatic conversions {
      axiom to_uint8: \forall integer x; 0 <= x ==> (uint8_t)x == x % 0x100;
      axiom to_uint16: \forall integer x; 0 <= x ==> (uint16_t)x == x % 0x10000;
      axiom to_uint32: \forall integer x; 0 <= x ==> (uint32_t)x == x % 0x100000000;
      axiom to_uint64: \forall integer x; 0 <= x ==> (uint64_t)x == x % 0x10000000000000000;
      axiom to_uint64_negative: \forall integer x; -0x10000000000000000 <= x < 0 ==>
        (uint64_t)x == x + 0x10000000000000000;
      axiom to_int64: \forall integer x; 0x8000000000000000 <= x < 0x10000000000000000 ==>
        (int64_t)x == x - 0x10000000000000000;
    }

    axiomatic shifts {
      axiom left_8: \forall integer x; x << 8 == x * 0x100;
      axiom left_16: \forall integer x; x << 16 == x * 0x10000;
      axiom left_24: \forall integer x; x << 24 == x * 0x1000000;
      axiom left_32: \forall integer x; x << 32 == x * 0x100000000;
      axiom left_40: \forall integer x; x << 40 == x * 0x10000000000;
      axiom left_48: \forall integer x; x << 48 == x * 0x1000000000000;
      axiom left_56: \forall integer x; x << 56 == x * 0x100000000000000;
      axiom right_8: \forall integer x; 0 <= x ==> x >> 8 == x / 0x100;
      axiom right_16: \forall integer x; 0 <= x ==> x >> 16 == x / 0x10000;
      axiom right_24: \forall integer x; 0 <= x ==> x >> 24 == x / 0x1000000;
      axiom right_32: \forall integer x; 0 <= x ==> x >> 32 == x / 0x100000000;
      axiom right_40: \forall integer x; 0 <= x ==> x >> 40 == x / 0x10000000000;
      axiom right_48: \forall integer x; 0 <= x ==> x >> 48 == x / 0x1000000000000;
      axiom right_56: \forall integer x; 0 <= x ==> x >> 56 == x / 0x100000000000000;
      axiom right_negative: \forall integer x, n; x < 0 && 0 <= n ==> x >> n == -1 - ((-1 - x) >> n);
    }
*/
