/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names for the numbers in audit records, out of the measured catalogue. Its content is the policy compiler's; still, its
 * counts are checked against its size. Also compiled on the host, where it is tested.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "guest/catalogue.h"

struct catalogue {
    const struct catalogue_entry *entries;
    uint32_t count;
};

/* False if what stands at `data` is no catalogue of at most `size` bytes; then it names nothing. */
bool catalogue_open(struct catalogue *catalogue, const void *data, uint64_t size);

/* NULL: it has no such name. */
const struct catalogue_entry *catalogue_find(const struct catalogue *catalogue, enum catalogue_kind kind, uint32_t index);
