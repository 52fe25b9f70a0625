/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions into the image's atoms. */
#pragma once

#include "compiler/build.h"

/* Appends the atoms of a condition on a message of type `t`; reports one that is too long. */
void conditions_add(struct build *b, const struct type *t, const struct cond *c, const struct type_case *within);

/* Flags of a field or of an atom on it. */
uint8_t conditions_flags(const struct type *t, const struct field *f);
