/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From threats to requirements to statements to tests: what counters each `threat`, which rules and assertions meet each `req`,
 * and which tests show it. A test shows a rule if one of its messages goes the rule's way: of that type on that
 * channel; assertions are proved each time that the policy is read.
 */
#pragma once

#include "compiler/output.h"
#include "language/model.h"

enum trace_form { TRACE_TEXT, TRACE_CSV, TRACE_HTML, TRACE_JSON };

/* The policy has no errors. False: a threat is not countered; what it says is in `out` all the same. */
bool trace_write(const struct policy *p, enum trace_form form, struct text *out);
