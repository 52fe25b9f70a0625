/* SPDX-License-Identifier: Apache-2.0 */
/* What `tester` looks at of its processor: registers and exceptions, paging of every kind, long mode, real mode. */
#include "tester.h"

static uint32_t cr0(void)
{
    uint32_t value;
    __asm__ volatile("mov %%cr0, %0" : "=r"(value));
    return value;
}

/* An instruction that somebody else carries out is a step too: where the exception comes. */
static void look_at_steps(void)
{
    uint32_t a = 0, c = 0, expected;
    __asm__ volatile("pushf; orl $0x100, (%%esp); popf\n\tcpuid\n1:\tnop\n\tnop\n\tmovl $1b, %2"
                     : "+a"(a), "+c"(c), "=r"(expected) : : "ebx", "edx", "memory");
    say_value("a step over CPUID", step_at == expected);
    __asm__ volatile("pushf; orl $0x100, (%%esp); popf\n\tinb %%dx, %%al\n1:\tnop\n\tnop\n\tmovl $1b, %1"
                     : "+a"(a), "=r"(expected) : "d"(COM1 + 7) : "memory");
    say_value("a step over a port", step_at == expected);
    __asm__ volatile("mov %0, %%cr4" : : "r"(8));
    say_value("DR4 with DE raises", TRY("mov %%dr4, %%eax", "i"(0)));
    __asm__ volatile("mov %0, %%cr4" : : "r"(0));
}

/* Each bit as it was set, the kernel's own too. */
static void look_at_registers(void)
{
    uint32_t before = cr0(), cr4;
    uint16_t status[3] = { 0, 0, 0xa5a5 };
    say_value("CR0", before);
    __asm__ volatile("mov %1, %%cr4\n\tmov %%cr4, %0" : "=r"(cr4) : "r"(0x20));
    say_value("CR4", cr4);
    __asm__ volatile("mov %1, %%cr4\n\tmov %%cr4, %0" : "=r"(cr4) : "r"(0x40));
    say_value("CR4 with MCE", cr4);
    __asm__ volatile("mov %0, %%cr4" : : "r"(0));
    __asm__ volatile("mov %0, %%cr0" : : "r"(before | 0x60000020));
    say_value("CR0 with CD, NW, NE", cr0());
    __asm__ volatile("smsw %w0" : "=r"(cr4) : "0"(0x12340000));
    say_value("SMSW", cr4);
    __asm__ volatile("smsw %0" : "=m"(status[1]));
    say_value("SMSW to memory", status[0] | (uint32_t)status[1] << 16);
    status[1] |= CR0_TS;
    __asm__ volatile("lmsw %0" : : "m"(status[1]));
    say_value("LMSW from memory", cr0());
    __asm__ volatile("mov %0, %%cr0" : : "r"(before));
}

/* Registers that kernels for test look at, and what they look for first. */
static void look_at_model(void)
{
    uint32_t a = 7, b, c = 0, d;
    __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    say_value("features: FSGSBASE, SMEP, SMAP", b & 0x100081);
    say_value("features: UMIP", c & 4);
    bool raises = TRY(".byte 0x66, 0x0f, 0xae, 0xf8", "i"(0)) == UNDEFINED;      /* PCOMMIT */
    say_value("what is there and what is shown differ", raises == (b >> 22 & 1));
    uint64_t checks = rdmsr(MSR_CHECKS), miscellaneous = rdmsr(MSR_MISCELLANEOUS);
    say_value("banks of machine checks, and their control", checks & 0x1ff);
    wrmsr(MSR_BANK, UINT64_MAX);
    wrmsr(MSR_BANK + 1, 0);
    wrmsr(MSR_BANK + 2, 0x123456789abcdefull);
    say_value("a bank keeps its control", rdmsr(MSR_BANK) == UINT64_MAX);
    say_value("and its address", rdmsr(MSR_BANK + 2) == 0x123456789abcdefull);
    wrmsr(MSR_MISCELLANEOUS, miscellaneous ^ 1);
    say_value("miscellaneous", (uint32_t)(rdmsr(MSR_MISCELLANEOUS) ^ miscellaneous));
    say_value("the counter can be written", TRY("wrmsr", "c"(MSR_TSC), "a"(0), "d"(0)));
}

