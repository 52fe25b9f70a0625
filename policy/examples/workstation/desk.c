/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subject `desk`: a person's end of a level. A line `MARKING BODY` from its port, two numbers, goes out as a memo; memos that
 * come in are written to the port.
 */
#include "channels/abi.h"
#include "guest/call.h"
#include "guest/guest.h"
#include "lines.h"
#include "stage.h"
#include "workstation.h"

static bool desk_parse(const char *at, struct Memo *memo)
{
    int32_t marking;

    if (!lines_number(&at, &marking) || marking < 0 || marking > 255 || !lines_number(&at, &memo->body)) return false;
    memo->marking = (uint8_t)marking;
    return *at == '\0';
}

static void desk_take_memos(struct receiver *in, struct serial *serial)
{
    struct Memo memo;

    while (stage_take(in, Memo_TYPE, &memo, sizeof memo)) {
        if (!Memo_valid(&memo, sizeof memo)) guest_fail();
        serial_print(serial, "memo number=%u marking=%d body=%d\n", memo.number, memo.marking, memo.body);
    }
}

void guest_main(const struct subject_info *info)
{
    static struct stage stage;
    static struct lines lines;
    struct Memo memo = { .number = 0 };

    stage_open(&stage, info, 0);
    lines_open(&lines, info);
    serial_print(&lines.serial, "desk ready epoch=%u\n", info->epoch);
    for (;;) {
        desk_take_memos(&stage.in, &lines.serial);
        if (!lines_take(&lines)) {
            call_make(ABI_CALL_WAIT, 0, 0, 0);
        } else if (desk_parse(lines.text, &memo)) {
            memo.number++;
            stage_send(&stage.out, Memo_TYPE, Memo_VERSION, &memo, sizeof memo);
        }
    }
}
