/* SPDX-License-Identifier: Apache-2.0 */
/* Rates of the time stamp counter and the local APIC timer, against channel 2 of the PIT (8254, 1.193182 MHz). */
#include "boot.h"
#include "x86/cpu.h"
#include "x86/x86.h"

enum {
    PIT_CHANNEL2 = 0x42, PIT_COMMAND = 0x43, PIT_ONE_SHOT2 = 0xb0,    /* channel 2, both bytes, mode 0 */
    SYSTEM_PORT_B = 0x61, GATE2 = 1, SPEAKER = 2, OUT2 = 0x20,
    PIT_COUNT = 11932, SAMPLES_PER_SECOND = 100,                      /* 10 ms */
    APIC_DIVIDE_BY_1 = 0xb, TRIES = 3
};

struct sample { uint64_t tsc; uint32_t timer; };

static struct sample take_sample(void)
{
    uint8_t port = (uint8_t)(x86_inb(SYSTEM_PORT_B) & ~(SPEAKER | GATE2));
    x86_outb(SYSTEM_PORT_B, port);
    x86_outb(PIT_COMMAND, PIT_ONE_SHOT2);
    x86_outb(PIT_CHANNEL2, PIT_COUNT & 0xff);
    x86_outb(PIT_CHANNEL2, PIT_COUNT >> 8);
    apic_write(APIC_TIMER_INITIAL, UINT32_MAX);
    uint64_t start = x86_rdtsc();
    x86_outb(SYSTEM_PORT_B, port | GATE2);
    while (!(x86_inb(SYSTEM_PORT_B) & OUT2)) {}
    struct sample s = { x86_rdtsc() - start, UINT32_MAX - apic_read(APIC_TIMER_CURRENT) };
    apic_write(APIC_TIMER_INITIAL, 0);
    return s;
}

/* The shortest of a few: whatever disturbs a measurement makes it longer. */
struct clock_rates clock_measure(void)
{
    apic_write(APIC_TIMER_DIVIDE, APIC_DIVIDE_BY_1);
    struct sample best = take_sample();
    for (int i = 1; i < TRIES; i++) {
        struct sample s = take_sample();
        if (s.tsc < best.tsc) best = s;
    }
    return (struct clock_rates){ (uint32_t)(best.tsc * SAMPLES_PER_SECOND / 1000),
                                 (uint32_t)((uint64_t)best.timer * SAMPLES_PER_SECOND / 1000) };
}
