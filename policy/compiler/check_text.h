/* SPDX-License-Identifier: Apache-2.0 */
/* What the checks of a system image mean, for people. The kernel has their identifiers alone. */
#pragma once

#include <stdint.h>

/* Text of a check's code ("region overlaps or precedes the one before"), or "unknown". */
const char *image_check_text(uint32_t code);
