/* SPDX-License-Identifier: Apache-2.0 */
/* A system image as text. The image is untrusted: it is shown only if image_check() passes it. */
#ifndef COMPILER_INSPECT_H
#define COMPILER_INSPECT_H

#include <stdbool.h>
#include <stdio.h>
#include "language/arena.h"

/* False after a message on standard error. */
bool inspect_file(struct arena *a, const char *path, FILE *out);

#endif
