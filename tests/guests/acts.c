/* SPDX-License-Identifier: Apache-2.0 */
/* Every instruction that is privileged, or that a hypervisor must know of. */
#include "acts.h"

/* What an act finds; RSI and RDI point to zeros, which those with MEMORY and SAME_ use, the other registers are zero. */
enum operand {
    ZERO, MEMORY, CR0_CHANGED, CR3_SAME, CR4_CHANGED, TASK_FREE, SAME_GDT, SAME_IDT, TO_RETURN, MSR_APIC, PORT_CONSOLE, CALL,
    REST
};

struct act {
    const char *name, *code;
    uint8_t size, operand, only_64;
};
#define ACT(name, code, ...) { name, code, sizeof(code) - 1, __VA_ARGS__ }

static const struct act acts[] = {
    ACT("cpuid", "\x0f\xa2", ZERO, 0),            ACT("rdtsc", "\x0f\x31", ZERO, 0),
    ACT("rdtscp", "\x0f\x01\xf9", ZERO, 0),       ACT("rdpid", "\xf3\x0f\xc7\xf8", ZERO, 0),
    ACT("pause", "\xf3\x90", ZERO, 0),            ACT("hlt", "\xf4", REST, 0),
    ACT("cli", "\xfa", ZERO, 0),                  ACT("sti", "\xfb", ZERO, 0),
    ACT("int3", "\xcc", ZERO, 0),                 ACT("vmmcall", "\x0f\x01\xd9", CALL, 0),
    ACT("vmcall", "\x0f\x01\xc1", CALL, 0),
    /* AMD's, then Intel's instructions for hypervisors, secure launch and enclaves */
    ACT("vmrun", "\x0f\x01\xd8", ZERO, 0),        ACT("vmload", "\x0f\x01\xda", ZERO, 0),
    ACT("vmsave", "\x0f\x01\xdb", ZERO, 0),       ACT("stgi", "\x0f\x01\xdc", ZERO, 0),
    ACT("clgi", "\x0f\x01\xdd", ZERO, 0),         ACT("skinit", "\x0f\x01\xde", ZERO, 0),
    ACT("invlpga", "\x0f\x01\xdf", ZERO, 0),
    ACT("vmlaunch", "\x0f\x01\xc2", ZERO, 0),     ACT("vmresume", "\x0f\x01\xc3", ZERO, 0),
    ACT("vmxoff", "\x0f\x01\xc4", ZERO, 0),       ACT("vmfunc", "\x0f\x01\xd4", ZERO, 0),
    ACT("vmxon", "\xf3\x0f\xc7\x36", MEMORY, 0),    ACT("vmptrld", "\x0f\xc7\x36", MEMORY, 0),
    ACT("vmptrst", "\x0f\xc7\x3e", MEMORY, 0),      ACT("vmclear", "\x66\x0f\xc7\x36", MEMORY, 0),
    ACT("vmread", "\x0f\x78\xc2", ZERO, 0),       ACT("vmwrite", "\x0f\x79\xc2", ZERO, 0),
    ACT("invept", "\x66\x0f\x38\x80\x06", MEMORY, 0), ACT("invvpid", "\x66\x0f\x38\x81\x06", MEMORY, 0),
    ACT("getsec", "\x0f\x37", ZERO, 0),           ACT("encls", "\x0f\x01\xcf", ZERO, 0),
    ACT("pconfig", "\x0f\x01\xc5", ZERO, 0),      ACT("rsm", "\x0f\xaa", ZERO, 0),
    /* caches, power, counters, extended state */
    ACT("invd", "\x0f\x08", ZERO, 0),             ACT("wbinvd", "\x0f\x09", ZERO, 0),
    ACT("invlpg", "\x0f\x01\x3e", MEMORY, 0),       ACT("invpcid", "\x66\x0f\x38\x82\x06", MEMORY, 0),
    ACT("monitor", "\x0f\x01\xc8", ZERO, 0),      ACT("mwait", "\x0f\x01\xc9", ZERO, 0),
    ACT("rdpmc", "\x0f\x33", ZERO, 0),            ACT("rdpru", "\x0f\x01\xfd", ZERO, 0),
    ACT("xgetbv", "\x0f\x01\xd0", ZERO, 0),       ACT("xsetbv", "\x0f\x01\xd1", ZERO, 0),
    ACT("xsave", "\x0f\xae\x26", MEMORY, 0),        ACT("rdmsr", "\x0f\x32", MSR_APIC, 0),
    ACT("wrmsr", "\x0f\x30", MSR_APIC, 0),        ACT("in", "\xec", PORT_CONSOLE, 0),
    ACT("out", "\xee", PORT_CONSOLE, 0),          ACT("ins", "\x6c", PORT_CONSOLE, 0),
    ACT("outs", "\x6e", PORT_CONSOLE, 0),
    /* control and debug registers */
    ACT("cr0-read", "\x0f\x20\xc0", ZERO, 0),     ACT("cr0-write", "\x0f\x22\xc0", CR0_CHANGED, 0),
    ACT("cr1-read", "\x0f\x20\xc8", ZERO, 0),     ACT("cr2-read", "\x0f\x20\xd0", ZERO, 0),
    ACT("cr2-write", "\x0f\x22\xd0", ZERO, 0),    ACT("cr3-read", "\x0f\x20\xd8", ZERO, 0),
    ACT("cr3-write", "\x0f\x22\xd8", CR3_SAME, 0), ACT("cr4-read", "\x0f\x20\xe0", ZERO, 0),
    ACT("cr4-write", "\x0f\x22\xe0", CR4_CHANGED, 0), ACT("cr8-read", "\x44\x0f\x20\xc0", ZERO, 1),
    ACT("cr8-write", "\x44\x0f\x22\xc0", ZERO, 1), ACT("smsw", "\x0f\x01\xe0", ZERO, 0),
    ACT("lmsw", "\x0f\x01\xf0", CR0_CHANGED, 0),  ACT("clts", "\x0f\x06", ZERO, 0),
    ACT("dr0-read", "\x0f\x21\xc0", ZERO, 0),     ACT("dr0-write", "\x0f\x23\xc0", ZERO, 0),
    ACT("dr6-read", "\x0f\x21\xf0", ZERO, 0),     ACT("dr6-write", "\x0f\x23\xf0", ZERO, 0),
    ACT("dr7-read", "\x0f\x21\xf8", ZERO, 0),     ACT("dr7-write", "\x0f\x23\xf8", ZERO, 0),
    /* descriptor tables and segments */
    ACT("sgdt", "\x0f\x01\x06", MEMORY, 0),         ACT("sidt", "\x0f\x01\x0e", MEMORY, 0),
    ACT("lgdt", "\x0f\x01\x16", SAME_GDT, 0),     ACT("lidt", "\x0f\x01\x1e", SAME_IDT, 0),
    ACT("sldt", "\x0f\x00\xc0", ZERO, 0),         ACT("lldt", "\x0f\x00\xd0", ZERO, 0),
    ACT("str", "\x0f\x00\xc8", ZERO, 0),          ACT("ltr", "\x0f\x00\xd8", TASK_FREE, 0),
    ACT("swapgs", "\x0f\x01\xf8", ZERO, 1),       ACT("rdfsbase", "\xf3\x48\x0f\xae\xc0", ZERO, 1),
    ACT("sysret", "\x0f\x07", TO_RETURN, 0)
};

