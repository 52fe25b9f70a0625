/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions in conjunctive form, as the monitor judges them: every clause needs one atom that holds. */
#pragma once

#include "language/model.h"
#include "policy/image.h"

#define CNF_MAX_ATOMS IMAGE_MAX_CONDITION     /* of one condition: more is not judged in time, nor reviewed by people */

struct cnf_atom {
    const struct field *field;
    wide lo, hi;                      /* the field lies in lo to hi, ends included ... */
    bool negated;                     /* ... or does not */
};
typedef LIST(struct cnf_atom) cnf_clause;
typedef struct { LIST(cnf_clause) clauses; } cnf;

/*
 * The conjunctive form of a checked condition. `within` is the case of a union that it stands in, or NULL: then it counts only
 * for the tag's values of that case. False if it would grow beyond CNF_MAX_ATOMS.
 */
bool cnf_convert(struct arena *a, const struct cond *c, const struct type_case *within, cnf *out);
