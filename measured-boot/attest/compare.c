/* SPDX-License-Identifier: Apache-2.0 */
/* See compare.h. */
#include "compare.h"
#include <string.h>

static const uint8_t *value_read(const struct pcrs *pcrs, size_t bank, uint32_t pcr)
{
    return (pcrs->banks[bank].present >> pcr & 1) != 0 ? pcrs->banks[bank].value[pcr] : NULL;
}

static bool all_zero(const uint8_t *value, size_t size)
{
    while (size > 0 && value[size - 1] == 0) size--;
    return size == 0;
}

struct comparison compare_values(const struct lock *lock, const struct pcrs *pcrs)
{
    struct comparison c = { .equal = true };
    for (size_t i = 0; i < PREDICT_BANKS; i++) {
        const uint8_t *value = value_read(pcrs, i, lock->pcr);
        if (lock->demanded[i] && !value) c.equal = false;
        if (!lock->predicted[i] || !value) continue;
        bool same = memcmp(value, lock->values[i], predict_banks[i].size) == 0;
        c.banks[i] = same ? COMPARE_EQUAL : COMPARE_DIFFERS;
        c.comparable = true;
        if (same) continue;
        c.equal = false;
        if (all_zero(value, predict_banks[i].size)) c.untouched = true;
    }
    if (!c.comparable) c.equal = false;
    return c;
}

bool compare_replays(const struct lock *lock, const struct pcrs *pcrs, const struct lock_pieces *pieces)
{
    bool any = false;
    for (size_t i = 0; i < PREDICT_BANKS; i++) {
        uint8_t pcr[PREDICT_MAX_PCR];
        const uint8_t *value = value_read(pcrs, i, lock->pcr);
        if (!value) continue;
        if (!predict_pcr(&predict_banks[i], pieces->digests, pieces->count, pcr)) return false;
        if (memcmp(value, pcr, predict_banks[i].size) != 0) return false;
        any = true;
    }
    return any;
}

/* Index of a name; the count if there is none. */
static size_t find_name(const struct lock_pieces *pieces, const char *name)
{
    size_t i = 0;
    while (i < pieces->count && strcmp(pieces->names[i], name) != 0) i++;
    return i;
}

size_t compare_pieces(const struct lock_pieces *expected, const struct lock_pieces *seen,
                      void (*found)(void *context, const char *name, enum compare_piece what), void *context)
{
    size_t count = 0;
    for (size_t i = 0; i < expected->count; i++) {
        size_t k = find_name(seen, expected->names[i]);
        enum compare_piece what = COMPARE_PIECE_MISSING;
        if (k < seen->count) {
            bool same = memcmp(seen->digests[k], expected->digests[i], PREDICT_PIECE) == 0;
            what = same ? COMPARE_PIECE_EQUAL : COMPARE_PIECE_DIFFERS;
        }
        if (what == COMPARE_PIECE_EQUAL) continue;
        found(context, expected->names[i], what);
        count++;
    }
    for (size_t k = 0; k < seen->count; k++) {
        if (find_name(expected, seen->names[k]) < expected->count) continue;
        found(context, seen->names[k], COMPARE_PIECE_UNKNOWN);
        count++;
    }
    return count;
}
