/* SPDX-License-Identifier: Apache-2.0 */
/* The lock file: what the image is and what it will measure to, in JSON; archived by policy hash, it explains old records. */
#pragma once

#include "compiler/build.h"
#include "compiler/output.h"
#include "compiler/signature.h"

/* The text for a whole image that was built from `b`; `signed_by` tells of each file's signatures. */
void lock_write(const struct build *b, const void *image, const signed_files *signed_by, struct text *out);
