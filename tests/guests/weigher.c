/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subject `weigher`: sends messages of the heaviest type, all zeros, whatever becomes of them, and after each pauses
 * anew, so that its windows end at ever other steps of the kernel's work.
 */
#include "guest/clock.h"
#include "guest/guest.h"
#include "guest/sender.h"

enum { TYPE = 0, VERSION = 1, BYTES = 4080, PAUSES = 50000, NEXT = 7919 };

void guest_main(const struct subject_info *info)
{
    static struct sender sender;
    if (!sender_open(&sender, info, "scales")) guest_fail();
    for (uint64_t pause = 0;; pause = (pause + NEXT) % PAUSES) {
        for (uint64_t end = clock_now() + pause; clock_now() < end;) {}
        if (!sender_claim(&sender, TYPE, VERSION, BYTES)) guest_fail();
        sender_flush(&sender, 1);
    }
}
