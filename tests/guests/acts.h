/* SPDX-License-Identifier: Apache-2.0 */
/* Every instruction that is privileged, or that a hypervisor must know of, each tried in any mode. */
#pragma once

#include <stdbool.h>
#include "attempt.h"

enum { ACTS_DENIED = 256, ACTS_NONE };   /* the kernel answered with a refusal; no such instruction in this mode */

/* Null past the last one. */
const char *acts_name(uint32_t act);

/* Whether it gives the rest of a window up. */
bool acts_rests(uint32_t act);

/* ATTEMPT_PASSED, a vector, or one of the above. */
uint32_t acts_try(uint32_t act, enum attempt_mode mode);
