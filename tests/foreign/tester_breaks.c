/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `tester` looks at of breakpoints: where each one breaks, and what DR6 says then. AMD64 APM volume 2, 13.1; Intel SDM
 * volume 3, chapter 18. An instruction that exits breaks as one that does not: its operand may be on a device, it may be CPUID.
 */
#include "tester.h"

enum kind { EXECUTED, WRITTEN, PORT, ACCESSED };
enum { ONE = 0, TWO = 1, FOUR = 3, LAST = 4 };
#define GLOBAL(n) (2u << 2 * (n))
#define CONTROL(n, kind, length) (GLOBAL(n) | (uint32_t)(kind) << (16 + 4 * (n)) | (uint32_t)(length) << (18 + 4 * (n)))
#define RESUME 0x10000u
#define DEBUG_EXTENSIONS 8u

static volatile uint32_t hits, at[LAST], status[LAST];
static uint32_t addresses[LAST];
static uint32_t value[2] __attribute__((aligned(8)));

static uint32_t dr6(void)
{
    uint32_t text;
    __asm__ volatile("mov %%dr6, %0" : "=r"(text));
    return text;
}

static uint32_t dr7(void)
{
    uint32_t text;
    __asm__ volatile("mov %%dr7, %0" : "=r"(text));
    return text;
}

static void set_control(uint32_t to)
{
    __asm__ volatile("mov %0, %%dr7" : : "r"(to) : "memory");
}

/* Begins anew: what came before is forgotten. */
static void set_up(uint32_t number, uint32_t address, uint32_t control)
{
    set_control(0x400);
    __asm__ volatile("mov %0, %%dr6" : : "r"(0));
    if (number == 0) __asm__ volatile("mov %0, %%dr0" : : "r"(address));
    if (number == 1) __asm__ volatile("mov %0, %%dr1" : : "r"(address));
    if (number == 2) __asm__ volatile("mov %0, %%dr2" : : "r"(address));
    if (number == 3) __asm__ volatile("mov %0, %%dr3" : : "r"(address));
    addresses[number] = address;
    hits = 0;
    set_control(control | 0x400);
}

/* Of what is told only four times count. A breakpoint at an instruction comes before it: it goes on without stopping again. */
void break_taken(struct trap *t)
{
    if (hits < LAST) {
        at[hits] = t->eip;
        status[hits] = dr6();
    }
    hits++;
    for (uint32_t n = 0; n < LAST; n++) {
        if (addresses[n] == t->eip && (dr7() >> (16 + 4 * n) & 3) == EXECUTED) t->eflags |= RESUME;
    }
}

/* How often, whether at `expected` the first time, and DR6 then. */
static void tell(const char *what, const void *expected)
{
    set_control(0x400);
    say("break at ");
    say(what);
    say_value(", times", hits);
    if (hits == 0) return;
    say_value("  where it should", at[0] == (uint32_t)expected);
    say_value("  DR6", status[0]);
}

#define HERE(label) ({ extern char label[]; label; })

static void look_at_code(void)
{
    set_up(2, (uint32_t)HERE(break_nop), GLOBAL(2));
    __asm__ volatile(".globl break_nop\nbreak_nop: nop");
    tell("an instruction", HERE(break_nop));
    set_up(3, (uint32_t)HERE(break_cpuid), GLOBAL(3));
    uint32_t a = 0, c = 0;
    __asm__ volatile(".globl break_cpuid\nbreak_cpuid: cpuid" : "+a"(a), "+c"(c) : : "ebx", "edx");
    tell("CPUID", HERE(break_cpuid));
    set_up(0, (uint32_t)HERE(break_first), 0);
    set_up(1, (uint32_t)HERE(break_second), GLOBAL(0) | GLOBAL(1));
    a = c = 0;
    __asm__ volatile(".globl break_first\nbreak_first: cpuid\n.globl break_second\nbreak_second: nop"
                     : "+a"(a), "+c"(c) : : "ebx", "edx");
    tell("CPUID and behind it", HERE(break_first));
    say_value("  the second where it should", at[1] == (uint32_t)HERE(break_second));
    say_value("  DR6", status[1] & 15);
    set_up(0, (uint32_t)HERE(break_off), CONTROL(0, EXECUTED, ONE) & ~GLOBAL(0));
    __asm__ volatile(".globl break_off\nbreak_off: nop");
    tell("an instruction that is off", 0);
}

