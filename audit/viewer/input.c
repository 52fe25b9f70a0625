/* SPDX-License-Identifier: Apache-2.0 */
/* See input.h. */
#include "input.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LARGEST (1ull << 30)
#define CHUNK 65536u

void *memory_resize(void *old, size_t count, size_t size)
{
    void *new = reallocarray(old, count, size);
    if (new == NULL) {
        fprintf(stderr, "bulkhead-audit: out of memory\n");
        exit(2);
    }
    return new;
}

/* Reads to the end; false on an error, or beyond LARGEST (errno EFBIG). */
static bool read_all(FILE *f, char **data, size_t *size)
{
    size_t room = 0, got;
    do {
        if (room - *size < CHUNK) {
            room = room * 2 + CHUNK;
            *data = memory_resize(*data, room, 1);
        }
        got = fread(*data + *size, 1, CHUNK, f);
        *size += got;
        if (*size > LARGEST) {
            errno = EFBIG;
            return false;
        }
    } while (got > 0);
    return ferror(f) == 0;
}

bool input_read(const char *path, struct slice *file)
{
    char *data = NULL;
    size_t size = 0;
    FILE *f = fopen(path, "rb");
    bool good = f != NULL && read_all(f, &data, &size);
    if (!good) fprintf(stderr, "bulkhead-audit: %s: cannot read it: %s\n", path, strerror(errno));
    if (f != NULL) fclose(f);
    if (!good) free(data);
    *file = (struct slice){ data, good ? size : 0 };
    return good;
}

bool input_line(struct slice *rest, struct slice *line, uint64_t *number)
{
    if (rest->size == 0) return false;
    const char *end = memchr(rest->data, '\n', rest->size);
    size_t size = end ? (size_t)(end - rest->data) : rest->size, taken = end ? size + 1 : size;
    *line = (struct slice){ rest->data, size };
    *rest = (struct slice){ rest->data + taken, rest->size - taken };
    if (line->size > 0 && line->data[line->size - 1] == '\r') line->size--;
    (*number)++;
    return true;
}

bool slice_begins(struct slice s, const char *text)
{
    return s.size >= strlen(text) && memcmp(s.data, text, strlen(text)) == 0;
}

bool slice_is(struct slice s, const char *text)
{
    return s.size == strlen(text) && slice_begins(s, text);
}

static void drop(struct slice *s, size_t size)
{
    *s = (struct slice){ s->data + size, s->size - size };
}

bool slice_take(struct slice *s, const char *text)
{
    if (!slice_begins(*s, text)) return false;
    drop(s, strlen(text));
    return true;
}

bool slice_take_number(struct slice *s, uint64_t *value)
{
    size_t digits = 0;
    *value = 0;
    for (; digits < s->size && s->data[digits] >= '0' && s->data[digits] <= '9'; digits++) {
        uint64_t digit = (uint64_t)(s->data[digits] - '0');
        if (*value > (UINT64_MAX - digit) / 10) return false;
        *value = *value * 10 + digit;
    }
    if (digits == 0 || (digits > 1 && s->data[0] == '0')) return false;
    drop(s, digits);
    return true;
}

void slice_print(FILE *to, struct slice s)
{
    for (size_t i = 0; i < s.size && i < 400; i++) fputc(s.data[i] >= ' ' && s.data[i] <= '~' ? s.data[i] : '?', to);
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

bool slice_take_hex(struct slice *s, void *bytes, size_t size)
{
    uint8_t *to = bytes;
    if (s->size < 2 * size) return false;
    for (size_t i = 0; i < size; i++) {
        int high = hex_value(s->data[2 * i]), low = hex_value(s->data[2 * i + 1]);
        if (high < 0 || low < 0) return false;
        to[i] = (uint8_t)(high << 4 | low);
    }
    drop(s, 2 * size);
    return true;
}
