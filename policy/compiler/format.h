/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The canonical layout of a policy's text. One statement stands on a line. A block that is written on one line stays there if
 * it fits; one that is written over several lines, that holds a comment or that does not fit has a line for each statement.
 * Comments and single blank lines are kept; lines are cut at FORMAT_WIDTH characters where commas and words allow.
 */
#ifndef COMPILER_FORMAT_H
#define COMPILER_FORMAT_H

#include "compiler/output.h"
#include "language/parser.h"

#define FORMAT_WIDTH 128u

/*
 * Formats one source of a policy whose syntax has been found good. False if the result would not say the same, token by token
 * and comment by comment: that would be a mistake of the formatter, and nothing may be done with the text.
 */
bool format_source(struct policy *p, uint32_t file, struct text *out);

#endif
