/* SPDX-License-Identifier: Apache-2.0 */
/* The lock file: what the image is and what it will measure to, in JSON; archived by policy hash, it explains old records. */
#ifndef COMPILER_LOCK_H
#define COMPILER_LOCK_H

#include "compiler/build.h"
#include "compiler/output.h"

/* The text for a whole image that was built from `b`. */
void lock_write(const struct build *b, const void *image, struct text *out);

#endif
