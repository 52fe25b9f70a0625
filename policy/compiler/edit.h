/* SPDX-License-Identifier: Apache-2.0 */
/* Changes to a policy's text in memory: statements that are added to a part or taken out of one. */
#pragma once

#include "language/model.h"

struct edit_file { const char *path; char *text; size_t size; };
struct edit {
    LIST(struct edit_file) files;
    const char *wrong;                /* why a statement could not be taken out or put in */
};

/*
 * Takes the statement that declares `name` out, and an `allow`'s restrictions with it; of a list, as `labels`, the name alone.
 * Lines keep their numbers. False: e->wrong says why.
 */
bool edit_remove(struct edit *e, const struct policy *p, const char *name);

/* Puts each statement of the text behind the first part whose authority may say it. False: e->wrong says why. */
bool edit_add(struct edit *e, const struct policy *p, const char *text);

/* Reads the policy anew, with what was changed. */
void edit_read(const struct edit *e, struct policy *p, struct arena *a, const char *path);
