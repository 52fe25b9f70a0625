/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the x86-64 architecture share among themselves. Start-up functions are in x86/boot.h. */
#ifndef X86_X86_H
#define X86_X86_H

#include <stdbool.h>
#include <stdint.h>
#include "x86/vmcb.h"

#define STACK_SIZE 8192u              /* a CPU's stack, aligned to its size; its lowest word holds the CPU's index */

/* A subject's processor state that VMRUN does not switch. One page of the pool each; offsets are known to enter.S. */
struct vcpu {
    uint64_t rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15;
    struct vmcb *vmcb;
    uint16_t subject;
    uint8_t offered;                  /* vector of the virtual interrupt that is offered; 0: none */
    uint8_t taken;                    /* the event that was taken last */
    uint8_t padding[4];
    uint8_t fpu[512];                 /* FXSAVE image */
};
#define VCPU_PAGES 2u                 /* a virtual CPU and, in the page behind, its control block */

/* Enters the subject; after each exit saves its registers and asks svm_exit(); returns once that says no. enter.S */
void svm_run(struct vcpu *vcpu, struct vmcb *vmcb);
/* Serves an exit; whether to enter again. svm.c */
bool svm_exit(struct vcpu *vcpu);

/* Takes the interrupt that is pending; sleeps until one is. Handlers only acknowledge. trap.S */
void x86_take_interrupt(void);
void x86_sleep(void);

/* Interrupt and segment descriptor tables of the resident kernel. trap.S */
extern const uint64_t gdt[3];
struct idt_gate { uint64_t low, high; };
extern struct idt_gate idt[256];
extern const char trap_entries[], trap_interrupt[], trap_spurious[], trap_nmi[];

/* Local APIC, memory-mapped: APM 16.3. */
#define APIC_BASE 0xfee00000ull
enum apic_register {
    APIC_ID = 0x20, APIC_TASK_PRIORITY = 0x80, APIC_EOI = 0xb0, APIC_SPURIOUS = 0xf0, APIC_ICR_LOW = 0x300, APIC_ICR_HIGH = 0x310, APIC_LVT_TIMER = 0x320,
    APIC_LVT_THERMAL = 0x330, APIC_LVT_PERFORMANCE = 0x340,
    APIC_LVT_LINT0 = 0x350, APIC_LVT_LINT1 = 0x360, APIC_LVT_ERROR = 0x370, APIC_TIMER_INITIAL = 0x380, APIC_TIMER_CURRENT = 0x390,
    APIC_TIMER_DIVIDE = 0x3e0
};

static inline void apic_write(uint32_t reg, uint32_t value)
{
    *(volatile uint32_t *)(APIC_BASE + reg) = value;
}

static inline uint32_t apic_read(uint32_t reg)
{
    return *(volatile uint32_t *)(APIC_BASE + reg);
}

/* Timer ticks for a TSC difference, as a 32.32 fraction; set by start-up. apic.c */
void apic_set_ratio(uint64_t ratio);

/* Stops this CPU for good if another one has asked for that; asks all others, without waiting. apic.c */
void x86_stop_if_asked(void);
void x86_stop_all(void);

/* vCPUs by subject; set by start-up. svm.c */
void svm_set_vcpu(struct vcpu *vcpu, const struct vcpu *reset_to);

/* Last steps of start-up, in resident code. handover.c */
struct enter_plan {
    uint64_t root;                    /* physical address of the kernel's final page tables */
    uint64_t *boot_entries;           /* their entries that map the start-up code */
    uint64_t boot_pages;
};
_Noreturn void enter_first(const struct enter_plan *plan, uint64_t stack_top);
_Noreturn void enter_other(uint64_t root, uint64_t stack_top);
/* CPUs that have left the start-up code. */
uint32_t enter_count(void);

#endif
