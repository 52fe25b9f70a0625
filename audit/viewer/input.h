/* SPDX-License-Identifier: Apache-2.0 */
/* Files in memory, and the lines in them. What they hold is untrusted. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Bytes that somebody else owns; not NUL-terminated, and any byte may occur. */
struct slice {
    const char *data;
    size_t size;
};

/* Reads a whole file of at most 1 GiB. On failure prints why and returns false. The caller frees `data`. */
bool input_read(const char *path, struct slice *file);

/* Takes the next line off `rest`, without its end (LF, or CR LF); false at the end. Counts it in `number`. */
bool input_line(struct slice *rest, struct slice *line, uint64_t *number);

/* Whether the slice is exactly, or begins with, this text. */
bool slice_is(struct slice s, const char *text);
bool slice_begins(struct slice s, const char *text);

/* Takes `text` off the front; false (and nothing taken) if it does not stand there. */
bool slice_take(struct slice *s, const char *text);

/* Takes a decimal number of one digit or more, without leading zeros, off the front; false if there is none below 2^64. */
bool slice_take_number(struct slice *s, uint64_t *value);

/* Takes 2 * size lower-case hexadecimal digits off the front. */
bool slice_take_hex(struct slice *s, void *bytes, size_t size);

/* Writes at most 400 characters of it; what is not printable ASCII as `?', since it goes to a terminal. */
void slice_print(FILE *to, struct slice s);

/* Like realloc(), of `count` entries; ends the program if there is no memory. */
void *memory_resize(void *old, size_t count, size_t size);
