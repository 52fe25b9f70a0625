/* SPDX-License-Identifier: Apache-2.0 */
/* The two interrupt controllers of a PC (Intel 8259A), as a subject's monitor serves them: edges alone, no special modes. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

void pic_reset(void);
bool pic_has_port(uint64_t port);
uint8_t pic_read(uint64_t port);
void pic_write(uint64_t port, uint8_t value);

/* An edge on a line, 0 to 15. */
void pic_raise(uint32_t line);
/* Whether an edge on it would lead to an interrupt now, and has not come yet. */
bool pic_listens(uint32_t line);
/* Whether the processor is to be interrupted, and with which vector; it is not acknowledged by being looked at. */
bool pic_pending(uint8_t *vector);
void pic_acknowledge(void);
