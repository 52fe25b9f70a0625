/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The device that test kernels are given in the emulator (QEMU, `-device pc-testdev`): a register of four bytes
 * that keeps what is written, by either of two places, and one port for each interrupt line of the PC. And its memory, which
 * lies in frames of the subject's own, where a PC has ROMs of adapters and no kernel is told of memory.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "monitor/exit.h"

#define TEST_MEMORY 0xff000000u
#define TEST_MEMORY_SIZE 0x10000u
#define TEST_STAND_IN 0xd0000u

bool test_device_has_port(uint64_t port);
uint8_t test_device_read(uint64_t port);
void test_device_write(uint64_t port, uint8_t value);

bool test_device_has_memory(uint64_t gpa);
/* The byte of it, in the monitor's view; null: the subject is that small. */
void *test_device_memory(const struct exit *e, uint64_t gpa);
