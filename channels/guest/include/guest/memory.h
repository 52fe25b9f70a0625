/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The memory and string functions that the compiler and the guest library call, as in <string.h>. Anybody may call them; they
 * keep nothing and order nothing. Memory that a peer writes is read by guest/shared.h instead.
 */
#pragma once

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int value, size_t size);
int memcmp(const void *a, const void *b, size_t size);
size_t strlen(const char *text);
int strncmp(const char *a, const char *b, size_t size);
