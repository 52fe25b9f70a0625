/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ports of the device that test kernels are given in the emulator (QEMU, `-device pc-testdev`): a register of four bytes
 * that keeps what is written, by either of two places, and one port for each interrupt line of the PC.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

bool test_device_has_port(uint64_t port);
uint8_t test_device_read(uint64_t port);
void test_device_write(uint64_t port, uint8_t value);
