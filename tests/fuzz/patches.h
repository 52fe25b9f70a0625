/* SPDX-License-Identifier: Apache-2.0 */
/* An input that is a list of small changes to a sound image: most of them get behind the first checks at once. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct patch { uint16_t word; uint8_t kind, shift; uint32_t value; };

/* Changes words among the first `words` of the image: a value, a sum, a bit, or another word's value. */
void patches_apply(uint32_t *image, uint64_t words, const uint8_t *patches, size_t size);

/* Words from the image's begin to the end of its tables: what patches are for. */
uint64_t patches_words(const void *image);
