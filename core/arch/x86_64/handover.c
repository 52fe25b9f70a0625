/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From start-up to service. When this code runs, each CPU is on the kernel's final page tables and the start-up code is still
 * mapped, writable and not executable, and so is the backend that is not in use. The first CPU waits for the others, erases
 * both, looks whether they are gone, takes their page table entries away and releases the others, which drop what they may have
 * cached of them. Afterwards no page table can be written: the pages are mapped read-only and CR0.WP is set.
 */
#include "core/console.h"
#include "core/core.h"
#include "core/schedule.h"
#include "core/status.h"
#include "x86/x86.h"

static uint32_t arrived, released;            /* CPUs that have left the start-up code; whether they may go on */
static struct enter_plan last_steps;

static void erase(void *start, uint64_t size)
{
    arch_fill_zero(start, size);
    for (const volatile uint64_t *p = start, *end = p + size / sizeof *p; p < end; p++) CHECK(*p == 0);
}

/* Shadow stacks begin here and not before: while they are on, CR0.WP cannot be cleared. */
static _Noreturn void serve(void)
{
    CHECK(x86_read_cr0() & CR0_WP);
    if (last_steps.shadow_stacks) x86_start_shadow_stack();
    schedule_run(arch_cpu());
}

/* Leaves the start-up stack. Nothing of it is used again. */
static _Noreturn void on_stack(uint64_t stack_top, void (*function)(void))
{
    __asm__ volatile("mov %0, %%rsp\n\txor %%ebp, %%ebp\n\tcall *%1" : : "r"(stack_top), "r"(function) : "memory");
    __builtin_unreachable();
}

/* On the CPU's own stack: the start-up stack goes with the rest. */
static _Noreturn void erase_and_serve(void)
{
    const struct code_range *first = last_steps.erased, *end = first + ERASED_COUNT;
    uint64_t all = 0, protected = x86_read_cr0();
    x86_write_cr0(protected & ~CR0_WP);
    for (const struct code_range *r = first; r < end; r++) {
        uint64_t size = (uint64_t)(r->end - r->start);
        erase(r->start, size);
        erase(r->entries, size / PAGE_SIZE * sizeof *r->entries);
        all += size;
    }
    x86_write_cr0(protected);
    x86_write_cr3(x86_read_cr3());
    console_print("start-up code erased and unmapped: %U bytes; page tables sealed, root at %x", all, last_steps.root);
    __atomic_store_n(&released, 1, __ATOMIC_RELEASE);
    serve();
}

_Noreturn void enter_first(const struct enter_plan *plan, uint64_t stack_top)
{
    last_steps = *plan;
    while (__atomic_load_n(&arrived, __ATOMIC_ACQUIRE) + 1 < core_policy()->cpus_count) x86_pause();
    x86_write_cr3(last_steps.root);
    on_stack(stack_top, erase_and_serve);
}

static _Noreturn void wait_for_release(void)
{
    __atomic_fetch_add(&arrived, 1, __ATOMIC_RELEASE);
    while (!__atomic_load_n(&released, __ATOMIC_ACQUIRE)) x86_pause();
    x86_write_cr3(x86_read_cr3());
    serve();
}

_Noreturn void enter_other(uint64_t root, uint64_t stack_top)
{
    x86_write_cr3(root);
    on_stack(stack_top, wait_for_release);
}
