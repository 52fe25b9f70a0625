/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A second opinion on images that image_check() accepts: what the kernel relies on, stated again the plain and slow way,
 * sharing no code with the check.
 */
#pragma once

#include <stdint.h>

/* NULL if the image of `size` bytes keeps every invariant; else which one it breaks. It must be an accepted one. */
const char *image_invariants_broken(const void *image, uint64_t size);
