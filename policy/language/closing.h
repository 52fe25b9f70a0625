/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules whose messages close others, or later ones of their own: what a protocol or an order denies once they have passed.
 * Where such a message is refused, what it would have closed stays open, so whoever narrows such a rule widens another.
 */
#pragma once

#include "language/check.h"

struct closing {
    const struct allow *open;         /* what stays open; it may be the rule itself */
    const struct order *order;        /* that would deny it; NULL: a protocol that is written out */
    const struct step *step;          /* of the closing message; NULL: one that finds the protocol reset */
    uint32_t from;                    /* the state that the step leaves */
    bool token;                       /* by a message that passes by a token that a refused one has left */
};

/*
 * Whether any messages of the rule being refused ever lets another pass that would be denied, and the nearest such rule: runs.c
 * says how that is known. `by`: the restriction that refuses them, if it is one.
 */
bool closing_find(const struct allow *a, const struct restrict_rule *by, struct closing *found);
