/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a processor keeps of one subject that another could measure, as far as there are instructions to clear it: branch
 * predictors, the first-level data cache, internal buffers, the return stack. Start-up says what this processor has.
 */
#include "core/compiler.h"
#include "x86/x86.h"

#define MSR_PRED_CMD 0x49u            /* bit 0: IBPB. AMD64 APM volume 2, 3.2.9; SDM volume 3, 2.17 */
#define MSR_FLUSH_CMD 0x10bu          /* bit 0: L1D_FLUSH. SDM volume 3, 2.17 */

SEALED uint32_t flush_available;

/*
 * A call for each entry of the return stack, 32 at most, none of which returns; a return that is only guessed stops at INT3.
 * A shadow stack, where there is one, has grown by as many (RDSSP is no operation elsewhere: SDM volume 2B).
 */
static void fill_return_stack(void)
{
    __asm__ volatile("mov $4, %%ecx\n"
                     "1: .rept 8\n\t"
                     "call . + 6\n\t"
                     "int3\n\t"
                     ".endr\n\t"
                     "dec %%ecx\n\t"
                     "jnz 1b\n\t"
                     "add $256, %%rsp\n\t"
                     "rdsspq %%rcx\n\t"
                     "jrcxz 3f\n\t"
                     "mov $32, %%cl\n\t"
                     "incsspq %%rcx\n"
                     "3:" : : : "rcx", "memory", "cc");
}

void arch_flush(void)
{
    static const uint16_t data = SELECTOR_DATA;
    fill_return_stack();
    if (flush_available & FLUSH_PREDICTORS) x86_wrmsr(MSR_PRED_CMD, 1);
    if (flush_available & FLUSH_L1D) x86_wrmsr(MSR_FLUSH_CMD, 1);
    if (flush_available & FLUSH_BUFFERS) __asm__ volatile("verw %0" : : "m"(data) : "cc");
}
