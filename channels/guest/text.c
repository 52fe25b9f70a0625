/* SPDX-License-Identifier: Apache-2.0 */
/* Bounded text; the formats come from the program itself, never from outside. */
#include "guest/text.h"

void text_start(struct text *text, char *buffer, size_t size)
{
    *text = (struct text){ .data = buffer, .size = size };
    buffer[0] = '\0';
}

void text_character(struct text *text, char character)
{
    if (text->length + 1 >= text->size) {
        text->cut = true;
        return;
    }
    text->data[text->length++] = character;
    text->data[text->length] = '\0';
}

static void text_string(struct text *text, const char *string, size_t limit)
{
    for (size_t i = 0; i < limit && string[i] != '\0'; i++) text_character(text, string[i]);
}

static void text_number(struct text *text, uint64_t value, unsigned base)
{
    char digits[20];
    size_t count = 0;

    do {
        digits[count++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    while (count > 0) text_character(text, digits[--count]);
}

static void text_signed(struct text *text, int64_t value)
{
    if (value < 0) text_character(text, '-');
    text_number(text, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 10);
}

void text_hex(struct text *text, const void *data, size_t size)
{
    const uint8_t *bytes = data;

    for (size_t i = 0; i < size; i++) {
        text_character(text, "0123456789abcdef"[bytes[i] >> 4]);
        text_character(text, "0123456789abcdef"[bytes[i] & 15]);
    }
}

void text_print(struct text *text, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    text_print_list(text, format, arguments);
    va_end(arguments);
}

void text_print_list(struct text *text, const char *format, va_list arguments)
{
    for (const char *at = format; *at != '\0'; at++) {
        size_t limit = SIZE_MAX;
        bool is_long = false;

        if (*at != '%') {
            text_character(text, *at);
            continue;
        }
        if (*++at == '.') {
            limit = 0;
            while (*++at >= '0' && *at <= '9') limit = limit * 10 + (size_t)(*at - '0');
        }
        if (*at == 'l') {
            is_long = true;
            at++;
        }
        switch (*at) {
        case 's': text_string(text, va_arg(arguments, const char *), limit); break;
        case 'c': text_character(text, (char)va_arg(arguments, int)); break;
        case 'd': text_signed(text, is_long ? va_arg(arguments, long) : va_arg(arguments, int)); break;
        case 'u': text_number(text, is_long ? va_arg(arguments, unsigned long) : va_arg(arguments, unsigned), 10); break;
        case 'x': text_number(text, is_long ? va_arg(arguments, unsigned long) : va_arg(arguments, unsigned), 16); break;
        case '\0': return;
        default: text_character(text, *at); break;
        }
    }
}
