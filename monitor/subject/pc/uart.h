/* SPDX-License-Identifier: Apache-2.0 */
/* The serial port COM1 of a PC (16550), polled: what is written to it goes out on the subject's own COM2; nothing comes in. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

void uart_reset(void);
bool uart_has_port(uint64_t port);
uint8_t uart_read(uint64_t port);
void uart_write(uint64_t port, uint8_t value);
