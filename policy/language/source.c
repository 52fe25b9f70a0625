/* SPDX-License-Identifier: Apache-2.0 */
/* Reading files, and turning offsets into lines and columns. */
#include "language/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Opens a file for reading; a FIFO or device is opened without waiting for it, and refused. NULL with errno set. */
static FILE *source_open(const char *path, struct stat *about)
{
    int number = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (number < 0) return NULL;
    FILE *file = fstat(number, about) == 0 && S_ISREG(about->st_mode) ? fdopen(number, "rb") : NULL;
    if (file != NULL) return file;
    close(number);
    errno = EISDIR;
    return NULL;
}

char *source_read_regular(struct arena *a, const char *path, size_t most, size_t *size)
{
    struct stat about;
    FILE *file = source_open(path, &about);
    if (file == NULL) return NULL;
    if (about.st_size > (off_t)most) {
        fclose(file);
        errno = EFBIG;
        return NULL;
    }
    char *text = arena_take(a, (size_t)about.st_size + 1);
    *size = fread(text, 1, (size_t)about.st_size, file);
    text[*size] = '\0';
    fclose(file);
    return text;
}

char *source_read_file(struct arena *a, const char *path, size_t *size)
{
    return source_read_regular(a, path, SOURCE_MAX_SIZE, size);
}

const char *source_why(int error)
{
    return error == EISDIR ? "not a regular file" : strerror(error);
}

/* Unicode 15: C1 controls in 23.1, bidirectional formatting in UAX 9, separators of lines and paragraphs in 5.8. */
size_t source_hidden(const char *text, size_t size)
{
    int c = (unsigned char)text[0], second = size > 1 ? (unsigned char)text[1] : -1;
    int third = size > 2 ? (unsigned char)text[2] : -1;
    if (c == '\r') return second == '\n' ? 0 : 1;
    if (c == 0x7f || (c < ' ' && c != '\t' && c != '\n')) return 1;
    if ((c == 0xc2 && second >= 0x80 && second <= 0x9f) || (c == 0xd8 && second == 0x9c)) return 2;
    bool turns = (second == 0x80 && (third == 0x8e || third == 0x8f || (third >= 0xa8 && third <= 0xae))) ||
                 (second == 0x81 && third >= 0xa6 && third <= 0xa9);
    return c == 0xe2 && turns ? 3 : 0;
}

/* Where a first byte wants more than one, the second one keeps out overlong forms, surrogates and what is beyond U+10FFFF. */
size_t source_character(const char *text, size_t size)
{
    const unsigned char *c = (const unsigned char *)text;
    size_t length = c[0] < 0x80 ? 1 : c[0] < 0xc2 ? 0 : c[0] < 0xe0 ? 2 : c[0] < 0xf0 ? 3 : c[0] < 0xf5 ? 4 : 0;
    unsigned low = c[0] == 0xe0 ? 0xa0 : c[0] == 0xf0 ? 0x90 : 0x80, high = c[0] == 0xed ? 0x9f : c[0] == 0xf4 ? 0x8f : 0xbf;
    if (length == 0 || length > size) return 0;
    for (size_t i = 1; i < length; i++) {
        if (c[i] < (i == 1 ? low : 0x80) || c[i] > (i == 1 ? high : 0xbf)) return 0;
    }
    return length;
}

char *source_show(struct arena *a, const char *text)
{
    size_t left = strlen(text), size = 0;
    char *shown = arena_take(a, left + 1);
    while (left > 0) {
        size_t hidden = source_hidden(text, left), whole = source_character(text, left);
        bool as_it_is = hidden == 0 && whole > 0 && *text != '\n';
        size_t taken = hidden > 0 ? hidden : whole > 0 ? whole : 1;
        if (!as_it_is) shown[size++] = '?';
        for (size_t i = 0; as_it_is && i < taken; i++) shown[size++] = text[i];
        text += taken;
        left -= taken;
    }
    return shown;
}

/* ---- places ---- */
uint32_t source_add(struct sources *s, const char *path, const char *name, const char *text, size_t size)
{
    struct source *file = LIST_NEW(s->arena, &s->files);
    uint32_t breaks = 0;
    for (size_t i = 0; i < size; i++) breaks += text[i] == '\n';
    *file = (struct source){ path, source_show(s->arena, path), name, text, size,
                             arena_take(s->arena, (breaks + 1) * sizeof *file->lines), 1 };
    for (uint32_t i = 0; i < size; i++) {
        if (text[i] == '\n') file->lines[file->line_count++] = i + 1;
    }
    return s->files.count - 1;
}

uint32_t source_line_number(const struct sources *s, struct place at)
{
    if (at.file >= s->files.count) return 1;
    const struct source *file = s->files.items[at.file];
    uint32_t line = 0, beyond = file->line_count;     /* the place lies in one of the lines from `line` to before `beyond` */
    while (beyond - line > 1) {
        uint32_t middle = line + (beyond - line) / 2;
        if (file->lines[middle] <= at.offset)
            line = middle;
        else
            beyond = middle;
    }
    return line + 1;
}

struct source_position source_position(const struct sources *s, struct place at)
{
    struct source_position where = { source_line_number(s, at), 1 };
    if (at.file >= s->files.count) return where;
    const struct source *file = s->files.items[at.file];
    for (size_t i = file->lines[where.line - 1]; i < at.offset && i < file->size; i++)
        where.column += (file->text[i] & 0xc0) != 0x80;   /* not a continuation byte of UTF-8 */
    return where;
}

const char *source_line(const struct sources *s, struct place at, size_t *length)
{
    *length = 0;
    if (at.file >= s->files.count) return "";
    const struct source *file = s->files.items[at.file];
    size_t first = at.offset < file->size ? at.offset : file->size;
    while (first > 0 && file->text[first - 1] != '\n') first--;
    size_t end = first;
    while (end < file->size && file->text[end] != '\n') end++;
    *length = end - first;
    return file->text + first;
}

/* Takes out each `NAME/../`, so that one file has one path, whatever file names it. */
static void source_path_shorten(char *path)
{
    for (char *up = strstr(path, "/../"); up != NULL;) {
        char *name = up;
        while (name > path && name[-1] != '/') name--;
        bool is_name = up > name && strncmp(name, "../", 3) != 0 && strncmp(name, "./", 2) != 0;
        if (is_name) memmove(name, up + 4, strlen(up + 4) + 1);
        up = is_name ? strstr(path, "/../") : strstr(up + 1, "/../");
    }
}

char *source_path_beside(struct arena *a, const char *from, const char *path)
{
    const char *slash = strrchr(from, '/');
    if (path[0] == '/' || slash == NULL) return arena_copy_text(a, path, strlen(path));
    char *joined = arena_print(a, "%.*s%s", (int)(slash + 1 - from), from, path);
    source_path_shorten(joined);
    return joined;
}

int place_compare(struct place a, struct place b)
{
    if (a.file != b.file) return a.file < b.file ? -1 : 1;
    return a.offset < b.offset ? -1 : a.offset > b.offset;
}

struct place place_span(struct place first, struct place last)
{
    if (first.file != last.file || last.offset < first.offset) return first;
    return (struct place){ first.file, first.offset, last.offset + last.length - first.offset };
}
