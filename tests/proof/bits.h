/* SPDX-License-Identifier: Apache-2.0 */
/* Facts of bits that the prover's library leaves out. bits.smt2 has each of them proved for words of 64 bits. */
#pragma once

#include <stdint.h>

/*@ axiomatic bits {
      axiom or_zero: \forall integer x, y; (x | y) == 0 <==> x == 0 && y == 0;
      axiom bit_set: \forall integer x, n; 0 <= n && ((x >> n) & 1) != 0 ==> x != 0;
    }

    // A protocol's word: its state, the register and the time at which it entered the state.
    axiomatic words {
      // Provers meet a term of three parts in an order of their own: each order is the same word.
      logic integer either(integer x, integer y);
      axiom either_or: \forall integer x, y; either(x, y) == (x | y);
      axiom either_swap: \forall integer x, y; either(x, y) == either(y, x);
      axiom either_join: \forall integer x, y, z; either(x, either(y, z)) == either(either(x, y), z);

      logic integer word_of(integer state, integer kept, integer now);
      axiom word_parts: \forall integer state, kept, now; word_of(state, kept, now) ==
        either(either((uint64_t)(state << 56), (uint64_t)(kept << 40)), (now >> 20) & 0xffffffffff);
      axiom word_state: \forall integer state, kept, now;
        0 <= state < 0x100 && 0 <= kept < 0x10000 && 0 <= now < 0x10000000000000000 ==>
        word_of(state, kept, now) >> 56 == state;
    }
*/
