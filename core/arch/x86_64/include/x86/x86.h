/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of the x86-64 architecture share among themselves, and with it what the core asks of them. Start-up functions
 * are in boot/boot.h.
 */
#pragma once

#include <stddef.h>
#include "core/arch.h"
#include "core/subject.h"
#include "x86/cpu.h"

#define STACK_SIZE 8192u              /* a CPU's stack, aligned to its size; struct x86_cpu lies lowest */
/* Below it as much again: a page that is not mapped and, lowest, the stack for double faults, with the CPU's index likewise. */
#define FAULT_STACK_SIZE 4096u

/*
 * A subject's processor state that entering and leaving does not switch. One page of the pool each; enter.h and *_enter.S know
 * offsets.
 */
/*
 * What keeps a subject that is given time from the short way, by which its FPU state alone is loaded: it has not been brought
 * in since its life began; its monitor has set an alarm or may have set DR7, or it is that monitor.
 */
enum vcpu_loads { LOADS_ALL = 1, LOADS_MORE = 2 };
struct vcpu {
    uint64_t *rax;                    /* wherever it is */
    union {
        struct vmcb *vmcb;
        struct vmx_state *vmx;
    };
    uint32_t subject;
    uint32_t flushed;                 /* the change of its page tables for which the TLB was flushed last */
    uint32_t injects;                 /* bit r: what rule r refuses is an exception to the subject, else a fault */
    uint32_t peer;                    /* the subject's monitor, the monitor's subject */
    bool has_monitor;
    uint8_t offered;                  /* SVM: vector of the virtual interrupt that is offered; 0: none */
    uint8_t taken;                    /* the event that was taken last */
    uint8_t priority;                 /* PRIORITY_ALL: it has device interrupts; else PRIORITY_KERNEL */
    uint8_t loads;                    /* enum vcpu_loads, or 0 */
    const uint64_t *alarm;            /* when the monitor wants its turn: its frame's word; 0: it does not, or there is none */
    uint64_t rax_here;                /* VMX; SVM keeps it in the control block */
    uint64_t rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15;
    struct vcpu *next;                /* to whom it has given its time, now that it is left; null: nobody */
    struct monitor_frame *frame;      /* of a subject and of its monitor; 0: it is neither */
    uint64_t host;                    /* SVM: what the kernel's CPU has of the registers that VMLOAD loads, physical */
    uint8_t fpu[512];                 /* FXSAVE image */
};
static_assert(offsetof(struct vcpu, fpu) % 16 == 0, "FXSAVE");

/* Index of the event that a subject is given next, of those that have been raised for it; it is cleared. vcpu.c */
uint8_t vcpu_next_event(struct vcpu *vcpu);
/* Exits that both backends serve alike; whether to enter again. The instruction is already skipped. vcpu.c */
bool vcpu_cpuid(struct vcpu *vcpu);
bool vcpu_user_call(struct vcpu *vcpu);
bool vcpu_refuse(struct vcpu *vcpu, uint32_t rule, uint64_t value, uint64_t other);
bool vcpu_interrupt(struct vcpu *vcpu);
bool vcpu_due(struct vcpu *vcpu);     /* left for time, or for another CPU */
/*
 * Once a subject is left and all its registers are put away: to whom it hands over, if that one can go on; else itself. The
 * two can go on so for as long as no interrupt is due: whoever is entered then leaves at once, and hands nothing over.
 */
struct vcpu *vcpu_hand_over(struct vcpu *vcpu);

/*
 * What a monitor is shown of its subject beside the general registers, in the order of channels/monitor.h, and which bits of it
 * are taken over from the monitor: all others stay what they were. Set by start-up.
 */
extern uint64_t vcpu_fields[];        /* SVM: offset in the control block; VMX: encoding */
extern uint64_t vcpu_may[];
extern uint32_t vcpu_field_count;
/* The alarm of a subject without a monitor. */
extern uint64_t vcpu_no_alarm;

/* The kernel's shortest path: no function of its own. `user`: the subject's CPL was not 0. */
static inline bool vcpu_call(struct vcpu *vcpu, bool user)
{
    if (__builtin_expect(user, false)) return vcpu_user_call(vcpu);
    uint64_t call = *vcpu->rax, a0 = vcpu->rdi, a1 = vcpu->rsi, a2 = vcpu->rdx;
    __asm__("" : "+r"(call), "+r"(a0), "+r"(a1), "+r"(a2), "+r"(vcpu));       /* the subject last, in place of the pointer */
    return subject_call(vcpu->subject, call, a0, a1, a2);
}

/* ---- the two ways to run subjects: one is chosen at start-up, the other's code is erased ---- */
struct backend {
    void (*change)(struct vcpu *to);              /* makes its control block the present one */
    struct vcpu *(*run)(struct vcpu *vcpu);       /* as arch_vcpu_run(); returns whom it entered last */
    void (*inject_gp)(struct vcpu *vcpu);
    /* The first `count` of vcpu_fields: shows them, or takes them over, and flushes for more than a few. */
    void (*show)(const struct vcpu *vcpu, uint64_t *values, uint64_t count);
    void (*take)(struct vcpu *vcpu, const uint64_t *values, uint64_t count);
    uint32_t (*take_interrupts)(void);            /* lets in what is pending; 0: nothing but events */
    void (*sleep)(void);                          /* until an interrupt, one that is pending included */
    uint32_t vcpu_pages;                          /* of the pages from struct vcpu on, those that a reset restores */
    uint32_t kick;                                /* ICR_NMI: a second signal that kicks the core; 0: none */
    uint32_t call;                                /* enum info_call */
};
extern struct backend backend;                    /* set by start-up, read-only afterwards. vcpu.c */
extern const struct backend svm_backend, vmx_backend;

