/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every way of starting hands to the kernel: multiboot 1 (QEMU's -kernel, GRUB, tboot), multiboot 2 (GRUB) and, later, the
 * UEFI loader fill the same structure. Everything in it comes from outside and is untrusted.
 */
#pragma once

#include <stdint.h>

/* How far a dynamic launch got. Anything but MEASURED is reported as "not measured by TXT". */
enum handoff_txt { HANDOFF_TXT_NONE, HANDOFF_TXT_FELL_THROUGH, HANDOFF_TXT_MEASURED };

#define HANDOFF_MAX_RANGES 32u

struct handoff_range { uint64_t base, end; };

struct handoff {
    uint32_t txt;                     /* enum handoff_txt */
    uint64_t image, image_size;       /* the system image where the loader left it, physical address and bytes */
    uint32_t usable_count;            /* memory that firmware and loader say is free to use */
    struct handoff_range usable[HANDOFF_MAX_RANGES];
};
