/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The memory of the emulator's device for tests, which a processor reaches as any device's: by every kind of instruction, also
 * those that nobody could carry out for it, and across pages, both of which are the same one.
 */
#include "tester.h"

enum { WORDS = 16, LARGE = 1 << 22, AT = 0xe0001000, ENTRY = AT >> 12 & 1023 };
#define ACCESSED_DIRTY 0x60u
#define MEMORY 0xff000000u
#define PRESENT_WRITE 3u

static uint32_t directory[1024] __attribute__((aligned(4096))), table[1024] __attribute__((aligned(4096)));
static volatile uint32_t *const memory = (volatile uint32_t *)AT;
static uint8_t *const bytes = (uint8_t *)AT;

static uint32_t sum(void)
{
    uint32_t total = 0;
    for (uint32_t i = 0; i < WORDS; i++) total = total * 31 + memory[i];
    return total;
}

static void fill(void)
{
    for (uint32_t i = 0; i < WORDS; i++) memory[i] = 0x01020304 * (i + 1);
}

static void look_at_strings(void)
{
    uint32_t here[WORDS], count = WORDS, value = 0x5e93e47;
    const volatile void *from = memory;
    void *to = here;
    fill();
    __asm__ volatile("cld; rep movsl" : "+S"(from), "+D"(to), "+c"(count) : : "memory");
    say_value("moved from there", here[WORDS - 1]);
    from = memory, to = here, count = WORDS;
    here[5]++;
    __asm__ volatile("repe cmpsl" : "+S"(from), "+D"(to), "+c"(count) : : "memory", "cc");
    say_value("compared with there, left", count);
    to = bytes, count = 2 * WORDS;
    __asm__ volatile("repne scasb" : "+D"(to), "+c"(count) : "a"(6) : "memory", "cc");
    say_value("looked for there, left", count);
    to = bytes + 3, count = 5;
    __asm__ volatile("rep stosl" : "+D"(to), "+c"(count) : "a"(value) : "memory");
    say_value("stored there", sum());
    from = bytes + 4, to = bytes + 21, count = 9;
    __asm__ volatile("rep movsb" : "+S"(from), "+D"(to), "+c"(count) : : "memory");
    say_value("moved within", sum());
}

/* Interrupts are off. */
static void look_at_stack(void)
{
    uint32_t before, first, second;
    fill();
    __asm__ volatile("mov %%esp, %0\n\tmov %3, %%esp\n\tpush $-7\n\tpush 4(%4)\n\tpop 8(%4)\n\tpop %1\n\tpushf\n\tpop %2\n\t"
                     "mov %0, %%esp" : "=&S"(before), "=&r"(first), "=&r"(second) : "r"(bytes + 2048), "D"(memory) : "memory");
    say_value("popped there", first);
    say_value("flags by there", second & 0x100);
    say_value("pushed from there to there", sum());
}

static void look_at_vectors(void)
{
    static uint32_t found[4] __attribute__((aligned(16)));
    fill();
    __asm__ volatile("mov %0, %%cr4" : : "r"(0x210));     /* OSFXSR, PSE */
    __asm__ volatile("movups 4(%0), %%xmm1\n\tpaddd %%xmm1, %%xmm1\n\tmovaps %%xmm1, 32(%0)\n\tmovaps 16(%0), %%xmm2\n\t"
                     "movups %%xmm2, (%1)\n\tmovq (%0), %%mm3\n\tmovq %%mm3, 52(%0)\n\temms"
                     : : "r"(memory), "r"(found) : "memory");
    say_value("a vector from there", found[3]);
    say_value("vectors to there", sum());
    __asm__ volatile("fninit\n\tfildl (%0)\n\tfiaddl 4(%0)\n\tfistpl 8(%0)\n\tfxsave 512(%0)\n\tmovl $0, 1024(%0)"
                     : : "r"(memory) : "memory");
    say_value("floating point", memory[2]);
}

