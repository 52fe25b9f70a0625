/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between the kernel and a subject's monitor: the page in the monitor's own memory where the kernel leaves what the subject
 * did, and where the monitor leaves its answer. The monitor begins at its entry when its subject first does what needs one;
 * each resume ends its turn, and it goes on behind that call at the next exit.
 *
 * General registers are always shown and always taken over. Of the fields the monitor says how many it wants to see at the next
 * exit and how many it has set; from a field the kernel takes over only the bits that keep the subject confined, and what the
 * processor then refuses is the subject's fault. What the fields mean differs between SVM and VMX: the info page's `call` says
 * which one it is.
 *
 * A monitor may ask to be woken at an instant: its subject is left then, if nothing else happens before, with the processor's
 * reason for an interrupt or a timer. The instant stands in the frame for as long as the monitor wants it; one that is past and
 * still stands there is due at once. Nobody else's windows begin or end otherwise for that.
 *
 * Of SVM MONITOR_SVM_INTERRUPT is the virtual interrupt (15.21): the subject takes it as soon as it can, and V_IRQ is clear
 * from then on. An event of a channel of the subject's own takes its place.
 *
 * VMX has none: MONITOR_VMX_EVENT is taken at once, for which the subject must be able to take it (27.3.1.5). By two bits of
 * MONITOR_VMX_CONTROLS the monitor has its turn as soon as that is so: the interrupt window and the NMI window (25.6.2). Nor
 * has a monitor there SYSCALL, or its registers (STAR, LSTAR, CSTAR, SFMASK, and KERNEL_GS_BASE but for SWAPGS).
 *
 * A subject's breakpoints are its monitor's to set: DR0 to DR3 stand in the frame, from where an answer with more than the
 * first few fields has them, and each turn in a window; DR7 is a field. They break for it alone, and every debug exception is
 * an exit.
 *
 * On VMX an NMI that an exit interrupted on its way stands in MONITOR_VMX_EVENT: to give it again the monitor clears the mask
 * of NMIs in MONITOR_VMX_SHADOW, or the entry is refused.
 *
 * Of SVM a segment is the control block's: selector | attributes << 16 | limit << 32, then the base.
 */
#pragma once

#include <assert.h>
#include <stdint.h>

#define MONITOR_FRAME 0x1000u         /* where the page lies in the monitor's memory */
#define MONITOR_SUBJECT 0x80000000ull /* where the monitor sees its subject's memory, which begins at the subject's address 0 */

/* Both begin with what most exits need; more than these cost a TLB flush. */
#define MONITOR_FIELDS_FEW 10u

enum monitor_svm {                    /* of the control block: AMD64 APM volume 2, appendix B */
    MONITOR_SVM_RIP, MONITOR_SVM_SHADOW,          /* set by most answers */
    MONITOR_SVM_REASON, MONITOR_SVM_INFO1, MONITOR_SVM_INFO2,     /* and read for them */
    MONITOR_SVM_EVENT, MONITOR_SVM_INTERRUPT, MONITOR_SVM_RFLAGS, MONITOR_SVM_RSP, MONITOR_SVM_NEXT_RIP, MONITOR_SVM_EXIT_EVENT,
    MONITOR_SVM_CR0, MONITOR_SVM_CR2, MONITOR_SVM_CR3, MONITOR_SVM_CR4, MONITOR_SVM_EFER, MONITOR_SVM_DR6, MONITOR_SVM_DR7,
    MONITOR_SVM_SEGMENTS,             /* two each: ES, CS, SS, DS, FS, GS, GDTR, LDTR, IDTR, TR */
    MONITOR_SVM_CPL = MONITOR_SVM_SEGMENTS + 20,  /* in bits 31 to 24 */
    MONITOR_SVM_SYSTEM_CALL,          /* STAR, LSTAR, CSTAR, SFMASK, KERNEL_GS_BASE, SYSENTER_CS, SYSENTER_ESP, SYSENTER_EIP */
    MONITOR_SVM_PAT = MONITOR_SVM_SYSTEM_CALL + 8,
    MONITOR_SVM_READS,                /* what exits if the monitor says so: reads of CR0 and CR4, bits 0 and 4, */
    MONITOR_SVM_INTERCEPTS,           /* and IRET, bit 20 */
    MONITOR_SVM_FIELDS
};

enum monitor_vmx {                    /* of the control structure: Intel SDM volume 3, appendix B */
    MONITOR_VMX_RIP, MONITOR_VMX_SHADOW,
    MONITOR_VMX_REASON, MONITOR_VMX_QUALIFICATION, MONITOR_VMX_LENGTH, MONITOR_VMX_PHYSICAL,
    MONITOR_VMX_EVENT, MONITOR_VMX_ERROR, MONITOR_VMX_RFLAGS, MONITOR_VMX_CONTROLS,
    MONITOR_VMX_RSP, MONITOR_VMX_EXIT_EVENT, MONITOR_VMX_INSTRUCTION,
    MONITOR_VMX_CR0, MONITOR_VMX_CR0_SHADOW, MONITOR_VMX_CR3, MONITOR_VMX_CR4, MONITOR_VMX_CR4_SHADOW,
    MONITOR_VMX_EFER, MONITOR_VMX_ENTRY_CONTROLS, MONITOR_VMX_DR7,
    MONITOR_VMX_SELECTORS,            /* ES, CS, SS, DS, FS, GS, LDTR, TR; likewise: */
    MONITOR_VMX_LIMITS = MONITOR_VMX_SELECTORS + 8,           /* and GDTR, IDTR */
    MONITOR_VMX_RIGHTS = MONITOR_VMX_LIMITS + 10,
    MONITOR_VMX_BASES = MONITOR_VMX_RIGHTS + 8,               /* and GDTR, IDTR */
    MONITOR_VMX_SYSENTER_CS = MONITOR_VMX_BASES + 10, MONITOR_VMX_SYSENTER_ESP, MONITOR_VMX_SYSENTER_EIP,
    MONITOR_VMX_PENDING_DEBUG, MONITOR_VMX_PAT, MONITOR_VMX_PDPTES,
    MONITOR_VMX_FIELDS = MONITOR_VMX_PDPTES + 4
};

#define MONITOR_FIELDS_MAX 72u

enum monitor_way {
    MONITOR_SHOW,                     /* fields that the monitor wants to see at the next exit */
    MONITOR_TAKE                      /* fields that it has set */
};

struct monitor_frame {
    uint32_t counts[2];               /* by enum monitor_way, from the first field on */
    uint64_t alarm;                   /* TSC instant at which the monitor wants its turn; 0: at none */
    uint64_t debug[4];                /* DR0 to DR3 of the subject */
    uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15;
    uint64_t fields[MONITOR_FIELDS_MAX];
};

static_assert(MONITOR_SVM_FIELDS <= MONITOR_FIELDS_MAX && MONITOR_VMX_FIELDS <= MONITOR_FIELDS_MAX, "all are shown");
static_assert(sizeof(struct monitor_frame) <= 4096, "one page");
