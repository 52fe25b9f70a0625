/* SPDX-License-Identifier: Apache-2.0 */
/* Giving the window away with registers full of something, and looking whether it is still there when the time comes back. */
#pragma once

#include <stdint.h>
#include "channels/abi.h"
#include "channels/info.h"

static uint64_t give_pattern;

/* RBX, RBP and R8 to R15 by themselves; XMM0, XMM15, the x87 stack, MXCSR, CR2, and of MSRs those below around them. */
#define GIVE_CALL(call)                                                                                                    \
    __asm__ volatile("push %%rbp\n\tpush %%rbx\n\t"                                                                        \
                     "mov %2, %%rbx\n\tmov %2, %%rbp\n\tmov %2, %%r8\n\tmov %2, %%r9\n\tmov %2, %%r10\n\tmov %2, %%r11\n\t"   \
                     "mov %2, %%r12\n\tmov %2, %%r13\n\tmov %2, %%r14\n\tmov %2, %%r15\n\t" call "\n\t"                       \
                     "xor %2, %%rbx\n\txor %2, %%rbp\n\txor %2, %%r8\n\txor %2, %%r9\n\txor %2, %%r10\n\txor %2, %%r11\n\t"   \
                     "xor %2, %%r12\n\txor %2, %%r13\n\txor %2, %%r14\n\txor %2, %%r15\n\t"                                  \
                     "or %%rbp, %%rbx\n\tor %%r8, %%rbx\n\tor %%r9, %%rbx\n\tor %%r10, %%rbx\n\tor %%r11, %%rbx\n\t"          \
                     "or %%r12, %%rbx\n\tor %%r13, %%rbx\n\tor %%r14, %%rbx\n\tor %%r15, %%rbx\n\tmov %%rbx, %%rcx\n\t"       \
                     "pop %%rbx\n\tpop %%rbp"                                                                              \
                     : "+a"(status), "=c"(differs) : "m"(give_pattern), "D"(privilege)                                     \
                     : "rdx", "rsi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "memory", "cc")

static const uint32_t give_msrs[] = { 0xc0000100, 0xc0000102, 0xc0000081, 0xc0000082 };   /* FS, SWAPGS, STAR, LSTAR */
#define GIVE_MSRS (sizeof give_msrs / sizeof *give_msrs)

static inline void give_set(uint32_t value)
{
    for (uint32_t i = 0; i < GIVE_MSRS; i++) __asm__ volatile("wrmsr" : : "c"(give_msrs[i]), "a"(value + i), "d"(0));
}

static inline int give_find(uint32_t value)
{
    uint32_t low, high, differs = 0;

    for (uint32_t i = 0; i < GIVE_MSRS; i++) {
        __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(give_msrs[i]));
        differs |= (low ^ (value + i)) | high;
    }
    return differs == 0;
}

/* Uses the privilege with `pattern` in all registers. Returns whether all of it was found again, and the call's status. */
static inline int give_window(const struct subject_info *info, uint64_t privilege, uint64_t pattern, uint64_t *answer)
{
    uint64_t status = ABI_CALL_OPERATE, differs, xmm0, xmm15, cr2;
    int64_t x87 = (int64_t)pattern, x87_after;
    uint32_t mxcsr = 0x1f80 | (uint32_t)(pattern & 3) << 13, mxcsr_after;

    give_pattern = pattern;
    give_set((uint32_t)pattern);
    __asm__ volatile("ldmxcsr %1\n\tmovq %0, %%xmm0\n\tmovq %0, %%xmm15\n\tfninit\n\tfildq %2\n\tmov %0, %%cr2"
                     : : "r"(pattern), "m"(mxcsr), "m"(x87));
    if (info->call == INFO_CALL_VMCALL) GIVE_CALL("vmcall");
    else GIVE_CALL("vmmcall");
    __asm__ volatile("movq %%xmm0, %0\n\tmovq %%xmm15, %1\n\tfistpq %2\n\tstmxcsr %3\n\tmov %%cr2, %4"
                     : "=r"(xmm0), "=r"(xmm15), "=m"(x87_after), "=m"(mxcsr_after), "=r"(cr2));
    *answer = status;
    return differs == 0 && xmm0 == pattern && xmm15 == pattern && cr2 == pattern && x87_after == x87 && mxcsr_after == mxcsr &&
           give_find((uint32_t)pattern);
}