static void look_at_others(void)
{
    uint32_t a = 0x12345678, d = 9, failed = 1;
    fill();
    __asm__ volatile("lock xaddl %0, (%1)\n\tlock incl 4(%1)\n\tnegw 8(%1)\n\tnotb 12(%1)\n\tbtcl $3, 16(%1)\n\t"
                     "rolw 20(%1)\n\tshldl $5, %0, 24(%1)\n\tsetc 28(%1)\n\timull $51, 32(%1), %0\n\t"
                     "movl %0, 36(%1)\n\tlock cmpxchgl %0, 40(%1)"
                     : "+a"(a) : "r"(memory) : "memory", "cc");
    say_value("exchanged, counted, turned", sum());
    say_value("product", a);
    memory[1] = 0;
    say_value("divided by nothing there raises", TRY("divl 4(%0)", "r"(memory), "a"(1500), "d"(0)));
    memory[1] = 10;
    __asm__ volatile("xor %1, %1\n\tmovl $1500, %0\n\tdivl 4(%2)" : "=&a"(a), "+d"(d) : "r"(memory) : "cc");
    say_value("quotient", a);
    memory[2] = 16;
    __asm__ volatile("movw 8(%1), %%es\n\tmovw %%es, %w0" : "=r"(failed) : "r"(memory));
    say_value("a segment from there", failed & 0xffff);
}

/* Of two pages that are the same one. */
static void look_across(void)
{
    uint32_t count = 64;
    void *to = bytes + 4096 - 32;
    uint16_t value;
    bytes[4095] = 0x99;
    bytes[4096] = 0x77;
    __asm__ volatile("movw (%1), %0" : "=r"(value) : "r"(bytes + 4095) : "memory");
    say_value("read across pages", value);
    __asm__ volatile("movw %0, (%1)" : : "r"((uint16_t)0x88aa), "r"(bytes + 4095) : "memory");
    say_value("written across pages", (uint32_t)bytes[4095] << 8 | bytes[0]);
    outb(KEEPER, 0x5c);
    __asm__ volatile("rep insb" : "+D"(to), "+c"(count) : "d"(KEEPER) : "memory");
    say_value("read from a port across pages", (uint32_t)bytes[4064] << 16 | (uint32_t)bytes[31] << 8 | count);
    __asm__ volatile("smsw (%0)" : : "r"(bytes + 4095) : "memory");
    say_value("SMSW across pages", bytes[4095]);
    bytes[0] = 0;
    bytes[4095] = 0x13;
    __asm__ volatile("lmsw (%0)" : : "r"(bytes + 4095) : "memory");
    say_value("LMSW across pages", bytes[0]);
}

/* For long mode, one table of pages and the one above: that memory is in them from 7 pages on. */
uint64_t *tester_memory_tables(void)
{
    static uint64_t pages[2][512] __attribute__((aligned(4096)));
    pages[0][0] = (uint32_t)pages[1] | PRESENT_WRITE;
    pages[1][7] = MEMORY | PRESENT_WRITE;
    return pages[0];
}

void look_at_memory(void)
{
    *(volatile uint32_t *)(MEMORY + 0x1004) = 0x600d;
    say_value("there without paging", *(volatile uint32_t *)(MEMORY + 0x1004));
    for (uint32_t i = 0; i < 1024; i++) directory[i] = i * LARGE | PRESENT_WRITE | 0x80;
    directory[AT / LARGE] = (uint32_t)table | PRESENT_WRITE;
    table[ENTRY] = table[ENTRY + 1] = MEMORY | PRESENT_WRITE;
    __asm__ volatile("mov %0, %%cr4\n\tmov %1, %%cr3\n\tmov %%cr0, %%eax\n\tor $0x80010000, %%eax\n\tmov %%eax, %%cr0"
                     : : "r"(0x10), "r"(directory) : "eax", "memory");
    look_at_strings();
    say_value("the page's entry", table[ENTRY] & ~ACCESSED_DIRTY);
    look_at_stack();
    look_at_vectors();
    look_at_others();
    look_across();
    table[ENTRY] = MEMORY | 1;
    __asm__ volatile("invlpg (%0)" : : "r"(memory) : "memory");
    say_value("no writing there raises", TRY("incl (%0)", "r"(memory)));
    table[ENTRY + 1] = 0;
    __asm__ volatile("invlpg (%0)" : : "r"(bytes + 4096) : "memory");
    say_value("half of it raises", TRY("movups (%0), %%xmm1", "r"(bytes + 4088)));
    say_value("the pages' entries", (table[ENTRY] | table[ENTRY + 1]) & ~ACCESSED_DIRTY);
    __asm__ volatile("mov %%cr0, %%eax\n\tand $0x7ffeffff, %%eax\n\tmov %%eax, %%cr0\n\tmov %0, %%cr4"
                     : : "r"(0) : "eax", "memory");
}
