/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a rule means, as text that stays the same as long as the meaning does: values are computed, constants are gone, what
 * may stand in any order is sorted; comments, order, units and who says it do not show. Its SHA-256 is the rule's meaning;
 * tools show the first four digits behind the name, `notice_out@3fa1`.
 *
 * A rule means what it lets pass: ends, channel, type with its fields, condition, rate, plans, labels, what is recorded, and
 * the steps of its protocol. A `restrict` has a meaning of its own and is no part of the rule's that it narrows.
 */
#pragma once

#include "language/model.h"

/* Of a checked policy without errors. */
const char *meaning_of_type(struct arena *a, const struct type *t);
const char *meaning_of_allow(const struct policy *p, const struct allow *r);
const char *meaning_of_privilege(const struct policy *p, const struct privilege *v);
const char *meaning_of_restrict(const struct policy *p, const struct restrict_rule *r);
const char *meaning_of_protocol(struct arena *a, const struct protocol *p);

/* The meaning of the `allow`, `restrict`, `protocol` or type of that name; NULL: there is none. */
const char *meaning_of_name(const struct policy *p, const char *name);