static void look_at_data(void)
{
    set_up(1, (uint32_t)value, CONTROL(1, WRITTEN, FOUR));
    __asm__ volatile("movl $42, %0\n.globl break_write\nbreak_write: nop" : "=m"(value[0]));
    tell("a write", HERE(break_write));
    set_up(1, (uint32_t)value, CONTROL(1, WRITTEN, FOUR));
    __asm__ volatile("movl %0, %%eax\n\tmovl $1, %1" : : "m"(value[0]), "m"(value[1]) : "eax", "memory");
    tell("a write, of a read and a write beside it", 0);
    set_up(1, (uint32_t)value, CONTROL(1, WRITTEN, FOUR));
    __asm__ volatile("mov %1, %%dr6\n\tmovl $43, %0\n.globl break_status\nbreak_status: nop" : "=m"(value[0]) : "r"(0xe000));
    tell("a write, DR6 as it was left before", HERE(break_status));
    set_up(0, (uint32_t)value + 2, CONTROL(0, ACCESSED, TWO));
    __asm__ volatile("movl %0, %%eax\n.globl break_read\nbreak_read: nop" : : "m"(value[0]) : "eax");
    tell("half of what is read", HERE(break_read));
    set_up(0, (uint32_t)value + 7, CONTROL(0, ACCESSED, ONE));
    __asm__ volatile("orb $1, 7(%0)\n.globl break_byte\nbreak_byte: nop" : : "r"(value) : "memory");
    tell("a byte that is read and written", HERE(break_byte));
}

/* What is carried out for it, where it is a subject. */
static void look_at_devices(void)
{
    set_up(3, APIC + TASK, CONTROL(3, WRITTEN, FOUR));
    __asm__ volatile("movl $0, (%0)\n.globl break_device\nbreak_device: nop" : : "r"(APIC + TASK) : "memory");
    tell("a write to a device", HERE(break_device));
    set_up(3, APIC + TASK, CONTROL(3, WRITTEN, FOUR));
    __asm__ volatile("movl (%0), %%eax\n\tcmpl $0, (%0)" : : "r"(APIC + TASK) : "eax", "memory");
    tell("a write, of reads from a device", 0);
    set_up(2, APIC + VERSION, CONTROL(2, ACCESSED, FOUR));
    __asm__ volatile("movl 0xfee00030, %%eax\n.globl break_offset\nbreak_offset: nop" : : : "eax", "memory");
    tell("a read from a device", HERE(break_offset));
}

static void look_at_ports(void)
{
    __asm__ volatile("mov %0, %%cr4" : : "r"(DEBUG_EXTENSIONS));
    set_up(1, KEEPER, CONTROL(1, PORT, ONE));
    __asm__ volatile("inb $0xe0, %%al\n.globl break_port\nbreak_port: nop" : : : "eax");
    tell("a port", HERE(break_port));
    set_up(1, KEEPER + 2, CONTROL(1, PORT, TWO));
    __asm__ volatile("outl %%eax, $0xe0\n.globl break_wide\nbreak_wide: nop" : : "a"(0));
    tell("half of a port", HERE(break_wide));
    set_up(1, KEEPER + 4, CONTROL(1, PORT, FOUR));
    __asm__ volatile("outl %%eax, $0xe0" : : "a"(0));
    tell("the port beside", 0);
    set_control(0x400);
    __asm__ volatile("mov %0, %%cr4" : : "r"(0));
}

void look_at_breakpoints(void)
{
    look_at_code();
    look_at_data();
    say("breaks at devices\n");
    look_at_devices();
    look_at_ports();
    set_up(0, 0x1234, 0);
    set_up(1, 0x5678, 0);
    uint32_t first, second;
    __asm__ volatile("mov %%dr0, %0\n\tmov %%dr1, %1" : "=r"(first), "=r"(second));
    say_value("DR0", first);
    say_value("DR1", second);
    say_value("DR7", dr7());
    say("breaks done\n");
}
