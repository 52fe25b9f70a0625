/* SPDX-License-Identifier: Apache-2.0 */
/* Time and other CPUs: the local APIC's one-shot timer and inter-processor interrupts. */
#include "core/core.h"
#include "core/compiler.h"
#include "x86/x86.h"

#define TIMER_FURTHEST (1ull << 30)   /* TSC ticks; times a ratio below 2^34 it does not overflow */

#define PATIENCE 1000000u             /* looks at an interrupt that is not delivered: then the next is asked for all the same */

enum { WAIT_LAST = 512, WAIT_STEPS = 8 };     /* ticks before the end of a wait; more than its last loop has instructions */

SEALED uint64_t apic_timer_ratio;
static uint32_t stopping, stopped;    /* arch_stop_others: asked for; CPUs that obeyed */

uint64_t arch_now(void)
{
    return x86_rdtsc();
}

uint32_t arch_cpu(void)
{
    return x86_cpu()->index;
}

/* A CPU that is asked to stop does so at the next interrupt it looks at. */
void x86_stop_if_asked(void)
{
    if (!__atomic_load_n(&stopping, __ATOMIC_ACQUIRE)) return;
    __atomic_fetch_add(&stopped, 1, __ATOMIC_RELEASE);
    arch_halt();
}

void arch_timer_arm(uint64_t instant)
{
    uint64_t now = x86_rdtsc();
    uint64_t left = instant > now ? instant - now : 0;
    if (left > TIMER_FURTHEST) left = TIMER_FURTHEST;             /* early: whoever waits looks at the clock and arms again */
    x86_cpu()->timer_end = instant == UINT64_MAX ? instant : now + left;
    uint64_t count = instant == UINT64_MAX ? 0 : (left * apic_timer_ratio >> 32) + 1;      /* 0 stops the timer */
    apic_write(APIC_TIMER_INITIAL, count > UINT32_MAX ? UINT32_MAX : (uint32_t)count);
}

/*
 * What is pending for the subject before is taken meanwhile: the next one is not to be left for it. The last stretch is waited
 * without a pause, and by as many steps more as its last reading was early, so that where in the loop the instant came is not
 * to be seen in what follows. One that is past is not waited for.
 */
void arch_wait_until(uint64_t instant)
{
    int64_t late;
    while (x86_rdtsc() + WAIT_LAST < instant) {
        x86_pause();
        x86_cpu()->kicked = 0;
        backend.take_interrupts();
        x86_stop_if_asked();
    }
    do late = (int64_t)(x86_rdtsc() - instant); while (late < 0);
    if (late >= WAIT_STEPS) return;
    uint64_t steps = (uint64_t)(WAIT_STEPS - late);
    __asm__ volatile("1: loop 1b" : "+c"(steps));
}

void arch_sleep(void)
{
    backend.sleep();
    x86_stop_if_asked();
}

void apic_send(uint32_t cpu, uint32_t command)
{
    for (uint32_t i = 0; i < PATIENCE && apic_read(APIC_ICR_LOW) & 1u << 12; i++) x86_pause();      /* delivery pending */
    apic_write(APIC_ICR_HIGH, core_policy()->cpus[cpu].apic_id << 24);
    apic_write(APIC_ICR_LOW, command);
}

/* A subject that cannot take an event now is left at the latest when it can: no second signal. */
void arch_kick(uint32_t cpu, enum arch_kick why)
{
    apic_send(cpu, VECTOR_KICK + why);
    if (why == KICK_CORE && backend.kick != 0) apic_send(cpu, backend.kick);
}

void arch_stop_others(void)
{
    uint32_t others = core_policy()->cpus_count - 1;
    if (__atomic_exchange_n(&stopping, 1, __ATOMIC_ACQ_REL)) x86_stop_if_asked();     /* another CPU was first */
    x86_stop_all();
    while (__atomic_load_n(&stopped, __ATOMIC_ACQUIRE) < others) x86_pause();
}

void x86_stop_all(void)
{
    __atomic_store_n(&stopping, 1, __ATOMIC_RELEASE);
    for (uint32_t cpu = 0; cpu < core_policy()->cpus_count; cpu++)
        if (cpu != arch_cpu()) arch_kick(cpu, KICK_CORE);
}

/* Also before SVM is on: nothing here may need it. In service the global interrupt flag is clear already. */
_Noreturn void arch_halt(void)
{
    for (;;) __asm__ volatile("cli; hlt");
}

_Noreturn void arch_power_off(void)
{
    const struct image_header *h = core_policy()->header;
    if (h->power_port != 0) x86_outw(h->power_port, h->power_value);
    arch_halt();
}
