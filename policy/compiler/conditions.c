/* SPDX-License-Identifier: Apache-2.0 */
/* Writing conjunctive forms down as atoms. */
#include "compiler/conditions.h"
#include "compiler/cnf.h"

uint8_t conditions_flags(const struct type *t, const struct field *f)
{
    return (uint8_t)((f->is_signed ? IMAGE_FIELD_SIGNED : 0u) | (t->is_big && f->width > 1 ? IMAGE_FIELD_BIG : 0u));
}

static void conditions_clause(struct build *b, const struct type *t, const cnf_clause *clause)
{
    const struct cnf_atom *atom;
    LIST_EACH(atom, clause) {
        struct image_atom *a = build_add(b, IMAGE_ATOMS);
        a->offset = (uint16_t)atom->field->offset;
        a->unused = (uint16_t)(64 - 8 * atom->field->width);
        a->base = (uint64_t)atom->lo << a->unused;
        a->span = (uint64_t)(atom->hi - atom->lo) << a->unused;
        a->flags = conditions_flags(t, atom->field);
        if (atom->negated) a->flags |= IMAGE_ATOM_NOT;
        if (atom_at + 1 == clause->count) a->flags |= IMAGE_ATOM_END;
    }
}

void conditions_add(struct build *b, const struct type *t, const struct cond *c, const struct type_case *within)
{
    cnf form;
    const cnf_clause *clause;
    if (!cnf_convert(b->arena, c, within, &form)) {
        diag_error(b->diag, BH_COND_COMPLEX, c->at, "the condition needs more than %u comparisons in conjunctive form",
                   CNF_MAX_ATOMS);
        return;
    }
    LIST_EACH(clause, &form.clauses) conditions_clause(b, t, clause);
}
