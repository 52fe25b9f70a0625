/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text in a buffer of fixed size, without a heap. What does not fit is cut off and noted; the text is NUL-terminated at all
 * times. Also compiled on the host, where it is tested.
 *
 * Owner: whoever has the structure and its buffer; nothing else is kept, so any thread or handler may call, each on a text of
 * its own. Lengths are bytes. What is appended stays as it is; what goes wrong is `cut` alone.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
    char *data;
    size_t size;                      /* of the buffer, at least 1 */
    size_t length;                    /* of the text, without the NUL */
    bool cut;                         /* something did not fit */
};

/* An empty text in `buffer`, whose `size` is at least 1 and which stays the caller's. */
void text_start(struct text *text, char *buffer, size_t size);

/* Appends one character, whatever it is. */
void text_character(struct text *text, char character);

/* Appends bytes as hexadecimal digits, two each. */
void text_hex(struct text *text, const void *data, size_t size);

/* Appends by %s %c %d %u %x %ld %lu %lx %%, no widths; with a precision, as in %.16s, a string that may end without a NUL. */
__attribute__((format(printf, 2, 3))) void text_print(struct text *text, const char *format, ...);
__attribute__((format(printf, 2, 0))) void text_print_list(struct text *text, const char *format, va_list arguments);
