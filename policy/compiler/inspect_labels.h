/* SPDX-License-Identifier: Apache-2.0 */
/* An image's labels in the words of its catalogue. Both are untrusted: what it does not name is shown as a number. */
#pragma once

#include <stdbool.h>
#include <stdio.h>
#include "guest/catalogue.h"

struct inspect_labels {
    const struct catalogue_entry *levels, *integrities, *categories;
    uint32_t level_count, integrity_count, category_count;
};

/* Whether the name ends and is of characters that a terminal shows as they are. */
bool inspect_name_reads(const struct catalogue_entry *e);

void inspect_labels_find(struct inspect_labels *l, const struct catalogue_entry *entries, uint32_t count);

/* "U .. S { CRYPTO } integrity RAW .. CHECKED"; "none" where the policy has no labels. */
void inspect_labels_range(const struct inspect_labels *l, uint64_t least, uint64_t most, FILE *out);

/* The names of single bits, "S CRYPTO RAW": what a rule releases. */
void inspect_labels_bits(const struct inspect_labels *l, uint64_t bits, FILE *out);
