/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subject `low`, taken over: tries all that the policy forbids, then the race against an accomplice, then does low's work, so
 * that what it could spoil would show.
 */
#include "guest/guest.h"
#include "hostile.h"

void guest_main(const struct subject_info *info)
{
    static struct low low;

    low_open(&low, info);
    if (info->epoch == 0) hostile_try_messages(&low);
    hostile_try_memory(&low);
    hostile_race(&low);
    low_run(&low);
}
