/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `tester`: a multiboot kernel for i386 that looks at the small PC it expects and says on COM1, a line each, what it found. It
 * runs the same by itself in the emulator and as a subject with the monitor `pc`, and both must say the same: so only what a
 * processor and a PC promise is said, no addresses and no times. A second word on its command line says how it ends.
 */
#include "tester.h"

/* Compilers call it of themselves. */
void *memcpy(void *to, const void *from, uint32_t size);
void *memcpy(void *to, const void *from, uint32_t size)
{
    void *at = to;
    __asm__ volatile("rep movsb" : "+D"(at), "+S"(from), "+c"(size) : : "memory");
    return to;
}

struct module { uint32_t start, end, line, reserved; };
struct map_entry { uint32_t size, base, base_high, length, length_high, type; };
struct gate { uint16_t low, selector, attributes, high; };

static struct gate idt[VECTORS];
volatile uint32_t seen[VECTORS], exceptions, last_vector, last_flags, step_at;
static volatile uint32_t order[8], orders;
static bool ends_itself;              /* a handler says END before it returns */

/* ---- saying ---- */
static void say_character(char character)
{
    while (!(inb(COM1 + 5) & 0x20)) continue;
    outb(COM1, (uint8_t)character);
}

void say(const char *text)
{
    for (; *text; text++) {
        if (*text == '\n') say_character('\r');
        say_character(*text);
    }
}

void say_value(const char *name, uint32_t value)
{
    say(name);
    say(" ");
    for (int shift = 28; shift >= 0; shift -= 4) say_character("0123456789abcdef"[value >> shift & 15]);
    say("\n");
}

static void set_up_serial(void)
{
    outb(COM1 + 1, 0);
    outb(COM1 + 3, 0x80);
    outb(COM1, 1);
    outb(COM1 + 1, 0);
    outb(COM1 + 3, 3);
    outb(COM1 + 7, 0x5a);
    say_value("serial scratch", inb(COM1 + 7));
    while (!(inb(COM1 + 5) & 0x40)) continue;
    outb(COM1 + 4, 0x1e);             /* loopback */
    outb(COM1, 0xae);
    uint8_t looped = inb(COM1);
    outb(COM1 + 4, 3);
    say_value("serial loopback", looped);
}

/* ---- exceptions and interrupts ---- */
/* What comes from an exception goes on at the address in EBX: try() says so. */
void tester_trap(struct trap *t)
{
    if (t->vector < 32 && t->vector != NMI) {
        exceptions++;
        last_vector = t->vector;
        last_flags = t->eflags;
        t->eflags &= ~0x100u;
        if (t->vector == DEBUG) break_taken(t);
        if (t->vector != DEBUG) t->eip = t->ebx;
        else step_at = t->eip;
        return;
    }
    seen[t->vector]++;
    if (t->vector == NMI) nmi_taken();
    line_taken(t->vector);
    if (orders < 8) order[orders++] = t->vector;
    if (ends_itself && t->vector != NMI) apic_write(END, 0);
}

void tester_set_gate(uint32_t vector, uint64_t gate)
{
    uint32_t entry = (uint32_t)trap_entries + 16 * vector;
    idt[vector] = (struct gate){ (uint16_t)entry, 8, 0x8e00, (uint16_t)(entry >> 16) };
    if (gate) __builtin_memcpy(&idt[vector], &gate, sizeof gate);
}

static void set_up_vectors(void)
{
    for (uint32_t i = 0; i < VECTORS; i++) tester_set_gate(i, 0);
    const struct { uint16_t limit; uint32_t base; } __attribute__((packed)) pointer = { sizeof idt - 1, (uint32_t)idt };
    __asm__ volatile("lidt %0" : : "m"(pointer));
}

/* ---- what the loader said ---- */
static uint32_t length(const char *text)
{
    uint32_t n = 0;
    while (text[n]) n++;
    return n;
}

static const char *second_word(const char *line)
{
    while (*line && *line != ' ') line++;
    return *line ? line + 1 : line;
}

