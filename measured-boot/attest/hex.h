/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes as hexadecimal text and back. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* `text` takes 2 * size + 1 characters. */
void hex_write(const uint8_t *bytes, size_t size, char *text);

/* False unless `text` begins with exactly `size` bytes in hexadecimal, ended by a character that is none. */
bool hex_read(const char *text, uint8_t *bytes, size_t size);
