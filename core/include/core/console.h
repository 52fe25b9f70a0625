/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's console on COM1: start-up, panic, last lines. Callers on several CPUs are serialised line by line. */
#pragma once

/* Writes one line. %s string, %u uint32_t, %U uint64_t, %x uint64_t in hexadecimal, %h SHA-256 digest: 32 bytes in hex. */
void console_print(const char *format, ...);
