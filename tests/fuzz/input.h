/* SPDX-License-Identifier: Apache-2.0 */
/* An input that is taken byte by byte by whoever acts on it; zeros behind its end. What a fuzzer demands ends it with words. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static const uint8_t *input;
static size_t input_left;

static void require(bool good, const char *what)
{
    if (good) return;
    fprintf(stderr, "ERROR: %s\n", what);
    abort();
}

static uint8_t next_byte(void)
{
    if (input_left == 0) return 0;
    input_left--;
    return *input++;
}
