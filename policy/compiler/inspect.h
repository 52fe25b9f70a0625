/* SPDX-License-Identifier: Apache-2.0 */
/* A system image as text. The image is untrusted: it is shown only if image_check() passes it. */
#ifndef COMPILER_INSPECT_H
#define COMPILER_INSPECT_H

#include <stdbool.h>
#include <stdio.h>
#include "language/arena.h"

/* A file of an image's size, unchecked; NULL after a message on standard error. */
uint8_t *inspect_load(struct arena *a, const char *path, size_t *size);

/* False after a message on standard error. */
bool inspect_file(struct arena *a, const char *path, FILE *out);

#endif
