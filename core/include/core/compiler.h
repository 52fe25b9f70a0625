/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes that say something about the kernel's own make. */
#pragma once

#include <stdint.h>

/* A variable that start-up writes once; its page becomes read-only before the first subject runs. */
#define SEALED __attribute__((section(".sealed")))

/* A function off the short path: what it needs of registers and stack is not paid by its caller. */
#define APART __attribute__((noinline))

/* A function that only start-up calls, beside the variables that it sets: it is erased with start-up. */
#define STARTUP __attribute__((section(".boot.text")))

/* A constant that only start-up reads, likewise. */
#define STARTUP_CONST __attribute__((section(".boot.rodata")))

#define UNUSED __attribute__((unused))

/*
 * An untrusted index that a branch has found below `count`, for the access to a table: where that branch was only foreseen, and
 * wrongly, it is 0. Behind the compiler's back, which would leave out what it knows already; arithmetic, and no branch.
 */
static inline uint64_t below(uint64_t index, uint64_t count)
{
    __asm__("" : "+r"(count));
    return index & -(uint64_t)(index < count);
}
