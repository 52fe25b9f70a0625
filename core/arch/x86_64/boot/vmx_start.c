/* SPDX-License-Identifier: Apache-2.0 */
/* Intel VMX: what the processor must have, one virtual CPU for each subject (SDM volume 3, chapters 24 to 29, appendix A). */
#include "boot.h"
#include "channels/monitor.h"
#include "x86/vmcs.h"

enum { IO_MAP_PAGES = 2, MSR_MAP_WRITES = 2048, MSR_MAP_C0000000 = 1024 };

/* Capabilities: appendix A. */
enum vmx_msr {
    MSR_FEATURE_CONTROL = 0x3a, MSR_VMX_BASIC = 0x480, MSR_VMX_MISC = 0x485, MSR_VMX_CR0_FIXED0 = 0x486,
    MSR_VMX_CR0_FIXED1 = 0x487, MSR_VMX_CR4_FIXED0 = 0x488, MSR_VMX_CR4_FIXED1 = 0x489, MSR_VMX_CONTROLS_2 = 0x48b,
    MSR_VMX_EPT_VPID = 0x48c, MSR_VMX_TRUE_PIN = 0x48d, MSR_VMX_TRUE_CONTROLS = 0x48e, MSR_VMX_TRUE_EXIT = 0x48f,
    MSR_VMX_TRUE_ENTRY = 0x490, MSR_GS_BASE = 0xc0000101
};
#define FEATURE_LOCKED 1u
#define FEATURE_VMX 4u
#define CR4_VMXE (1ull << 13)
#define EXIT_LOAD_CET (1u << 28)
#define ENTRY_LONG_MODE (1u << 9)
#define ENTRY_LOAD_CET (1u << 20)

/*
 * What must be on; all that the processor lets be off and that is not here is off. Sections 25.6.1, 25.6.2, 25.7.1, 25.8.1.
 * Control registers 3 and 8 are the subject's: without a virtual APIC, CR8 is read and written through the exit as a register.
 */
static const struct controls { uint32_t msr, field, wanted; const char *name; } controls[] = {
    { MSR_VMX_TRUE_PIN, VMCS_PIN_CONTROLS, 1u << 0 | 1u << 3 | 1u << 5 | 1u << 6,      /* interrupts, NMI, virtual NMI, timer */
      "pin controls" },
    { MSR_VMX_TRUE_CONTROLS, VMCS_CONTROLS,       /* HLT, not INVLPG, MWAIT, RDPMC, CR8, DR, I/O and MSR maps, MONITOR, 2nd */
      1u << 7 | 1u << 10 | 1u << 11 | 1u << 19 | 1u << 20 | 1u << 23 | 1u << 25 | 1u << 28 | 1u << 29 | 1u << 31, "controls" },
    { MSR_VMX_CONTROLS_2, VMCS_CONTROLS_2, 1u << 1 | 1u << 5 | 1u << 6 | 1u << 7,
      "EPT, VPID, WBINVD exits or unrestricted guest" },
    { MSR_VMX_TRUE_EXIT, VMCS_EXIT_CONTROLS, 1u << 2 | 1u << 9 | 1u << 18 | 1u << 19 | 1u << 20 | 1u << 21, "exit controls" },
    { MSR_VMX_TRUE_ENTRY, VMCS_ENTRY_CONTROLS, 1u << 2 | 1u << 9 | 1u << 14 | 1u << 15, "entry controls" }
};
enum { CONTROLS_EXIT = 3, CONTROLS_ENTRY = 4, CONTROLS_COUNT = sizeof controls / sizeof *controls };

static uint32_t settings[CONTROLS_COUNT];

static bool present(void)
{
    return x86_cpuid(1, 0).ecx & 1u << 5;
}

/* Low half: what must be 1; high half: what may be 1. Appendix A.2. */
static status_t probe_controls(void)
{
    for (uint32_t i = 0; i < CONTROLS_COUNT; i++) {
        uint64_t allowed = x86_rdmsr(controls[i].msr);
        settings[i] = controls[i].wanted | (uint32_t)allowed;
        if (settings[i] & ~(uint32_t)(allowed >> 32)) return backend_refuse(controls[i].name, BOOT_VMX);
    }
    return STATUS_OK;
}

