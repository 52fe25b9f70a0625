/* SPDX-License-Identifier: Apache-2.0 */
/* Deliberate faults, for kernels that a test builds to see them caught: tests/qemu/test_faults.py. Others have none. */
#ifndef X86_FAULT_H
#define X86_FAULT_H

/* What a kernel does wrong when a subject asks for CPUID. */
static inline void fault_commit(void)
{
#if defined TEST_OVERFLOW_STACK
    __asm__ volatile("1: push %%rax\n\tjmp 1b" : : : "memory");
#elif defined TEST_SPOIL_RETURN       /* a return to one byte behind its call, where another instruction begins */
    __asm__ volatile("call 1f\n\tnop\n\tjmp 2f\n1:\tincq (%%rsp)\n\tret\n2:" : : : "cc", "memory");
#endif
}

#endif
