/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subject `sensor`: sends a reading now and then. It makes them up, from 20 degrees upwards, and goes a little further than the
 * policy allows: what is denied stands in the audit stream, and the panel never sees it.
 */
#include "@NAME@.h"
#include "channels/abi.h"
#include "guest/call.h"
#include "guest/guest.h"
#include "guest/sender.h"

enum { COLDEST = 20, HOTTEST = 130 };

/* Writes the message into a slot of the outbox; the kernel copies it once, judges it, and delivers or denies. */
static void send_reading(struct sender *sender, int16_t celsius)
{
    struct Reading *reading = sender_claim(sender, Reading_TYPE, Reading_VERSION, sizeof *reading);

    if (reading == 0) guest_fail();
    *reading = (struct Reading){ .celsius = celsius, .sensor = 1 };
    sender_flush(sender, 1);
}

void guest_main(const struct subject_info *info)
{
    static struct sender readings;
    int16_t celsius = COLDEST;

    if (!sender_open(&readings, info, "readings")) guest_fail();
    for (;;) {
        if (sender_allowance(&readings) > 0) {        /* stay below the rate, or the monitor denies */
            send_reading(&readings, celsius);
            celsius = celsius == HOTTEST ? COLDEST : (int16_t)(celsius + 1);
        }
        call_make(ABI_CALL_WAIT, 0, 0, 0);            /* until the next window */
    }
}
