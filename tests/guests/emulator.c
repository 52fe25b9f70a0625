/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Monitor `emulator` of the subject `emulated`: answers what that one asks of a machine that is not there. A register for each
 * port and for each MSR holds what was written last; CPUID gives a name, adds one to each general register, or turns over all
 * bits that keep the subject confined; one page of a device doubles what it is told; HLT is passed over. What it does not know
 * is an exception, and at a certain port it gives up.
 */
#include "guest/guest.h"
#include "monitor/exit.h"

enum {
    PORTS = 16, PORT_FIRST = 0x500, PORT_GIVES_UP = 0x5ff, MSRS = 4, MSR_FIRST = 0x4b564d00, MSR_KNOWN_MISSING = 0x4b564dff,
    UNDEFINED = 6, PROTECTION = 13, CARRIES_ON = 0, LEAF_COUNTS_UP = 0x50000000, LEAF_LIFTS
};
#define DEVICE_PAGE 0xfed00000ull
#define CR0_NE (1ull << 5)
#define CR0_CD (1ull << 30)
#define CR4_MCE (1ull << 6)
#define CR4_VMXE (1ull << 13)
#define CR4_OSXSAVE (1ull << 18)
#define CR4_PKE (1ull << 22)
#define CR4_CET (1ull << 23)
#define EFER_SVME (1ull << 12)
#define EFER_FFXSR (1ull << 14)

static bool is_vmx;
static uint32_t ports[PORTS];
static uint64_t registers[MSRS], device;

static uint64_t refuse(struct exit *e)
{
    exit_raise_error(e, PROTECTION, 0);
    return CARRIES_ON;
}

/* Turns over what keeps its subject confined: the whole state is asked for first, and the subject does the same again. */
static uint64_t lift_confinement(struct exit *e)
{
    struct monitor_frame *f = e->frame;
    uint32_t all = is_vmx ? MONITOR_VMX_FIELDS : MONITOR_SVM_FIELDS, few = is_vmx ? MONITOR_VMX_EVENT : MONITOR_SVM_EVENT;
    bool seen = f->counts[MONITOR_SHOW] == all;
    f->counts[MONITOR_TAKE] = seen ? all : 0;
    f->counts[MONITOR_SHOW] = seen ? few : all;
    if (!seen) return CARRIES_ON;
    f->fields[is_vmx ? MONITOR_VMX_CR0 : MONITOR_SVM_CR0] ^= CR0_NE | CR0_CD;
    f->fields[is_vmx ? MONITOR_VMX_CR4 : MONITOR_SVM_CR4] ^= CR4_MCE | CR4_VMXE | CR4_OSXSAVE | CR4_PKE | CR4_CET;
    f->fields[is_vmx ? MONITOR_VMX_EFER : MONITOR_SVM_EFER] ^= EFER_SVME | EFER_FFXSR;
    f->fields[MONITOR_SVM_REASON] = 0;
    exit_skip(e, e->length);
    return CARRIES_ON;
}

static uint64_t answer_cpuid(struct exit *e)
{
    struct monitor_frame *f = e->frame;
    uint32_t leaf = (uint32_t)f->rax, subleaf = (uint32_t)f->rcx;
    if (leaf == LEAF_LIFTS) return lift_confinement(e);
    if (leaf == LEAF_COUNTS_UP) {
        for (uint64_t *general = &f->rax; general <= &f->r15; general++) ++*general;
        exit_skip(e, e->length);
        return CARRIES_ON;
    }
    f->rax = leaf + 1;
    f->rbx = 0x6c756d45;              /* "Emul" */
    f->rcx = subleaf;
    f->rdx = 0;
    exit_skip(e, e->length);
    return CARRIES_ON;
}

static uint64_t answer_port(struct exit *e)
{
    uint64_t mask = e->size == 4 ? UINT32_MAX : (1ull << 8 * e->size) - 1;
    if (e->at == PORT_GIVES_UP) return e->at;
    if (e->at < PORT_FIRST || e->at >= PORT_FIRST + PORTS) return refuse(e);
    uint32_t *port = &ports[e->at - PORT_FIRST];
    if (e->kind == EXIT_IN) e->frame->rax = (e->frame->rax & ~mask) | (*port & mask);
    else *port = (uint32_t)(e->frame->rax & mask);
    exit_skip(e, e->length);
    return CARRIES_ON;
}

static uint64_t answer_msr(struct exit *e)
{
    struct monitor_frame *f = e->frame;
    if (e->at < MSR_FIRST || e->at >= MSR_FIRST + MSRS) return refuse(e);
    uint64_t *msr = &registers[e->at - MSR_FIRST];
    if (e->kind == EXIT_RDMSR) {
        f->rax = (uint32_t)*msr;
        f->rdx = *msr >> 32;
    } else {
        *msr = (uint32_t)f->rax | f->rdx << 32;
    }
    exit_skip(e, e->length);
    return CARRIES_ON;
}

/* MOV between RAX or EAX and where RSI points: 48 8b 06, 48 89 06, 8b 06, 89 06. Its subject's memory is identity-mapped. */
static uint64_t answer_memory(struct exit *e)
{
    const uint8_t *code = exit_memory(e, e->rip, 3);
    if (!code || e->kind == EXIT_FETCH || e->at / 4096 != DEVICE_PAGE / 4096) return refuse(e);
    uint32_t prefix = code[0] == 0x48;
    if (code[prefix + 1] != 6) return refuse(e);
    if (code[prefix] == 0x8b) e->frame->rax = prefix ? device : (uint32_t)device;
    else if (code[prefix] == 0x89) device = 2 * (prefix ? e->frame->rax : (uint32_t)e->frame->rax);
    else return refuse(e);
    exit_skip(e, prefix + 2);
    return CARRIES_ON;
}

static uint64_t answer(struct exit *e)
{
    switch (e->kind) {
    case EXIT_CPUID: return answer_cpuid(e);
    case EXIT_HLT: exit_skip(e, e->length); return CARRIES_ON;
    case EXIT_IN: case EXIT_OUT: return answer_port(e);
    case EXIT_RDMSR: case EXIT_WRMSR: return answer_msr(e);
    case EXIT_READ: case EXIT_WRITE: case EXIT_FETCH: return answer_memory(e);
    default: exit_raise(e, UNDEFINED); return CARRIES_ON;
    }
}

void guest_main(const struct subject_info *info)
{
    is_vmx = info->call == INFO_CALL_VMCALL;
    exit_serve(info, answer);
}
