/* SPDX-License-Identifier: Apache-2.0 */
/* See names.h. Image and log are untrusted. */
#include "names.h"
#include <mbedtls/sha256.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "image_check.h"
#include "policy/compiler/check_text.h"
#include "policy/tables.h"

#define LEARNED_MAX 16384u            /* keeps a hostile log from making the sorted list slow */

static const char *const builtin[] = {
#define BUILTIN_NAME(id, name) name,
    IMAGE_BUILTIN_RULES(BUILTIN_NAME)
#undef BUILTIN_NAME
};

struct catalogue names_catalogue(const struct names *names)
{
    return (struct catalogue){ names->entries, names->count };
}

void names_free(struct names *names)
{
    free(names->entries);
    *names = (struct names){ 0 };
}

static uint64_t key(uint32_t kind, uint32_t index)
{
    return (uint64_t)kind << 32 | index;
}

/* Into its place in the order. */
static void insert(struct names *names, const struct catalogue_entry *new)
{
    uint32_t at = names->count;
    if (names->count == names->room) {
        names->room = names->room * 2 + 64;
        names->entries = memory_resize(names->entries, names->room, sizeof *names->entries);
    }
    while (at > 0 && key(names->entries[at - 1].kind, names->entries[at - 1].index) > key(new->kind, new->index)) at--;
    memmove(&names->entries[at + 1], &names->entries[at], (names->count - at) * sizeof *new);
    names->entries[at] = *new;
    names->count++;
}

/* Undoes RFC 5424's escapes into a field of `size` bytes; false if it does not fit. */
static bool unescape(struct slice from, char *to, size_t size)
{
    size_t used = 0;
    for (size_t i = 0; i < from.size; i++) {
        if (from.data[i] == '\\' && i + 1 < from.size) i++;
        if (used + 1 >= size) return false;
        to[used++] = from.data[i];
    }
    return true;
}

/* `file:line`; an empty place is that of a built-in rule. */
static bool parse_place(struct slice place, struct catalogue_entry *entry)
{
    uint64_t line;
    size_t colon = place.size;
    if (place.size == 0) return true;
    while (colon > 0 && place.data[colon - 1] != ':') colon--;
    struct slice number = { place.data + colon, place.size - colon };
    if (colon == 0 || !slice_take_number(&number, &line) || number.size != 0 || line == 0 || line > UINT32_MAX) return false;
    entry->line = (uint32_t)line;
    return unescape((struct slice){ place.data, colon - 1 }, entry->file, sizeof entry->file);
}

static bool is_builtin(uint32_t index, const char *name)
{
    return index < IMAGE_BUILTIN_COUNT && strcmp(name, builtin[index]) == 0;
}

static bool is_number(struct slice name, uint32_t index)
{
    char text[16];
    snprintf(text, sizeof text, "#%u", index);
    return slice_is(name, text);
}

const char *names_note(struct names *names, enum catalogue_kind kind, uint32_t index, struct slice name, struct slice place)
{
    struct catalogue catalogue = names_catalogue(names);
    struct catalogue_entry entry = { .kind = kind, .index = index };
    const struct catalogue_entry *known = catalogue_find(&catalogue, kind, index);
    if (is_number(name, index)) return known ? "has a number where there is a name" : NULL;
    if (!unescape(name, entry.name, sizeof entry.name) || !parse_place(place, &entry)) return "has a malformed name or place";
    if (known == NULL && names->complete) return "has a name that the image does not know";
    if (known != NULL) return memcmp(known, &entry, sizeof entry) == 0 ? NULL : "has another name or place for the same number";
    if (names->count == LEARNED_MAX) return "has one name more than can be kept: give the system image";
    if (kind == CATALOGUE_RULE && index < IMAGE_RULE_FIRST && !is_builtin(index, entry.name)) {
        return "has a wrong name for a built-in rule";
    }
    insert(names, &entry);
    return NULL;
}

static bool digest_is_good(struct slice image, const struct image_component *c)
{
    uint8_t digest[32];
    mbedtls_sha256_ret((const uint8_t *)image.data + c->offset, c->size, digest, 0);
    return memcmp(digest, c->sha256, sizeof digest) == 0;
}

/*
 * Copies entries so that they compare with a line's as a whole: nothing behind a string's end, and a place for rules alone.
 * False: they are not in order.
 */
static bool copy_entries(struct names *names, const struct catalogue *from)
{
    for (uint32_t i = 0; i < from->count; i++) {
        const struct catalogue_entry *e = &from->entries[i];
        if (i > 0 && key(e->kind, e->index) <= key(e[-1].kind, e[-1].index)) return false;
        struct catalogue_entry copy = { .kind = e->kind, .index = e->index };
        memcpy(copy.name, e->name, strnlen(e->name, sizeof e->name - 1));
        if (e->kind == CATALOGUE_RULE && e->line != 0) {
            memcpy(copy.file, e->file, strnlen(e->file, sizeof e->file - 1));
            copy.line = e->line;
        }
        insert(names, &copy);
    }
    return true;
}

static bool open_catalogue(struct names *names, struct slice image, const struct image_component *c)
{
    struct catalogue catalogue;
    if (!digest_is_good(image, c) || !catalogue_open(&catalogue, image.data + c->offset, c->size) ||
        !copy_entries(names, &catalogue)) {
        fprintf(stderr, "bulkhead-audit: the image's catalogue is damaged\n");
        return false;
    }
    names->complete = true;
    return true;
}

bool names_open_image(struct names *names, struct slice image)
{
    struct image_check_result check = image_check(image.data, image.size);
    const struct image_header *header = (const void *)image.data;
    if (check.code != 0) {
        fprintf(stderr, "bulkhead-audit: no good system image: %s (entry %u)\n", image_check_text(check.code), check.index);
        return false;
    }
    memcpy(names->policy_hash, header->policy_hash, sizeof names->policy_hash);
    for (uint32_t i = 0; i < header->component_count; i++) {
        const struct image_component *c = &policy_components(header)[i];
        if (c->kind == IMAGE_COMPONENT_CATALOGUE) return open_catalogue(names, image, c);
    }
    fprintf(stderr, "bulkhead-audit: the image has no catalogue\n");
    return false;
}
