/* SPDX-License-Identifier: Apache-2.0 */
/* Instructions and architectural constants of x86-64. Sections refer to the AMD64 APM volume 2 unless said otherwise. */
#pragma once

#include <stdint.h>

#define PAGE_SIZE 4096u

/* Page table entries, 5.3. */
#define PTE_PRESENT 1ull
#define PTE_WRITE 2ull
#define PTE_USER 4ull
#define PTE_UNCACHED 0x18ull                  /* PWT, PCD */
#define PTE_ACCESSED 0x20ull
#define PTE_DIRTY 0x40ull
#define PTE_LARGE 0x80ull
#define PTE_NO_EXECUTE (1ull << 63)
#define PTE_ADDRESS 0x000ffffffffff000ull

/* Entries of extended page tables: SDM volume 3, table 29-6. Read and "large" are the bits of PTE_PRESENT and PTE_LARGE. */
#define EPT_READ 1ull
#define EPT_WRITE 2ull
#define EPT_EXECUTE 4ull
#define EPT_MEMORY_TYPE (7ull << 3)
#define EPT_WRITE_BACK (6ull << 3)

/* Control registers, 3.1. */
#define CR0_WP (1ull << 16)
#define CR4_PAE (1ull << 5)
#define CR4_MCE (1ull << 6)
#define CR4_OSFXSR (1ull << 9)
#define CR4_UMIP (1ull << 11)
#define CR4_SMEP (1ull << 20)
#define CR4_SMAP (1ull << 21)
#define CR4_CET (1ull << 23)

/* Shadow stacks: Intel SDM volume 1, chapter 17. A page of them is one that may not be written and is dirty all the same. */
#define MSR_S_CET 0x6a2u
#define S_CET_SHADOW_STACKS 1u        /* and nothing else: no instruction writes to them directly */
#define MSR_PL0_SSP 0x6a4u
#define MSR_SSP_TABLE 0x6a8u

/* What a subject may have of them from its monitor, and of RFLAGS: no state of the whole CPU, nothing that is not switched. */
#define CR0_GUEST 0x8005000full       /* PG, AM, WP, TS, EM, MP, PE */
/* SMAP, SMEP, PCIDE, FSGSBASE, UMIP, OSXMMEXCPT, OSFXSR, PCE, PGE, PAE, PSE, DE, TSD, PVI, VME */
#define CR4_GUEST 0x330fbfull
#define EFER_GUEST 0xd01ull           /* NXE, LMA, LME, SCE */

#define MSR_EFER 0xc0000080u
#define EFER_LONG_MODE 0xd00ull       /* LME, LMA, NXE; not FFXSR: FXSAVE would leave out XMM registers */
#define MSR_PAT 0x277u
#define PAT_RESET 0x0007040600070406ull

/* Vectors that this kernel asks for. All others above the exceptions are acknowledged too, and nothing else. */
#define VECTOR_TIMER 0xf0u
#define VECTOR_KICK 0xf1u             /* and by enum arch_kick */
#define VECTOR_SPURIOUS 0xffu

/*
 * Interrupts of devices: line n of the I/O APIC has this vector plus n, which is what its subject sees too (image.h). The task
 * priority (16.6.4; Intel SDM volume 3, 11.8.3.1) lets them in while that subject runs, else only the kernel's own.
 */
#define VECTOR_LINES 0x40u
#define PRIORITY_ALL 0u
#define PRIORITY_KERNEL 14u

#define DR7_RESET 0x400ull            /* no breakpoint: 13.1.1.4 */

#define SELECTOR_CODE 8u
#define SELECTOR_DATA 16u
#define SELECTOR_TSS 24u

struct cpuid { uint32_t eax, ebx, ecx, edx; };

static inline struct cpuid x86_cpuid(uint32_t leaf, uint32_t subleaf)
{
    struct cpuid r;
    __asm__ volatile("cpuid" : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx) : "a"(leaf), "c"(subleaf));
    return r;
}

static inline uint64_t x86_rdmsr(uint32_t msr)
{
    uint32_t lo, hi;
    __asm__ volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr));
    return lo | (uint64_t)hi << 32;
}

static inline void x86_wrmsr(uint32_t msr, uint64_t value)
{
    __asm__ volatile("wrmsr" : : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)) : "memory");
}

static inline uint64_t x86_rdtsc(void)
{
    uint64_t lo, hi;                  /* the instruction clears the upper halves */
    __asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi) : : "memory");
    return lo | hi << 32;
}

static inline void x86_outb(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline void x86_outw(uint16_t port, uint16_t value)
{
    __asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint8_t x86_inb(uint16_t port)
{
    uint8_t value;
    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static inline void x86_pause(void)
{
    __asm__ volatile("pause" : : : "memory");
}

/* x86_read_crN(), x86_write_crN() */
#define X86_CONTROL_REGISTER(n)                                                                                            \
    static inline uint64_t x86_read_cr##n(void)                                                                            \
    {                                                                                                                      \
        uint64_t v;                                                                                                        \
        __asm__ volatile("mov %%cr" #n ", %0" : "=r"(v));                                                                  \
        return v;                                                                                                          \
    }                                                                                                                      \
    static inline void x86_write_cr##n(uint64_t v)                                                                         \
    {                                                                                                                      \
        __asm__ volatile("mov %0, %%cr" #n : : "r"(v) : "memory");                                                         \
    }
X86_CONTROL_REGISTER(0)
X86_CONTROL_REGISTER(2)
X86_CONTROL_REGISTER(3)
X86_CONTROL_REGISTER(4)
X86_CONTROL_REGISTER(8)               /* the task priority */

/* From here on each return is checked, so the calling function must not return. MSR_PL0_SSP names the stack's token. */
static inline __attribute__((always_inline)) void x86_start_shadow_stack(void)
{
    x86_write_cr4(x86_read_cr4() | CR4_CET);
    x86_wrmsr(MSR_S_CET, S_CET_SHADOW_STACKS);
    __asm__ volatile("setssbsy" : : : "memory");
}
