/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Virtual CPUs on AMD SVM: AMD64 APM volume 2, chapter 15. Nothing that a subject can put into its registers or memory is
 * trusted; no guest instruction is decoded: lengths come from the exit or from the one encoding that exits.
 */
#include "channels/info.h"
#include "core/arch.h"
#include "core/core.h"
#include "core/compiler.h"
#include "core/status.h"
#include "core/subject.h"
#include "x86/cpu.h"
#include "x86/x86.h"

/* Lengths of intercepted instructions that the exit does not give. A subject that adds prefixes harms itself alone. */
enum { LENGTH_CPUID = 2, LENGTH_HLT = 1, LENGTH_VMMCALL = 3 };

static SEALED struct vcpu *vcpus[IMAGE_MAX_SUBJECTS];
static SEALED const struct vcpu *fresh[IMAGE_MAX_SUBJECTS];

void svm_set_vcpu(struct vcpu *vcpu, const struct vcpu *reset_to)
{
    vcpus[vcpu->subject] = vcpu;
    fresh[vcpu->subject] = reset_to;
}

/* All of it, the control block's intercepts and maps too: a restart leaves nothing of the life before. */
void arch_vcpu_reset(uint16_t subject)
{
    arch_copy(vcpus[subject], fresh[subject], VCPU_PAGES * PAGE_SIZE);
}

uint32_t arch_call_instruction(void)
{
    return INFO_CALL_VMMCALL;
}

/*
 * FXRSTOR leaves the last x87 instruction and data pointers alone when the image shows no exception (AMD64 APM volume 5, FXRSTOR):
 * a load of our own covers what the subject before left there.
 */
void arch_vcpu_load(uint16_t subject)
{
    static const uint32_t nothing;
    struct vcpu *c = vcpus[subject];
    __asm__ volatile("vmload %0\n\tfnclex\n\temms\n\tfilds %2\n\tfxrstor64 %1" : : "a"(c->vmcb), "m"(c->fpu), "m"(nothing)
                     : "memory");
}

void arch_vcpu_unload(uint16_t subject)
{
    struct vcpu *c = vcpus[subject];
    __asm__ volatile("vmsave %1\n\tfxsave64 %0" : "=m"(c->fpu) : "a"(c->vmcb) : "memory");
}

bool arch_vcpu_answer(uint16_t subject, uint64_t status, uint64_t result)
{
    vcpus[subject]->vmcb->rax = status;
    vcpus[subject]->rdx = result;
    return true;
}

/* ---- exits ---- */
static void inject_gp(struct vmcb *v)
{
    v->event_injection = VMCB_EVENT_VALID | VMCB_EVENT_ERROR_VALID | VMCB_EVENT_EXCEPTION | 13;
}

static bool refuse(struct vcpu *c, uint32_t rule, uint64_t value, uint64_t other)
{
    inject_gp(c->vmcb);
    return subject_exit(c->subject, &(struct arch_exit){ ARCH_EXIT_REFUSED, rule, value, other });
}

static bool fault(struct vcpu *c, uint32_t rule, uint64_t value, uint64_t other)
{
    return subject_exit(c->subject, &(struct arch_exit){ ARCH_EXIT_FAULT, rule, value, other });
}

/* What is not in the subject's table reads as zero. */
static bool serve_cpuid(struct vcpu *c)
{
    const struct policy_tables *policy = core_policy();
    const struct image_subject *s = &policy->subjects[c->subject];
    uint32_t leaf = (uint32_t)c->vmcb->rax, subleaf = (uint32_t)c->rcx;
    c->vmcb->rax = c->rbx = c->rcx = c->rdx = 0;
    for (uint32_t i = s->first_cpuid; i < s->first_cpuid + s->cpuid_count; i++) {
        const struct image_cpuid *e = &policy->cpuids[i];
        if (e->leaf != leaf || e->subleaf != subleaf) continue;
        c->vmcb->rax = e->eax;
        c->rbx = e->ebx;
        c->rcx = e->ecx;
        c->rdx = e->edx;
        break;
    }
    c->vmcb->rip += LENGTH_CPUID;
    return true;
}