/* Said where the TLB is flushed of what it holds of a subject, before it is entered. vcpu.c */
void vcpu_flushed(struct vcpu *vcpu);
void vcpu_set(struct vcpu *vcpu, const struct vcpu *reset_to);

/* Interrupt and segment descriptor tables of the resident kernel. trap.S */
extern const uint64_t gdt[3];
struct idt_gate { uint64_t low, high; };
extern struct idt_gate idt[256];
#define TRAP_OTHERS 22u               /* exceptions from here on have one entry */
extern const char trap_entries[], trap_interrupt[], trap_event[], trap_device[], trap_spurious[], trap_nmi[], vmx_nmi[];

/* memory.c; the compiler knows them by these names. */
void *memset(void *to, int byte, size_t size);
void *memcpy(void *restrict to, const void *restrict from, size_t size);

/* Local APIC, memory-mapped: APM 16.3. */
#define APIC_BASE 0xfee00000ull
enum apic_register {
    APIC_ID = 0x20, APIC_TASK_PRIORITY = 0x80, APIC_EOI = 0xb0, APIC_SPURIOUS = 0xf0, APIC_ICR_LOW = 0x300,
    APIC_ICR_HIGH = 0x310, APIC_LVT_TIMER = 0x320, APIC_LVT_THERMAL = 0x330, APIC_LVT_PERFORMANCE = 0x340,
    APIC_LVT_LINT0 = 0x350, APIC_LVT_LINT1 = 0x360, APIC_LVT_ERROR = 0x370, APIC_TIMER_INITIAL = 0x380,
    APIC_TIMER_CURRENT = 0x390, APIC_TIMER_DIVIDE = 0x3e0
};

static inline void apic_write(uint32_t reg, uint32_t value)
{
    *(volatile uint32_t *)(APIC_BASE + reg) = value;
}

static inline uint32_t apic_read(uint32_t reg)
{
    return *(volatile uint32_t *)(APIC_BASE + reg);
}

#define ICR_NMI 0x400u
/* To another CPU, by the interrupt command register: APM 16.5. apic.c */
void apic_send(uint32_t cpu, uint32_t command);

/* What each CPU has of its own, at the lowest address of its stack. trap.S and vmx_enter.S know offsets. */
struct x86_cpu {
    uint32_t index;
    uint32_t kicked;                  /* VMX: an NMI came that nobody has looked at */
    struct vcpu *loaded;              /* whose state it has of what entering and leaving does not switch; null: nobody's */
    struct x86_device {               /* whose device interrupts it has: set by start-up */
        uint32_t *events;             /* the upper half of its subject's event word */
        uint32_t lines;               /* that are that subject's, one bit each */
    } device;
    uint64_t timer_end;               /* TSC instant for which the timer is armed, below 2^32 ticks ahead; UINT64_MAX: none */
    uint64_t *system_calls;           /* VMX: whose system call registers it has; null: zeros */
    uint64_t run_stack;               /* VMX: where the stack is when subjects are entered */
};
static_assert(offsetof(struct x86_cpu, device) == 0x10 && offsetof(struct x86_cpu, timer_end) == 0x20, "known to assembler");

static inline struct x86_cpu *x86_cpu(void)
{
    uint64_t rsp;
    __asm__("mov %%rsp, %0" : "=r"(rsp));
    return (struct x86_cpu *)(rsp & ~(uint64_t)(STACK_SIZE - 1));
}

/* Arms the timer for `instant`, if that is earlier than the instant it is armed for; 0: leaves it. */
static inline void apic_timer_advance(uint64_t instant)
{
    if (instant - 1 < x86_cpu()->timer_end) arch_timer_arm(instant);
}

/* Timer ticks for a TSC difference, as a 32.32 fraction; set by start-up. apic.c */
extern uint64_t apic_timer_ratio;

/* Stops this CPU for good if another one has asked for that; asks all others, without waiting. apic.c */
void x86_stop_if_asked(void);
void x86_stop_all(void);

/* STAR, LSTAR, CSTAR, SFMASK: VMX does not switch them. */
#define MSR_STAR 0xc0000081u
#define VMX_SWITCHED 4u               /* from there on */
/* Gives the CPU these of a subject, null: zeros, in place of those that it has, which are kept where they belong. vcpu.c */
void vcpu_switch_calls(uint64_t *calls);

/* What arch_flush() does beside filling the return stack; set by start-up. flush.c */
enum flush { FLUSH_PREDICTORS = 1u, FLUSH_L1D = 2u, FLUSH_BUFFERS = 4u };         /* IBPB; L1D_FLUSH; VERW (MD_CLEAR) */
extern uint32_t flush_available;

/* What guards stack frames, another value at each boot. The compiler knows it by this name. panic.c */
extern uint64_t __stack_chk_guard;

/* Last steps of start-up, in resident code. handover.c */
struct code_range {
    uint8_t *start, *end;             /* whole pages */
    uint64_t *entries;                /* of the final page tables, which map it */
};
enum { ERASED_STARTUP, ERASED_BACKEND, ERASED_COUNT };
struct enter_plan {
    uint64_t root;                    /* physical address of the kernel's final page tables */
    struct code_range erased[ERASED_COUNT];
    bool shadow_stacks;
};
_Noreturn void enter_first(const struct enter_plan *plan, uint64_t stack_top);
_Noreturn void enter_other(uint64_t root, uint64_t stack_top);
