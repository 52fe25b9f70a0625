/* SPDX-License-Identifier: Apache-2.0 */
/* Processors: set up, and started one by one with INIT and SIPI (AMD64 APM volume 2, 15.27.8 and 16.5; Intel MP 1.4, B.4). */
#include "boot.h"

enum {
    ICR_INIT = 0x4500, ICR_STARTUP = 0x4600, LVT_MASKED = 1 << 16, SPURIOUS_ENABLE = 0x100, GATE_INTERRUPT = 0x8e,
    INIT_WAIT_MS = 10, STARTUP_WAIT_MS = 200, STACK_PAGES = STACK_SIZE / PAGE_SIZE, VECTOR_DOUBLE_FAULT = 8
};

struct smp_cpu smp_cpus[IMAGE_MAX_CPUS];
static uint32_t set_up;               /* CPUs that have got through smp_set_up_cpu() */

/* The 64-bit task state segment: AMD64 APM volume 2, 12.2.5. Of it this kernel uses one stack, for double faults. */
struct __attribute__((packed)) tss {
    uint32_t reserved_00;
    uint64_t stacks[3], reserved_1c, fault_stack, other_stacks[6], reserved_5c;
    uint16_t reserved_64, io_map;
};
static_assert(offsetof(struct tss, fault_stack) == 0x24 && sizeof(struct tss) == 0x68, "APM 12.2.5");

/*
 * A stack aligned to its size; below it a page that will not be mapped and the stack for double faults. The lowest word of each
 * tells the CPU who it is.
 */
static void prepare(uint32_t cpu)
{
    struct smp_cpu *c = &smp_cpus[cpu];
    uint64_t block = (uint64_t)pool_take_writable(2 * STACK_PAGES, 2 * STACK_PAGES);
    *(uint32_t *)block = cpu;
    *(struct x86_cpu *)(block + STACK_SIZE) = (struct x86_cpu){ .index = cpu };
    *c = (struct smp_cpu){ pool_take_writable(1, 1), pool_take_sealed(1), pool_take_sealed(1), pool_take_sealed(1),
                           block + 2 * STACK_SIZE };
    *c->tss = (struct tss){ .fault_stack = block + FAULT_STACK_SIZE, .io_map = sizeof(struct tss) };
    c->shadow->token = (uint64_t)&c->shadow->token;
    c->shadow->fault_token = c->shadow->table[1] = (uint64_t)&c->shadow->fault_token;
}

void smp_prepare(void)
{
    for (uint32_t cpu = 0; cpu < core_policy()->cpus_count; cpu++) prepare(cpu);
}

static void set_gate(uint32_t vector, const char *handler)
{
    uint64_t at = (uint64_t)handler, gate = (uint64_t)GATE_INTERRUPT << 40 | SELECTOR_CODE << 16;
    idt[vector].low = (at & 0xffff) | gate | (at >> 16 & 0xffff) << 48;
    idt[vector].high = at >> 32;
}

static void fill_idt(void)
{
    for (uint32_t v = 0; v < 32; v++) set_gate(v, trap_entries + 4 * (v < TRAP_OTHERS ? v : TRAP_OTHERS));
    set_gate(2, backend_chosen->nmi);
    idt[VECTOR_DOUBLE_FAULT].low |= 1ull << 32;           /* on the first of the TSS's other stacks: APM volume 2, 8.9.4 */
    for (uint32_t v = 32; v < VECTOR_SPURIOUS; v++) set_gate(v, trap_interrupt);      /* whatever firmware left unmasked */
    set_gate(VECTOR_KICK + KICK_EVENT, trap_event);
    for (uint32_t n = 0; n < 32; n++)
        if (io_apic_lines() >> n & 1) set_gate(VECTOR_LINES + n, trap_device);
    set_gate(VECTOR_SPURIOUS, trap_spurious);
}

struct __attribute__((packed)) descriptor { uint16_t limit; uint64_t base; };

/*
 * The task register keeps what LTR once read (APM volume 2, 4.7.3, 4.8.3); later VMLOAD or VM exits load it. So its descriptor
 * need not stay, and the resident table, which LTR would have to write, can be constant.
 */
static void load_descriptors(const struct tss *tss)
{
    uint64_t at = (uint64_t)tss, table[SELECTOR_TSS / 8 + 2];
    arch_copy(table, gdt, sizeof gdt);
    table[SELECTOR_TSS / 8] = (sizeof *tss - 1) | (at & 0xffffff) << 16 | 0x89ull << 40 | (at >> 24 & 0xff) << 56;
    table[SELECTOR_TSS / 8 + 1] = at >> 32;
    struct descriptor t = { sizeof table - 1, (uint64_t)table }, g = { sizeof gdt - 1, (uint64_t)gdt };
    struct descriptor i = { sizeof idt - 1, (uint64_t)idt };
    __asm__ volatile("lgdt %0\n\tltr %w2\n\tlgdt %3\n\tlidt %4"
                     : "+m"(t), "+m"(table) : "r"(SELECTOR_TSS), "m"(g), "m"(i));
}

