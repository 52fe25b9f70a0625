/* SPDX-License-Identifier: Apache-2.0 */
/* What conditions that all hold leave of a type's messages: "nothing" is certain; not all that is impossible is found. */
#pragma once

#include "language/check.h"

#define ROOMS_MAX 64u                 /* sides of `or` that are looked at within each other */

struct values;

struct narrowing {
    struct arena *arena;
    const struct type *type;
    cond_list conds;                  /* that all hold */
    struct values *rooms[ROOMS_MAX];  /* what is left, by field: of the rule, and of sides of `or`; of the widest type's size */
    uint32_t fields_max, depth;
};

/* From here on about messages of the type that are as its conditions and `where` (NULL: none) demand; `conds` takes more. */
void narrowing_start(struct narrowing *n, const struct type *t, struct cond *where);
/* Whether a message can pass where all conditions hold, and `but` does not (NULL: none). */
bool narrowing_leaves(struct narrowing *n, const struct cond *but);
