/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subject `clerk`: takes documents from its serial port, each a line with the number of its bytes and then those, and sends
 * them to the censor. It says on the port what it has sent.
 */
#include "guest/guest.h"
#include "lines.h"
#include "papers_send.h"

static uint8_t clerk_document[PAPERS_LONGEST];

static void clerk_read(struct serial *serial, uint32_t length)
{
    for (uint32_t have = 0; have < length;) {
        size_t more = serial_read(serial, (char *)clerk_document + have, length - have);
        have += (uint32_t)more;
        if (more == 0) call_make(ABI_CALL_WAIT, 0, 0, 0);
    }
}

void guest_main(const struct subject_info *info)
{
    static struct lines lines;
    static struct sender out;
    uint32_t transfer = 0;

    if (!open_sender_draft(&out, info)) guest_fail();
    lines_open(&lines, info);
    serial_print(&lines.serial, "clerk ready epoch=%u\n", info->epoch);
    for (;;) {
        const char *at = lines.text;
        int32_t length;
        if (!lines_take(&lines)) {
            call_make(ABI_CALL_WAIT, 0, 0, 0);
        } else if (lines_number(&at, &length) && length > 0 && length <= PAPERS_LONGEST) {
            clerk_read(&lines.serial, (uint32_t)length);
            papers_send(&out, ++transfer, clerk_document, (uint32_t)length, send_draft__Document, send_draft__Chunk);
            serial_print(&lines.serial, "clerk sent transfer=%u length=%d\n", transfer, length);
        }
    }
}
