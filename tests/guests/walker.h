/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of subject `walker`: see walker.c. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "guest/serial.h"

/* walker_edges.c: instructions in odd places. The last 2 MiB of the subject's memory begin at a multiple of that. */
void walker_try_edges(struct serial *serial, uint64_t ram_size, bool vmcall);