/* Shadow stacks (CPUID 7: CET_SS) are used where entries and exits switch them: 25.7.1, 25.8.1. */
static void probe_shadow_stacks(void)
{
    uint64_t may_exit = x86_rdmsr(MSR_VMX_TRUE_EXIT) >> 32, may_enter = x86_rdmsr(MSR_VMX_TRUE_ENTRY) >> 32;
    if (!(x86_cpuid(7, 0).ecx & 1u << 7) || !(may_exit & EXIT_LOAD_CET) || !(may_enter & ENTRY_LOAD_CET)) return;
    settings[CONTROLS_EXIT] |= EXIT_LOAD_CET;
    settings[CONTROLS_ENTRY] |= ENTRY_LOAD_CET;
    backend_has_shadow_stacks = true;
}

/* Four levels, tables in write-back memory, pages of 2 MiB, INVVPID, and that of one context: appendix A.10. */
static status_t probe_pages(void)
{
    const uint64_t wanted = 1ull << 6 | 1ull << 14 | 1ull << 16 | 1ull << 32 | 1ull << 41;
    const uint64_t has = x86_rdmsr(MSR_VMX_EPT_VPID);
    backend_has_giant_pages = has & 1u << 17;
    if (wanted & ~has) return backend_refuse("EPT or VPID lacks what is needed", BOOT_NO_NPT);
    if (!(x86_cpuid(0x80000001, 0).edx & 1u << 20)) return backend_refuse("no NX pages", BOOT_NO_NX);
    return STATUS_OK;
}

static status_t probe(void)
{
    uint64_t feature = x86_rdmsr(MSR_FEATURE_CONTROL);
    bool disabled = (feature & FEATURE_LOCKED) && !(feature & FEATURE_VMX);
    if (disabled) return backend_refuse("VMX is disabled by firmware", BOOT_SVM_LOCKED);
    if (!(x86_rdmsr(MSR_VMX_BASIC) >> 55 & 1)) return backend_refuse("no true VMX controls", BOOT_VMX);
    TRY(probe_controls());
    TRY(probe_pages());
    probe_shadow_stacks();
    return STATUS_OK;
}

/* The first word of VMXON regions and control structures: 25.11.5. */
static void set_revision(void *page)
{
    *(uint32_t *)page = (uint32_t)x86_rdmsr(MSR_VMX_BASIC) & 0x7fffffff;
}

/* From here on interrupts arrive only where the kernel takes them: IF is clear. 24.7, 24.8. */
static void enable(const struct smp_cpu *cpu)
{
    uint64_t region = (uint64_t)cpu->page;
    uint8_t failed;
    __asm__ volatile("cli");
    if (!(x86_rdmsr(MSR_FEATURE_CONTROL) & FEATURE_LOCKED)) x86_wrmsr(MSR_FEATURE_CONTROL, FEATURE_LOCKED | FEATURE_VMX);
    x86_write_cr0((x86_read_cr0() | x86_rdmsr(MSR_VMX_CR0_FIXED0)) & x86_rdmsr(MSR_VMX_CR0_FIXED1));
    x86_write_cr4((x86_read_cr4() | CR4_VMXE | x86_rdmsr(MSR_VMX_CR4_FIXED0)) & x86_rdmsr(MSR_VMX_CR4_FIXED1));
    set_revision(cpu->page);
    __asm__ volatile("vmxon %1\n\tsetna %0" : "=qm"(failed) : "m"(region) : "cc", "memory");
    CHECK(!failed);
    x86_wrmsr(MSR_GS_BASE, cpu->stack_top - STACK_SIZE);          /* as exits will: struct x86_cpu */
    for (uint32_t i = 0; i < VMX_SWITCHED; i++) x86_wrmsr(MSR_STAR + i, 0);
}

/*
 * 25.6.9: one bit a register, reads before writes. A subject has those that entry, exit and vmx_enter.S switch, and no others;
 * of the last, its system call registers, it has the writes once it has tried one. A monitor has none of these.
 */
enum msr_map { MSR_MAP_MONITOR, MSR_MAP_FRESH, MSR_MAP_OPEN, MSR_MAPS };

