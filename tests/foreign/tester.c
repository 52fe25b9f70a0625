/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `tester`: a multiboot kernel for i386 that looks at the small PC it expects and says on COM1, a line each, what it found. It
 * runs the same by itself in the emulator and as a subject with the monitor `pc`, and both must say the same: so only what a
 * processor and a PC promise is said, no addresses and no times. A second word on its command line says how it ends.
 */
#include <stdbool.h>
#include <stdint.h>

enum {
    COM1 = 0x3f8, PIC = 0x20, PIC_2 = 0xa0, PIT = 0x40, SYSTEM = 0x61, KEYBOARD = 0x64, EXIT = 0xf4, FW = 0x510,
    FW_DATA = 0x511,
    POWER = 0x604, PIC_BASE = 0x20, PIC_2_BASE = 0x28, SELF = 0x41, LOW = 0x31, HIGH = 0x61, TIMER = 0x51,
    IO_TIMER = 0x71, LINE = 0x72, SPURIOUS = 0xff,
    PROTECTION = 13, UNDEFINED = 6, DEBUG = 1, VECTORS = 256
};
enum { MEMORY_FLAG = 1, LINE_FLAG = 4, MODULES_FLAG = 8, MAP_FLAG = 64, FLAGS = 0x4d };
enum apic {
    ID = 0x20, VERSION = 0x30, TASK = 0x80, PRIORITY = 0xa0, END = 0xb0, SPURIOUS_REG = 0xf0, SERVED = 0x100, WAITING = 0x200,
    ERRORS = 0x280, COMMAND = 0x300, COMMAND_HIGH = 0x310, LVT_TIMER = 0x320, LVT_LINT0 = 0x350, INITIAL = 0x380,
    CURRENT = 0x390, DIVIDE = 0x3e0
};
#define APIC 0xfee00000u
#define IOAPIC 0xfec00000u
#define MASKED 0x10000u
#define PERIODIC 0x20000u
#define EXTERNAL 0x700u
#define TO_SELF 0x40000u
#define MSR_APIC_BASE 0x1bu
#define MSR_EFER 0xc0000080u
#define CODE_64 24u

struct trap { uint32_t edi, esi, ebp, esp, ebx, edx, ecx, eax, vector, error, eip, cs, eflags; };
struct module { uint32_t start, end, line, reserved; };
struct information { uint32_t flags, lower, upper, device, line, modules, modules_at, symbols[4], map_size, map_at; };
struct map_entry { uint32_t size, base, base_high, length, length_high, type; };
struct gate { uint16_t low, selector, attributes, high; };

extern char trap_entries[];
void tester_main(uint32_t magic, const struct information *info);
void tester_trap(struct trap *t);
void enter_long_mode(uint32_t root, uint32_t *sum);

static struct gate idt[VECTORS];
static volatile uint32_t seen[VECTORS], order[8], orders;
static volatile uint32_t exceptions, last_vector, last_error;
static bool ends_itself;              /* a handler says END before it returns */

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
static inline uint32_t apic_read(enum apic reg) { return *(volatile uint32_t *)(APIC + reg); }
static inline void apic_write(enum apic reg, uint32_t value) { *(volatile uint32_t *)(APIC + reg) = value; }
static inline void interrupts_on(void) { __asm__ volatile("sti; nop" : : : "memory"); }
static inline void interrupts_off(void) { __asm__ volatile("cli" : : : "memory"); }
static inline void halt_for_interrupt(void) { __asm__ volatile("sti; hlt; cli" : : : "memory"); }

/* ---- saying ---- */
static void say_character(char character)
{
    while (!(inb(COM1 + 5) & 0x20)) continue;
    outb(COM1, (uint8_t)character);
}

static void say(const char *text)
{
    for (; *text; text++) {
        if (*text == '\n') say_character('\r');
        say_character(*text);
    }
}

static void say_value(const char *name, uint32_t value)
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
    if (t->vector < 32) {
        exceptions++;
        last_vector = t->vector;
        last_error = t->error;
        t->eflags &= ~0x100u;
        if (t->vector != DEBUG) t->eip = t->ebx;
        return;
    }
    seen[t->vector]++;
    if (orders < 8) order[orders++] = t->vector;
    if (ends_itself) apic_write(END, 0);
}

static void set_up_vectors(void)
{
    for (uint32_t i = 0; i < VECTORS; i++) {
        uint32_t entry = (uint32_t)trap_entries + 16 * i;
        idt[i] = (struct gate){ (uint16_t)entry, 8, 0x8e00, (uint16_t)(entry >> 16) };
    }
    const struct { uint16_t limit; uint32_t base; } __attribute__((packed)) pointer = { sizeof idt - 1, (uint32_t)idt };
    __asm__ volatile("lidt %0" : : "m"(pointer));
}

