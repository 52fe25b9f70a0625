/* SPDX-License-Identifier: Apache-2.0 */
/* Virtual CPUs on AMD SVM: AMD64 APM volume 2, chapter 15. Lengths come from the exit or from the one encoding that exits. */
#include "channels/info.h"
#include "channels/monitor.h"
#include "core/compiler.h"
#include "core/status.h"
#include "x86/svm.h"

/* Lengths of intercepted instructions that the exit does not give. A subject that adds prefixes harms itself alone. */
enum { LENGTH_CPUID = 2, LENGTH_HLT = 1, LENGTH_VMMCALL = 3 };

/* ---- exits ---- */
static void inject_gp(struct vcpu *c)
{
    c->vmcb->event_injection = VMCB_EVENT_VALID | VMCB_EVENT_ERROR_VALID | VMCB_EVENT_EXCEPTION | 13;
}

/*
 * 15.7.1: a CPU that saves the next instruction's place does so at each exit that an instruction is the cause of, whatever its
 * prefixes; one that does not leaves the field as it is, zero. The shadow of STI or MOV to SS ends with the instruction that is
 * skipped, 15.21.5: else after STI and HLT the interrupt that was waited for would not come before another instruction, a CLI.
 */
static void skip(struct vmcb *v, uint32_t length)
{
    v->interrupt_shadow = 0;
    v->rip += length;
    __asm__("" : "+m"(v->rip));        /* added in place: three instructions fewer than a choice between both */
    if (v->next_rip != 0) v->rip = v->next_rip;
}

static bool serve_call(struct vcpu *c, struct vmcb *v)
{
    skip(v, LENGTH_VMMCALL);
    return vcpu_call(c, v->cpl != 0);
}

/* Nested page fault, 15.25.6: bit 1 write, bit 4 instruction fetch. */
static uint64_t nested_access(uint64_t info)
{
    return info & 16 ? IMAGE_EXECUTE : info & 2 ? IMAGE_WRITE : IMAGE_READ;
}

/* An interrupt that was being delivered when the exit came is delivered again, 15.7.2. Software ones are executed again. */
static void redeliver(struct vmcb *v)
{
    if ((v->exit_event & VMCB_EVENT_VALID) && (v->exit_event & VMCB_EVENT_TYPE) != VMCB_EVENT_SOFTWARE) {
        v->event_injection = v->exit_event;
    }
}

static void show(const struct vcpu *c, uint64_t *values, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) values[i] = *(const uint64_t *)((const uint8_t *)c->vmcb + vcpu_fields[i]);
}

static void take(struct vcpu *c, const uint64_t *values, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        uint64_t *here = (uint64_t *)((uint8_t *)c->vmcb + vcpu_fields[i]);
        *here ^= (*here ^ values[i]) & vcpu_may[i];
    }
    if (count <= MONITOR_FIELDS_FEW) return;
    c->vmcb->tlb_control = VMCB_TLB_FLUSH;
    vcpu_flushed(c);
}

static APART bool serve_exit(struct vcpu *c)
{
    struct vmcb *v = c->vmcb;
    uint32_t code = (uint32_t)v->exit_code;
    switch (code) {
    case VMEXIT_INTR:
    case VMEXIT_NMI:
        redeliver(v);
        return vcpu_interrupt(c);
    case VMEXIT_MACHINE_CHECK:
    case VMEXIT_INIT:                 /* stays pending: this CPU is wanted back by its platform */
        core_panic("machine check or INIT", __FILE_NAME__, __LINE__);
    case VMEXIT_SHUTDOWN:
    case VMEXIT_INVALID:
        return subject_fault(c->subject, IMAGE_RULE_FAULT, code, 0);
    default:
        break;
    }
    if (c->has_monitor) {
        redeliver(v);
        return subject_wait(c->subject, WAIT_FOR_MONITOR);
    }
    switch (code) {
    case VMEXIT_CPUID:
        skip(v, LENGTH_CPUID);
        return vcpu_cpuid(c);
    case VMEXIT_HLT:
        skip(v, LENGTH_HLT);
        return subject_wait(c->subject, WAIT_FOR_INTERRUPT);
    case VMEXIT_IOIO:                 /* 15.10.2: port in bits 31 to 16 */
        return vcpu_refuse(c, IMAGE_RULE_PORT, v->exit_info1 >> 16 & 0xffff, v->exit_info1 & 1 ? IMAGE_READ : IMAGE_WRITE);
    case VMEXIT_MSR:
        return vcpu_refuse(c, IMAGE_RULE_MSR, (uint32_t)c->rcx, v->exit_info1 & 1 ? IMAGE_WRITE : IMAGE_READ);
    case VMEXIT_CR_WRITE_FIRST ... VMEXIT_CR_WRITE_LAST:
    case VMEXIT_DR_FIRST ... VMEXIT_DR_LAST:
        return vcpu_refuse(c, IMAGE_RULE_REGISTER, code, 0);
    case VMEXIT_NPF:
        return vcpu_refuse(c, IMAGE_RULE_MEMORY, v->exit_info2, nested_access(v->exit_info1));
    default:                          /* exceptions that would loop; instructions */
        if (code < VMEXIT_INTR || code >= 0x100) return subject_fault(c->subject, IMAGE_RULE_FAULT, code, 0);
        return vcpu_refuse(c, IMAGE_RULE_INSTRUCTION, code, 0);
    }
}

/* ---- virtual interrupts ---- */
/* An offer that is gone from the VMCB was taken; any other is an event again. */
static APART void withdraw_offer(struct vcpu *c)
{
    uint8_t event = c->offered - 32;
    if (c->vmcb->interrupt & VMCB_V_IRQ) event_return(c->subject, 1ull << event);
    else c->taken = event;
    c->vmcb->interrupt &= VMCB_V_INTR_MASKING | VMCB_V_TPR;
    c->offered = 0;
}

/* The bit goes with the offer: what is raised once the subject has taken it is another event. */
void svm_offer(struct vcpu *c)
{
    c->offered = 32 + vcpu_next_event(c);
    c->vmcb->interrupt = (c->vmcb->interrupt & VMCB_V_TPR) | VMCB_V_INTR_MASKING | VMCB_V_IRQ | VMCB_V_PRIORITY |
                         VMCB_V_IGNORE_TPR | VMCB_V_VECTOR(c->offered);
}

/* An offer is looked at before the exit that ended it is served. */
static APART bool serve_others(struct vcpu *c, struct vmcb *v)
{
    if (c->offered != 0) withdraw_offer(c);
    return (uint32_t)v->exit_code == VMEXIT_VMMCALL ? serve_call(c, v) : serve_exit(c);
}

/* What this calls does not return here: the short path needs no frame. */
bool svm_exit(struct vcpu *c)
{
    struct vmcb *v = c->vmcb;
    v->event_injection = 0;
    v->tlb_control = VMCB_TLB_KEEP;
    if ((uint32_t)v->exit_code == VMEXIT_VMMCALL && c->offered == 0) return serve_call(c, v);
    return serve_others(c, v);
}

/* The flush that a new life's control block asks for comes with the first entry: 15.16.1. svm_run() switches all else. */
static void change(struct vcpu *to)
{
    if (to->vmcb->tlb_control == VMCB_TLB_FLUSH) vcpu_flushed(to);
}

STARTUP_CONST const struct backend svm_backend = {
    change, svm_run, inject_gp, show, take, svm_take_interrupts, svm_sleep, SVM_VCPU_PAGES, 0, INFO_CALL_VMMCALL
};
