/* SPDX-License-Identifier: Apache-2.0 */
/* Automata as tables. */
#include "language/step_table.h"

uint32_t letter_number(struct letters *l, const struct allow *a)
{
    uint32_t i = 0;
    while (i < l->count && l->all[i] != a && strcmp(l->all[i]->name.text, a->name.text) != 0) i++;
    if (i == l->count) l->all[l->count++] = a;
    return i;
}

static void step_enter(struct step_table *t, struct letters *l, const struct step *s)
{
    bool timeout = s->after.at.length > 0;
    if (!timeout && (s->allow == NULL || s->allow->name.text == NULL)) return;
    uint32_t letter = timeout ? 0 : letter_number(l, s->allow);
    if (!timeout) t->known[letter] = true;
    for (uint32_t state = 0; state < IMAGE_MAX_STATES; state++) {
        if ((s->from_mask >> state & 1) != 0) *(timeout ? &t->timeout[state] : &t->step[state][letter]) = s;
    }
}

void step_table_enter(struct step_table *t, struct letters *l, const struct protocol *protocol)
{
    const struct step *s;
    LIST_EACH(s, &protocol->steps) step_enter(t, l, s);
}
