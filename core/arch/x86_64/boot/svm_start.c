/* SPDX-License-Identifier: Apache-2.0 */
/* AMD SVM: what the processor must have, and one virtual CPU for each subject (AMD64 APM volume 2, chapter 15). */
#include "boot.h"
#include "channels/monitor.h"
#include "x86/svm.h"

enum { IO_MAP_PAGES = 3, MSR_MAP_PAGES = 2, MSR_MAP_C0000000 = 0x800, MSR_MAP_BITS = 2 };

/*
 * 15.16: identifiers tag the TLB of one processor, and a subject never leaves its CPU: they are counted on each CPU by itself,
 * so that a system may have more subjects than a processor has identifiers. 0 is the host's.
 */
static uint32_t number_asid(const struct policy_tables *policy, uint32_t subject)
{
    uint32_t asid = 1;
    for (uint16_t s = 0; s < subject; s++) asid += policy->subjects[s].cpu == policy->subjects[subject].cpu;
    return asid;
}

static bool present(void)
{
    return x86_cpuid(0x80000001, 0).ecx & 1u << 2;
}

static status_t probe(void)
{
    struct cpuid extended = x86_cpuid(0x80000001, 0), svm = x86_cpuid(0x8000000a, 0);
    if (!(extended.edx & 1u << 20)) return backend_refuse("no NX pages", BOOT_NO_NX);
    if (x86_rdmsr(MSR_VM_CR) & VM_CR_SVMDIS) return backend_refuse("SVM is disabled by firmware", BOOT_SVM_LOCKED);
    if (!(svm.edx & 1u)) return backend_refuse("no nested paging", BOOT_NO_NPT);
    for (uint16_t s = 0; s < core_policy()->subjects_count; s++)
        if (number_asid(core_policy(), s) >= svm.ebx) return backend_refuse("not enough address space identifiers", BOOT_ASIDS);
    backend_has_giant_pages = extended.edx & 1u << 26;            /* nested tables are of the host's kind: 15.25.5 */
    return STATUS_OK;
}

/* From here on interrupts arrive only where the kernel takes them: IF is set, the global interrupt flag (15.17) is not. */
static void enable(const struct smp_cpu *cpu)
{
    x86_wrmsr(MSR_EFER, EFER_LONG_MODE | EFER_SVME);
    x86_wrmsr(MSR_VM_HSAVE_PA, (uint64_t)cpu->page);
    __asm__ volatile("vmsave %0\n\tclgi\n\tsti" : : "a"(cpu->host) : "memory");
}

/* 15.11: two bits a register. A subject has those that VMLOAD, VMSAVE and the VMCB switch, and no others. */
static uint8_t *make_msr_map(void)
{
    static const uint32_t own[] = {
        0x174, 0x175, 0x176, MSR_PAT, 0xc0000081, 0xc0000082, 0xc0000083, 0xc0000084, 0xc0000100, 0xc0000101, 0xc0000102
    };
    uint8_t *map = pool_take_sealed(MSR_MAP_PAGES);
    memset(map, 0xff, MSR_MAP_PAGES * PAGE_SIZE);
    for (uint32_t i = 0; i < sizeof own / sizeof *own; i++) {
        uint32_t bit = (own[i] & 0x1fff) * MSR_MAP_BITS;
        map[(own[i] >> 31) * MSR_MAP_C0000000 + bit / 8] &= (uint8_t)~(3u << bit % 8);
    }
    return map;
}

/*
 * What exits: everything that touches state which is not the subject's own. #DB and #AC too: a subject can make their delivery
 * loop for ever inside the processor, where no interrupt gets in. A monitor has to know which interrupts its subject lets in:
 * CR8.
 */
static void set_intercepts(struct vmcb *v, bool has_monitor)
{
    v->intercept_cr = VMCB_CR_WRITE(0) | VMCB_CR_WRITE(4) | (has_monitor ? VMCB_CR_WRITE(8) : 0);
    v->intercept_dr = UINT32_MAX;
    v->intercept_exceptions = VMCB_EXCEPTION(1) | VMCB_EXCEPTION(17) | VMCB_EXCEPTION(18);
    v->intercept_misc1 = VMCB_INTR | VMCB_NMI | VMCB_INIT | VMCB_RDPMC | VMCB_CPUID | VMCB_INVD | VMCB_HLT | VMCB_INVLPGA |
                         VMCB_IOIO | VMCB_MSR | VMCB_TASK_SWITCH | VMCB_FERR_FREEZE | VMCB_SHUTDOWN;
    v->intercept_misc2 = VMCB_VMRUN | VMCB_VMMCALL | VMCB_VMLOAD | VMCB_VMSAVE | VMCB_STGI | VMCB_CLGI | VMCB_SKINIT |
                         VMCB_ICEBP | VMCB_WBINVD | VMCB_MONITOR | VMCB_MWAIT | VMCB_MWAIT_ARMED | VMCB_XSETBV | VMCB_RDPRU;
}

static void set_segments(struct vmcb *v)
{
    const struct vmcb_segment data = { SELECTOR_DATA, 0xc93, UINT32_MAX, 0 };
    v->cs = (struct vmcb_segment){ SELECTOR_CODE, 0xa9b, UINT32_MAX, 0 };
    v->es = v->ss = v->ds = v->fs = v->gs = data;
    v->ldtr = (struct vmcb_segment){ 0, 0x82, 0, 0 };
    v->tr = (struct vmcb_segment){ 0, 0x8b, 0xffff, 0 };
}

