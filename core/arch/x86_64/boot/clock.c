/* SPDX-License-Identifier: Apache-2.0 */
/* Rates of the time stamp counter and the local APIC timer, against channel 2 of the PIT (8254, 1.193182 MHz). */
#include "boot.h"

enum {
    PIT_CHANNEL2 = 0x42, PIT_COMMAND = 0x43, PIT_ONE_SHOT2 = 0xb0,    /* channel 2, both bytes, mode 0 */
    SYSTEM_PORT_B = 0x61, GATE2 = 1, SPEAKER = 2, OUT2 = 0x20,
    PIT_COUNT = 11932, SAMPLES_PER_SECOND = 100,                      /* 10 ms */
    APIC_DIVIDE_BY_1 = 0xb, TRIES = 20
};

struct sample { uint64_t tsc; uint32_t timer; };

/*
 * In mode 0 the count begins when its last byte is written and the gate is open (8254, mode 0): that write and all that is read
 * at the end lie between the two readings of the TSC, so that an interruption by firmware or hypervisor, wherever it comes,
 * only makes them lie further apart.
 */
static struct sample take_sample(void)
{
    x86_outb(SYSTEM_PORT_B, (uint8_t)((x86_inb(SYSTEM_PORT_B) & ~SPEAKER) | GATE2));
    x86_outb(PIT_COMMAND, PIT_ONE_SHOT2);
    x86_outb(PIT_CHANNEL2, PIT_COUNT & 0xff);
    uint64_t start = x86_rdtsc();
    apic_write(APIC_TIMER_INITIAL, UINT32_MAX);
    x86_outb(PIT_CHANNEL2, PIT_COUNT >> 8);
    while (!(x86_inb(SYSTEM_PORT_B) & OUT2)) {}
    uint32_t timer = UINT32_MAX - apic_read(APIC_TIMER_CURRENT);
    struct sample s = { x86_rdtsc() - start, timer };
    apic_write(APIC_TIMER_INITIAL, 0);
    return s;
}

/* Within a thousandth. */
static bool are_alike(uint64_t a, uint64_t b)
{
    return (a > b ? a - b : b - a) <= a / 1024;
}

/* The shortest is the one that was disturbed least; once another is as short, neither was. */
struct clock_rates clock_measure(void)
{
    apic_write(APIC_TIMER_DIVIDE, APIC_DIVIDE_BY_1);
    struct sample best = take_sample();
    bool agreed = false;
    for (int i = 1; i < TRIES && !agreed; i++) {
        struct sample s = take_sample();
        agreed = are_alike(s.tsc, best.tsc);
        if (s.tsc < best.tsc) best = s;
    }
    if (!agreed) console_print("clocks: no two measurements alike, the shortest is taken");
    return (struct clock_rates){ (uint32_t)(best.tsc * SAMPLES_PER_SECOND / 1000),
                                 (uint32_t)((uint64_t)best.timer * SAMPLES_PER_SECOND / 1000) };
}
