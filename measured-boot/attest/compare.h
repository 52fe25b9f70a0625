/* SPDX-License-Identifier: Apache-2.0 */
/* Holds PCR values against a lock file, and finds what differs by the console log. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "lock.h"
#include "pcrs.h"

enum compare_bank { COMPARE_ABSENT, COMPARE_EQUAL, COMPARE_DIFFERS };
enum compare_piece { COMPARE_PIECE_EQUAL, COMPARE_PIECE_DIFFERS, COMPARE_PIECE_MISSING, COMPARE_PIECE_UNKNOWN };

struct comparison {
    enum compare_bank banks[PREDICT_BANKS];       /* ABSENT: not predicted, or the TPM has no such bank */
    bool equal;                       /* all that could be compared are equal, none was demanded in vain, and there was one */
    bool comparable;                  /* there was one */
    bool untouched;                   /* a bank that differs has only zeros: nothing was extended */
};

struct comparison compare_values(const struct lock *lock, const struct pcrs *pcrs);

/* Whether pieces extended in this order give the value that was read, in every bank that was read. */
bool compare_replays(const struct lock *lock, const struct pcrs *pcrs, const struct lock_pieces *pieces);

/*
 * Pieces that the two disagree on, in the lock file's order, then those that it does not know: calls `found` for each with its
 * name and what is wrong. Returns how many.
 */
size_t compare_pieces(const struct lock_pieces *expected, const struct lock_pieces *seen,
                      void (*found)(void *context, const char *name, enum compare_piece what), void *context);
