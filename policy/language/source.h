/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policy's files and places in them. The files are untrusted: their size is bounded and their bytes may be anything.
 */
#pragma once

#include <stdbool.h>
#include "language/arena.h"

#define SOURCE_MAX_SIZE (1u << 20)
#define SOURCE_MAX_FILES 64u

/* Some bytes of one file. A place of length 0 with file SOURCE_NOWHERE belongs to no file. */
struct place { uint32_t file, offset, length; };
#define SOURCE_NOWHERE 0xffffffffu
#define PLACE_NOWHERE ((struct place){ SOURCE_NOWHERE, 0, 0 })

struct source {
    const char *path;                 /* as it is opened */
    const char *shown;                /* the same as text for people: source_show() */
    const char *name;                 /* as the root names it; relative to the root's directory */
    const char *text;                 /* `size` bytes and a NUL */
    size_t size;
    uint32_t *lines;                  /* where each line begins, the first one at 0: see source_add() */
    uint32_t line_count;
};

struct sources {
    struct arena *arena;
    LIST(struct source) files;
};

/* Where a file's bytes come from: the disk, or a test's memory. Returns NULL and sets errno if there is no such file. */
typedef char *source_reader(struct arena *a, const char *path, size_t *size);
source_reader source_read_file;

/* The bytes of a regular file of at most so many, and a NUL behind them; NULL with errno set. */
char *source_read_regular(struct arena *a, const char *path, size_t most, size_t *size);
/* Why a file could not be read, for messages. */
const char *source_why(int error);

/*
 * Bytes of the first character of a text of at least one byte if that makes the text look other than it is, else 0: a control
 * character but tab and line feed, among them a carriage return alone, one that turns the direction of writing or ends a line.
 */
size_t source_hidden(const char *text, size_t size);

/* Bytes of the first character of a text of at least one byte if they are UTF-8 (RFC 3629), else 0. */
size_t source_character(const char *text, size_t size);

/* A copy of the text without hidden characters and bytes that are not UTF-8: each is `?`. */
char *source_show(struct arena *a, const char *text);

/* Appends a file; returns its index. `text` has `size` bytes, at most SOURCE_MAX_SIZE, and a NUL. */
uint32_t source_add(struct sources *s, const char *path, const char *name, const char *text, size_t size);

/* The line that a place begins in, from 1; takes little time in files of any shape. Of a place in no file: 1. */
uint32_t source_line_number(const struct sources *s, struct place at);

/* Line and column from 1; a column counts characters, not bytes. */
struct source_position { uint32_t line, column; };
struct source_position source_position(const struct sources *s, struct place at);

/* The line around a place: its first byte, and its length without the line break. */
const char *source_line(const struct sources *s, struct place at, size_t *length);

/* `path` as seen from the file `from`: absolute, or relative to that file's directory and without detours through it. */
char *source_path_beside(struct arena *a, const char *from, const char *path);

/* By file, then by where they begin: below, equal to, above 0. */
int place_compare(struct place a, struct place b);

/* From the first place to the end of the last one; both of one file. */
struct place place_span(struct place first, struct place last);
