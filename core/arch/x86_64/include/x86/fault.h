/* SPDX-License-Identifier: Apache-2.0 */
/* Deliberate faults, for kernels that a test builds to see them caught: tests/qemu/test_faults.py. Others have none. */
#ifndef X86_FAULT_H
#define X86_FAULT_H

#include <stdbool.h>
#include <stdint.h>

/* What a kernel does wrong when a subject asks for CPUID. In a frame of its own: one with an array is guarded. */
static __attribute__((noinline, unused)) void fault_commit_apart(void)
{
    char bytes[16], *to = bytes;
    uint64_t count = 4 * sizeof bytes;
    __asm__ volatile("rep stosb" : "+D"(to), "+c"(count) : "a"('!') : "memory");
}

static inline void fault_commit(void)
{
#if defined TEST_SMASH_STACK
    fault_commit_apart();
#elif defined TEST_OVERFLOW_STACK
    __asm__ volatile("1: push %%rax\n\tjmp 1b" : : : "memory");
#elif defined TEST_SPOIL_RETURN       /* a return to one byte behind its call, where another instruction begins */
    __asm__ volatile("call 1f\n\tnop\n\tjmp 2f\n1:\tincq (%%rsp)\n\tret\n2:" : : : "cc", "memory");
#endif
}

/* What erasing leaves. */
static inline void fault_leave_byte(uint8_t *last)
{
#ifdef TEST_LEAVE_BYTE
    *last = 1;
#else
    (void)last;
#endif
}

/* A new life whose old translations nobody flushes. */
#ifdef TEST_FORGET_FLUSH
#define FAULT_FORGETS_FLUSH true
#else
#define FAULT_FORGETS_FLUSH false
#endif

/* A page more that nested tables show; a right more that pages of code have: enum paging_flag. */
#define FAULT_SHOWN_AT 0x7ffffff000ull
#ifdef TEST_SHOW_KERNEL
#define FAULT_SHOWN_PAGES 1u
#else
#define FAULT_SHOWN_PAGES 0u
#endif
#ifdef TEST_WRITABLE_CODE
#define FAULT_CODE_RIGHT 1u
#else
#define FAULT_CODE_RIGHT 0u
#endif

#endif
