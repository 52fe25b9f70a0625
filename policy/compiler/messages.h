/* SPDX-License-Identifier: Apache-2.0 */
/* Which messages a rule lets pass, as text and compared with those of another policy's rule. */
#pragma once

#include "language/model.h"

/* In one form, however it is written: numbers without units, boxes and comparisons as ranges. */
const char *messages_cond_text(struct arena *a, const struct cond *c);
/* Domains of all fields, and what the type demands between them. */
const char *messages_type_text(struct arena *a, const struct type *t);
/* The `where` of the rule and of all that restrict it; "" if there is none. */
const char *messages_where_text(const struct policy *p, const struct allow *a);

/* MESSAGES_UNKNOWN: the types lie differently in memory, or there are too many cases to look at. */
enum messages_result { MESSAGES_NONE, MESSAGES_SOME, MESSAGES_UNKNOWN };

/*
 * Whether `a` of policy `p` lets a message pass that `b` of `q` does not, rates, protocols and plans apart; `witness` says one.
 * Never MESSAGES_NONE where there is such a message.
 */
enum messages_result messages_beyond(const struct policy *p, const struct allow *a, const struct policy *q,
                                     const struct allow *b, const char **witness);
