/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether who restarts may go on with what its protocol has: only if whatever passes then, would pass from the beginning, too.
 * Otherwise what was let do before the restart counts after it.
 */
#pragma once

#include "language/check.h"

struct anew {
    const char *before, *after;       /* of the restart, what passes: "`ask`, `go`"; `before` may be NULL: nothing */
    const struct step *step;          /* the last one's, which would not pass without what was before */
};

/*
 * Looks for messages that pass after a restart at any moment and would not, sent at the same times, had the protocol begun anew
 * with it. False: there are none, however the restart, the messages and the timeouts fall. Names and states are checked.
 */
bool anew_find(struct arena *arena, const struct protocol *protocol, struct anew *found);
