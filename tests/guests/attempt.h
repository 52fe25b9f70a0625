/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trying one instruction, in any mode that a subject can reach by itself: system and user mode, code segments of 64, 32 and 16
 * bits. Whatever becomes of it, control comes back here. Memory is identity-mapped, and user mode may use all of it.
 */
#pragma once

#include <stdint.h>

enum attempt_mode { ATTEMPT_64, ATTEMPT_32, ATTEMPT_16, ATTEMPT_USER, ATTEMPT_USER_32, ATTEMPT_MODES };
enum attempt_flags { ATTEMPT_PLAIN = 2, ATTEMPT_STEP = 0x102 };    /* with the trap flag */
enum { ATTEMPT_PASSED = 255, ATTEMPT_CODE_MAX = 24 };
enum { ATTEMPT_TSS = 80 };            /* selector of a task state that is free */
#define ATTEMPT_RETURN "\xcd\xff"     /* INT 255 */

struct attempt_registers { uint64_t rax, rbx, rcx, rdx, rsi, rdi; };

/* Descriptor tables, task state, and page tables as pages_open(gpa) makes them. */
void attempt_start(uint64_t gpa);

/* After an attempt that may have changed the tables. */
void attempt_restart(void);

/*
 * Runs `code`, at most ATTEMPT_CODE_MAX bytes, with these registers, which it leaves as the code did. Returns ATTEMPT_PASSED or
 * the vector of the exception that ended it.
 */
uint32_t attempt(enum attempt_mode mode, enum attempt_flags flags, const void *code, uint32_t size,
                 struct attempt_registers *with);

/* The same for code that lies in memory already, followed by ATTEMPT_RETURN. Not for 16-bit code. */
uint32_t attempt_at(enum attempt_mode mode, uint64_t start, struct attempt_registers *with);

/* Has an exception come whose frame would go to `gpa`; nothing comes back. */
_Noreturn void attempt_break_delivery(uint64_t gpa);

/* Where an attempt's code of that size ends and the way back begins. */
uint64_t attempt_return(uint32_t size);
