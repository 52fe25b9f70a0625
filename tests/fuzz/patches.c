/* SPDX-License-Identifier: Apache-2.0 */
/* Small changes to a sound image. */
#include "patches.h"
#include "policy/tables.h"

#include <string.h>

static void apply(uint32_t *image, uint64_t words, struct patch p)
{
    uint32_t *word = &image[p.word % words];
    switch (p.kind % 4) {
    case 0: *word = p.value; break;
    case 1: *word += p.value % 8192; break;
    case 2: *word ^= 1u << p.shift % 32; break;
    default: *word = image[p.value % words]; break;
    }
}

void patches_apply(uint32_t *image, uint64_t words, const uint8_t *patches, size_t size)
{
    for (size_t at = 0; at + sizeof(struct patch) <= size; at += sizeof(struct patch)) {
        struct patch p;
        memcpy(&p, patches + at, sizeof p);
        apply(image, words, p);
    }
}

uint64_t patches_words(const void *image)
{
    const struct image_component *c = policy_components((const struct image_header *)image);
    return (c[0].offset + c[0].size) / sizeof(uint32_t);
}
