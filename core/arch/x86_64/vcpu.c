/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Virtual CPUs, as far as SVM and VMX do alike. Nothing that a subject can put into its registers or memory is trusted; no
 * guest instruction is decoded.
 */
#include "channels/abi.h"
#include "channels/monitor.h"
#include "core/audit.h"
#include "core/core.h"
#include "core/compiler.h"
#include "core/status.h"
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

/* With SVM the control block's intercepts and maps too: a restart leaves nothing of the life before, nor live registers. */
void arch_vcpu_reset(uint32_t subject)
{
    arch_vcpu_unload();
    arch_copy(vcpus[subject], fresh[subject], backend.vcpu_pages * PAGE_SIZE);
    changes[subject]++;
}

uint32_t arch_call_instruction(void)
{
    return backend.call;
}

static inline void save_fpu(struct vcpu *c)
{
    __asm__ volatile("fxsave64 %0" : "=m"(c->fpu) : : "memory");
}

/*
 * FXRSTOR leaves the last x87 instruction and data pointers alone when the image shows no exception (AMD64 APM volume 5,
 * FXRSTOR): a load of our own covers what the subject before left there.
 */
static inline void load_fpu(struct vcpu *c)
{
    static const uint32_t nothing;
    __asm__ volatile("fnclex\n\temms\n\tfilds %1\n\tfxrstor64 %0" : : "m"(c->fpu), "m"(nothing) : "memory");
}

/*
 * A subject's, for itself and for its monitor, which may answer before another one is brought in. Entries load DR7, and exits
 * leave none on in the kernel: AMD64 APM volume 2, 15.5.1, 15.6; SDM volume 3, 27.3.1.1, 28.5.1. No subject reads debug
 * registers, nor has one without a monitor another DR7 than at first, or is told what a debug exception met.
 */
static inline void load_breakpoints(const struct vcpu *c)
{
    const struct monitor_frame *f = c->frame;
    if (!f) return;
    __asm__ volatile("mov %0, %%dr0\n\tmov %1, %%dr1\n\tmov %2, %%dr2\n\tmov %3, %%dr3"
                     : : "r"(f->debug[0]), "r"(f->debug[1]), "r"(f->debug[2]), "r"(f->debug[3]));
}

/* From whoever is loaded, if anybody is; between a subject and its monitor all but breakpoints. */
static APART struct vcpu *load(struct vcpu *c, struct vcpu *before)
{
    if (before != c) {
        backend.change(c);
        if (before) save_fpu(before);
        load_fpu(c);
    }
    CHECK(c->flushed == changes[c->subject]);
    c->loads &= (uint8_t)~LOADS_ALL;
    return c;
}

static APART struct vcpu *bring_in(struct vcpu *c, struct vcpu *before)
{
    if (before != c) load_breakpoints(c);
    return load(c, before);
}

APART void vcpu_switch_calls(uint64_t *new)
{
    uint64_t **here = &x86_cpu()->system_calls, *old = *here;
    *here = new;
    for (uint32_t i = 0; i < VMX_SWITCHED; i++) {
        if (old) old[i] = x86_rdmsr(MSR_STAR + i);
        x86_wrmsr(MSR_STAR + i, new ? new[i] : 0);
    }
}

/*
 * The zeros that most subjects have in system call registers come back before the wait for the window's end: else the next one
 * would see by its first instruction's time whether this one has written to them.
 */
void arch_vcpu_unload(void)
{
    struct x86_cpu *cpu = x86_cpu();
    struct vcpu *before = cpu->loaded;
    uint64_t *calls = cpu->system_calls;
    cpu->loaded = 0;
    cpu->system_calls = 0;
    if (before) save_fpu(before);
    for (uint32_t i = VMX_SWITCHED; calls && i-- > 0;) {
        calls[i] = x86_rdmsr(MSR_STAR + i);
        x86_wrmsr(MSR_STAR + i, 0);
    }
    x86_write_cr8(PRIORITY_KERNEL);
}

/* ---- the monitor's part ---- */
SEALED uint64_t vcpu_fields[MONITOR_FIELDS_MAX], vcpu_may[MONITOR_FIELDS_MAX];
SEALED uint32_t vcpu_field_count;
SEALED uint64_t vcpu_no_alarm;

enum { GENERAL_REGISTERS = 14 };      /* RAX is the backend's */
static_assert(offsetof(struct vcpu, r15) - offsetof(struct vcpu, rbx) == 8 * (GENERAL_REGISTERS - 1), "in a row");
static_assert(offsetof(struct monitor_frame, r15) - offsetof(struct monitor_frame, rbx) == 8 * (GENERAL_REGISTERS - 1), "same");

