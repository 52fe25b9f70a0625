/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the kernel `tester` share: the PC that it looks at, and how it says what it found. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
    COM1 = 0x3f8, COM2 = 0x2f8, PIC = 0x20, PIC_2 = 0xa0, PIT = 0x40, SYSTEM = 0x61, KEYBOARD = 0x64, EXIT = 0xf4,
    FW = 0x510, FW_DATA = 0x511, POWER = 0x604, KEEPER = 0xe0, KEEPER_AGAIN = 0xe8, LINES = 0x2000,
    PIC_BASE = 0x20, PIC_2_BASE = 0x28, SELF = 0x41, LOW = 0x31, HIGH = 0x61, TIMER = 0x51,
    IO_TIMER = 0x71, LINE = 0x72, EDGE = 0x73, LEVEL = 0x74, SPURIOUS = 0xff,
    PROTECTION = 13, UNDEFINED = 6, NMI = 2, DEBUG = 1, VECTORS = 256
};
enum { MEMORY_FLAG = 1, LINE_FLAG = 4, MODULES_FLAG = 8, MAP_FLAG = 64, FLAGS = 0x4d };
enum apic {
    ID = 0x20, VERSION = 0x30, TASK = 0x80, PRIORITY = 0xa0, END = 0xb0, SPURIOUS_REG = 0xf0, SERVED = 0x100, LEVELS = 0x180,
    WAITING = 0x200,
    ERRORS = 0x280, COMMAND = 0x300, COMMAND_HIGH = 0x310, LVT_TIMER = 0x320, LVT_LINT0 = 0x350, INITIAL = 0x380,
    CURRENT = 0x390, DIVIDE = 0x3e0
};
#define APIC 0xfee00000u
#define OTHER_APIC 0xfed40000u
#define IOAPIC 0xfec00000u
#define MASKED 0x10000u
#define PERIODIC 0x20000u
#define EXTERNAL 0x700u
#define TO_SELF 0x40000u
#define MSR_APIC_BASE 0x1bu
#define MSR_TSC 0x10u
#define MSR_CHECKS 0x179u
#define MSR_MISCELLANEOUS 0x1a0u
#define MSR_BANK 0x400u                /* control, status, address, more */
#define MSR_EFER 0xc0000080u
#define EFER_LME 0x100u
#define CODE_64 24u
#define CR0_TS 8u
#define RESUME_FLAG 0x10000u

struct trap { uint32_t edi, esi, ebp, esp, ebx, edx, ecx, eax, vector, error, eip, cs, eflags; };
struct information { uint32_t flags, lower, upper, device, line, modules, modules_at, symbols[4], map_size, map_at; };

extern char trap_entries[];
void tester_main(uint32_t magic, const struct information *info);
void tester_trap(struct trap *t);
void enter_long_mode(uint32_t root, uint32_t *sum);
extern char real_code[], real_code_end[];
void enter_real_mode(uint32_t *found);

extern volatile uint32_t seen[VECTORS];           /* how often each has come */
extern volatile uint32_t exceptions, last_vector, last_flags;
extern volatile uint32_t step_at;                 /* of the last step: the instruction that follows */

/* ---- the processor ---- */
static inline void outb(uint16_t port, uint8_t value) { __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port)); }
static inline void outw(uint16_t port, uint16_t value) { __asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port)); }
static inline uint8_t inb(uint16_t port)
{
    uint8_t value;
    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}
static inline uint64_t rdmsr(uint32_t msr)
{
    uint64_t value;
    __asm__ volatile("rdmsr" : "=A"(value) : "c"(msr));
    return value;
}
static inline void wrmsr(uint32_t msr, uint64_t value) { __asm__ volatile("wrmsr" : : "A"(value), "c"(msr)); }
static inline uint32_t apic_read(enum apic reg) { return *(volatile uint32_t *)(APIC + reg); }
static inline void apic_write(enum apic reg, uint32_t value) { *(volatile uint32_t *)(APIC + reg) = value; }
static inline void interrupts_on(void) { __asm__ volatile("sti; nop" : : : "memory"); }
static inline void interrupts_off(void) { __asm__ volatile("cli" : : : "memory"); }
static inline void halt_for_interrupt(void) { __asm__ volatile("sti; hlt; cli" : : : "memory"); }

/* ---- tester.c ---- */
void say(const char *text);
void say_value(const char *name, uint32_t value);

uint32_t ioapic_read(uint32_t reg);
void ioapic_write(uint32_t reg, uint32_t value);

/* ---- tester_lines.c ---- */
/* The device for tests, its interrupt lines; NMIs. */
void look_at_lines(void);
void look_at_nmi(void);
/* What the handlers of both do. */
void line_taken(uint32_t vector);
void nmi_taken(void);

/* ---- tester_breaks.c ---- */
void look_at_breakpoints(void);
void break_taken(struct trap *t);     /* what a debug exception's handler does */

/* ---- tester_memory.c ---- */
/* The memory of the device for tests. */
void look_at_memory(void);
uint64_t *tester_memory_tables(void);

/* ---- tester_tasks.c ---- */
void look_at_tasks(void);
/* Of the IDT; 0: as it was at first. */
void tester_set_gate(uint32_t vector, uint64_t gate);

/* ---- tester_modes.c ---- */
void look_at_processor(void);
/* What processors refuse, and the emulator by itself does not. */
void look_at_refusals(void);
void look_at_modes(void);

/* The vector and error code of what `code` raises; 0xffffffff: nothing. */
#define TRY(code, ...)                                                                                              \
    (exceptions = 0, last_vector = UINT32_MAX,                                                                      \
     ({ __asm__ volatile("mov $1f, %%ebx\n\t" code "\n1:" : : __VA_ARGS__ : "ebx", "memory"); }), last_vector)
