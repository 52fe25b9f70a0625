/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual machine control structure: Intel SDM volume 3, appendix B (fields), chapter 25 (controls), appendix C (exits). */
#pragma once

#include "x86/x86.h"

enum vmcs_field {
    VMCS_VPID = 0x0000, VMCS_GUEST_ES = 0x0800, VMCS_HOST_ES = 0x0c00, VMCS_HOST_CS = 0x0c02, VMCS_HOST_SS = 0x0c04,
    VMCS_HOST_DS = 0x0c06, VMCS_HOST_FS = 0x0c08, VMCS_HOST_GS = 0x0c0a, VMCS_HOST_TR = 0x0c0c,
    VMCS_IO_MAP_A = 0x2000, VMCS_IO_MAP_B = 0x2002, VMCS_MSR_MAP = 0x2004, VMCS_EPT = 0x201a, VMCS_GUEST_PHYSICAL = 0x2400,
    VMCS_LINK = 0x2800, VMCS_GUEST_DEBUGCTL = 0x2802, VMCS_GUEST_PAT = 0x2804, VMCS_GUEST_EFER = 0x2806,
    VMCS_GUEST_PDPTES = 0x280a, VMCS_HOST_PAT = 0x2c00, VMCS_HOST_EFER = 0x2c02,
    VMCS_PIN_CONTROLS = 0x4000, VMCS_CONTROLS = 0x4002, VMCS_EXCEPTIONS = 0x4004, VMCS_PAGE_FAULT_MASK = 0x4006,
    VMCS_PAGE_FAULT_MATCH = 0x4008, VMCS_CR3_TARGETS = 0x400a, VMCS_EXIT_CONTROLS = 0x400c, VMCS_EXIT_MSR_STORES = 0x400e,
    VMCS_EXIT_MSR_LOADS = 0x4010, VMCS_ENTRY_CONTROLS = 0x4012, VMCS_ENTRY_MSR_LOADS = 0x4014, VMCS_ENTRY_EVENT = 0x4016,
    VMCS_ENTRY_ERROR = 0x4018, VMCS_CONTROLS_2 = 0x401e, VMCS_INSTRUCTION_ERROR = 0x4400, VMCS_EXIT_REASON = 0x4402,
    VMCS_EXIT_EVENT = 0x4404, VMCS_VECTORING = 0x4408, VMCS_VECTORING_ERROR = 0x440a, VMCS_EXIT_LENGTH = 0x440c,
    VMCS_EXIT_INSTRUCTION = 0x440e, VMCS_GUEST_ES_LIMIT = 0x4800, VMCS_GUEST_GDTR_LIMIT = 0x4810,
    VMCS_GUEST_IDTR_LIMIT = 0x4812, VMCS_GUEST_ES_RIGHTS = 0x4814, VMCS_GUEST_CS_RIGHTS = 0x4816,
    VMCS_GUEST_SS_RIGHTS = 0x4818, VMCS_GUEST_SHADOW = 0x4824, VMCS_GUEST_ACTIVITY = 0x4826, VMCS_GUEST_SYSENTER_CS = 0x482a,
    VMCS_TIMER = 0x482e, VMCS_HOST_SYSENTER_CS = 0x4c00,
    VMCS_CR0_MASK = 0x6000, VMCS_CR4_MASK = 0x6002, VMCS_CR0_SHADOW = 0x6004, VMCS_CR4_SHADOW = 0x6006,
    VMCS_QUALIFICATION = 0x6400, VMCS_GUEST_CR0 = 0x6800, VMCS_GUEST_CR3 = 0x6802, VMCS_GUEST_CR4 = 0x6804,
    VMCS_GUEST_ES_BASE = 0x6806, VMCS_GUEST_GDTR_BASE = 0x6816, VMCS_GUEST_IDTR_BASE = 0x6818, VMCS_GUEST_DR7 = 0x681a,
    VMCS_GUEST_RSP = 0x681c, VMCS_GUEST_RIP = 0x681e, VMCS_GUEST_RFLAGS = 0x6820, VMCS_GUEST_PENDING_DEBUG = 0x6822,
    VMCS_GUEST_SYSENTER_ESP = 0x6824, VMCS_GUEST_SYSENTER_EIP = 0x6826, VMCS_GUEST_S_CET = 0x6828, VMCS_GUEST_SSP = 0x682a,
    VMCS_GUEST_SSP_TABLE = 0x682c, VMCS_HOST_CR0 = 0x6c00, VMCS_HOST_CR3 = 0x6c02, VMCS_HOST_CR4 = 0x6c04,
    VMCS_HOST_FS_BASE = 0x6c06, VMCS_HOST_GS_BASE = 0x6c08, VMCS_HOST_TR_BASE = 0x6c0a, VMCS_HOST_GDTR = 0x6c0c,
    VMCS_HOST_IDTR = 0x6c0e, VMCS_HOST_SYSENTER_ESP = 0x6c10, VMCS_HOST_SYSENTER_EIP = 0x6c12, VMCS_HOST_RSP = 0x6c14,
    VMCS_HOST_RIP = 0x6c16, VMCS_HOST_S_CET = 0x6c18, VMCS_HOST_SSP = 0x6c1a, VMCS_HOST_SSP_TABLE = 0x6c1c
};

