/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes that say something about the kernel's own make. */
#pragma once

/* A variable that start-up writes once; its page becomes read-only before the first subject runs. */
#define SEALED __attribute__((section(".sealed")))

/* A function off the short path: what it needs of registers and stack is not paid by its caller. */
#define APART __attribute__((noinline))

/* A function that only start-up calls, beside the variables that it sets: it is erased with start-up. */
#define STARTUP __attribute__((section(".boot.text")))

/* A constant that only start-up reads, likewise. */
#define STARTUP_CONST __attribute__((section(".boot.rodata")))

#define UNUSED __attribute__((unused))