static bool serve_call(struct vcpu *c, struct vmcb *v)
{
    v->rip += LENGTH_VMMCALL;
    if (v->cpl != 0 && !subject_admits_user_call(c->subject, v->rax)) return true;
    return subject_call(c->subject, v->rax, c->rdi, c->rsi, c->rdx);
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

static bool serve_interrupt(struct vcpu *c)
{
    x86_take_interrupt();
    x86_stop_if_asked();
    redeliver(c->vmcb);
    return subject_exit(c->subject, &(struct arch_exit){ .kind = ARCH_EXIT_INTERRUPT });
}

static APART bool serve_exit(struct vcpu *c)
{
    struct vmcb *v = c->vmcb;
    uint32_t code = (uint32_t)v->exit_code;
    switch (code) {
    case VMEXIT_INTR:
    case VMEXIT_NMI:
        return serve_interrupt(c);
    case VMEXIT_CPUID:
        return serve_cpuid(c);
    case VMEXIT_HLT:
        v->rip += LENGTH_HLT;
        return subject_exit(c->subject, &(struct arch_exit){ .kind = ARCH_EXIT_WAIT });
    case VMEXIT_IOIO:                 /* 15.10.2: port in bits 31 to 16 */
        return refuse(c, IMAGE_RULE_PORT, v->exit_info1 >> 16 & 0xffff, v->exit_info1 & 1 ? IMAGE_READ : IMAGE_WRITE);
    case VMEXIT_MSR:
        return refuse(c, IMAGE_RULE_MSR, (uint32_t)c->rcx, v->exit_info1 & 1 ? IMAGE_WRITE : IMAGE_READ);
    case VMEXIT_CR_WRITE_FIRST ... VMEXIT_CR_WRITE_LAST:
    case VMEXIT_DR_FIRST ... VMEXIT_DR_LAST:
        return refuse(c, IMAGE_RULE_REGISTER, code, 0);
    case VMEXIT_NPF:
        return fault(c, IMAGE_RULE_MEMORY, v->exit_info2, nested_access(v->exit_info1));
    case VMEXIT_MACHINE_CHECK:
    case VMEXIT_INIT:                 /* stays pending: this CPU is wanted back by its platform */
        core_panic("machine check or INIT", __FILE_NAME__, __LINE__);
    case VMEXIT_SHUTDOWN:
        return fault(c, IMAGE_RULE_FAULT, code, 0);
    default:                          /* exceptions that would loop; a state that VMRUN refuses; instructions */
        if (code < VMEXIT_INTR || code >= 0x100) return fault(c, IMAGE_RULE_FAULT, code, 0);
        return refuse(c, IMAGE_RULE_INSTRUCTION, code, 0);
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

/*
 * Events in turn: those above the last one taken first, so that none is kept out by another that comes more often. The bit goes
 * with the offer: what is raised once the subject has taken it is another event.
 */
static APART bool offer(struct vcpu *c)
{
    uint64_t events = event_peek(c->subject);
    uint64_t above = events & ~((2ull << c->taken) - 1);
    uint8_t event = (uint8_t)__builtin_ctzll(above != 0 ? above : events);
    event_clear(c->subject, 1ull << event);
    c->offered = 32 + event;
    c->vmcb->interrupt = (c->vmcb->interrupt & VMCB_V_TPR) | VMCB_V_INTR_MASKING | VMCB_V_IRQ | VMCB_V_PRIORITY |
                         VMCB_V_IGNORE_TPR | VMCB_V_VECTOR(c->offered);
    return true;
}

bool svm_exit(struct vcpu *c)
{
    struct vmcb *v = c->vmcb;
    v->event_injection = 0;
    v->tlb_control = VMCB_TLB_KEEP;
    if (c->offered != 0) withdraw_offer(c);
    bool again = (uint32_t)v->exit_code == VMEXIT_VMMCALL ? serve_call(c, v) : serve_exit(c);
    return again && (event_peek(c->subject) == 0 || offer(c));
}

void arch_vcpu_run(uint16_t subject)
{
    struct vcpu *c = vcpus[subject];
    if (event_peek(subject) != 0) offer(c);
    svm_run(c, c->vmcb);
}