/* Events: entry, exit and vectoring information, 25.8.3, 25.9.2, 25.9.3. */
#define VMCS_EVENT_VALID (1u << 31)
#define VMCS_EVENT_ERROR_VALID (1u << 11)
#define VMCS_EVENT_TYPE (7u << 8)
#define VMCS_EVENT_NMI (2u << 8)
#define VMCS_EVENT_EXCEPTION (3u << 8)
#define VMCS_EVENT_SOFTWARE (4u << 8)             /* and above: executed again */

/* In VMCS_CONTROLS: an exit as soon as the subject can take an interrupt, an NMI; 25.6.2. */
#define VMCS_INTERRUPT_WINDOW (1u << 2)
#define VMCS_NMI_WINDOW (1u << 22)
#define VMCS_SHADOW_STI_MOVSS 3u                  /* in VMCS_GUEST_SHADOW */
#define VMCS_SHADOW_NMI 8u
#define VMCS_REASON_ENTRY_FAILED (1u << 31)

enum vmcs_exit {
    VMX_EXIT_EXCEPTION = 0, VMX_EXIT_INTERRUPT = 1, VMX_EXIT_TRIPLE_FAULT = 2, VMX_EXIT_INIT = 3, VMX_EXIT_WINDOW = 7,
    VMX_EXIT_CPUID = 10, VMX_EXIT_HLT = 12, VMX_EXIT_VMCALL = 18, VMX_EXIT_CR = 28, VMX_EXIT_DR = 29, VMX_EXIT_IO = 30,
    VMX_EXIT_RDMSR = 31, VMX_EXIT_WRMSR = 32, VMX_EXIT_EPT_VIOLATION = 48, VMX_EXIT_EPT_MISCONFIGURED = 49, VMX_EXIT_TIMER = 52
};

/* What a subject's VMCS is written to when a life begins. */
struct vmx_field { uint64_t field, value; };

/* Beside struct vcpu, in its page: what VMX does not switch and what the backend remembers. vmx_enter.S knows offsets. */
struct vmx_state {
    uint64_t region;                  /* physical address of the VMCS */
    uint64_t cr2, kernel_gs;
    uint64_t *switched;               /* its system call registers; null: it has none yet */
    uint64_t own[VMX_SWITCHED];
    const struct vmx_field *fields;
    uint32_t field_count;
    uint8_t written;                  /* the fields are in the VMCS */
    uint8_t window;                   /* the kernel has asked for an exit as soon as the subject can take an interrupt */
};
static_assert(sizeof(struct vcpu) == 0x2c0 && offsetof(struct vmx_state, switched) == 0x18, "known to assembler");

static inline uint64_t vmx_read(uint64_t field)
{
    uint64_t value;
    __asm__ volatile("vmread %1, %0" : "=r"(value) : "r"(field) : "cc");
    return value;
}

static inline void vmx_write(uint64_t field, uint64_t value)
{
    __asm__ volatile("vmwrite %1, %0" : : "r"(field), "r"(value) : "cc", "memory");
}

/* Enters the subject; after each exit saves its registers and asks vmx_exit(); returns once that says no. vmx_enter.S */
struct vcpu *vmx_run(struct vcpu *vcpu);
/* Before the entry of a subject for which an event has been raised. vmx.c */
void vmx_offer(struct vcpu *vcpu);
/* Serves an exit other than most calls; whether to enter again. vmx.c */
bool vmx_exit(struct vcpu *vcpu, uint32_t reason);
/* Before the entry of a subject whose system call registers are not the CPU's. vmx.c */
void vmx_switch_calls(struct vcpu *vcpu);
/* The processor has refused an entry outright. vmx.c */
bool vmx_refused(struct vcpu *vcpu);
extern const char vmx_exit_entry[];

/* After an exit by NMI others stay blocked until IRET. */
void vmx_unblock_nmi(void);
uint32_t vmx_take_interrupts(void);
void vmx_sleep(void);
/* Start-up: the TSC counts 2 to the power of `timer_rate` for each step of the preemption timer; VMX's map of MSRs. */
void vmx_set(uint8_t timer_rate, const uint8_t *msr_map);