static void look_at_information(uint32_t magic, const struct information *info)
{
    say_value("magic", magic);
    say_value("flags", info->flags & FLAGS);
    say_value("lower memory is there", info->lower >= 500);
    say_value("upper memory is there", info->upper >= 60 << 10);
    say_value("modules", info->modules);
    uint32_t ram = 0;
    for (uint32_t at = info->map_at; at < info->map_at + info->map_size;) {
        const struct map_entry *e = (const struct map_entry *)at;
        ram += e->type == 1 && e->base <= 0x100000 && e->base + e->length > 0x2000000;
        at += e->size + 4;
    }
    say_value("ranges of memory that hold this kernel", ram);
    say("words: ");
    say(second_word((const char *)info->line));
    say("\n");
    for (uint32_t i = 0; i < info->modules; i++) {
        const struct module *m = (const struct module *)info->modules_at + i;
        uint32_t sum = 0;
        for (const uint8_t *byte = (const uint8_t *)m->start; byte < (const uint8_t *)m->end; byte++) sum = sum * 31 + *byte;
        say_value("module on a page", m->start % 4096 == 0);
        say_value("module size", m->end - m->start);
        say_value("module sum", sum);
    }
}

/* ---- ports ---- */
static void look_at_ports(void)
{
    outb(COM2 + 4, 0x10);             /* as if it looked for a second port: what COM1 says goes on */
    outb(COM2 + 3, 0x80);
    outw(FW, 0);
    uint32_t signature = 0;
    for (int i = 0; i < 4; i++) signature |= (uint32_t)inb(FW_DATA) << 8 * i;
    say_value("configuration signature", signature);
    outw(FW, 5);
    say_value("configuration processors", inb(FW_DATA));
    say_value("nobody's port", inb(0x2100));
    say_value("nobody's memory", *(volatile uint32_t *)0x60000000);
    outb(0x70, 0x0d);
    say_value("clock is valid", inb(0x71) >> 7);
    static const char text[] = "written by a string instruction\r\n";
    const char *from = text;
    uint32_t count = sizeof text - 1;
    __asm__ volatile("cld; rep outsb" : "+S"(from), "+c"(count) : "d"(COM1) : "memory");
    say_value("string instruction left", count);
    uint32_t read = 0, *to = &read;
    outw(FW, 0);
    count = 4;
    __asm__ volatile("rep insb" : "+D"(to), "+c"(count) : "d"(FW_DATA) : "memory");
    say_value("read by a string instruction", read);
}

static void set_up_pics(void)
{
    static const uint8_t words[2][4] = { { 0x11, PIC_BASE, 4, 1 }, { 0x11, PIC_2_BASE, 2, 1 } };
    for (int i = 0; i < 4; i++) {
        outb(i ? PIC + 1 : PIC, words[0][i]);
        outb(i ? PIC_2 + 1 : PIC_2, words[1][i]);
    }
    outb(PIC + 1, 0xa5);
    outb(PIC_2 + 1, 0x5a);
    say_value("mask of PIC 1", inb(PIC + 1));
    say_value("mask of PIC 2", inb(PIC_2 + 1));
    outb(PIC + 1, 0xff);
    outb(PIC_2 + 1, 0xff);
}

/* The timer's line, by way of the PIC and LINT0. */
static void look_at_pit(void)
{
    apic_write(LVT_LINT0, EXTERNAL);
    outb(PIT + 3, 0x34);              /* counter 0, mode 2 */
    outb(PIT, 0x9c);                  /* 11,932: 10 ms */
    outb(PIT, 0x2e);
    outb(PIC + 1, 0xfe);
    for (int i = 0; i < 3; i++) {
        uint32_t before = seen[PIC_BASE];
        while (seen[PIC_BASE] == before) halt_for_interrupt();
        outb(PIC, 0x0b);
        say_value("PIC in service", inb(PIC) & 1);
        outb(PIC, 0x20);
        outb(PIC, 0x0b);
        say_value("PIC in service after EOI", inb(PIC) & 1);
    }
    outb(PIC + 1, 0xff);
    outb(PIT + 3, 0x30);              /* mode 0: it stops */
    outb(SYSTEM, 0);
    outb(PIT + 3, 0xb0);              /* counter 2, mode 0 */
    outb(PIT + 2, 0xff);
    outb(PIT + 2, 0x0f);
    outb(SYSTEM, 1);
    say_value("PIT counter 2 is not done", inb(SYSTEM) >> 5 & 1);
    while (!(inb(SYSTEM) & 0x20)) continue;
    say("PIT counter 2 is done\n");
    apic_write(LVT_LINT0, MASKED);
}

