/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subject `source`: numbers from its serial port, one a line, go out as readings on its one channel. It says on the port that it
 * is ready, and nothing more: it does not know what becomes of a reading.
 */
#include "channels/abi.h"
#include "guest/call.h"
#include "guest/guest.h"
#include "guest/sender.h"
#include "lines.h"
#include "diode.h"

struct source {
    struct lines lines;
    struct sender out;
    uint32_t number;                  /* of the last reading */
};

static void source_send(struct source *source, int32_t value)
{
    struct Reading *reading = sender_claim(&source->out, Reading_TYPE, Reading_VERSION, sizeof *reading);

    if (reading == 0) guest_fail();
    *reading = (struct Reading){ .number = ++source->number, .value = value };
    while (source->out.waiting > 0) {
        sender_flush(&source->out, sender_allowance(&source->out));
        if (source->out.waiting > 0) call_make(ABI_CALL_WAIT, 0, 0, 0);
    }
}

void guest_main(const struct subject_info *info)
{
    static struct source source;

    if (info->channel_count != 1 || !sender_open(&source.out, info, info->channels[0].name)) guest_fail();
    lines_open(&source.lines, info);
    serial_print(&source.lines.serial, "source ready epoch=%u\n", info->epoch);
    for (;;) {
        const char *at = source.lines.text;
        int32_t value;
        if (!lines_take(&source.lines)) {
            call_make(ABI_CALL_WAIT, 0, 0, 0);
        } else if (lines_number(&at, &value)) {
            source_send(&source, value);
        }
    }
}
