/* SPDX-License-Identifier: Apache-2.0 */
/* The interval timer of a PC (Intel 8254) and port 0x61, which gates its third counter. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define PIT_NEVER UINT64_MAX

/* `tsc_khz`: at least 1. */
void pit_reset(uint32_t tsc_khz);
bool pit_has_port(uint64_t port);
uint8_t pit_read(uint64_t port);
void pit_write(uint64_t port, uint8_t value);

/* Lets time pass up to `now`, in ticks of the time stamp counter; whether the first counter's line has risen meanwhile. */
bool pit_run(uint64_t now);
/* When it will, PIT_NEVER: at no time. */
uint64_t pit_due(void);
