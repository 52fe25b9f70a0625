/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The gateway in miniature with something of all that the monitor can come by. Lines: `reports` with fields of all kinds and
 * a rate, `notices` with signed ones, downgrading, and `grants` without any. None: `tracks`, by its conditions, and `asks`, by
 * its protocol. Two CPUs, and so few slots for records that the rings soon come round.
 */
#pragma once

#include <stdint.h>

enum { MEDIATED_CHANNELS = 5, MEDIATED_RESERVE = 4 };

/* Once, before all else. */
void mediated_build(void);

/* An image; bit c of `drops`: where class c has no room, its records are dropped and counted. */
const void *mediated_image(uint32_t drops);
