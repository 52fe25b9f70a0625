/* SPDX-License-Identifier: Apache-2.0 */
/* A bump allocator over chunks, and lists of pointers in it. */
#include "language/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_CHUNK 65536u
#define ARENA_ALIGN 16u

struct arena_chunk {
    struct arena_chunk *next;
    size_t size, used;
    uint8_t bytes[] __attribute__((aligned(ARENA_ALIGN)));
};

static struct arena_chunk *arena_chunk_new(size_t size)
{
    size_t room = size > ARENA_CHUNK ? size : ARENA_CHUNK;
    struct arena_chunk *chunk = calloc(1, sizeof *chunk + room);
    if (chunk == NULL) {
        fprintf(stderr, "bulkhead: out of memory\n");
        exit(2);
    }
    chunk->size = room;
    return chunk;
}

void *arena_take(struct arena *a, size_t size)
{
    size_t rounded = (size + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
    if (a->chunks == NULL || a->chunks->size - a->chunks->used < rounded) {
        struct arena_chunk *chunk = arena_chunk_new(rounded);
        chunk->next = a->chunks;
        a->chunks = chunk;
    }
    void *piece = a->chunks->bytes + a->chunks->used;
    a->chunks->used += rounded;
    return piece;
}

char *arena_copy_text(struct arena *a, const char *text, size_t length)
{
    char *copy = arena_take(a, length + 1);
    memcpy(copy, text, length);
    return copy;
}

char *arena_print(struct arena *a, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    size_t size = length < 0 ? 1 : (size_t)length + 1;
    char *text = arena_take(a, size);
    va_start(arguments, format);
    vsnprintf(text, size, format, arguments);
    va_end(arguments);
    return text;
}

void arena_release(struct arena *a)
{
    while (a->chunks != NULL) {
        struct arena_chunk *chunk = a->chunks;
        a->chunks = chunk->next;
        free(chunk);
    }
}

/* `items` is the address of the list's pointer, whatever it points at: object pointers look alike on the hosts we have. */
void *arena_list_add(struct arena *a, const void *item, void *items, uint32_t *count, uint32_t *capacity)
{
    const void **old;
    memcpy(&old, items, sizeof old);
    if (*count == *capacity) {
        uint32_t wider = *capacity == 0 ? 4 : *capacity * 2;
        const void **grown = arena_take(a, wider * sizeof *grown);
        if (*count > 0) memcpy(grown, old, *count * sizeof *grown);
        memcpy(items, &grown, sizeof grown);
        *capacity = wider;
        old = grown;
    }
    old[(*count)++] = item;
    return (void *)item;
}