static uint8_t *make_msr_map(enum msr_map kind)
{
    static const uint32_t own[] = {
        0x174, 0x175, 0x176, MSR_PAT, 0xc0000100, MSR_GS_BASE, 0xc0000102,
        MSR_STAR, MSR_STAR + 1, MSR_STAR + 2, MSR_STAR + 3
    };
    const uint32_t count = sizeof own / sizeof *own, fewer = count - VMX_SWITCHED;
    uint8_t *map = pool_take_sealed(1);
    memset(map, 0xff, PAGE_SIZE);
    for (uint32_t i = 0; i < (kind == MSR_MAP_MONITOR ? fewer : count); i++) {
        uint32_t bit = own[i] & 0x1fff, at = (own[i] >> 31) * MSR_MAP_C0000000 + bit / 8;
        map[at] &= (uint8_t)~(1u << bit % 8);
        if (kind == MSR_MAP_OPEN || i < fewer) map[MSR_MAP_WRITES + at] &= (uint8_t)~(1u << bit % 8);
    }
    return map;
}

/* ---- what a VMCS is written to ---- */
struct list { struct vmx_field *fields; uint32_t count; };

static void put(struct list *l, uint64_t field, uint64_t value)
{
    CHECK((l->count + 1) * sizeof *l->fields <= PAGE_SIZE);
    l->fields[l->count++] = (struct vmx_field){ field, value };
}

/* What is zero, and what has one value, whoever the subject is. */
static const uint16_t zero[] = {
    VMCS_PAGE_FAULT_MASK, VMCS_PAGE_FAULT_MATCH, VMCS_CR3_TARGETS, VMCS_EXIT_MSR_STORES, VMCS_EXIT_MSR_LOADS,
    VMCS_ENTRY_MSR_LOADS, VMCS_ENTRY_EVENT, VMCS_GUEST_DEBUGCTL, VMCS_GUEST_GDTR_BASE, VMCS_GUEST_IDTR_BASE,
    VMCS_GUEST_GDTR_LIMIT, VMCS_GUEST_IDTR_LIMIT, VMCS_GUEST_SHADOW, VMCS_GUEST_ACTIVITY, VMCS_GUEST_SYSENTER_CS,
    VMCS_GUEST_PENDING_DEBUG, VMCS_GUEST_SYSENTER_ESP, VMCS_GUEST_SYSENTER_EIP, VMCS_HOST_FS, VMCS_HOST_GS,
    VMCS_HOST_SYSENTER_CS, VMCS_HOST_SYSENTER_ESP, VMCS_HOST_SYSENTER_EIP
};
static const struct vmx_field constant[] = {
    { VMCS_EXCEPTIONS, 1u << 1 | 1u << 17 | 1u << 18 },           /* #DB, #AC could loop for ever; #MC is the kernel's */
    { VMCS_LINK, UINT64_MAX }, { VMCS_CR0_MASK, UINT64_MAX }, { VMCS_CR4_MASK, UINT64_MAX },
    { VMCS_GUEST_CR0, 0x80010033 }, { VMCS_CR0_SHADOW, 0x80010033 },          /* PG, WP, NE, ET, MP, PE */
    { VMCS_GUEST_CR4, 0x660 | CR4_VMXE },         /* OSXMMEXCPT, OSFXSR, MCE, PAE; VMXE, which it does not see, has to be set */
    { VMCS_CR4_SHADOW, 0x660 }, { VMCS_GUEST_PAT, PAT_RESET }, { VMCS_GUEST_DR7, DR7_RESET }, { VMCS_GUEST_RFLAGS, 2 },
    { VMCS_HOST_CR0, 0x80010033 }, { VMCS_HOST_CS, SELECTOR_CODE }, { VMCS_HOST_ES, SELECTOR_DATA },
    { VMCS_HOST_SS, SELECTOR_DATA }, { VMCS_HOST_DS, SELECTOR_DATA }, { VMCS_HOST_TR, SELECTOR_TSS },
    { VMCS_HOST_PAT, PAT_RESET }, { VMCS_HOST_EFER, EFER_LONG_MODE }
};

