/* SPDX-License-Identifier: Apache-2.0 */
/* Growing text; writing files by way of new ones beside them. */
#include "compiler/output.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Room for so many bytes more, and a NUL. */
static void text_reserve(struct text *t, size_t size)
{
    size_t needed = t->size + size + 1;
    if (needed <= t->capacity) return;
    t->capacity = needed * 2;
    char *grown = arena_take(t->arena, t->capacity);
    if (t->size > 0) memcpy(grown, t->bytes, t->size);
    t->bytes = grown;
}

void text_add(struct text *t, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0) return;
    text_reserve(t, (size_t)length);
    va_start(arguments, format);
    vsnprintf(t->bytes + t->size, (size_t)length + 1, format, arguments);
    va_end(arguments);
    t->size += (size_t)length;
}

void text_add_bytes(struct text *t, const void *bytes, size_t size)
{
    text_reserve(t, size);
    memcpy(t->bytes + t->size, bytes, size);
    t->size += size;
    t->bytes[t->size] = '\0';
}

void text_add_json(struct text *t, const char *string)
{
    text_add(t, "\"");
    for (const unsigned char *c = (const unsigned char *)string; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\')
            text_add(t, "\\%c", *c);
        else if (*c < ' ' || *c >= 0x7f)
            text_add(t, "\\u%04x", *c);
        else
            text_add(t, "%c", *c);
    }
    text_add(t, "\"");
}

void text_add_clean(struct text *t, const char *string)
{
    for (const char *c = string; *c != '\0'; c++) {
        unsigned char byte = (unsigned char)*c, next = (unsigned char)c[1];
        bool is_c1 = byte == 0xc2 && next >= 0x80 && next < 0xa0;       /* U+0080 to U+009F in UTF-8 */
        text_add(t, "%c", is_c1 || byte < ' ' || byte == 0x7f ? '?' : *c);
        c += is_c1;
    }
}

void output_add(struct output *o, const char *path, const void *bytes, size_t size)
{
    *LIST_NEW(o->arena, &o->files) = (struct output_file){ path, bytes, size };
}

static const char *output_beside(const struct output *o, const char *path)
{
    return arena_print(o->arena, "%s.new.%ld", path, (long)getpid());
}

/* The directories that lead to a file. */
static void output_directories(const struct output *o, const char *path)
{
    char *copy = arena_copy_text(o->arena, path, strlen(path));
    for (char *slash = strchr(copy + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(copy, 0777);            /* if it cannot be made, opening the file tells */
        *slash = '/';
    }
}

/* What takes an older file's place is as readable and as writable as that was. */
static bool output_write_one(const char *path, const char *place, const void *bytes, size_t size)
{
    struct stat older;
    FILE *file = fopen(path, "wb");
    if (file == NULL) return false;
    bool good = stat(place, &older) != 0 || fchmod(fileno(file), older.st_mode & 0777) == 0;
    good &= fwrite(bytes, 1, size, file) == size;
    good &= fflush(file) == 0 && fsync(fileno(file)) == 0;
    good &= fclose(file) == 0;
    return good;
}

static bool output_failed(const struct output *o, const char *path, uint32_t written)
{
    fprintf(stderr, "bulkhead: cannot write %s: %s\n", path, strerror(errno));
    for (uint32_t i = 0; i < written; i++) unlink(output_beside(o, o->files.items[i]->path));
    return false;
}

bool output_write(const struct output *o)
{
    const struct output_file *f;
    LIST_EACH(f, &o->files) {
        output_directories(o, f->path);
        if (!output_write_one(output_beside(o, f->path), f->path, f->bytes, f->size))
            return output_failed(o, f->path, f_at + 1);
    }
    LIST_EACH(f, &o->files) {
        if (rename(output_beside(o, f->path), f->path) != 0) return output_failed(o, f->path, o->files.count);
    }
    return true;
}