static void set_registers(struct vmcb *v, const struct image_subject *s)
{
    v->efer = EFER_SVME | EFER_LONG_MODE | 1;     /* SCE */
    v->cr0 = 0x80010033;              /* PG, WP, NE, ET, MP, PE */
    v->cr4 = 0x660;                   /* OSXMMEXCPT, OSFXSR, MCE, PAE */
    v->cr3 = s->cr3;
    v->dr6 = 0xffff0ff0;
    v->dr7 = DR7_RESET;
    v->pat = PAT_RESET;
    v->rflags = 2;
    v->rip = s->entry;
    v->rsp = s->stack;
}

static void set_control(struct vmcb *v, const struct policy_tables *policy, uint32_t subject, uint8_t *msr_map)
{
    v->iopm = (uint64_t)backend_io_map(policy, &policy->subjects[subject], IO_MAP_PAGES);
    v->msrpm = (uint64_t)msr_map;
    v->asid = number_asid(policy, subject);
    /* A restart has new page tables: what was cached of the old ones is stale. */
    v->tlb_control = VMCB_TLB_FLUSH;
    v->interrupt = VMCB_V_INTR_MASKING;
    v->nested_enable = 1;
    v->nested_cr3 = (uint64_t)nested_tables(policy, subject, PAGING_USER);
}

/* The virtual CPU as the info page's contract has it, in pages that nobody can write later: each life begins as a copy. */
static void create(const struct policy_tables *policy, uint32_t subject, uint8_t *msr_map)
{
    struct vcpu *fresh = pool_take_sealed(SVM_VCPU_PAGES), *used = pool_take_writable(SVM_VCPU_PAGES, 1);
    struct vmcb *v = (struct vmcb *)((uint8_t *)fresh + PAGE_SIZE);
    fresh->vmcb = (struct vmcb *)((uint8_t *)used + PAGE_SIZE);
    fresh->rax = &fresh->vmcb->rax;
    fresh->host = (uint64_t)smp_cpus[policy->subjects[subject].cpu].host;
    backend_init_vcpu(fresh, policy, subject);
    set_intercepts(v, policy->subjects[subject].monitor != IMAGE_NONE);
    set_segments(v);
    set_registers(v, &policy->subjects[subject]);
    set_control(v, policy, subject, msr_map);
    vcpu_set(used, fresh);
}

/*
 * What a monitor is shown of its subject, in the order of channels/monitor.h, and what of it may change. Not EFER.SVME, without
 * which VMRUN refuses; of CR4 not MCE, which would make a machine check the subject's shutdown, nor what needs state that the
 * kernel does not switch (OSXSAVE, PKE, CET); of CR0 not the cache's bits, which are the whole CPU's.
 */
static void show_fields(void)
{
    enum { SEGMENTS = 2 * (offsetof(struct vmcb, tr) - offsetof(struct vmcb, es)) / sizeof(struct vmcb_segment) + 2 };
    static const struct { uint32_t field, count; uint64_t may; } shown[] = {
        { offsetof(struct vmcb, rip), 1, UINT64_MAX }, { offsetof(struct vmcb, interrupt_shadow), 1, 1 },
        { offsetof(struct vmcb, exit_code), 3, 0 },           /* and what it says of itself */
        { offsetof(struct vmcb, event_injection), 1, UINT64_MAX }, { offsetof(struct vmcb, interrupt), 1, VMCB_V_GUEST },
        { offsetof(struct vmcb, rflags), 1, RFLAGS_DEFINED }, { offsetof(struct vmcb, rsp), 1, UINT64_MAX },
        { offsetof(struct vmcb, next_rip), 1, 0 }, { offsetof(struct vmcb, exit_event), 1, 0 },
        { offsetof(struct vmcb, cr0), 1, CR0_GUEST }, { offsetof(struct vmcb, cr2), 1, UINT64_MAX },
        { offsetof(struct vmcb, cr3), 1, UINT64_MAX }, { offsetof(struct vmcb, cr4), 1, CR4_GUEST },
        { offsetof(struct vmcb, efer), 1, EFER_GUEST }, { offsetof(struct vmcb, dr6), 1, UINT64_MAX },
        { offsetof(struct vmcb, dr7), 1, UINT64_MAX }, { offsetof(struct vmcb, es), SEGMENTS, UINT64_MAX },
        { offsetof(struct vmcb, cpl) - 3, 1, 3u << 24 }, { offsetof(struct vmcb, star), 8, UINT64_MAX },
        { offsetof(struct vmcb, pat), 1, UINT64_MAX },
        { offsetof(struct vmcb, intercept_cr), 1, VMCB_CR_READ(0) | VMCB_CR_READ(4) },
        { offsetof(struct vmcb, intercept_misc1), 1, VMCB_IRET }
    };
    for (uint32_t i = 0; i < sizeof shown / sizeof *shown; i++) {
        for (uint32_t k = 0; k < shown[i].count; k++) backend_show(shown[i].field + 8 * k, shown[i].may);
    }
    CHECK(vcpu_field_count == MONITOR_SVM_FIELDS);
}

static void create_all(void)
{
    const struct policy_tables *policy = core_policy();
    show_fields();
    uint8_t *msr_map = make_msr_map();
    for (uint16_t s = 0; s < policy->subjects_count; s++) create(policy, s, msr_map);
}

const struct backend_start svm_start = { "AMD SVM", &svm_backend, trap_nmi, present, probe, enable, create_all };