static void put_controls(struct list *l, uint32_t subject, uint8_t *io_map, uint8_t *msr_map, uint64_t *tables)
{
    for (uint32_t i = 0; i < CONTROLS_COUNT; i++) put(l, controls[i].field, settings[i]);
    put(l, VMCS_VPID, subject + 1u);
    put(l, VMCS_IO_MAP_A, (uint64_t)io_map);
    put(l, VMCS_IO_MAP_B, (uint64_t)io_map + PAGE_SIZE);
    put(l, VMCS_MSR_MAP, (uint64_t)msr_map);
    put(l, VMCS_EPT, (uint64_t)tables | 6 | 3 << 3);               /* write-back, four levels: 25.6.11 */
}

enum { RIGHTS_CODE = 0xa09b, RIGHTS_DATA = 0xc093, RIGHTS_UNUSABLE = 0x10000, RIGHTS_TSS = 0x8b };

static void put_segment(struct list *l, uint32_t index, uint16_t selector, uint32_t limit, uint32_t rights)
{
    put(l, VMCS_GUEST_ES + 2 * index, selector);
    put(l, VMCS_GUEST_ES_LIMIT + 2 * index, limit);
    put(l, VMCS_GUEST_ES_RIGHTS + 2 * index, rights);
    put(l, VMCS_GUEST_ES_BASE + 2 * index, 0);
}

static void put_subject(struct list *l, const struct image_subject *s)
{
    for (uint32_t i = 0; i < 6; i++) {            /* ES CS SS DS FS GS */
        put_segment(l, i, i == 1 ? SELECTOR_CODE : SELECTOR_DATA, UINT32_MAX, i == 1 ? RIGHTS_CODE : RIGHTS_DATA);
    }
    put_segment(l, 6, 0, 0, RIGHTS_UNUSABLE);     /* LDTR */
    put_segment(l, 7, 0, 0xffff, RIGHTS_TSS);     /* TR */
    put(l, VMCS_GUEST_CR3, s->cr3);
    put(l, VMCS_GUEST_EFER, EFER_LONG_MODE | (s->serves == IMAGE_NONE));        /* SCE */
    put(l, VMCS_GUEST_RIP, s->entry);
    put(l, VMCS_GUEST_RSP, s->stack);
}

/* 25.5. CR3 and CR4 are those of the CPU when it first brings in the subject. */
static void put_host(struct list *l, const struct smp_cpu *cpu, const struct vcpu *vcpu)
{
    put(l, VMCS_HOST_FS_BASE, (uint64_t)vcpu);
    put(l, VMCS_HOST_GS_BASE, cpu->stack_top - STACK_SIZE);
    put(l, VMCS_HOST_TR_BASE, (uint64_t)cpu->tss);
    put(l, VMCS_HOST_GDTR, (uint64_t)gdt);
    put(l, VMCS_HOST_IDTR, (uint64_t)idt);
    put(l, VMCS_HOST_RIP, (uint64_t)vmx_exit_entry);
    if (!backend_has_shadow_stacks) return;
    put(l, VMCS_HOST_S_CET, S_CET_SHADOW_STACKS);
    put(l, VMCS_HOST_SSP_TABLE, (uint64_t)cpu->shadow->table);
    put(l, VMCS_GUEST_S_CET, 0);                  /* a subject cannot set CR4.CET */
    put(l, VMCS_GUEST_SSP, 0);
    put(l, VMCS_GUEST_SSP_TABLE, 0);
}

static void create(const struct policy_tables *policy, uint32_t subject, uint8_t *msr_map)
{
    struct vcpu *fresh = pool_take_sealed(1), *used = pool_take_writable(1, 1);
    uint8_t *region = pool_take_writable(1, 1);
    struct list l = { pool_take_sealed(1), 0 };
    set_revision(region);
    uint8_t *io_map = backend_io_map(policy, &policy->subjects[subject], IO_MAP_PAGES);
    for (uint32_t i = 0; i < sizeof zero / sizeof *zero; i++) put(&l, zero[i], 0);
    for (uint32_t i = 0; i < sizeof constant / sizeof *constant; i++) put(&l, constant[i].field, constant[i].value);
    put_controls(&l, subject, io_map, msr_map, nested_tables(policy, subject, PAGING_EPT));
    put_subject(&l, &policy->subjects[subject]);
    put_host(&l, &smp_cpus[policy->subjects[subject].cpu], used);
    fresh->vmx = (struct vmx_state *)(used + 1);
    fresh->rax = &used->rax_here;
    *(struct vmx_state *)(fresh + 1) = (struct vmx_state){
        .region = (uint64_t)region, .fields = l.fields, .field_count = l.count
    };
    backend_init_vcpu(fresh, policy, subject);
    vcpu_set(used, fresh);
}

