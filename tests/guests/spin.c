/* SPDX-License-Identifier: Apache-2.0 */
/* Subject `spin`: loops for ever with interrupts off. It must cost nobody else any time. */
#include "guest/guest.h"

void guest_main(const struct subject_info *info)
{
    (void)info;
    for (;;) __asm__ volatile("cli");
}
