/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one validator of system images: used by the kernel on what the loader left in memory, by the compiler on what it is about
 * to write, and by the fuzzer. Everything it reads is untrusted. After it returns 0 every index, offset and size in the image is
 * in range, every table is sorted as policy/image.h says, and no mapping shows a subject memory that the region's kind forbids.
 *
 * It checks structure, not digests: measuring and comparing components is the launch's work (measured-boot/kernel).
 */
#ifndef POLICY_IMAGE_CHECK_H
#define POLICY_IMAGE_CHECK_H

#include <stdint.h>
#include "policy/image.h"

/* Codes: 0 is good; else IMAGE_CHECK_MODULE << 16 | check. The list is in image_check.c's X-macro in image_check_list.h. */
#define IMAGE_CHECK_MODULE 4u

struct image_check_result {
    uint32_t code;                    /* 0, or which check failed */
    uint32_t index;                   /* entry of the table, component ... that failed it */
};

/*
 * `image`: 8-byte aligned, `size` bytes readable. Bounded time: O(n log n) in the image's size at most. Never reads outside
 * [image, image + size), writes nothing.
 */
struct image_check_result image_check(const void *image, uint64_t size);

/* Name of a check ("region overlaps the one before"), or "unknown". */
const char *image_check_name(uint32_t code);

/*
 * Pages that the kernel takes from the kernel_pool region: nested page tables, VM control structures, permission maps, the
 * kernel's own page tables. An upper bound that the compiler reserves and image_check() demands. `t` need not be checked
 * beyond its tables' bounds.
 */
uint64_t image_pool_pages(const void *image);

#endif
