/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptor tables as AMD64 APM volume 2 has them: 4.8 (segments), 8.9 (gates), 12.2.5 (task state). */
#include "attempt.h"
#include "guest/pages.h"

enum { GATES = 256, GATE_USER = 0xee01, STUB_SIZE = 16, SEGMENT_CODE_16 = 4, SEGMENT_TSS = 8, SEGMENT_TSS_FREE = 10 };
enum { RETURN_SIZE = 2, STACK_SIZE = 4096 };

struct gate { uint16_t offset_low, selector, flags, offset_middle; uint32_t offset_high, reserved; };
struct __attribute__((packed)) table { uint16_t limit; uint64_t base; };
struct __attribute__((packed)) task { uint32_t reserved; uint64_t stacks[3], reserved_2, ist[7], reserved_3; uint32_t io_map; };
struct frame { uint64_t rip, cs, flags, rsp, ss; };

/* attempt_entry.S: runs the frame; one stub of STUB_SIZE bytes for each vector. */
uint32_t attempt_enter(const struct frame *frame, struct attempt_registers *with);
extern const uint8_t attempt_stubs[];

static uint64_t segments[] = {
    0, 0x00af9b000000ffff, 0x00cf93000000ffff,                        /* 64-bit code, data */
    0x00cf9b000000ffff, 0x00009b000000ffff,                           /* 32-bit and 16-bit code */
    0x00affb000000ffff, 0x00cffb000000ffff, 0x00cff3000000ffff,       /* user mode: 64-bit and 32-bit code, data */
    0, 0, 0, 0                                                        /* two task states */
};
static const struct { uint16_t code, data; } selectors[ATTEMPT_MODES] = {
    { 8, 16 }, { 24, 16 }, { 32, 16 }, { 43, 59 }, { 51, 59 }
};
static struct gate gates[GATES];
static struct task task;
static uint8_t stack[STACK_SIZE], handler_stack[STACK_SIZE];
static uint8_t code_page[4096] __attribute__((aligned(4096)));

static void set_gates(void)
{
    for (uint32_t i = 0; i < GATES; i++) {
        uint64_t address = (uint64_t)attempt_stubs + i * STUB_SIZE;
        gates[i] = (struct gate){ (uint16_t)address, 8, GATE_USER, (uint16_t)(address >> 16), (uint32_t)(address >> 32), 0 };
    }
}

static void set_task(uint32_t index)
{
    uint64_t base = (uint64_t)&task;
    segments[index] = (sizeof task - 1) | (base & 0xffffff) << 16 | 0x89ull << 40 | (base >> 24 & 0xff) << 56;
    segments[index + 1] = base >> 32;
}

static void set_tables(void)
{
    task = (struct task){ .io_map = sizeof task };
    task.stacks[0] = task.ist[0] = (uint64_t)handler_stack + STACK_SIZE;
    segments[SEGMENT_CODE_16] = 0x00009b000000ffff | ((uint64_t)code_page & 0xffffff) << 16;
    set_task(SEGMENT_TSS);
    set_task(SEGMENT_TSS_FREE);
}

void attempt_restart(void)
{
    const struct table gdt = { sizeof segments - 1, (uint64_t)segments }, idt = { sizeof gates - 1, (uint64_t)gates };
    set_tables();
    __asm__ volatile("lgdt %0\n\tlidt %1\n\tlldt %w2\n\tltr %w3"
                     : : "m"(gdt), "m"(idt), "r"(0), "r"(SEGMENT_TSS * 8) : "memory");
}

void attempt_start(uint64_t gpa)
{
    set_gates();
    pages_open(gpa);
    attempt_restart();
}

void attempt_break_delivery(uint64_t gpa)
{
    task.ist[0] = gpa + 4096;
    pages_open(gpa);
    __asm__ volatile("ud2");
    __builtin_unreachable();
}

uint64_t attempt_return(uint32_t size)
{
    return (uint64_t)code_page + size;
}

static uint32_t enter(enum attempt_mode mode, enum attempt_flags flags, uint64_t start, struct attempt_registers *with)
{
    const struct frame frame = {
        start, selectors[mode].code, flags, (uint64_t)stack + STACK_SIZE / 2, selectors[mode].data
    };
    return attempt_enter(&frame, with);
}

uint32_t attempt(enum attempt_mode mode, enum attempt_flags flags, const void *code, uint32_t size,
                 struct attempt_registers *with)
{
    __builtin_memcpy(code_page, code, size);
    __builtin_memcpy(code_page + size, ATTEMPT_RETURN, RETURN_SIZE);
    return enter(mode, flags, mode == ATTEMPT_16 ? 0 : (uint64_t)code_page, with);
}

uint32_t attempt_at(enum attempt_mode mode, uint64_t start, struct attempt_registers *with)
{
    return enter(mode, ATTEMPT_PLAIN, start, with);
}
