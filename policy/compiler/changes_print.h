/* SPDX-License-Identifier: Apache-2.0 */
/* Printing what has changed between two policies. */
#pragma once

#include "compiler/compare.h"

/* Grouped by section and authority; at the end, where all of both could be compared, whether it is wider, and who signs. */
void changes_print(const struct changes *changes, bool whole, FILE *out);
/* Members of a JSON object; which way the whole goes only where it could be compared. */
void changes_print_json(const struct changes *changes, bool whole, FILE *out);