/*
 * What a monitor is shown of its subject, in the order of channels/monitor.h, and what of it may change: the processor checks
 * it at entry (27.3), and what it refuses is the subject's fault. Of CR4 not VMXE and MCE, nor what needs state that the kernel
 * does not switch (OSXSAVE, PKE, CET); of CR0 not NE, and the cache's bits an entry ignores; of the controls the two windows.
 * NMIs that it injects, and says to be blocked, block none of the kernel's: they are virtual ones (25.6.1).
 */
static void show_fields(void)
{
    static const struct { uint32_t field, count; uint64_t may; } shown[] = {
        { VMCS_GUEST_RIP, 1, UINT64_MAX }, { VMCS_GUEST_SHADOW, 1, VMCS_SHADOW_STI_MOVSS | VMCS_SHADOW_NMI },
        { VMCS_EXIT_REASON, 1, 0 }, { VMCS_QUALIFICATION, 1, 0 }, { VMCS_EXIT_LENGTH, 1, 0 }, { VMCS_GUEST_PHYSICAL, 1, 0 },
        { VMCS_ENTRY_EVENT, 2, UINT64_MAX },      /* and its error code */
        { VMCS_GUEST_RFLAGS, 1, UINT64_MAX }, { VMCS_CONTROLS, 1, VMCS_INTERRUPT_WINDOW | VMCS_NMI_WINDOW },
        { VMCS_GUEST_RSP, 1, UINT64_MAX }, { VMCS_EXIT_EVENT, 1, 0 }, { VMCS_EXIT_INSTRUCTION, 1, 0 },
        { VMCS_GUEST_CR0, 1, CR0_GUEST }, { VMCS_CR0_SHADOW, 1, UINT64_MAX }, { VMCS_GUEST_CR3, 1, UINT64_MAX },
        { VMCS_GUEST_CR4, 1, CR4_GUEST }, { VMCS_CR4_SHADOW, 1, UINT64_MAX }, { VMCS_GUEST_EFER, 1, EFER_GUEST },
        { VMCS_ENTRY_CONTROLS, 1, ENTRY_LONG_MODE }, { VMCS_GUEST_DR7, 1, UINT64_MAX }, { VMCS_GUEST_ES, 8, UINT64_MAX },
        { VMCS_GUEST_ES_LIMIT, 10, UINT64_MAX }, { VMCS_GUEST_ES_RIGHTS, 8, UINT64_MAX },
        { VMCS_GUEST_ES_BASE, 10, UINT64_MAX }, { VMCS_GUEST_SYSENTER_CS, 1, UINT64_MAX },
        { VMCS_GUEST_SYSENTER_ESP, 2, UINT64_MAX }, { VMCS_GUEST_PENDING_DEBUG, 1, UINT64_MAX },
        { VMCS_GUEST_PAT, 1, UINT64_MAX }, { VMCS_GUEST_PDPTES, 4, UINT64_MAX }
    };
    for (uint32_t i = 0; i < sizeof shown / sizeof *shown; i++) {
        for (uint32_t k = 0; k < shown[i].count; k++) backend_show(shown[i].field + 2 * k, shown[i].may);
    }
    CHECK(vcpu_field_count == MONITOR_VMX_FIELDS);
}

static void create_all(void)
{
    const struct policy_tables *policy = core_policy();
    show_fields();
    uint8_t *maps[MSR_MAPS];
    for (enum msr_map kind = 0; kind < MSR_MAPS; kind++) maps[kind] = make_msr_map(kind);
    vmx_set((uint8_t)(x86_rdmsr(MSR_VMX_MISC) & 31), maps[MSR_MAP_OPEN]);
    for (uint16_t s = 0; s < policy->subjects_count; s++) create(policy, s, maps[policy->subjects[s].serves == IMAGE_NONE]);
}

const struct backend_start vmx_start = { "Intel VMX", &vmx_backend, vmx_nmi, present, probe, enable, create_all };