static void look_at_status(void)
{
    __asm__ volatile("lmsw %w0" : : "r"(cr0() | CR0_TS));
    say_value("LMSW sets TS", cr0() & CR0_TS);
    __asm__ volatile("clts");
    say_value("CLTS clears it", cr0() & CR0_TS);
    __asm__ volatile("mov %0, %%cr0" : : "r"(cr0() | CR0_TS));
    say_value("MOV sets it", cr0() & CR0_TS);
    __asm__ volatile("lmsw %w0" : : "r"(0));
    say_value("LMSW leaves protection and clears it", cr0() & (CR0_TS | 1));
    __asm__ volatile("wbinvd");
}

void look_at_processor(void)
{
    uint32_t a = 1, b, c = 0, d;
    __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    say_value("features: FPU, TSC, MSR, PAE, APIC, SSE2", d & 0x4000271);
    say_value("x2APIC, TSC deadline, virtual", c & (1u << 21 | 1u << 24 | 1u << 31));
    uint32_t dr0, dr6;
    __asm__ volatile("mov %1, %%dr0\n\tmov %%dr0, %0" : "=r"(dr0) : "r"(0x1234));
    say_value("CR0 is protected without paging", cr0() & 0x80000001);
    say_value("UD2 raises", TRY("ud2", "i"(0)));
    say_value("a step raises", TRY("pushf; orl $0x100, (%%esp); popf; nop", "i"(0)));
    __asm__ volatile("mov %%dr6, %0" : "=r"(dr6));
    say_value("and DR6 says so", dr6 & 0x4000);
    say_value("a debug register", dr0);
    say_value("INT 0x80 comes", ({ __asm__ volatile("int $0x80"); seen[0x80]; }));
    look_at_steps();
    look_at_registers();
    look_at_model();
    look_at_status();
}

