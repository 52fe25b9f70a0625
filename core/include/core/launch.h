/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contract: what start-up asks of the launch (measured-boot/kernel). Start-up code: erased before the first subject runs.
 */
#pragma once

#include "core/status.h"
#include "mboot/handoff.h"
#include "policy/image.h"

/*
 * Hashes the header and every component of the image at `image` (image_check() has passed it), prints one console line each,
 * extends each digest into the image's PCR as its `measure` demands, then compares digests with those the header declares.
 * `measured` becomes an enum audit_measured.
 * Fails (and has said why on the console) if a digest differs, or if measuring is required and cannot be done.
 */
MUST_CHECK status_t launch_measure(const struct handoff *handoff, const struct image_header *image, uint32_t *measured);
