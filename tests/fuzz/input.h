/* SPDX-License-Identifier: Apache-2.0 */
/* An input that is taken byte by byte by whoever acts on it; zeros behind its end. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include "require.h"

static const uint8_t *input;
static size_t input_left;

static uint8_t next_byte(void)
{
    if (input_left == 0) return 0;
    input_left--;
    return *input++;
}
