/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two CPUs in one thread: between two instructions of what one does, the other does something, whole. By one instant after the
 * other a test sees each way in which that can fall. Instant 0 only walks along (Intel SDM 3B 17.3.2, the trap flag) and notes
 * the instructions, since a trap for each one costs much; at instant n the other CPU acts before the one that was nth then.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* From here on. At instant 0 `other` does not run. */
void stepped_begin(uint32_t instant, void (*other)(void));

/* Until here. Whether `other` has run. */
bool stepped_end(void);

/* The last instant there is. */
uint32_t stepped_last(void);
