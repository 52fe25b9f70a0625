/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subject `source`: numbers from its serial port, one a line, go out as readings on its one channel. It says on the port that
 * it is ready, and nothing more: it does not know what becomes of a reading.
 */
#include "channels/abi.h"
#include "guest/call.h"
#include "guest/guest.h"
#include "lines.h"
#include "stage.h"
#include "diode.h"

void guest_main(const struct subject_info *info)
{
    static struct lines lines;
    static struct sender out;
    struct Reading reading = { .number = 0 };

    stage_open_out(&out, info, "");
    lines_open(&lines, info);
    serial_print(&lines.serial, "source ready epoch=%u\n", info->epoch);
    for (;;) {
        const char *at = lines.text;
        if (!lines_take(&lines)) {
            call_make(ABI_CALL_WAIT, 0, 0, 0);
        } else if (lines_number(&at, &reading.value)) {
            reading.number++;
            stage_send(&out, Reading_TYPE, Reading_VERSION, &reading, sizeof reading);
        }
    }
}
