/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subject `breaker`, one of several: has its monitor `tracer` set breakpoints for it, by CPUID, and counts what comes of them.
 * Parameter: what it does.
 *
 * 0, 1: one of two words breaks when it is written, for each the other one. Writes both, ROUNDS times, and says `breaker N
 * missed=M strays=S`: writes of its own word after which nothing came, and exceptions that it did not ask for.
 * 2: asks for nothing, says nothing, and writes both for ever; without a monitor, an exception would be its end.
 * 3: has each debug exception raise the next one, on a stack of its own, which breaks as the exception is pushed there. Says
 * `breaker loops` before.
 */
#include "guest/guest.h"
#include "guest/interrupt.h"
#include "guest/serial.h"

enum { LEAF = 0x50000000, CONTROL = 7, ROUNDS = 1000, PAUSE = 2000, DEBUG = 1, TASK = 24, GATE_IST_1 = 0x8e01 };
#define WRITES_8 0x90401ull           /* DR0, local: written, eight bytes */

static volatile uint64_t breaker_words[2];
extern volatile uint64_t breaker_hits;
extern const uint8_t breaker_trap[];
__asm__(".local breaker_hits\n.comm breaker_hits, 8, 8\n"
        ".text\n.globl breaker_trap\nbreaker_trap: incq breaker_hits(%rip)\n\tiretq\n");

static void breaker_set(uint32_t number, uint64_t value)
{
    uint32_t leaf = LEAF + number;
    __asm__ volatile("cpuid" : "+a"(leaf), "+d"(value) : : "rbx", "rcx", "memory");
}

static uint64_t breaker_write(uint32_t word)
{
    uint64_t before = breaker_hits;
    breaker_words[word]++;
    return breaker_hits - before;
}

static void breaker_count(struct serial *serial, uint32_t own)
{
    uint64_t missed = 0, strays = 0;
    interrupt_set(DEBUG, breaker_trap);
    interrupt_start();
    breaker_set(0, (uintptr_t)&breaker_words[own]);
    breaker_set(CONTROL, WRITES_8);
    for (uint32_t i = 0; i < ROUNDS; i++) {
        strays += breaker_write(1 - own);
        missed += breaker_write(own) != 1;
        for (uint32_t k = 0; k < PAUSE; k++) __asm__ volatile("");
    }
    serial_print(serial, "breaker %u missed=%lu strays=%lu\n", own, missed, strays);
}

/* AMD64 APM volume 2, 8.9.3: by a gate that names a stack, all exceptions begin at the same place. */
static void breaker_loop(struct serial *serial)
{
    static uint8_t stack[256] __attribute__((aligned(16)));
    static struct { uint64_t words[13]; uint32_t map; } task;
    static struct { uint16_t low, selector, attributes, middle; uint32_t high, zero; } gates[2];
    uint64_t at = (uintptr_t)&task, trap = (uintptr_t)breaker_trap, top = (uintptr_t)stack + sizeof stack;
    static uint64_t segments[5] = { 0, 0x00af9b000000ffffull, 0x00cf93000000ffffull };
    struct __attribute__((packed)) { uint16_t limit; uint64_t base; } gdt = { sizeof segments - 1, (uintptr_t)segments },
                                                                      idt = { sizeof gates - 1, (uintptr_t)gates };
    segments[3] = (sizeof task - 1) | (at & 0xffffff) << 16 | 0x89ull << 40 | (at >> 24 & 0xff) << 56;
    segments[4] = at >> 32;
    task.words[4] = top << 32;        /* IST 1 lies at byte 36 */
    task.words[5] = top >> 32;
    gates[DEBUG].low = (uint16_t)trap;
    gates[DEBUG].selector = 8;
    gates[DEBUG].attributes = GATE_IST_1;
    gates[DEBUG].middle = (uint16_t)(trap >> 16);
    gates[DEBUG].high = (uint32_t)(trap >> 32);
    interrupt_start();
    __asm__ volatile("lgdt %0\n\tltr %w2\n\tlidt %1" : : "m"(gdt), "m"(idt), "r"(TASK) : "memory");
    breaker_set(0, top - 8);
    serial_print(serial, "breaker loops\n");
    breaker_set(CONTROL, WRITES_8);
    ((volatile uint64_t *)top)[-1] = 0;
    serial_print(serial, "breaker went on hits=%lu\n", breaker_hits);
}

void guest_main(const struct subject_info *info)
{
    struct serial serial;
    uint32_t what = (uint32_t)info->params[0];

    if (what != 2) serial_open(&serial, what == 1 ? SERIAL_COM3 : SERIAL_COM2);
    if (what < 2) breaker_count(&serial, what);
    if (what == 3) breaker_loop(&serial);
    for (;;) {
        breaker_words[0]++;
        breaker_words[1]++;
    }
}
