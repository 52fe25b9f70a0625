/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Deliberate faults, for kernels that a test builds with -DFAULT=... to see them caught: test_faults.py, test_erase.py,
 * test_digests.py and test_noninterference.py in tests/qemu, test_breakpoints.py in tests/bochs. Others have none.
 */
#pragma once

#include <stdint.h>
#include "core/arch.h"
#include "core/core.h"
#include "core/schedule.h"

enum fault {
    FAULT_NONE,
    FAULT_OVERFLOW_STACK, FAULT_SMASH_STACK, FAULT_SPOIL_RETURN,      /* when a subject asks for CPUID */
    FAULT_FORGET_FLUSH,               /* a new life whose old translations nobody flushes */
    FAULT_KEEP_STARTUP, FAULT_LEAVE_BYTE,                             /* erasing does nothing, or leaves a byte */
    FAULT_SHOW_KERNEL,                /* nested tables show a page of the kernel's */
    FAULT_WRITABLE_CODE,
    FAULT_MISCOPY,                    /* the last byte of what is loaded again from the image is another */
    FAULT_KEEP_MXCSR,                 /* of the registers that FXRSTOR loads, one is left as the subject before had it */
    FAULT_KEEP_PRIORITY,              /* a device's interrupts come in when its subject's window has ended, too */
    FAULT_KEEP_BREAKPOINTS            /* of DR0 to DR3, those that break for the subject before break for the next one */
};
#ifndef FAULT
#define FAULT FAULT_NONE
#endif

/* Whether the first one is some subject's, and to stay. */
static inline bool fault_keeps_breakpoints(void)
{
    uint64_t first = 0;
    if (FAULT == FAULT_KEEP_BREAKPOINTS) __asm__ volatile("mov %%dr0, %0" : "=r"(first));
    return first != 0;
}

#define FAULT_SHOWN_AT 0x7ffffff000ull

/* In a frame of its own: one with an array of bytes is guarded, of char it is not where gcc puts several files together. */
static __attribute__((noinline, unused)) void fault_smash_stack(void)
{
    uint8_t bytes[16], *to = bytes;
    uint64_t count = 4 * sizeof bytes;
    __asm__ volatile("rep stosb" : "+D"(to), "+c"(count) : "a"('!') : "memory");
}

/* Once the first window has begun; both behind the copy's last byte. */
static inline void fault_miscopy(void *to, const void *from)
{
    const struct image_header *image = core_policy()->header;
    if ((uint64_t)from - (uint64_t)image - 1 >= image->image_size || schedule_current(arch_cpu()) == IMAGE_NONE) return;
    ((uint8_t *)to)[-1] ^= 1;
}

static inline void fault_commit(void)
{
    if (FAULT == FAULT_SMASH_STACK) fault_smash_stack();
    if (FAULT == FAULT_OVERFLOW_STACK) __asm__ volatile("1: push %%rax\n\tjmp 1b" : : : "memory");
    if (FAULT == FAULT_SPOIL_RETURN) {            /* to one byte behind its call, where another instruction begins */
        __asm__ volatile("call 1f\n\tnop\n\tjmp 2f\n1:\tincq (%%rsp)\n\tret\n2:" : : : "cc", "memory");
    }
}
