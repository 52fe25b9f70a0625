/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subject `parse`, the first stage: lines such as `68 F` (C, F or K) become measurements in 1/10 degree Celsius. It says on its
 * port what became of each line, as far as it knows.
 */
#include "channels/abi.h"
#include "guest/call.h"
#include "guest/guest.h"
#include "lines.h"
#include "stage.h"
#include "pipeline.h"

enum { PARSE_MOST = 100000 };         /* so that no unit overflows */

static bool parse_line(const char *text, int32_t *value)
{
    int32_t number;

    if (!lines_number(&text, &number) || number > PARSE_MOST || number < -PARSE_MOST) return false;
    while (*text == ' ') text++;
    switch (*text) {
    case 'C': *value = number * 10; break;
    case 'F': *value = (number - 32) * 50 / 9; break;
    case 'K': *value = number * 10 - 2732; break;
    default: return false;
    }
    return text[1] == '\0';
}

void guest_main(const struct subject_info *info)
{
    static struct lines lines;
    static struct sender out;
    struct Measured message = { .number = 0 };

    stage_open_out(&out, info, "");
    lines_open(&lines, info);
    serial_print(&lines.serial, "parse ready epoch=%u\n", info->epoch);
    for (;;) {
        if (!lines_take(&lines)) {
            call_make(ABI_CALL_WAIT, 0, 0, 0);
        } else if (parse_line(lines.text, &message.value) && Measured_valid(&message, sizeof message)) {
            message.number++;
            stage_send(&out, Measured_TYPE, Measured_VERSION, &message, sizeof message);
            serial_print(&lines.serial, "parse sent number=%u\n", message.number);
        } else {
            serial_print(&lines.serial, "parse refused\n");
        }
    }
}
