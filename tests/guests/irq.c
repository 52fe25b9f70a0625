/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subject `irq`: takes its events as virtual interrupts and sleeps by HLT in between. Says on COM2 how many came, each ten:
 * `irq event=E count=N`. `masked=N` counts those that came while interrupts were off: there must be none.
 */
#include <stdbool.h>
#include "guest/guest.h"
#include "guest/interrupt.h"
#include "guest/serial.h"

enum { IRQ_EACH = 10, IRQ_MASKED_SPINS = 100000 };

static volatile uint32_t irq_counts[INTERRUPT_COUNT];
static volatile uint32_t irq_total, irq_masked;
static volatile bool irq_is_masked;

static void irq_take(uint32_t event)
{
    if (event < INTERRUPT_COUNT) irq_counts[event]++;
    irq_total++;
    if (irq_is_masked) irq_masked++;
}

static void irq_tell(struct serial *serial)
{
    for (uint32_t event = 0; event < INTERRUPT_COUNT; event++) {
        if (irq_counts[event] == 0) continue;
        serial_print(serial, "irq event=%u count=%u masked=%u\n", event, irq_counts[event], irq_masked);
    }
}

static void irq_stay_masked(void)
{
    interrupt_disable();
    irq_is_masked = true;
    for (uint32_t i = 0; i < IRQ_MASKED_SPINS; i++) __builtin_ia32_pause();
    irq_is_masked = false;
}

void guest_main(const struct subject_info *info)
{
    struct serial serial;
    uint32_t told = 0;

    (void)info;
    serial_open(&serial, SERIAL_COM2);
    interrupt_install(irq_take);
    serial_print(&serial, "irq ready\n");
    for (;;) {
        irq_stay_masked();
        __asm__ volatile("sti; hlt" : : : "memory");
        if (irq_total - told < IRQ_EACH) continue;
        told = irq_total;
        irq_tell(&serial);
    }
}
