/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Breakpoints. The processor watches for them, by registers that the subject has of its own; but of an instruction that exits,
 * and is carried out here, it sees neither port nor operand: AMD64 APM volume 2, 13.1.2, 15.7; Intel SDM volume 3, 18.2.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define BREAKPOINTS 4u

/* What the registers say. */
struct breakpoints { const uint64_t *addresses; uint64_t control; bool has_ports; };      /* DR0 on; DR7; CR4.DE */

/* Those that are on, a bit each, as DR6 has them. */
uint32_t breakpoint_enabled(uint64_t control);
/* Those that an access meets, likewise. */
uint32_t breakpoint_at_port(const struct breakpoints *b, uint64_t port, uint32_t size);
uint32_t breakpoint_at_memory(const struct breakpoints *b, uint64_t linear, uint32_t size, bool writes);
