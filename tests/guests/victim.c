/* SPDX-License-Identifier: Apache-2.0 */
/* Subject `victim`: asks its monitor for CPUID for ever, and says nothing. Several subjects of a system run it. */
#include "guest/guest.h"

void guest_main(const struct subject_info *info)
{
    (void)info;
    for (;;) {
        uint32_t leaf = 0, subleaf = 0;
        __asm__ volatile("cpuid" : "+a"(leaf), "+c"(subleaf) : : "rbx", "rdx", "memory");
    }
}
