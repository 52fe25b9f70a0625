/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subject `shade`: instructions that the kernel skips, each in the shadow of STI, and then nothing any more. AMD SVM only. What
 * becomes of the shadow is looked at from outside (tests/qemu/test_shadow.py).
 */
#include "guest/guest.h"

void guest_main(const struct subject_info *info)
{
    (void)info;
    __asm__ volatile("sti; cpuid; cli" : : "a"(0), "c"(0) : "rbx", "rdx", "memory");
    __asm__ volatile("sti; vmmcall; cli" : : "a"(0) : "rdx", "memory");
    for (;;) __asm__ volatile("sti; hlt; cli" : : : "memory");
}
