/* SPDX-License-Identifier: Apache-2.0 */
/* A set of words. */
#include "language/lost.h"

#include <ctype.h>
#include <string.h>

static size_t word_length(const char *text, size_t size)
{
    size_t length = 0;
    while (length < size && (text[length] == '_' || isalnum((unsigned char)text[length]))) length++;
    return length;
}

/* FNV-1a */
static uint32_t word_bucket(const char *text, size_t length)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < length; i++) hash = (hash ^ (unsigned char)text[i]) * 16777619u;
    return hash % LOST_BUCKETS;
}

static bool lost_has(const struct lost *l, const char *text, size_t length)
{
    const struct lost_word *w = l->buckets[word_bucket(text, length)];
    while (w != NULL && (w->length != length || memcmp(w->text, text, length) != 0)) w = w->next;
    return w != NULL;
}

void lost_add(struct arena *a, struct lost *l, const char *text, size_t size, size_t most)
{
    for (size_t at = 0; at < size && most > 0;) {
        size_t length = word_length(text + at, size - at);
        if (length > 0 && !lost_has(l, text + at, length)) {
            struct lost_word **bucket = &l->buckets[word_bucket(text + at, length)], *w = arena_take(a, sizeof *w);
            *w = (struct lost_word){ text + at, length, *bucket };
            *bucket = w;
            l->any = true;
        }
        most -= length > 0;
        at += length + 1;
    }
}

bool lost_is_quoted(const struct lost *l, const char *message)
{
    if (!l->any) return false;
    for (const char *at = strchr(message, '`'); at != NULL; at = strchr(at, '`')) {
        size_t length = word_length(at + 1, strlen(at + 1));
        if (length > 0 && lost_has(l, at + 1, length)) return true;
        at = strchr(at + 1, '`');
        if (at == NULL) return false;
        at++;
    }
    return false;
}
