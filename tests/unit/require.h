/* SPDX-License-Identifier: Apache-2.0 */
/* A demand that ends the program with words: in a fuzzer, and in what it shares with unit tests. */
#pragma once

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static inline void require(bool good, const char *what)
{
    if (good) return;
    fprintf(stderr, "ERROR: %s\n", what);
    abort();
}
