/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text in a buffer of fixed size, without a heap. What does not fit is cut off and noted; the text is NUL-terminated at all
 * times. Also compiled on the host, where it is tested.
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

/* An empty text in `buffer`. */
void text_start(struct text *text, char *buffer, size_t size);

void text_character(struct text *text, char character);

/* Bytes as hexadecimal digits. */
void text_hex(struct text *text, const void *data, size_t size);

/* Appends by %s %c %d %u %x %ld %lu %lx %%; with a precision, as in %.16s, a string that may end without a NUL. */
__attribute__((format(printf, 2, 3))) void text_print(struct text *text, const char *format, ...);
__attribute__((format(printf, 2, 0))) void text_print_list(struct text *text, const char *format, va_list arguments);