static uint32_t count_fields(const struct monitor_frame *f, enum monitor_way way)
{
    uint32_t count = f->counts[way];
    return count < vcpu_field_count ? count : vcpu_field_count;
}

static void copy_general(uint64_t *to, const uint64_t *from)
{
    uint64_t quads = GENERAL_REGISTERS;
    __asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(quads) : : "memory");
}

/* Nobody else touches the frame meanwhile: the monitor does not run, and no one else has its memory. */
static void show(const struct vcpu *c)
{
    struct monitor_frame *f = c->frame;
    f->rax = *c->rax;
    backend.show(c, f->fields, count_fields(f, MONITOR_SHOW));
    copy_general(&f->rbx, &c->rbx);
}

/*
 * More fields than the first few are control registers, and what is cached under the old ones goes: AMD64 APM volume 2, 15.16;
 * SDM volume 3, 29.4.3.3. DR7 is among them, and what it switches on is loaded before.
 */
static void take(struct vcpu *c)
{
    const struct monitor_frame *f = c->frame;
    uint32_t count = count_fields(f, MONITOR_TAKE);
    if (count > MONITOR_FIELDS_FEW) {
        c->flushed--;
        load_breakpoints(c);
    }
    if (count > MONITOR_FIELDS_FEW || f->alarm != 0) c->loads = vcpus[c->peer]->loads = LOADS_MORE;
    *c->rax = f->rax;
    backend.take(c, f->fields, count);
    copy_general(&c->rbx, &f->rbx);
}

bool arch_vcpu_give(uint64_t subject, uint64_t to)
{
    struct vcpu *c = vcpus[subject];
    c->next = vcpus[to];
    *c->rax = ABI_OK;
    c->rdx = 0;
    return false;
}

/*
 * A subject and its monitor: one is left for the other if what the subject waits for says so, since neither is entered while it
 * is the other's turn. With an alarm it goes to the monitor by way of the core, which looks at the time.
 */
static APART struct vcpu *hand_to_peer(struct vcpu *c)
{
    if (c->has_monitor) {
        if (subject_gates[c->subject].state != WAIT_FOR_MONITOR) return c;
        show(c);
        return *c->alarm == 0 && subject_runs(c->peer) ? load(vcpus[c->peer], c) : c;
    }
    if (!c->frame || subject_gates[c->peer].state != WAIT_FOR_NOTHING) return c;
    struct vcpu *peer = load(vcpus[c->peer], c);
    take(peer);
    if (*peer->alarm != 0) apic_timer_advance(*peer->alarm);
    return peer;
}

/* The slow way: the core looks first what the other one waits for. */
static APART struct vcpu *stay(struct vcpu *c, const struct vcpu *next)
{
    subject_wake(next->subject);
    return c;
}

/* Time that is given has a short way. */
struct vcpu *vcpu_hand_over(struct vcpu *c)
{
    struct vcpu *next = c->next;
    if (!next) return hand_to_peer(c);
    c->next = 0;
    if (!subject_runs(next->subject)) return stay(c, next);
    if (next->loads != 0) return *next->alarm != 0 ? stay(c, next) : bring_in(next, c);
    save_fpu(c);
    load_fpu(next);
    return next;
}

/* Who hands over to another has no device interrupts, nor has that one: image_check(). So the priority is set here alone. */
void arch_vcpu_run(uint32_t subject)
{
    struct vcpu **loaded = &x86_cpu()->loaded, *c = vcpus[subject];
    bring_in(c, *loaded);
    x86_write_cr8(c->priority);
    apic_timer_advance(*c->alarm);
    *loaded = backend.run(c);
}

/* ---- answers ---- */
bool arch_vcpu_answer(uint32_t subject, uint64_t status, uint64_t result)
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
    if (!(c->injects & 1u << rule)) return subject_fault(c->subject, rule, value, other);
    backend.inject_gp(c);
    audit_deny(c->subject, rule, value, other, AUDIT_NONE);
    return rule != IMAGE_RULE_MEMORY;
}

/*
 * What a device or another CPU raised is its subject's alone, and the core has nothing to look at: the event is offered at the
 * next entry.
 */
bool vcpu_interrupt(struct vcpu *c)
{
    if (backend.take_interrupts() == 0) return true;
    return vcpu_due(c);
}

bool vcpu_due(struct vcpu *c)
{
    if (*c->alarm != 0) subject_wait(c->subject, WAIT_FOR_MONITOR);
    backend.take_interrupts();
    x86_stop_if_asked();
    audit_flush(arch_cpu());          /* time for what the audit could not take before */
    return false;
}

/* What is not in the subject's table reads as zero. */
bool vcpu_cpuid(struct vcpu *c)
{
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
