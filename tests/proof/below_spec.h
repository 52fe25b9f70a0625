/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What below() of core/compiler.h means for an index that has been compared: nothing. Its guard is against foresight. One that
 * has not been yet stays within the table as well.
 */
#pragma once

#include <stdint.h>

/* An empty instruction, which hides a value from the compiler. */
#define __asm__(...) ((void)sizeof(char[sizeof(#__VA_ARGS__) == sizeof("\"\" : \"+r\"(count)") ? 1 : -1]))

#ifdef PROVE_BELOW
#include "arithmetic.h"
/*@ axiomatic masks {
      axiom all_set: \forall integer x; 0 <= x < 0x10000000000000000 ==> (x & 0xffffffffffffffff) == x;
    }
*/
#endif

/*@ terminates \true;
    assigns \nothing;
    ensures index < count ==> \result == index;
    ensures index >= count ==> \result == 0; */
static inline uint64_t below(uint64_t index, uint64_t count);
