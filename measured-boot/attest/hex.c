/* SPDX-License-Identifier: Apache-2.0 */
/* See hex.h. */
#include "hex.h"
#include <ctype.h>

void hex_write(const uint8_t *bytes, size_t size, char *text)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        *text++ = digits[bytes[i] >> 4];
        *text++ = digits[bytes[i] & 15];
    }
    *text = '\0';
}

static int digit_value(char c)
{
    if (!isxdigit((unsigned char)c)) return -1;
    return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

bool hex_read(const char *text, uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++, text += 2) {
        if (digit_value(text[0]) < 0 || digit_value(text[1]) < 0) return false;
        bytes[i] = (uint8_t)(digit_value(text[0]) * 16 + digit_value(text[1]));
    }
    return digit_value(*text) < 0;
}
