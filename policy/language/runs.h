/* SPDX-License-Identifier: Apache-2.0 */
/* Two runs of protocols over the same messages, side by side: what passes in the one though the other denies it. */
#pragma once

#include "language/check.h"

/* What passes in the run with less, and where both parted: by which step of the run with more, from which state. */
struct runs_open {
    const struct allow *rule;
    const struct step *by;            /* NULL: both were as at first */
    uint32_t from, full;              /* `full`: the state in which the run with more denies it */
    bool token;                       /* only after a message that passes by a token that a refused one has left */
};

/*
 * Whether refusing any messages of `mover`, and of no other rule, ever lets a message pass that would be denied. `by`: the
 * restriction that refuses them; NULL: none of those that are known.
 */
bool runs_open_refused(const struct allow *mover, const struct restrict_rule *by, struct runs_open *found);

/* Whether the automaton `spare`, given the same messages as `full`, ever lets one pass that `full` denies. */
bool runs_open_other(const struct protocol *full, const struct protocol *spare, struct runs_open *found);
