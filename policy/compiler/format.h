/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The canonical layout of a policy's text. One statement stands on a line. A block that is written on one line stays there if
 * it fits; one that is written over several lines, that holds a comment or that does not fit has a line for each statement.
 * Comments and single blank lines are kept; lines are cut at FORMAT_WIDTH characters where commas and words allow.
 */
#pragma once

#include "compiler/output.h"
#include "language/parser.h"

#define FORMAT_WIDTH 128u

/*
 * SYNTAX: the text cannot be read; why is in the policy's diagnostics. WRONG: the result would not say the same, token by token
 * and comment by comment; that would be a mistake of the formatter, and nothing may be done with it.
 */
enum format_result { FORMAT_GOOD, FORMAT_SYNTAX, FORMAT_WRONG };

/* Formats the first source of a policy into which nothing else has been read: a root, a part or a platform's file. */
enum format_result format_policy(struct policy *p, struct text *out);
