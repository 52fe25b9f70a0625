/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From requirements to rules to tests: what each `req` of the policy is met by, and which tests show it. A test shows a rule if
 * one of its messages goes the rule's way: of that type on that channel.
 */
#ifndef COMPILER_TRACE_H
#define COMPILER_TRACE_H

#include "compiler/output.h"
#include "language/model.h"

enum trace_form { TRACE_TEXT, TRACE_CSV, TRACE_HTML, TRACE_JSON };

/* The policy has no errors. */
void trace_write(const struct policy *p, enum trace_form form, struct text *out);

#endif