/* The vector and error code of what `code` raises; 0xffffffff: nothing. */
#define TRY(code, ...)                                                                                              \
    (exceptions = 0, last_vector = UINT32_MAX,                                                                      \
     ({ __asm__ volatile("mov $1f, %%ebx\n\t" code "\n1:" : : __VA_ARGS__ : "ebx", "memory"); }), last_vector)

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
    outw(FW, 0);
    uint32_t signature = 0;
    for (int i = 0; i < 4; i++) signature |= (uint32_t)inb(FW_DATA) << 8 * i;
    say_value("configuration signature", signature);
    outw(FW, 5);
    say_value("configuration processors", inb(FW_DATA));
    say_value("nobody's port", inb(0x2000));
    say_value("nobody's memory", *(volatile uint32_t *)0x60000000);
    outb(0x70, 0x0d);
    say_value("clock is valid", inb(0x71) >> 7);
    static const char text[] = "written by a string instruction\r\n";
    const char *from = text;
    uint32_t count = sizeof text - 1;
    __asm__ volatile("cld; rep outsb" : "+S"(from), "+c"(count) : "d"(COM1) : "memory");
    say_value("string instruction left", count);
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

static uint32_t ioapic_read(uint32_t reg)
{
    *(volatile uint32_t *)IOAPIC = reg;
    return *(volatile uint32_t *)(IOAPIC + 16);
}

static void ioapic_write(uint32_t reg, uint32_t value)
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

/* ---- modes ---- */
static void look_at_processor(void)
{
    uint32_t a = 1, b, c = 0, d;
    __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    say_value("features: FPU, TSC, MSR, PAE, APIC, SSE2", d & 0x4000271);
    say_value("x2APIC, TSC deadline, virtual", c & (1u << 21 | 1u << 24 | 1u << 31));
    uint32_t cr0, dr0;
    __asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
    __asm__ volatile("mov %1, %%dr0\n\tmov %%dr0, %0" : "=r"(dr0) : "r"(0x1234));
    say_value("CR0 is protected without paging", cr0 & 0x80000001);
    say_value("UD2 raises", TRY("ud2", "i"(0)));
    say_value("a step raises", TRY("pushf; orl $0x100, (%%esp); popf; nop", "i"(0)));
    say_value("a debug register", dr0);
    say_value("INT 0x80 comes", ({ __asm__ volatile("int $0x80"); seen[0x80]; }));
}

/* What processors refuse, and the emulator by itself does not. */
static void look_at_refusals(void)
{
    say_value("a reserved bit of CR4 raises", TRY("mov %0, %%cr4", "r"(1u << 15)));
    say_value("paging without protection raises", TRY("mov %0, %%cr0", "r"(0x80000000)));
    say_value("a caching mode that is none raises", TRY("mov %0, %%cr0", "r"(0x20000011)));
    say_value("reading a register that is not there raises", TRY("rdmsr", "c"(0x4b564d00)));
    say_value("writing a register that is not there raises", TRY("wrmsr", "c"(0x4b564d00), "a"(0), "d"(0)));
    say_value("SVM in EFER raises", TRY("wrmsr", "c"(MSR_EFER), "a"(0x1000), "d"(0)));
    say_value("x2APIC raises", TRY("wrmsr", "c"(MSR_APIC_BASE), "a"(APIC | 0xd00), "d"(0)));
    say_value("VMRUN raises", TRY("vmrun", "a"(0)));
    apic_write(ERRORS, 0);
    apic_write(COMMAND, TO_SELF | 3);
    apic_write(ERRORS, 0);
    say_value("illegal vector", apic_read(ERRORS) & 0x20);
}

static uint32_t pages[1024] __attribute__((aligned(4096)));
static uint64_t long_pages[3][512] __attribute__((aligned(4096)));

/* Two levels: 4 MiB each, the APIC among them by another address too. */
static void look_at_paging(void)
{
    for (uint32_t i = 0; i < 1024; i++) pages[i] = i << 22 | 0x83;
    pages[0xd0000000 >> 22] = (APIC & 0xffc00000) | 0x83;
    pages[0xe0000000 >> 22] = 0;
    __asm__ volatile("mov %0, %%cr4\n\tmov %1, %%cr3\n\tmov %%cr0, %%eax\n\tor $0x80000000, %%eax\n\tmov %%eax, %%cr0"
                     : : "r"(0x10), "r"(pages) : "eax", "memory");
    say_value("APIC by another address", *(volatile uint32_t *)(0xd0000000 + (APIC & 0x3fffff) + VERSION));
    say_value("no page raises", TRY("movl $0, 0xe0000000", "i"(0)));
    uint32_t at;
    __asm__ volatile("mov %%cr2, %0" : "=r"(at));
    say_value("at", at);
    __asm__ volatile("mov %%cr0, %%eax\n\tand $0x7fffffff, %%eax\n\tmov %%eax, %%cr0" : : : "eax", "memory");
}

static void look_at_long_mode(void)
{
    static uint32_t found[4];
    long_pages[0][0] = (uint32_t)long_pages[1] | 3;
    for (uint32_t i = 0; i < 4; i++) long_pages[1][i] = (uint64_t)i << 30 | 0x83;
    enter_long_mode((uint32_t)long_pages, found);
    say_value("EFER in long mode", found[0]);
    say_value("sum in 64 bits", found[1]);
    say_value("APIC version in 64 bits", found[2]);
    say_value("task priority by CR8", found[3]);
    say_value("EFER afterwards", (uint32_t)rdmsr(MSR_EFER) & 0x500);
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
    look_at_ports();
    set_up_pics();
    look_at_processor();
    look_at_registers();
    look_at_self();
    look_at_priorities();
    look_at_timer();
    look_at_pit();
    look_at_ioapic();
    look_at_paging();
    look_at_long_mode();
    say_value("line is whole", length((const char *)info->line) < 2001);
    say("tester done\n");
    end(second_word((const char *)info->line));
}
