/* SPDX-License-Identifier: Apache-2.0 */
/* Start-up, generic part. All code here is erased before the first subject runs. */
#pragma once

#include "core/core.h"
#include "core/launch.h"

#define START_MODULE 5u
enum start_status {
    START_NO_IMAGE = START_MODULE << 16 | 1,      /* the loader handed over no system image */
    START_IMAGE_PLACE,                            /* it lies outside usable memory, or over the kernel */
    START_IMAGE_BAD,                              /* image_check() refused it */
    START_MEMORY                                  /* the platform's memory is not there */
};

/*
 * Checks the image that the loader left, moves it to its home, opens the policy. The kernel lies from `kernel_start` to
 * `kernel_end`; a loader may put the image below it or above. Says on the console what is wrong.
 */
MUST_CHECK status_t start_take_image(const struct handoff *handoff, uint64_t kernel_start, uint64_t kernel_end);

/* Clears every region that subjects will see; starts audit and monitor; loads the subjects. `measured`: enum audit_measured. */
void start_subjects(uint32_t measured);
