/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subject `desk`: a person's end of a level. A line `MARKING BODY` from its port, two numbers, is filed and goes out as a memo;
 * memos that come in are written to the port. A line that names a privilege asks the kernel to use it; which desk has it, the
 * policy says. It has a fault, planted to show what happens then: a body of 666 crashes it.
 */
#include "channels/abi.h"
#include "guest/call.h"
#include "guest/guest.h"
#include "guest/memory.h"
#include "lines.h"
#include "stage.h"
#include "workstation.h"

enum { DESK_FAULT = 666 };

static const struct { const char *name; uint32_t privilege; } desk_acts[] = {
    { "alarm", PRIVILEGE_alarm }, { "all_clear", PRIVILEGE_all_clear }, { "revive", PRIVILEGE_revive },
};

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

static void desk_act(const char *name, struct serial *serial)
{
    for (uint32_t i = 0; i < sizeof desk_acts / sizeof desk_acts[0]; i++) {
        if (strncmp(desk_acts[i].name, name, LINES_LENGTH) != 0) continue;
        struct call_answer answer = call_make(ABI_CALL_OPERATE, desk_acts[i].privilege, 0, 0);
        serial_print(serial, "desk %s %s\n", name, answer.status == ABI_OK ? "done" : "denied");
    }
}

void guest_main(const struct subject_info *info)
{
    static struct stage stage;
    static struct sender file;
    static struct lines lines;
    struct Memo memo = { .number = 0 };

    stage_open_in(&stage.in, info, "");
    stage_open_out(&stage.out, info, stage_sends(info, "_up") ? "_up" : "_down");
    stage_open_out(&file, info, "_file");
    lines_open(&lines, info);
    serial_print(&lines.serial, "desk ready epoch=%u\n", info->epoch);
    for (;;) {
        desk_take_memos(&stage.in, &lines.serial);
        if (!lines_take(&lines)) {
            call_make(ABI_CALL_WAIT, 0, 0, 0);
        } else if (desk_parse(lines.text, &memo)) {
            if (memo.body == DESK_FAULT) guest_fail();
            memo.number++;
            stage_send(&file, Memo_TYPE, Memo_VERSION, &memo, sizeof memo);
            stage_send(&stage.out, Memo_TYPE, Memo_VERSION, &memo, sizeof memo);
        } else {
            desk_act(lines.text, &lines.serial);
        }
    }
}
