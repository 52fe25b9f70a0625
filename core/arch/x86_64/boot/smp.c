/* SPDX-License-Identifier: Apache-2.0 */
/* Processors: set up, and started one by one with INIT and SIPI (AMD64 APM volume 2, 15.27.8 and 16.5; Intel MP 1.4, B.4). */
#include "boot.h"
#include "core/arch.h"
#include "core/console.h"
#include "core/core.h"
#include "x86/cpu.h"
#include "x86/x86.h"

enum {
    ICR_INIT = 0x4500, ICR_STARTUP = 0x4600, LVT_MASKED = 1 << 16, SPURIOUS_ENABLE = 0x100, GATE_INTERRUPT = 0x8e,
    INIT_WAIT_MS = 10, STARTUP_WAIT_MS = 200, GUARD_PAGES = 1, STACK_PAGES = STACK_SIZE / PAGE_SIZE
};

struct smp_cpu smp_cpus[IMAGE_MAX_CPUS];
static uint32_t set_up;               /* CPUs that have got through smp_set_up_cpu() */

/* A stack aligned to its size, with a page below it that will not be mapped. The lowest word tells the CPU who it is. */
static uint64_t make_stack(uint32_t cpu)
{
    uint64_t block = (uint64_t)pool_take_writable(2 * STACK_PAGES, 2 * STACK_PAGES);
    uint64_t base = block + STACK_SIZE;
    *(uint32_t *)base = cpu;
    return base + STACK_SIZE;
}

void smp_prepare(void)
{
    for (uint32_t cpu = 0; cpu < core_policy()->cpus_count; cpu++) {
        smp_cpus[cpu] = (struct smp_cpu){ pool_take_writable(1, 1), make_stack(cpu) };
    }
}

static void set_gate(uint32_t vector, const char *handler)
{
    uint64_t at = (uint64_t)handler;
    idt[vector].low = (at & 0xffff) | (uint64_t)SELECTOR_CODE << 16 | (uint64_t)GATE_INTERRUPT << 40 | (at >> 16 & 0xffff) << 48;
    idt[vector].high = at >> 32;
}

static void fill_idt(void)
{
    for (uint32_t v = 0; v < 32; v++) set_gate(v, trap_entries + 4 * v);
    set_gate(2, backend_chosen->nmi);
    for (uint32_t v = 32; v < VECTOR_SPURIOUS; v++) set_gate(v, trap_interrupt);      /* whatever firmware left unmasked */
    set_gate(VECTOR_SPURIOUS, trap_spurious);
}

struct __attribute__((packed)) descriptor { uint16_t limit; uint64_t base; };

static void load_descriptors(void)
{
    struct descriptor g = { sizeof gdt - 1, (uint64_t)gdt }, i = { sizeof idt - 1, (uint64_t)idt };
    __asm__ volatile("lgdt %0\n\tlidt %1" : : "m"(g), "m"(i));
}

/* CR4: supervisor-mode protections where the processor has them (CPUID 7). */
static void set_control_registers(void)
{
    struct cpuid features = x86_cpuid(7, 0);
    x86_write_cr4(CR4_PAE | CR4_OSFXSR | CR4_MCE | (features.ebx & 1u << 7 ? CR4_SMEP : 0) | (features.ebx & 1u << 20 ? CR4_SMAP : 0) |
                  (features.ecx & 1u << 2 ? CR4_UMIP : 0));
}

static void set_up_apic(void)
{
    static const uint16_t masked[] = { APIC_LVT_LINT0, APIC_LVT_LINT1, APIC_LVT_ERROR, APIC_LVT_PERFORMANCE, APIC_LVT_THERMAL };
    apic_write(APIC_SPURIOUS, SPURIOUS_ENABLE | VECTOR_SPURIOUS);
    for (uint32_t i = 0; i < sizeof masked / sizeof *masked; i++) apic_write(masked[i], LVT_MASKED);
    apic_write(APIC_TASK_PRIORITY, 0);
    apic_write(APIC_TIMER_DIVIDE, 0xb);           /* by 1 */
    apic_write(APIC_LVT_TIMER, VECTOR_TIMER);     /* one-shot */
}

void smp_set_up_cpu(uint32_t cpu)
{
    if (cpu == 0) fill_idt();
    load_descriptors();
    set_control_registers();
    set_up_apic();
    x86_wrmsr(MSR_PAT, PAT_RESET);
    backend_chosen->enable(smp_cpus[cpu].page);
    __atomic_fetch_add(&set_up, 1, __ATOMIC_RELEASE);
}

static void wait_ms(uint32_t ms)
{
    arch_wait_until(arch_now() + (uint64_t)ms * core_tsc_khz());
}

static void send(uint32_t apic_id, uint32_t command)
{
    apic_write(APIC_ICR_HIGH, apic_id << 24);
    apic_write(APIC_ICR_LOW, command);
}

static status_t start_cpu(uint32_t cpu)
{
    uint32_t apic_id = core_policy()->cpus[cpu].apic_id, before = __atomic_load_n(&set_up, __ATOMIC_ACQUIRE);
    uint64_t page = core_policy()->header->trampoline;
    boot_ap_stack = smp_cpus[cpu].stack_top;
    send(apic_id, ICR_INIT);
    wait_ms(INIT_WAIT_MS);
    for (int attempt = 0; attempt < 2; attempt++) {
        send(apic_id, ICR_STARTUP | (uint32_t)(page / PAGE_SIZE));
        uint64_t limit = arch_now() + (uint64_t)STARTUP_WAIT_MS * core_tsc_khz();
        while (arch_now() < limit) {
            if (__atomic_load_n(&set_up, __ATOMIC_ACQUIRE) != before) return STATUS_OK;
            x86_pause();
        }
    }
    console_print("processor refused: CPU %u (APIC id %u) does not start", cpu, apic_id);
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
    return STATUS_OK;
}