static uint8_t scratch[1024] __attribute__((aligned(4096)));

static uint64_t read_cr0(void)
{
    uint64_t value;
    __asm__ volatile("mov %%cr0, %0" : "=r"(value));
    return value;
}

static uint64_t read_cr3(void)
{
    uint64_t value;
    __asm__ volatile("mov %%cr3, %0" : "=r"(value));
    return value;
}

static uint64_t read_cr4(void)
{
    uint64_t value;
    __asm__ volatile("mov %%cr4, %0" : "=r"(value));
    return value;
}

/* SYSRET goes to where RCX points, by selectors that STAR holds: 32-bit user code. */
static void prepare_return(void)
{
    __asm__ volatile("wrmsr" : : "c"(0xc0000081), "a"(0), "d"(8u | 0x2bu << 16));
}

/* Only these change what the next attempt stands on. */
static uint32_t disturbs(const struct act *act)
{
    return act->operand == TASK_FREE || act->operand == SAME_GDT || act->operand == SAME_IDT;
}

static struct attempt_registers prepare(const struct act *act, uint32_t size)
{
    struct attempt_registers r = { .rsi = (uint64_t)scratch, .rdi = (uint64_t)scratch };
    __builtin_memset(scratch, 0, sizeof scratch);
    switch (act->operand) {
    case CR0_CHANGED: r.rax = read_cr0() ^ 0x1000a; break;            /* WP, TS, MP: what harms nobody if it works */
    case CR3_SAME: r.rax = read_cr3(); break;
    case CR4_CHANGED: r.rax = read_cr4() ^ 0x80; break;               /* PGE */
    case TASK_FREE: r.rax = ATTEMPT_TSS; break;
    case SAME_GDT: __asm__ volatile("sgdt %0" : "=m"(scratch)); break;
    case SAME_IDT: __asm__ volatile("sidt %0" : "=m"(scratch)); break;
    case TO_RETURN: prepare_return(); r.rcx = attempt_return(size); break;
    case MSR_APIC: r.rcx = 0x1b; break;
    case PORT_CONSOLE: r.rdx = 0x3f8; break;
    }
    return r;
}

static uint32_t has_memory_operand(const struct act *act)
{
    return act->operand == MEMORY || act->operand == SAME_GDT || act->operand == SAME_IDT;
}

const char *acts_name(uint32_t act)
{
    return act < sizeof acts / sizeof *acts ? acts[act].name : 0;
}

bool acts_rests(uint32_t act)
{
    return acts[act].operand == REST;
}

/* A hypercall's answer is in RAX, which was zero: the null call. From a 16-bit segment 32-bit addresses reach memory. */
uint32_t acts_try(uint32_t index, enum attempt_mode mode)
{
    const struct act *act = &acts[index];
    uint8_t code[ATTEMPT_CODE_MAX] = { 0x67 };
    uint32_t prefix = mode == ATTEMPT_16 && has_memory_operand(act);
    struct attempt_registers r = prepare(act, act->size + prefix);
    if (act->only_64 && mode != ATTEMPT_64 && mode != ATTEMPT_USER) return ACTS_NONE;
    __builtin_memcpy(code + prefix, act->code, act->size);
    uint32_t outcome = attempt(mode, ATTEMPT_PLAIN, code, act->size + prefix, &r);
    if (disturbs(act)) attempt_restart();
    return act->operand == CALL && outcome == ATTEMPT_PASSED && r.rax != 0 ? ACTS_DENIED : outcome;
}
