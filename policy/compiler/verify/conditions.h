/* SPDX-License-Identifier: Apache-2.0 */
/* One condition, as the policy's text and as the image's clauses say it. */
#pragma once

#include "compiler/verify/reader.h"

#define VARIABLES_MAX 64u
#define VALUES_MAX 4096u              /* of one field */
#define CONDITION_WORK_MAX (1ull << 31)       /* values looked at, in one image */
#define CONDITION_DEPTH_MAX 4096u

/* A value of a field; while the search excludes it, `out` is the depth at which it did. */
struct trial { wide value; uint32_t out; };
struct variable { const struct field *field; LIST(struct trial) values; };

/* The image's clauses: each needs one atom that holds, its last one `ends`. */
struct atom { struct variable *of; wide lo, hi; bool negated, ends; };

struct condition_part { const struct cond *k; const struct type_case *in; };

struct comparison {
    struct reader *v;
    const struct type *t;
    const char *name;
    LIST(struct condition_part) parts;        /* of the policy's condition: all must hold */
    struct atom *atoms;
    uint32_t atom_count;
    bool is_large;                    /* more than the bounds above */
    uint32_t variable_count;
    struct variable variables[VARIABLES_MAX];
};

struct variable *variable_of(struct comparison *c, const struct field *f);

/*
 * Whether a message exists that one side takes and the other refuses; `passes`: the policy takes it. Its fields have the values
 * that are not out. Sets is_large if that is too much work.
 */
bool condition_search(struct comparison *c, bool *passes);
