/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one validator of system images: used by the kernel on what the loader left in memory, by the compiler on what it is
 * about to write, and by the fuzzer. Everything it reads is untrusted. After it returns 0 every index, offset and size in the
 * image is in range, every table is sorted as policy/image.h says, and no mapping shows a subject memory that the region's kind
 * forbids.
 *
 * It checks structure, not digests: measuring and comparing components is the launch's work (measured-boot/kernel). It does not
 * judge what the policy is free to choose: which flows exist, their labels, whether a type's fields leave bytes unnamed.
 */
#pragma once

#include "policy/image.h"

/* Codes: 0 is good; else IMAGE_CHECK_MODULE << 16 | check. The list is the X-macro in image_check_list.h. */
#define IMAGE_CHECK_MODULE 4u

/* Bounds beyond those of policy/image.h. */
#define IMAGE_RAM_LOWEST 0x800000u            /* the kernel lies below */
#define IMAGE_MAX_ADDRESS (1ull << 39)        /* regions and guest-physical addresses lie below: one root entry */
#define IMAGE_MAX_EVENTS IMAGE_LINE_EVENT     /* bits of an event word that channels may have */
#define IMAGE_MAX_APIC_ID 254u                /* xAPIC; 255 is the broadcast */
#define IMAGE_PCR_FIRST 8u                    /* the static PCRs that no locality can reset and firmware leaves alone */
#define IMAGE_PCR_LAST 15u
#define IMAGE_MAX_PERIOD_MS 3600000u          /* rates and timeouts; keeps TSC arithmetic of rate times burst within 64 bits */
#define IMAGE_MAX_BURST 65535u
#define IMAGE_MAX_RATE_PER_MS 1000u           /* a faster rate could round to none */

struct image_check_result {
    uint32_t code;                    /* 0, or which check failed */
    uint32_t index;                   /* entry of the table, component ... that failed it */
};

/*
 * `image`: 8-byte aligned, `size` bytes readable. Bounded time: O(n log n) in the image's size at most. Never reads outside
 * [image, image + size), writes nothing.
 */
struct image_check_result image_check(const void *image, uint64_t size);

/* Identifier of a check ("REGION_ORDER"), or "unknown"; what it means: policy/compiler/check_text.h. */
const char *image_check_name(uint32_t code);

/*
 * Pages that the kernel takes from the kernel_pool region: an upper bound that the compiler reserves and image_check() demands.
 * The image's header and the bounds of its tables must be good; nothing else need be. The pool region's own address and size do
 * not matter, so that the compiler can call it before it places the pool.
 *
 *   pages = 512/511 x (KERNEL + PER_CPU x cpus + PER_SUBJECT x subjects + T(mappings by gpa) + T(regions by kva)) + 3
 *
 * T: page tables and page directories that the spans touch, with a large page wherever all of its 2 MiB are in one span, its
 * region is not coloured and both addresses agree in their low 21 bits; pages of 1 GiB, which not every
 * processor has, need less. The factor is the page tables that map the pool itself by small pages. A kernel that maps so never
 * runs out, whatever the pool's size.
 */
#define IMAGE_POOL_PER_SUBJECT 10u    /* nested root 2, virtual CPU 2, what it is reset to 2, I/O map 3, more vector state 1 */
#define IMAGE_POOL_PER_CPU 16u        /* host save area 1, TSS 1, registers 1, shadow stacks 1, stacks 4, aligned 3, more 5 */
#define IMAGE_POOL_KERNEL 16u         /* root 2, below 8 MiB 5, local APIC 2, directories of the pool 2, shared maps 5 */
uint64_t image_pool_pages(const void *image);