void look_at_refusals(void)
{
    say_value("a reserved bit of CR4 raises", TRY("mov %0, %%cr4", "r"(1u << 15)));
    say_value("and returns with RF", last_flags & RESUME_FLAG);
    say_value("paging without protection raises", TRY("mov %0, %%cr0", "r"(0x80000000)));
    say_value("a caching mode that is none raises", TRY("mov %0, %%cr0", "r"(0x20000011)));
    say_value("reading a register that is not there raises", TRY("rdmsr", "c"(0x4b564d00)));
    say_value("writing a register that is not there raises", TRY("wrmsr", "c"(0x4b564d00), "a"(0), "d"(0)));
    say_value("a bank's control with some bits raises", TRY("wrmsr", "c"(MSR_BANK), "a"(5), "d"(0)));
    say_value("a bank's status that is not cleared raises", TRY("wrmsr", "c"(MSR_BANK + 1), "a"(1), "d"(0)));
    say_value("SVM in EFER raises", TRY("wrmsr", "c"(MSR_EFER), "a"(0x1000), "d"(0)));
    wrmsr(MSR_APIC_BASE, OTHER_APIC | 0x900);
    say_value("APIC elsewhere", *(volatile uint32_t *)(OTHER_APIC + VERSION));
    wrmsr(MSR_APIC_BASE, APIC | 0x900);
    say_value("x2APIC raises", TRY("wrmsr", "c"(MSR_APIC_BASE), "a"(APIC | 0xd00), "d"(0)));
    __asm__ volatile("mov %0, %%dr6\n\tmov %1, %%dr7" : : "r"(0), "r"(0x2400));
    say_value("a debug register that is guarded raises", TRY("mov %%dr0, %%eax", "i"(0)));
    uint32_t dr6, dr7;
    __asm__ volatile("mov %%dr6, %0\n\tmov %%dr7, %1" : "=r"(dr6), "=r"(dr7));
    say_value("and DR6 says so", dr6);
    say_value("and it is guarded no more", dr7);
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

/* Three levels, the first of which the processor keeps in registers: loaded with paging, and with CR3. */
static void look_at_wide_paging(void)
{
    static uint64_t pointers[2][4] __attribute__((aligned(32)));
    for (uint32_t i = 0; i < 512; i++) {
        long_pages[0][i] = (uint64_t)i << 21 | 0x83;
        long_pages[1][i] = (APIC & 0xffe00000) | 0x83;
        long_pages[2][i] = (0xc0000000 + (i << 21)) | 0x83;
    }
    for (uint32_t i = 0; i < 2; i++) {
        pointers[i][0] = (uint32_t)long_pages[0] | 1;
        pointers[i][1 + i] = (uint32_t)long_pages[1] | 1;
        pointers[i][3] = (uint32_t)long_pages[2] | 1;
    }
    __asm__ volatile("mov %0, %%cr4\n\tmov %1, %%cr3\n\tmov %2, %%cr0"
                     : : "r"(0x20), "r"(pointers[0]), "r"(cr0() | 0x80000000) : "memory");
    say_value("APIC by a wide page", *(volatile uint32_t *)(0x40000000 + VERSION));
    say_value("no pointer raises", TRY("movl $0, 0x80000000", "i"(0)));
    __asm__ volatile("mov %0, %%cr3" : : "r"(pointers[1]) : "memory");
    say_value("APIC by another pointer", *(volatile uint32_t *)(0x80000000 + VERSION));
    say_value("the one before raises", TRY("movl $0, 0x40000000", "i"(0)));
    pointers[1][1] = pointers[1][2];
    __asm__ volatile("mov %0, %%cr4" : : "r"(0xa0) : "memory");           /* PGE */
    say_value("APIC by a pointer that CR4 loads", *(volatile uint32_t *)(0x40000000 + VERSION));
    __asm__ volatile("mov %0, %%cr0\n\tmov %1, %%cr4" : : "r"(cr0() & 0x7fffffff), "r"(0) : "memory");
}

/* 16 bits without protection, from 0x6000: an interrupt that waits, one of its own, a port; and back. */
static void look_at_real_mode(void)
{
    static uint32_t found[5];
    char *to = (char *)0x6000;
    for (const char *from = real_code; from < real_code_end; from++) *to++ = *from;
    apic_write(COMMAND, TO_SELF | LOW);
    enter_real_mode(found);
    apic_write(END, 0);
    say_value("real mode interrupts", found[0]);
    say_value("real mode CR0", found[1] & 0x80000001);
    say_value("real mode port", found[2]);
    say_value("real mode segment", found[3]);
    say_value("real mode string", found[4]);
    say_value("protected again", cr0() & 0x80000001);
}

static void look_at_long_mode(void)
{
    static uint32_t found[5];
    long_pages[0][0] = (uint32_t)long_pages[1] | 3;
    for (uint32_t i = 0; i < 4; i++) long_pages[1][i] = (uint64_t)i << 30 | 0x83;
    long_pages[1][4] = (uint32_t)tester_memory_tables() | 3;
    enter_long_mode((uint32_t)long_pages, found);
    say_value("EFER in long mode", found[0]);
    say_value("sum in 64 bits", found[1]);
    say_value("APIC version in 64 bits", found[2]);
    say_value("task priority by CR8", found[3]);
    say_value("a device's memory in 64 bits", found[4]);
    say_value("EFER afterwards", (uint32_t)rdmsr(MSR_EFER) & 0x500);
}

/* Long mode enabled, with neither paging nor PAE: nothing changes for the kernel, but some processors leave it odd behind. */
static void look_at_long_mode_ahead(void)
{
    uint64_t before = rdmsr(MSR_EFER);
    wrmsr(MSR_EFER, before | EFER_LME);
    say_value("EFER before paging", (uint32_t)rdmsr(MSR_EFER) & 0x500);
    outb(COM1 + 7, 0x5c);
    say_value("a port with long mode ahead", inb(COM1 + 7));
    look_at_real_mode();
    wrmsr(MSR_EFER, before);
}

void look_at_modes(void)
{
    look_at_paging();
    look_at_wide_paging();
    look_at_long_mode();
    look_at_real_mode();
    look_at_long_mode_ahead();
}
