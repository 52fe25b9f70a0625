/* SPDX-License-Identifier: Apache-2.0 */
/* The way from the boot loader to the first subject. Any failure says why on COM1 and halts: nothing runs unchecked. */
#include "boot.h"
#include "core/schedule.h"
#include "core/start.h"

enum { PIC1_DATA = 0x21, PIC2_DATA = 0xa1, FIRST_FRAME_MS = 5 };
enum { APIC_BASE_MSR = 0x1b, APIC_X2 = 1 << 10, APIC_ENABLED = 1 << 11 };

extern uint8_t boot_start[], kernel_end[];

static uint64_t final_root;           /* for CPUs that start later */

static void set_up_console(void)
{
    static const struct { uint16_t port; uint8_t value; } steps[] = {
        { 0x3f9, 0 }, { 0x3fb, 0x80 }, { 0x3f8, 1 }, { 0x3f9, 0 }, { 0x3fb, 3 }, { 0x3fa, 7 }, { 0x3fc, 3 }   /* 115200 8N1 */
    };
    for (uint32_t i = 0; i < sizeof steps / sizeof *steps; i++) x86_outb(steps[i].port, steps[i].value);
}

static status_t probe_apic(void)
{
    uint64_t base = x86_rdmsr(APIC_BASE_MSR);
    if ((base & APIC_ENABLED) && !(base & APIC_X2) && (base & PTE_ADDRESS) == APIC_BASE) return STATUS_OK;
    console_print("processor refused: local APIC is not at %x in xAPIC mode", APIC_BASE);
    return (status_t){ BOOT_APIC };
}

/*
 * SDM volume 2A, CPUID leaf 7; AMD64 APM volume 3, CPUID Fn8000_0008_EBX. What cannot be cleared is said: it is for the reader
 * to judge whether this processor will do.
 */
static void set_flushes(void)
{
    uint32_t leaf7 = x86_cpuid(0, 0).eax >= 7 ? x86_cpuid(7, 0).edx : 0;
    uint32_t amd = x86_cpuid(0x80000000, 0).eax >= 0x80000008 ? x86_cpuid(0x80000008, 0).ebx : 0;
    uint32_t has = (leaf7 & 1u << 26 || amd & 1u << 12 ? FLUSH_PREDICTORS : 0) | (leaf7 & 1u << 28 ? FLUSH_L1D : 0) |
                   (leaf7 & 1u << 10 ? FLUSH_BUFFERS : 0);
    flush_available = has;
    console_print("between labels: branch predictors %s, L1 data cache %s, buffers %s",
                  has & FLUSH_PREDICTORS ? "cleared" : "not cleared",
                  has & FLUSH_L1D ? "cleared" : "not cleared", has & FLUSH_BUFFERS ? "cleared" : "not cleared");
}

static status_t measure_clock(void)
{
    TRY(probe_apic());
    x86_outb(PIC1_DATA, 0xff);
    x86_outb(PIC2_DATA, 0xff);
    struct clock_rates rates = clock_measure();
    ENSURE(rates.tsc_khz != 0 && rates.timer_khz != 0, BOOT_APIC);
    ENSURE(rates.timer_khz / 4 < rates.tsc_khz, BOOT_APIC);        /* apic.c counts on it */
    apic_timer_ratio = ((uint64_t)rates.timer_khz << 32) / rates.tsc_khz;
    schedule_start(0, rates.tsc_khz);
    set_flushes();
    /* Whether the TSC keeps its rate in every power state: AMD64 APM volume 3, CPUID Fn8000_0007_EDX[TscInvariant]. */
    bool invariant = x86_cpuid(0x80000000, 0).eax >= 0x80000007 && x86_cpuid(0x80000007, 0).edx & 1u << 8;
    console_print("TSC %u kHz%s, local APIC timer %u kHz", rates.tsc_khz, invariant ? "" : ", not declared invariant",
                  rates.timer_khz);
    return STATUS_OK;
}

static void print_policy(void)
{
    const struct image_header *h = core_policy()->header;
    char name[IMAGE_NAME + 1] = { 0 };
    arch_copy(name, h->system, IMAGE_NAME);
    console_print("policy %s, version %u, %s, hash %h", name, h->rollback,
                  h->flags & IMAGE_FLAG_UNSIGNED ? "unsigned" : "signed", h->policy_hash);
}

static status_t start(uint32_t magic, uint32_t info, struct enter_plan *plan)
{
    struct handoff handoff;
    uint32_t measured;
    multiboot_read(magic, info, &handoff);
    TRY(measure_clock());
    TRY(start_take_image(&handoff, (uint64_t)boot_start, (uint64_t)kernel_end));
    print_policy();
    ENSURE(schedule_fits(), BOOT_WINDOW);
    TRY(launch_measure(&handoff, core_policy()->header, &measured));
    TRY(backend_choose());
    const struct image_region *pool = &core_policy()->regions[core_policy()->header->kernel_pool];
    pool_open(pool->hpa, pool->size);
    smp_prepare();
    backend_chosen->create_all();
    *plan = kernel_map_build();
    start_subjects(measured);
    kernel_map_seal(plan->root);
    final_root = plan->root;
    smp_set_up_cpu(0);
    TRY(smp_start_others());
    TRY(io_apic_start());
    return kernel_map_check(plan->root);
}

/*
 * Before any function is entered that returns: none may see the guard change. The time stamp counter at this point differs from
 * boot to boot; RDRAND (AMD64 APM volume 3, CPUID Fn0000_0001_ECX[RDRAND]) is taken where there is one and it answers.
 */
static inline __attribute__((always_inline)) void set_stack_guard(void)
{
    uint64_t random = 0;
    if (x86_cpuid(1, 0).ecx & 1u << 30) __asm__ volatile("rdrand %0" : "+r"(random) : : "cc");
    __stack_chk_guard = random ^ x86_rdtsc() * 0x9e3779b97f4a7c15ull;
}

_Noreturn void boot_main(uint32_t magic, uint32_t info)
{
    set_stack_guard();
    set_up_console();
    console_print("Bulkhead separation kernel");
    struct enter_plan plan;
    status_t s = start(magic, info, &plan);
    if (s.code != 0) {
        console_print("start-up refused: status %x", (uint64_t)s.code);
        arch_halt();
    }
    console_print("%u CPUs, %u subjects", core_policy()->cpus_count, core_policy()->subjects_count);
    schedule_start(arch_now() + (uint64_t)FIRST_FRAME_MS * core_tsc_khz(), core_tsc_khz());
    enter_first(&plan, smp_cpus[0].stack_top);
}

_Noreturn void boot_ap_main(uint32_t cpu)
{
    smp_set_up_cpu(cpu);
    enter_other(final_root, smp_cpus[cpu].stack_top);
}