/* ---- the local APIC ---- */
static void look_at_registers(void)
{
    uint64_t base = rdmsr(MSR_APIC_BASE);
    say_value("APIC base", (uint32_t)base);
    say_value("APIC identity", apic_read(ID));
    say_value("APIC version", apic_read(VERSION));
    apic_write(SPURIOUS_REG, 0x100 | SPURIOUS);
    say_value("APIC spurious", apic_read(SPURIOUS_REG));
    apic_write(TASK, 0x20);
    say_value("APIC task priority", apic_read(TASK));
    say_value("APIC processor priority", apic_read(PRIORITY));
    apic_write(TASK, 0);
    __asm__ volatile("orl $0x30000, (%0)" : : "r"(APIC + LVT_TIMER) : "memory");
    say_value("APIC timer's entry, by OR", apic_read(LVT_TIMER) & 0x30000);
    uint32_t equal;
    __asm__ volatile("cmpl $0x1ff, (%1)\n\tsete %%al\n\tmovzbl %%al, %0" : "=a"(equal) : "r"(APIC + SPURIOUS_REG) : "cc");
    say_value("APIC compared", equal);
    uint32_t value = 0x40;
    __asm__ volatile("xchg %0, (%1)" : "+r"(value) : "r"(APIC + TASK) : "memory");
    say_value("APIC exchanged", value);
    say_value("APIC task priority, by XCHG", *(volatile uint32_t *)(APIC + TASK));
    apic_write(TASK, 0);
}

static void look_at_self(void)
{
    apic_write(COMMAND_HIGH, 0);
    apic_write(COMMAND, TO_SELF | SELF);
    say_value("waiting while off", apic_read(WAITING + 0x20) >> SELF % 32 & 1);
    interrupts_on();
    interrupts_off();
    say_value("self taken", seen[SELF]);
    say_value("waiting then", apic_read(WAITING + 0x20) >> SELF % 32 & 1);
    say_value("in service", apic_read(SERVED + 0x20) >> SELF % 32 & 1);
    apic_write(COMMAND, TO_SELF | LOW);           /* lower: waits for END */
    interrupts_on();
    interrupts_off();
    say_value("lower taken", seen[LOW]);
    apic_write(END, 0);
    interrupts_on();
    interrupts_off();
    say_value("lower taken after END", seen[LOW]);
    apic_write(END, 0);
    say_value("in service after END", apic_read(SERVED + 0x20) | apic_read(SERVED + 0x10));
    apic_write(COMMAND, TO_SELF | 0x400);
    for (uint32_t i = 0; i < 1000; i++) __asm__ volatile("pause" : : : "memory");
    say_value("NMI taken while off", seen[NMI]);
}

/* By the higher vector first, and none that the task priority holds back. */
static void look_at_priorities(void)
{
    ends_itself = true;
    orders = 0;
    apic_write(COMMAND, LOW);                     /* physical, to APIC 0 */
    apic_write(COMMAND, HIGH);
    apic_write(COMMAND, TO_SELF | SELF);
    apic_write(TASK, 0x50);
    interrupts_on();
    interrupts_off();
    say_value("taken above the task priority", orders);
    apic_write(TASK, 0);
    interrupts_on();
    interrupts_off();
    for (uint32_t i = 0; i < orders; i++) say_value("order", order[i]);
}

static void look_at_timer(void)
{
    apic_write(DIVIDE, 11);           /* by 1 */
    apic_write(LVT_TIMER, TIMER);
    apic_write(INITIAL, 100000);
    say_value("count goes down", apic_read(CURRENT) <= 100000);
    interrupts_on();
    while (seen[TIMER] == 0) __asm__ volatile("pause");           /* no exit: the alarm alone brings it */
    interrupts_off();
    say_value("one-shot count", apic_read(CURRENT));
    say_value("one-shot came", seen[TIMER]);
    apic_write(LVT_TIMER, PERIODIC | TIMER);
    apic_write(INITIAL, 100000);
    while (seen[TIMER] < 5) halt_for_interrupt();
    interrupts_on();
    while (seen[TIMER] < 10) __asm__ volatile("pause");
    interrupts_off();
    say("periodic came\n");
    apic_write(LVT_TIMER, MASKED | TIMER);
    apic_write(INITIAL, 0);
    interrupts_on();
    interrupts_off();
    uint32_t then = seen[TIMER];
    for (uint32_t i = 0; i < 100000; i++) __asm__ volatile("pause");
    interrupts_on();
    interrupts_off();
    say_value("after it was stopped", seen[TIMER] - then);
}

