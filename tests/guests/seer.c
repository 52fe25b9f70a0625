/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subject `seer`: how far its windows begin from where they should, and how often something holds it up within one. It looks at
 * the start of each second window, and within it until the next begins: of a frame with several, their number is odd.
 */
#include "channels/abi.h"
#include "guest/call.h"
#include "guest/clock.h"
#include "guest/guest.h"
#include "guest/serial.h"

enum { FRAME, STARTS, WINDOWS };      /* parameters: microseconds; windows to look at; how many a frame has, MOST or 1 */
enum { GAP = 100, END = 4000, MOST = 5 };       /* ticks between two looks at the clock: held up; the window is over */

static uint64_t held, longest, early, late;

/* Until the window is over. */
static void watch(uint64_t last)
{
    for (;;) {
        uint64_t next = clock_now(), step = next - last;
        last = next;
        if (step > END) return;
        if (step <= GAP) continue;
        held++;
        if (step > longest) longest = step;
    }
}

/* A window began `off` ticks behind a frame. */
static void note_start(uint64_t off, uint64_t major)
{
    if (off > major / 2) early = early > major - off ? early : major - off;
    else late = late > off ? late : off;
}

void guest_main(const struct subject_info *info)
{
    static struct serial serial;
    uint64_t major = (uint64_t)info->params[FRAME] * info->tsc_khz / 1000, first[MOST];
    const uint64_t starts = (uint64_t)info->params[STARTS], windows = info->param_count > WINDOWS ? MOST : 1;
    call_make(ABI_CALL_WAIT, 0, 0, 0);
    for (uint64_t i = 0; i < starts; i++) {
        call_make(ABI_CALL_WAIT, 0, 0, 0);        /* the next window ends it */
        uint64_t now = clock_now();
        if (i < windows) first[i] = now;
        note_start((now - first[i % windows]) % major, major);
        watch(now);
    }
    serial_open(&serial, SERIAL_COM3);
    serial_print(&serial, "seer starts=%lu held=%lu longest=%lu early=%lu late=%lu khz=%u\n", starts, held,
                 longest, early, late, info->tsc_khz);
    for (;;) call_make(ABI_CALL_WAIT, 0, 0, 0);
}
