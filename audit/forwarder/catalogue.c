/* SPDX-License-Identifier: Apache-2.0 */
/* Binary search in the catalogue, which is sorted by kind, then index. */
#include "catalogue.h"
#include "guest/memory.h"

bool catalogue_open(struct catalogue *catalogue, const void *data, uint64_t size)
{
    const struct catalogue_header *header = data;

    *catalogue = (struct catalogue){ .count = 0 };
    if (size < sizeof *header || memcmp(header->magic, CATALOGUE_MAGIC, sizeof header->magic) != 0) return false;
    if (header->count > (size - sizeof *header) / sizeof *catalogue->entries) return false;
    *catalogue = (struct catalogue){ (const struct catalogue_entry *)(header + 1), header->count };
    return true;
}

const struct catalogue_entry *catalogue_find(const struct catalogue *catalogue, enum catalogue_kind kind, uint32_t index)
{
    uint64_t wanted = (uint64_t)kind << 32 | index;
    uint32_t low = 0, high = catalogue->count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct catalogue_entry *entry = &catalogue->entries[middle];
        uint64_t key = (uint64_t)entry->kind << 32 | entry->index;
        if (key == wanted) return entry;
        if (key < wanted) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return 0;
}
