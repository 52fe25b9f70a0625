/* SPDX-License-Identifier: Apache-2.0 */
/* Automata as tables, for who follows one, or two side by side: by state and letter the step, and the timeout of each state. */
#pragma once

#include "language/automaton.h"
#include "policy/image.h"

#define LETTERS_MAX (2 * PROTOCOL_MAX_STEPS)      /* of two automata */

/* The rules that steps are on. One of the same name is the same in another policy. */
struct letters {
    const struct allow *all[LETTERS_MAX];
    uint32_t count;
};

struct step_table {
    const struct step *step[IMAGE_MAX_STATES][LETTERS_MAX], *timeout[IMAGE_MAX_STATES];
    bool known[LETTERS_MAX];          /* whether the rule is in that protocol at all */
};

/* The number of a rule, which it gets if it has none. */
uint32_t letter_number(struct letters *l, const struct allow *a);

/* Enters a protocol of at most IMAGE_MAX_STATES states and PROTOCOL_MAX_STEPS steps into a table of zeros. */
void step_table_enter(struct step_table *t, struct letters *l, const struct protocol *protocol);
