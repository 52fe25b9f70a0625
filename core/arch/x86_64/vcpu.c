/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Virtual CPUs, as far as SVM and VMX do alike. Nothing that a subject can put into its registers or memory is trusted; no
 * guest instruction is decoded.
 */
#include "core/arch.h"
#include "core/core.h"
#include "core/compiler.h"
#include "core/status.h"
#include "core/subject.h"
#include "x86/cpu.h"
#include "x86/fault.h"
#include "x86/x86.h"

SEALED struct backend backend;
static SEALED struct vcpu *vcpus[IMAGE_MAX_SUBJECTS];
static SEALED const struct vcpu *fresh[IMAGE_MAX_SUBJECTS];

STARTUP void vcpu_set(struct vcpu *vcpu, const struct vcpu *reset_to)
{
    vcpus[reset_to->subject] = vcpu;
    fresh[reset_to->subject] = reset_to;
}

/* How often a subject's page tables have changed: each life begins with new ones. Nothing else ever changes a translation. */
static uint32_t changes[IMAGE_MAX_SUBJECTS];

void vcpu_flushed(struct vcpu *c)
{
    c->flushed = changes[c->subject];
}

/* With SVM the control block's intercepts and maps too: a restart leaves nothing of the life before. */
void arch_vcpu_reset(uint16_t subject)
{
    arch_copy(vcpus[subject], fresh[subject], backend.vcpu_pages * PAGE_SIZE);
    changes[subject]++;
}

uint32_t arch_call_instruction(void)
{
    return backend.call;
}

/*
 * FXRSTOR leaves the last x87 instruction and data pointers alone when the image shows no exception (AMD64 APM volume 5,
 * FXRSTOR): a load of our own covers what the subject before left there.
 */
void arch_vcpu_load(uint16_t subject)
{
    static const uint32_t nothing;
    struct vcpu *c = vcpus[subject];
    backend.load(c);
    if (FAULT == FAULT_KEEP_MXCSR) __asm__ volatile("stmxcsr %0" : "=m"(c->fpu[24]));
    __asm__ volatile("fnclex\n\temms\n\tfilds %1\n\tfxrstor64 %0" : : "m"(c->fpu), "m"(nothing) : "memory");
}

void arch_vcpu_unload(uint16_t subject)
{
    struct vcpu *c = vcpus[subject];
    backend.unload(c);
    __asm__ volatile("fxsave64 %0" : "=m"(c->fpu) : : "memory");
}

void arch_vcpu_run(uint16_t subject)
{
    struct vcpu *c = vcpus[subject];
    CHECK(c->flushed == changes[subject]);
    backend.run(c);
}

bool arch_vcpu_answer(uint16_t subject, uint64_t status, uint64_t result)
{
    struct vcpu *c = vcpus[subject];
    *c->rax = status;
    c->rdx = result;
    return true;
}

/* ---- exits ---- */
/*
 * The delivery of the exception may touch such memory again, and before any interrupt is taken: so the core looks at the time
 * before the subject is entered.
 */
bool vcpu_refuse(struct vcpu *c, uint32_t rule, uint64_t value, uint64_t other)
{
    if (!(c->injects & 1u << rule)) return vcpu_fault(c, rule, value, other);
    backend.inject_gp(c);
    subject_refuse(c->subject, rule, value, other);
    return rule != IMAGE_RULE_MEMORY;
}

bool vcpu_fault(struct vcpu *c, uint32_t rule, uint64_t value, uint64_t other)
{
    subject_fault(c->subject, rule, value, other);
    return false;
}

bool vcpu_interrupt(struct vcpu *c)
{
    backend.take_interrupts();
    x86_stop_if_asked();
    subject_interrupted(c->subject);
    return false;
}

bool vcpu_halt(struct vcpu *c)
{
    subject_wait(c->subject, WAIT_FOR_INTERRUPT);
    return false;
}

/* What is not in the subject's table reads as zero. */
bool vcpu_cpuid(struct vcpu *c)
{
    fault_commit();
    const struct policy_tables *policy = core_policy();
    const struct image_subject *s = &policy->subjects[c->subject];
    uint32_t leaf = (uint32_t)*c->rax, subleaf = (uint32_t)c->rcx;
    *c->rax = c->rbx = c->rcx = c->rdx = 0;
    for (uint32_t i = s->first_cpuid; i < s->first_cpuid + s->cpuid_count; i++) {
        const struct image_cpuid *e = &policy->cpuids[i];
        if (e->leaf != leaf || e->subleaf != subleaf) continue;
        *c->rax = e->eax;
        c->rbx = e->ebx;
        c->rcx = e->ecx;
        c->rdx = e->edx;
        break;
    }
    return true;
}

bool vcpu_user_call(struct vcpu *c)
{
    return !subject_admits_user_call(c->subject, *c->rax) || vcpu_call(c, false);
}

/* Events in turn: those above the last one given first, so that none is kept out by another that comes more often. */
uint8_t vcpu_next_event(struct vcpu *c)
{
    uint64_t events = event_peek(c->subject);
    uint64_t above = events & ~((2ull << c->taken) - 1);
    uint8_t event = (uint8_t)__builtin_ctzll(above != 0 ? above : events);
    event_clear(c->subject, 1ull << event);
    return event;
}
