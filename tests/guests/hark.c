/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subject `hark`: says `hark ready` on COM3 and never looks at the port by itself: its interrupt tells it that something came.
 * It waits for that by HLT and by the hypercall in turn, and says of each line that it got
 *
 *   hark by=hlt|wait event=E line=TEXT
 */
#include <stdbool.h>
#include "channels/abi.h"
#include "guest/call.h"
#include "guest/guest.h"
#include "guest/interrupt.h"
#include "guest/serial.h"

enum { HARK_LINE = 64 };

static struct serial hark_serial;
static char hark_line[HARK_LINE];
static volatile uint32_t hark_length, hark_event;
static volatile bool hark_whole;

/* With interrupts off. What is too long for a line is left in the port's FIFO until the next one is asked for. */
static void hark_take(uint32_t event)
{
    char c;

    hark_event = event;
    while (serial_read(&hark_serial, &c, 1) > 0) {
        if (c == '\n') hark_whole = true;
        else if (hark_length + 1 < HARK_LINE) hark_line[hark_length++] = c;
    }
}

/* STI lets nothing in before HLT. */
static void hark_sleep(void)
{
    while (!hark_whole) {
        __asm__ volatile("sti; hlt; cli" : : : "memory");
    }
}

static void hark_wait(void)
{
    while (!hark_whole) {
        uint64_t events = call_make(ABI_CALL_WAIT, 0, 0, 0).result;
        if (events != 0) hark_take((uint32_t)__builtin_ctzll(events));
    }
}

void guest_main(const struct subject_info *info)
{
    (void)info;
    serial_open(&hark_serial, SERIAL_COM3);
    interrupt_install(hark_take);
    serial_listen(&hark_serial);
    serial_print(&hark_serial, "hark ready\n");
    for (bool sleeps = true;; sleeps = !sleeps) {
        if (sleeps) hark_sleep();
        else hark_wait();
        hark_line[hark_length] = '\0';
        serial_print(&hark_serial, "hark by=%s event=%u line=%s\n", sleeps ? "hlt" : "wait", hark_event, hark_line);
        hark_length = 0;
        hark_whole = false;
    }
}
