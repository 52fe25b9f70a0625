/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `expand` shows: all facts that `diff` compares, in the form that is kept beside a policy. Two policies with the same
 * text mean the same, as far as `diff` can tell.
 */
#pragma once

#include "compiler/facts.h"
#include "compiler/output.h"

/* One line for each fact, flows first, sorted in each section. The policy has no errors, and its keys have been read. */
void expand_text(struct text *t, const struct policy *p);
/* The same: a member for each section. */
void expand_json(const struct policy *p, FILE *out);
