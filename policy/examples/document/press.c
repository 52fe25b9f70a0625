/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subject `press`: of each document that reaches it whole it writes length, digest and the first line to its serial port; of
 * what goes wrong the reason.
 */
#include "guest/guest.h"
#include "lines.h"
#include "guest/text.h"
#include "guest/call.h"
#include "papers.h"

static void press_print(struct serial *serial, struct large_receiver *held)
{
    char digits[2 * DIGEST_SIZE + 1];
    struct text text;
    uint32_t length, line = 0;
    const char *document = large_release(held, &length);

    while (line < length && line < LINES_LENGTH && document[line] >= ' ' && document[line] <= '~') line++;
    text_start(&text, digits, sizeof digits);
    text_hex(&text, held->declared, DIGEST_SIZE);
    serial_print(serial, "press document transfer=%u length=%u digest=%s first=\"", held->transfer, length, digits);
    serial_write(serial, document, line);
    serial_print(serial, "\"\n");
}

void guest_main(const struct subject_info *info)
{
    static uint8_t buffer[PAPERS_LONGEST];
    static struct large_receiver held;
    static struct receive_final message;
    static struct receiver in;
    static struct lines lines;
    enum receive_result result;

    if (!open_receiver_final(&in, info)) guest_fail();
    large_receiver_start(&held, buffer, sizeof buffer, PAPERS_CHUNK);
    lines_open(&lines, info);
    serial_print(&lines.serial, "press ready epoch=%u\n", info->epoch);
    for (;;) {
        while ((result = receive_final(&in, &message)) == RECEIVE_TAKEN) {
            receiver_free(&in);
            enum large_result now = papers_take(&held, message.type, &message.as.Document, &message.as.Chunk);
            if (now == LARGE_WHOLE) press_print(&lines.serial, &held);
            else if (now != LARGE_MORE) serial_print(&lines.serial, "press error: %s\n", large_result_text(now));
        }
        if (result == RECEIVE_REFUSED) guest_fail();
        call_make(ABI_CALL_WAIT, 0, 0, 0);
    }
}
