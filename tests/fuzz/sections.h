/* SPDX-License-Identifier: Apache-2.0 */
/* Several files in one input: the root, then each further one behind a line "@@ NAME". No other file is ever read. */
#pragma once

#include "language/source.h"

/* The input that sections_read() reads from, and the path of its root. */
void sections_start(const char *input, size_t size, const char *root);

/* The bytes behind the line "@@ NAME", up to the next such line. A relative path is looked for without its directories. */
source_reader sections_read;
