/* SPDX-License-Identifier: Apache-2.0 */
/* GDT and IDT of a subject that takes virtual interrupts (AMD APM volume 2, 4.8 and 8.9). */
#include "guest/interrupt.h"

enum { INTERRUPT_CODE = 8, INTERRUPT_DATA = 16, INTERRUPT_GATE = 0x8e00 };

struct interrupt_gate {
    uint16_t offset_low, selector, flags, offset_middle;
    uint32_t offset_high, reserved;
};

struct __attribute__((packed)) interrupt_table {   /* the operand of LGDT and LIDT */
    uint16_t limit;
    uint64_t base;
};

/* Supplied by interrupt_entry.S: one entry of INTERRUPT_ENTRY_SIZE bytes for each event. */
#define INTERRUPT_ENTRY_SIZE 16u
extern const uint8_t interrupt_entries[];
void interrupt_handle(uint64_t event);

static const uint64_t interrupt_segments[] = { 0, 0x00af9b000000ffffull, 0x00cf93000000ffffull };
static struct interrupt_gate interrupt_gates[INTERRUPT_FIRST + INTERRUPT_COUNT];
static interrupt_handler *interrupt_program;

void interrupt_handle(uint64_t event)
{
    interrupt_program((uint32_t)event);
}

static void interrupt_load_segments(void)
{
    struct interrupt_table table = { .limit = sizeof interrupt_segments - 1, .base = (uintptr_t)interrupt_segments };

    __asm__ volatile("lgdt %0\n\t"
                     "pushq %1\n\t"
                     "leaq 1f(%%rip), %%rax\n\t"
                     "pushq %%rax\n\t"
                     "lretq\n"
                     "1:\tmov %2, %%ds\n\t"
                     "mov %2, %%es\n\t"
                     "mov %2, %%ss"
                     : : "m"(table), "i"(INTERRUPT_CODE), "r"(INTERRUPT_DATA) : "rax", "memory");
}

void interrupt_start(void)
{
    struct interrupt_table table = { .limit = sizeof interrupt_gates - 1, .base = (uintptr_t)interrupt_gates };

    interrupt_load_segments();
    __asm__ volatile("lidt %0" : : "m"(table) : "memory");
}

void interrupt_set(uint8_t vector, const void *entry)
{
    uint64_t address = (uintptr_t)entry;

    if (vector >= INTERRUPT_FIRST + INTERRUPT_COUNT) return;
    interrupt_gates[vector] = (struct interrupt_gate){
        .offset_low = (uint16_t)address, .selector = INTERRUPT_CODE, .flags = INTERRUPT_GATE,
        .offset_middle = (uint16_t)(address >> 16), .offset_high = (uint32_t)(address >> 32) };
}

void interrupt_install(interrupt_handler *handler)
{
    interrupt_program = handler;
    for (uint32_t i = 0; i < INTERRUPT_COUNT; i++) {
        interrupt_set((uint8_t)(INTERRUPT_FIRST + i), interrupt_entries + i * INTERRUPT_ENTRY_SIZE);
    }
    interrupt_start();
}
