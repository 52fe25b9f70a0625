/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subject `sensor`: sends a reading now and then. It makes them up, from 20 degrees upwards, and goes a little further than the
 * policy allows: what is denied stands in the audit stream, and the panel never sees it.
 */
#include "@NAME@_channels.h"
#include "guest/call.h"
#include "guest/guest.h"

enum { COLDEST = 20, HOTTEST = 130 };

void guest_main(const struct subject_info *info)
{
    static struct sender readings;
    int16_t celsius = COLDEST;

    if (!open_sender_readings(&readings, info)) guest_fail();
    for (;;) {
        if (sender_allowance(&readings) > 0) {        /* stay below the rate, or the monitor denies */
            const struct Reading reading = { .celsius = celsius, .sensor = 1 };
            send_readings(&readings, &reading);       /* the kernel copies it once, judges it, and delivers or denies */
            celsius = celsius == HOTTEST ? COLDEST : (int16_t)(celsius + 1);
        }
        call_make(ABI_CALL_WAIT, 0, 0, 0);            /* until the next window */
    }
}