/* Supervisor-mode protections where the processor has them (CPUID 7): AMD64 APM volume 2, 3.1.3. */
static uint64_t protections(void)
{
    struct cpuid features = x86_cpuid(7, 0);
    return (features.ebx & 1u << 7 ? CR4_SMEP : 0) | (features.ebx & 1u << 20 ? CR4_SMAP : 0) |
           (features.ecx & 1u << 2 ? CR4_UMIP : 0);
}

/* As the processor has it now. CR0.WP is looked at once more, and shadow stacks begin, in handover.c. */
static void print_protections(uint32_t cpu)
{
    uint64_t has = x86_read_cr4();
    console_print("CPU %u protected by: %s tables, no-execute pages%s%s%s%s", cpu,
                  x86_read_cr0() & CR0_WP ? "read-only" : "WRITABLE", has & CR4_SMEP ? ", SMEP" : "",
                  has & CR4_SMAP ? ", SMAP" : "", has & CR4_UMIP ? ", UMIP" : "",
                  backend_has_shadow_stacks ? ", shadow stacks" : "");
}

static void set_up_apic(void)
{
    static const uint16_t masked[] = { APIC_LVT_LINT0, APIC_LVT_LINT1, APIC_LVT_ERROR, APIC_LVT_PERFORMANCE, APIC_LVT_THERMAL };
    apic_write(APIC_SPURIOUS, SPURIOUS_ENABLE | VECTOR_SPURIOUS);
    for (uint32_t i = 0; i < sizeof masked / sizeof *masked; i++) apic_write(masked[i], LVT_MASKED);
    apic_write(APIC_TASK_PRIORITY, PRIORITY_KERNEL << 4);
    apic_write(APIC_TIMER_DIVIDE, 0xb);           /* by 1 */
    apic_write(APIC_LVT_TIMER, VECTOR_TIMER);     /* one-shot */
}

void smp_set_up_cpu(uint32_t cpu)
{
    if (cpu == 0) fill_idt();
    load_descriptors(smp_cpus[cpu].tss);
    x86_write_cr4(CR4_PAE | CR4_OSFXSR | CR4_MCE | protections());
    set_up_apic();
    x86_wrmsr(MSR_PAT, PAT_RESET);
    __asm__ volatile("mov %0, %%dr7" : : "r"(DR7_RESET));         /* whatever a loader watched for */
    if (backend_has_shadow_stacks) {
        x86_wrmsr(MSR_PL0_SSP, (uint64_t)&smp_cpus[cpu].shadow->token);
        x86_wrmsr(MSR_SSP_TABLE, (uint64_t)smp_cpus[cpu].shadow->table);
    }
    backend_chosen->enable(&smp_cpus[cpu]);
    print_protections(cpu);
    __atomic_fetch_add(&set_up, 1, __ATOMIC_RELEASE);
}

static status_t start_cpu(uint32_t cpu)
{
    uint32_t before = __atomic_load_n(&set_up, __ATOMIC_ACQUIRE);
    uint64_t page = core_policy()->header->trampoline;
    boot_ap_stack = smp_cpus[cpu].stack_top;
    apic_send(cpu, ICR_INIT);
    arch_wait_until(arch_now() + (uint64_t)INIT_WAIT_MS * core_tsc_khz());
    for (int attempt = 0; attempt < 2; attempt++) {
        apic_send(cpu, ICR_STARTUP | (uint32_t)(page / PAGE_SIZE));
        uint64_t limit = arch_now() + (uint64_t)STARTUP_WAIT_MS * core_tsc_khz();
        while (arch_now() < limit) {
            if (__atomic_load_n(&set_up, __ATOMIC_ACQUIRE) != before) return STATUS_OK;
            x86_pause();
        }
    }
    console_print("processor refused: CPU %u (APIC id %u) does not start", cpu, core_policy()->cpus[cpu].apic_id);
    return (status_t){ BOOT_CPU };
}

/* The CPU that started is the one that the policy calls 0: kicks and INITs go by these numbers. */
static status_t check_own_id(void)
{
    uint32_t seen = apic_read(APIC_ID) >> 24, wanted = core_policy()->cpus[0].apic_id;
    if (seen == wanted) return STATUS_OK;
    console_print("processor refused: CPU 0 has APIC id %u, the platform says %u", seen, wanted);
    return (status_t){ BOOT_CPU };
}

status_t smp_start_others(void)
{
    TRY(check_own_id());
    uint8_t *page = (uint8_t *)core_policy()->header->trampoline;
    arch_copy(page, boot_trampoline, (uint64_t)(boot_trampoline_end - boot_trampoline));
    for (uint32_t cpu = 1; cpu < core_policy()->cpus_count; cpu++) TRY(start_cpu(cpu));
    arch_fill_zero(page, PAGE_SIZE);
    for (uint32_t i = 0; i < PAGE_SIZE; i++) CHECK(((const volatile uint8_t *)page)[i] == 0);
    return STATUS_OK;
}
