/* SPDX-License-Identifier: Apache-2.0 */
/* Growing text; writing files by way of new ones beside them. */
#include "compiler/output.h"
#include "language/diag.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
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
    size_t left = strlen(string);
    text_add(t, "\"");
    while (left > 0) {
        size_t length = source_character(string, left);
        if (*string == '"' || *string == '\\')
            text_add(t, "\\%c", *string);
        else if (length == 0)
            text_add(t, "\\ufffd");
        else if (length == 1 && ((unsigned char)*string < ' ' || *string == 0x7f))
            text_add(t, "\\u%04x", (unsigned)*string);
        else
            text_add_bytes(t, string, length);
        length += length == 0;
        string += length;
        left -= length;
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
    *LIST_NEW(o->arena, &o->files) = (struct output_file){ path, bytes, size, false, false };
}

void output_add_in(struct output *o, const char *folder, const char *name, const void *bytes, size_t size)
{
    const char *path = arena_print(o->arena, "%s/%s", folder, name);
    *LIST_NEW(o->arena, &o->files) = (struct output_file){ path, bytes, size, false, true };
}

/* ---- what may not be written over ---- */
static bool output_same(const char *path, const struct stat *about)
{
    struct stat other;
    return stat(path, &other) == 0 && other.st_dev == about->st_dev && other.st_ino == about->st_ino;
}

/* Whether two paths, `q.img` and `./q.img`, lead to one entry of one folder, be there a file or not. */
static bool output_one_entry(struct arena *a, const char *path, const char *other)
{
    const char *slash = strrchr(path, '/'), *other_slash = strrchr(other, '/');
    struct stat about;
    if (strcmp(slash != NULL ? slash + 1 : path, other_slash != NULL ? other_slash + 1 : other) != 0) return false;
    const char *folder = slash == NULL ? "." : arena_copy_text(a, path, (size_t)(slash + 1 - path));
    const char *other_folder = other_slash == NULL ? "." : arena_copy_text(a, other, (size_t)(other_slash + 1 - other));
    return strcmp(path, other) == 0 || (stat(folder, &about) == 0 && output_same(other_folder, &about));
}

static bool output_refused(struct output *o, const char *path, const char *why)
{
    o->wrong = arena_print(o->arena, "will not write %s: %s", path, why);
    return false;
}

/* Whether a file may come to its place. */
static bool output_may(struct output *o, uint32_t index)
{
    const char *path = o->files.items[index]->path, *input;
    struct stat about;
    bool exists = lstat(path, &about) == 0;
    if (exists && !S_ISREG(about.st_mode)) return output_refused(o, path, "it is there already and not a regular file");
    for (uint32_t i = 0; i < index; i++) {
        const char *other = o->files.items[i]->path;
        if (output_one_entry(o->arena, other, path) || (exists && output_same(other, &about)))
            return output_refused(o, path, "another output is that file");
    }
    for (uint32_t i = 0; exists && i < o->inputs.count; i++) {
        input = o->inputs.items[i];
        if (output_same(input, &about)) return output_refused(o, path, "it is an input");
    }
    return true;
}

/* ---- writing ---- */
static const char *output_beside(const struct output *o, const char *path, const char *what)
{
    return arena_print(o->arena, "%s.%s.%ld", path, what, (long)getpid());
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

/* A file that is not there yet, and is no link to one that is; as readable and as writable as one whose place it takes. */
static bool output_write_one(const char *path, const char *place, const void *bytes, size_t size)
{
    struct stat older;
    int number = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    FILE *file = number < 0 ? NULL : fdopen(number, "wb");
    if (file == NULL) return false;
    bool good = stat(place, &older) != 0 || fchmod(number, older.st_mode & 0777) == 0;
    good &= size == 0 || fwrite(bytes, 1, size, file) == size;
    good &= fflush(file) == 0 && fsync(fileno(file)) == 0;
    good &= fclose(file) == 0;
    return good;
}

static bool output_failed(struct output *o, const char *path, uint32_t written)
{
    o->wrong = arena_print(o->arena, "cannot write %s: %s", path, strerror(errno));
    for (uint32_t i = 0; i < written; i++) unlink(output_beside(o, o->files.items[i]->path, "new"));
    return false;
}

/* Keeps the old file under another name: as a link, or, where the file system knows none, moved. */
static bool output_keep_old(const struct output *o, struct output_file *f)
{
    const char *old = output_beside(o, f->path, "old");
    f->replaces = link(f->path, old) == 0 || (errno != ENOENT && rename(f->path, old) == 0);
    return f->replaces || errno == ENOENT;
}

/* Puts back what was there before: of the first `kept` files the old ones, of the first `moved` nothing new stays. */
static void output_put_back(const struct output *o, uint32_t kept, uint32_t moved)
{
    for (uint32_t i = 0; i < kept; i++) {
        const struct output_file *f = o->files.items[i];
        const char *old = output_beside(o, f->path, "old");
        if (!f->replaces) {
            if (i < moved) unlink(f->path);
        } else if (rename(old, f->path) == 0) {
            unlink(old);              /* still there if both were links to one file */
        } else {
            diag_complain("the former %s is %s now: %s", f->path, old, strerror(errno));
        }
    }
}

/* Moves the new files to their places; if one cannot go there, none stays. */
static bool output_move(struct output *o)
{
    struct output_file *f;
    uint32_t kept = 0, moved = 0;
    const char *failed = NULL;
    LIST_EACH(f, &o->files) {
        if (failed == NULL && !output_keep_old(o, f)) failed = f->path;
        if (failed == NULL) kept++;
    }
    LIST_EACH(f, &o->files) {
        if (failed == NULL && rename(output_beside(o, f->path, "new"), f->path) != 0) failed = f->path;
        if (failed == NULL) moved++;
    }
    if (failed != NULL) {
        output_failed(o, failed, o->files.count);
        output_put_back(o, kept, moved);
        return false;
    }
    LIST_EACH(f, &o->files) {
        if (f->replaces) unlink(output_beside(o, f->path, "old"));
    }
    return true;
}

static bool output_write_all(struct output *o)
{
    const struct output_file *f;
    for (uint32_t i = 0; i < o->files.count; i++) {
        if (!output_may(o, i)) return false;
    }
    LIST_EACH(f, &o->files) {
        const char *beside = output_beside(o, f->path, "new");
        if (f->folders) output_directories(o, f->path);
        if (!output_write_one(beside, f->path, f->bytes, f->size))
            return output_failed(o, f->path, errno == EEXIST ? f_at : f_at + 1);
    }
    return output_move(o);
}

bool output_write(struct output *o)
{
    static const int interrupts[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
    sigset_t waiting, before;
    sigemptyset(&waiting);
    for (size_t i = 0; i < sizeof interrupts / sizeof interrupts[0]; i++) sigaddset(&waiting, interrupts[i]);
    sigprocmask(SIG_BLOCK, &waiting, &before);
    bool good = output_write_all(o);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return good;
}
