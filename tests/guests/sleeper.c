/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subject `sleeper`: sleeps by HLT and is long in handling its first interrupt, so that the second event comes meanwhile. Says
 * `sleeper woke total=N` on COM2 each time it goes back to sleep. `twice` is the other side.
 */
#include "guest/clock.h"
#include "guest/guest.h"
#include "guest/interrupt.h"
#include "guest/serial.h"

enum { SLEEPER_FIRST_MS = 200 };      /* several windows of `twice` */

static uint32_t sleeper_khz;
static volatile uint32_t sleeper_total;

static void sleeper_take(uint32_t event)
{
    (void)event;
    if (sleeper_total++ > 0) return;
    for (uint64_t end = clock_now() + clock_ticks(sleeper_khz, SLEEPER_FIRST_MS); clock_now() < end;) __builtin_ia32_pause();
}

void guest_main(const struct subject_info *info)
{
    struct serial serial;

    sleeper_khz = info->tsc_khz;
    serial_open(&serial, SERIAL_COM2);
    interrupt_install(sleeper_take);
    serial_print(&serial, "sleeper ready\n");
    for (;;) {
        __asm__ volatile("sti; hlt; cli" : : : "memory");
        serial_print(&serial, "sleeper woke total=%u\n", sleeper_total);
    }
}