uint32_t ioapic_read(uint32_t reg)
{
    *(volatile uint32_t *)IOAPIC = reg;
    return *(volatile uint32_t *)(IOAPIC + 16);
}

void ioapic_write(uint32_t reg, uint32_t value)
{
    *(volatile uint32_t *)IOAPIC = reg;
    *(volatile uint32_t *)(IOAPIC + 16) = value;
}

/* 100 of its ticks, once. */
static void start_pit(void)
{
    outb(PIT + 3, 0x30);
    outb(PIT, 100);
    outb(PIT, 0);
}

/* By pin 2 of the I/O APIC; then from the PIC, by LINT0 as the APIC's own. */
static void look_at_ioapic(void)
{
    say_value("IOAPIC version", ioapic_read(1));
    ioapic_write(0x10 + 2 * 2 + 1, 0);
    ioapic_write(0x10 + 2 * 2, IO_TIMER);
    say_value("IOAPIC entry", ioapic_read(0x10 + 2 * 2));
    uint32_t before = seen[IO_TIMER];
    start_pit();
    while (seen[IO_TIMER] == before) halt_for_interrupt();
    say_value("timer by the IOAPIC", seen[IO_TIMER] - before);
    ioapic_write(0x10 + 2 * 2, MASKED);
    outb(PIC + 1, 0xfe);
    outb(PIC, 0x0a);
    if (inb(PIC) & 1) {               /* what has come meanwhile */
        apic_write(LVT_LINT0, EXTERNAL);
        interrupts_on();
        interrupts_off();
        outb(PIC, 0x20);
    }
    apic_write(LVT_LINT0, LINE);
    before = seen[LINE];
    start_pit();
    while (seen[LINE] == before) halt_for_interrupt();
    say_value("timer by LINT0", seen[LINE] - before);
    apic_write(LVT_LINT0, MASKED);
    outb(PIC + 1, 0xff);
}

/* ---- the end ---- */
static bool is(const char *a, const char *b)
{
    while (*a && *a == *b) a++, b++;
    return *a == *b;
}

/* Interrupts as fast as the timer can, for ever. */
static void storm(void)
{
    apic_write(LVT_TIMER, PERIODIC | TIMER);
    apic_write(INITIAL, 1);
    interrupts_on();
    for (;;) continue;
}

static void end(const char *how)
{
    if (is(how, "halt")) __asm__ volatile("cli; hlt");
    if (is(how, "reset")) outb(KEYBOARD, 0xfe);
    if (is(how, "off")) outw(POWER, 0x2000);
    if (is(how, "stray")) ((void (*)(void))0x60000000)();
    if (is(how, "shut")) __asm__ volatile("lidt %0; int3" : : "m"(*(const uint64_t[1]){ 0 }));
    if (is(how, "strict")) look_at_refusals();
    if (is(how, "flood")) for (;;) inb(COM1 + 7);
    if (is(how, "storm")) storm();
    if (is(how, "spin")) for (;;) continue;
    outb(EXIT, 21);
}

void tester_main(uint32_t magic, const struct information *info)
{
    set_up_serial();
    look_at_information(magic, info);
    set_up_vectors();
    if (is(second_word((const char *)info->line), "breaks")) {
        look_at_breakpoints();
        outb(EXIT, 21);
    }
    look_at_ports();
    set_up_pics();
    look_at_processor();
    look_at_registers();
    look_at_self();
    look_at_priorities();
    look_at_timer();
    look_at_pit();
    look_at_ioapic();
    look_at_lines();
    look_at_nmi();
    look_at_memory();
    look_at_modes();
    look_at_tasks();
    say_value("line is whole", length((const char *)info->line) < 2001);
    say("tester done\n");
    end(second_word((const char *)info->line));
}
