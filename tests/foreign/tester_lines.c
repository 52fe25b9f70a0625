/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `tester` looks at by the emulator's device for tests, a register in ports and the PC's interrupt lines: edges and levels
 * through the I/O APIC. And NMIs, of which one masks the next.
 */
#include "tester.h"

enum { PIN = 5, ENTRY = 0x10 + 2 * PIN, COMES_TWICE = 2, ROUNDS = 100 };
#define BY_LEVEL 0x8000u
#define REMOTE_IRR 0x4000u

static volatile uint32_t waited, was_level;       /* what the handler has seen */
static volatile uint32_t depth, deepest;
static volatile bool nests;

static void outl(uint16_t port, uint32_t value)
{
    __asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port));
}

/* A level goes away when it has been served twice. */
void line_taken(uint32_t vector)
{
    if (vector != LEVEL) return;
    waited = ioapic_read(ENTRY) & REMOTE_IRR;
    was_level = apic_read(LEVELS + vector / 32 * 16) >> vector % 32 & 1;
    if (seen[LEVEL] >= COMES_TWICE) outb(LINES + PIN, 0);
}

static void let_in(void)
{
    interrupts_on();
    interrupts_off();
}

static void look_at_levels(void)
{
    ioapic_write(ENTRY, MASKED | BY_LEVEL | LEVEL);
    outb(LINES + PIN, 1);
    let_in();
    say_value("level while masked", seen[LEVEL]);
    ioapic_write(ENTRY, BY_LEVEL | LEVEL);
    for (uint32_t i = 0; i < 3; i++) let_in();
    say_value("level comes until it goes", seen[LEVEL]);
    say_value("level waits for its end", waited);
    say_value("level is one for the APIC", was_level);
    say_value("level's entry afterwards", ioapic_read(ENTRY));
    ioapic_write(ENTRY, MASKED);
}

void look_at_lines(void)
{
    outl(KEEPER, 0x12345678);
    outb(KEEPER + 1, 0xab);
    say_value("kept by the device for tests", (uint32_t)inb(KEEPER) | (uint32_t)inb(KEEPER_AGAIN + 1) << 8);
    ioapic_write(ENTRY + 1, 0);
    ioapic_write(ENTRY, EDGE);
    outb(LINES + PIN, 1);
    outb(LINES + PIN, 1);
    let_in();
    outb(LINES + PIN, 0);
    let_in();
    say_value("edge of a line", seen[EDGE]);
    say_value("edge is no level for the APIC", apic_read(LEVELS + EDGE / 32 * 16) >> EDGE % 32 & 1);
    look_at_levels();
}

static void send_nmi(void)
{
    apic_write(COMMAND, TO_SELF | 0x400);
    for (uint32_t i = 0; i < 1000; i++) __asm__ volatile("pause" : : : "memory");
}

void nmi_taken(void)
{
    bool again = nests;
    nests = false;
    if (++depth > deepest) deepest = depth;
    if (again) send_nmi();
    depth--;
}

/* Twice, so that the mask has come and gone; many times, so that others run meanwhile; at last while it makes steps. */
void look_at_nmi(void)
{
    uint32_t before = seen[NMI];
    for (uint32_t i = 0; i < 2; i++) {
        nests = true;
        send_nmi();
        say_value("NMIs taken", seen[NMI] - before);
        say_value("NMIs in one another", deepest);
    }
    uint32_t lost = 0;
    for (uint32_t i = 0; i < ROUNDS; i++) {
        uint32_t then = seen[NMI];
        nests = true;
        send_nmi();
        lost += seen[NMI] - then != 2;
    }
    say_value("NMIs lost", lost);
    uint32_t steps = exceptions;
    nests = true;
    __asm__ volatile("pushf; orl $0x100, (%esp); popf");
    apic_write(COMMAND, TO_SELF | 0x400);
    __asm__ volatile("pushf; andl $~0x100, (%esp); popf");
    for (uint32_t i = 0; i < 1000; i++) __asm__ volatile("pause" : : : "memory");
    say_value("NMIs taken at a step", seen[NMI] - before);
    say_value("NMI leaves steps alone", exceptions > steps);
}
