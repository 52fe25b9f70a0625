/* SPDX-License-Identifier: Apache-2.0 */
/* Facts of bits that the prover's library leaves out. bits.smt2 has each of them proved for words of 64 bits. */
#pragma once

#include <stdint.h>

/*@ axiomatic bits {
      axiom or_zero: \forall integer x, y; (x | y) == 0 <==> x == 0 && y == 0;
      axiom word_state: \forall integer state, kept, now;
        0 <= state < 0x100 && 0 <= kept < 0x10000 && 0 <= now < 0x10000000000000000 ==>
        ((uint64_t)(state << 56) | (uint64_t)(kept << 40) | ((now >> 20) & 0xffffffffff)) >> 56 == state;
      axiom bit_set: \forall integer x, n; 0 <= n && ((x >> n) & 1) != 0 ==> x != 0;
    }
*/
