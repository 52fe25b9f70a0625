/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules whose messages close others: what a protocol or an order denies once they have passed. Where such a message is refused,
 * what it would have closed stays open, so whoever narrows such a rule widens another.
 */
#ifndef LANGUAGE_CLOSING_H
#define LANGUAGE_CLOSING_H

#include "language/check.h"

struct closing {
    const struct allow *open;         /* what stays open */
    const struct order *order;        /* that would deny it; NULL: a protocol that is written out */
    const struct step *step;          /* of the closing message */
    uint32_t from;                    /* the state that the step leaves */
};

/*
 * Whether a message of the rule leads its protocol to where another rule's is denied, at once or in time, though it is not
 * where the protocol stays without it. The nearest such rule, by the protocol's steps.
 */
bool closing_find(const struct allow *a, struct closing *found);

#endif
