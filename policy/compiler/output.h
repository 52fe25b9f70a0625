/* SPDX-License-Identifier: Apache-2.0 */
/* Files that the compiler writes, all of them or none: written beside their places, moved there when all are complete. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "language/arena.h"

/* Text that grows. */
struct text { struct arena *arena; char *bytes; size_t size, capacity; };
__attribute__((format(printf, 2, 3))) void text_add(struct text *t, const char *format, ...);

/* Bytes of any kind, NULs among them. */
void text_add_bytes(struct text *t, const void *bytes, size_t size);
/* A JSON string; bytes that are not UTF-8 become U+FFFD, so that the result is JSON whatever they are. */
void text_add_json(struct text *t, const char *string);
/* Text for a terminal: control characters become `?`. */
void text_add_clean(struct text *t, const char *string);

struct output_file { const char *path; const void *bytes; size_t size; bool replaces, folders; };

struct output {
    struct arena *arena;
    LIST(struct output_file) files;
    LIST(const char) inputs;          /* paths that must not be written over */
    const char *wrong;                /* why output_write() failed */
};

void output_add(struct output *o, const char *path, const void *bytes, size_t size);
/* A file in a folder that is made if it is not there: only where people name the folder and not the file. */
void output_add_in(struct output *o, const char *folder, const char *name, const void *bytes, size_t size);

/* False if it went wrong; then no file has changed, as far as the file system allows. An interrupt waits until it is done. */
bool output_write(struct output *o);
