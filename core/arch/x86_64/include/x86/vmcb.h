/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual machine control block: AMD64 APM volume 2, appendix B. Only the fields that this kernel uses have names. */
#pragma once

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

struct vmcb_segment {
    uint16_t selector, attributes;
    uint32_t limit;
    uint64_t base;
};

struct vmcb {
    uint32_t intercept_cr;            /* reads in the low half, writes in the high half */
    uint32_t intercept_dr;
    uint32_t intercept_exceptions;
    uint32_t intercept_misc1, intercept_misc2;
    uint8_t reserved_014[0x2c];
    uint64_t iopm, msrpm;             /* physical addresses of the permission maps */
    uint64_t tsc_offset;
    uint32_t asid;
    uint8_t tlb_control;
    uint8_t reserved_05d[3];
    uint64_t interrupt;               /* V_IRQ and its priority, vector and masking */
    uint64_t interrupt_shadow;
    uint64_t exit_code, exit_info1, exit_info2, exit_event;
    uint64_t nested_enable;
    uint8_t reserved_098[0x10];
    uint64_t event_injection;
    uint64_t nested_cr3;
    uint64_t lbr_enable;
    uint32_t clean, reserved_0c4;
    uint64_t next_rip;
    uint8_t reserved_0d0[0x330];
    struct vmcb_segment es, cs, ss, ds, fs, gs, gdtr, ldtr, idtr, tr;
    uint8_t reserved_4a0[0x2b];
    uint8_t cpl;
    uint32_t reserved_4cc;
    uint64_t efer;
    uint8_t reserved_4d8[0x70];
    uint64_t cr4, cr3, cr0, dr7, dr6, rflags, rip;
    uint8_t reserved_580[0x58];
    uint64_t rsp;
    uint8_t reserved_5e0[0x18];
    uint64_t rax;
    uint64_t star, lstar, cstar, sfmask, kernel_gs_base, sysenter_cs, sysenter_esp, sysenter_eip, cr2;
    uint8_t reserved_648[0x20];
    uint64_t pat;
    uint8_t reserved_670[0x990];
};

static_assert(offsetof(struct vmcb, iopm) == 0x40, "APM B");
static_assert(offsetof(struct vmcb, asid) == 0x58, "APM B");
static_assert(offsetof(struct vmcb, exit_code) == 0x70, "APM B");
static_assert(offsetof(struct vmcb, nested_enable) == 0x90, "APM B");
static_assert(offsetof(struct vmcb, event_injection) == 0xa8, "APM B");
static_assert(offsetof(struct vmcb, es) == 0x400, "APM B");
static_assert(offsetof(struct vmcb, cpl) == 0x4cb, "APM B");
static_assert(offsetof(struct vmcb, efer) == 0x4d0, "APM B");
static_assert(offsetof(struct vmcb, cr4) == 0x548, "APM B");
static_assert(offsetof(struct vmcb, rip) == 0x578, "APM B");
static_assert(offsetof(struct vmcb, rsp) == 0x5d8, "APM B");
static_assert(offsetof(struct vmcb, rax) == 0x5f8, "APM B");
static_assert(offsetof(struct vmcb, cr2) == 0x640, "APM B");
static_assert(offsetof(struct vmcb, pat) == 0x668, "APM B");
static_assert(sizeof(struct vmcb) == 4096, "one page");

/* 15.4, 15.30.4, 3.1.7; and what of RFLAGS there is. */
#define MSR_VM_CR 0xc0010114u
#define VM_CR_SVMDIS (1ull << 4)
#define MSR_VM_HSAVE_PA 0xc0010117u
#define EFER_SVME (1ull << 12)
#define RFLAGS_DEFINED 0x3f7fd5ull

/* Intercepts, tables B-1 and 15-7. */
#define VMCB_CR_READ(n) (1u << (n))
#define VMCB_CR_WRITE(n) (1u << (16 + (n)))
#define VMCB_EXCEPTION(n) (1u << (n))
enum vmcb_misc1 {
    VMCB_INTR = 1u << 0, VMCB_NMI = 1u << 1, VMCB_INIT = 1u << 3, VMCB_RDPMC = 1u << 15, VMCB_CPUID = 1u << 18,
    VMCB_IRET = 1u << 20, VMCB_INVD = 1u << 22, VMCB_HLT = 1u << 24, VMCB_INVLPGA = 1u << 26, VMCB_IOIO = 1u << 27,
    VMCB_MSR = 1u << 28,
    VMCB_TASK_SWITCH = 1u << 29, VMCB_FERR_FREEZE = 1u << 30
};
#define VMCB_SHUTDOWN (1u << 31)
enum vmcb_misc2 {
    VMCB_VMRUN = 1u << 0, VMCB_VMMCALL = 1u << 1, VMCB_VMLOAD = 1u << 2, VMCB_VMSAVE = 1u << 3, VMCB_STGI = 1u << 4,
    VMCB_CLGI = 1u << 5, VMCB_SKINIT = 1u << 6, VMCB_ICEBP = 1u << 8, VMCB_WBINVD = 1u << 9, VMCB_MONITOR = 1u << 10,
    VMCB_MWAIT = 1u << 11, VMCB_MWAIT_ARMED = 1u << 12, VMCB_XSETBV = 1u << 13, VMCB_RDPRU = 1u << 14
};

/* Virtual interrupt control, 15.21. */
#define VMCB_V_TPR 0xfull
#define VMCB_V_IRQ (1ull << 8)
#define VMCB_V_PRIORITY (0xfull << 16)
#define VMCB_V_IGNORE_TPR (1ull << 20)
#define VMCB_V_INTR_MASKING (1ull << 24)
#define VMCB_V_VECTOR(v) ((uint64_t)(v) << 32)
/* What of it a subject may have from its monitor: all but V_INTR_MASKING. */
#define VMCB_V_GUEST (VMCB_V_TPR | VMCB_V_IRQ | VMCB_V_PRIORITY | VMCB_V_IGNORE_TPR | VMCB_V_VECTOR(0xff))

#define VMCB_TLB_KEEP 0u
#define VMCB_TLB_FLUSH 1u

/* Event injection and EXITINTINFO, 15.20. */
#define VMCB_EVENT_VALID (1ull << 31)
#define VMCB_EVENT_ERROR_VALID (1ull << 11)
#define VMCB_EVENT_EXCEPTION (3ull << 8)
#define VMCB_EVENT_SOFTWARE (4ull << 8)
#define VMCB_EVENT_TYPE (7ull << 8)

/* Exit codes, appendix C. Some processors give all bits of the one for a state that VMRUN refuses. */
#define VMEXIT_INVALID UINT32_MAX
enum vmcb_exit {
    VMEXIT_CR_WRITE_FIRST = 0x10, VMEXIT_CR_WRITE_LAST = 0x1f, VMEXIT_DR_FIRST = 0x20, VMEXIT_DR_LAST = 0x3f,
    VMEXIT_MACHINE_CHECK = 0x52, VMEXIT_INTR = 0x60, VMEXIT_NMI = 0x61, VMEXIT_INIT = 0x63, VMEXIT_CPUID = 0x72,
    VMEXIT_HLT = 0x78, VMEXIT_IOIO = 0x7b, VMEXIT_MSR = 0x7c, VMEXIT_SHUTDOWN = 0x7f, VMEXIT_VMMCALL = 0x81, VMEXIT_NPF = 0x400
};
