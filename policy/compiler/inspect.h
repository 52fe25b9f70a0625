/* SPDX-License-Identifier: Apache-2.0 */
/* A system image as text. The image is untrusted: it is shown only if image_check() passes it. */
#pragma once

#include <stdbool.h>
#include <stdio.h>
#include "image_check.h"
#include "language/arena.h"

/* A file of an image's size, unchecked; NULL after a message on standard error. */
uint8_t *inspect_load(struct arena *a, const char *path, size_t *size);

/* Writes nothing if image_check() finds something. The image is aligned as arena_take() does. */
struct image_check_result inspect_image(const uint8_t *image, size_t size, FILE *out);

/* False after a message on standard error: the image is not shown, or is but holds other bytes than its digests say. */
bool inspect_file(struct arena *a, const char *path, FILE *out);
