/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory of the host programs: taken piece by piece, given back all at once. Everything that is read or derived from one
 * policy lives in one arena, so that no part of the compiler has to say who frees what.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct arena_chunk;
struct arena { struct arena_chunk *chunks; };

/* Zeroed memory, aligned to 16 bytes. Ends the program with a message when the machine has no more. */
void *arena_take(struct arena *a, size_t size);
char *arena_copy_text(struct arena *a, const char *text, size_t length);
__attribute__((format(printf, 2, 3))) char *arena_print(struct arena *a, const char *format, ...);
void arena_release(struct arena *a);

/* A list of pointers: what they point at never moves. Zeroed memory is an empty list. */
#define LIST(type)                                                                                                         \
    struct {                                                                                                               \
        type **items;                                                                                                      \
        uint32_t count, capacity;                                                                                          \
    }

/* Takes a zeroed item from the arena, appends it and returns it. */
#define LIST_NEW(arena, list)                                                                                              \
    ((__typeof__(*(list)->items))arena_list_add((arena), arena_take((arena), sizeof **(list)->items), (void *)&(list)->items, \
                                                &(list)->count, &(list)->capacity))

/* Appends a pointer that exists already. */
#define LIST_ADD(arena, list, item)                                                                                        \
    ((void)arena_list_add((arena), (item), (void *)&(list)->items, &(list)->count, &(list)->capacity))

#define LIST_EACH(item, list)                                                                                              \
    for (uint32_t item##_at = 0; item##_at < (list)->count && ((item) = (list)->items[item##_at], 1); item##_at++)

void *arena_list_add(struct arena *a, const void *item, void *items, uint32_t *count, uint32_t *capacity);
