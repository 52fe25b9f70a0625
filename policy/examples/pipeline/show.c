/* SPDX-License-Identifier: Apache-2.0 */
/* Subject `show`: writes what passed all stages to its port, and now and then that it is alive. */
#include "channels/abi.h"
#include "guest/call.h"
#include "guest/clock.h"
#include "guest/guest.h"
#include "guest/timer.h"
#include "lines.h"
#include "stage.h"
#include "pipeline.h"

enum { SHOW_STATUS_MS = 200 };

void guest_main(const struct subject_info *info)
{
    static struct receiver in;
    static struct lines lines;
    struct Limited limited;
    struct timer status;
    uint32_t shown = 0;

    stage_open_in(&in, info, "");
    lines_open(&lines, info);
    timer_start(&status, clock_now(), clock_ticks(info->tsc_khz, SHOW_STATUS_MS));
    serial_print(&lines.serial, "show ready epoch=%u\n", info->epoch);
    for (;;) {
        while (stage_take(&in, Limited_TYPE, &limited, sizeof limited)) {
            if (!Limited_valid(&limited, sizeof limited)) guest_fail();
            serial_print(&lines.serial, "show number=%u value=%d\n", limited.number, limited.value);
            shown++;
        }
        if (timer_fires(&status, clock_now())) serial_print(&lines.serial, "show status shown=%u\n", shown);
        call_make(ABI_CALL_WAIT, 0, 0, 0);
    }
}
