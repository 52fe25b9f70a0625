/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subject `printer`: writes the readings of its one channel to its serial port, each with its number on the channel, which
 * counts dropped messages too.
 */
#include "channels/abi.h"
#include "guest/call.h"
#include "guest/guest.h"
#include "lines.h"
#include "stage.h"
#include "diode.h"

void guest_main(const struct subject_info *info)
{
    static struct receiver in;
    static struct lines lines;
    struct message_header header;
    struct Reading reading;

    stage_open_in(&in, info, "");
    lines_open(&lines, info);
    serial_print(&lines.serial, "printer ready epoch=%u\n", info->epoch);
    for (;;) {
        while (receiver_take(&in, &header, &reading, sizeof reading)) {
            if (header.type != Reading_TYPE || !Reading_valid(&reading, header.length)) guest_fail();
            serial_print(&lines.serial, "reading number=%u value=%d sequence=%lu lost=%lu\n", reading.number, reading.value,
                         header.sequence, receiver_lost(&in));
            receiver_free(&in);
        }
        call_make(ABI_CALL_WAIT, 0, 0, 0);
    }
}
