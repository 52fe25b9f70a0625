/* SPDX-License-Identifier: Apache-2.0 */
/* Start-up of x86-64. Everything in this folder is erased before the first subject runs. */
#ifndef BOOT_BOOT_H
#define BOOT_BOOT_H

#include <stdbool.h>
#include <stdint.h>
#include "core/status.h"
#include "mboot/handoff.h"
#include "x86/x86.h"

/* ---- entry.S ---- */
extern const char boot_trampoline[], boot_trampoline_end[];
/* What a starting CPU takes: written by the first CPU, one CPU at a time. */
extern uint64_t boot_ap_stack;

/* ---- multiboot.c: loaders' structures, untrusted, into the handoff ---- */
void multiboot_read(uint32_t magic, uint64_t info, struct handoff *handoff);

/* ---- clock.c ---- */
/* Rates of TSC and local APIC timer in kHz, measured against the PIT. */
struct clock_rates { uint32_t tsc_khz, timer_khz; };
struct clock_rates clock_measure(void);

/* ---- pool.c: pages of the kernel_pool region. From below: sealed, read-only later. From above: stay writable ---- */
void pool_open(uint64_t base, uint64_t size);
void *pool_take_sealed(uint32_t pages);
/* `align`: pages, a power of two. */
void *pool_take_writable(uint32_t pages, uint32_t align);
uint64_t pool_sealed_end(void);

/* ---- paging.c: four-level tables, the kernel's and the nested ones ---- */
enum paging_flag { PAGING_WRITE = 1, PAGING_EXECUTE = 2, PAGING_USER = 4, PAGING_UNCACHED = 8, PAGING_EPT = 16 };
uint64_t *paging_new(void);
/* Maps [from, from + size) to `to` with pages as large as alignment allows; all page-aligned. */
void paging_map(uint64_t *root, uint64_t from, uint64_t to, uint64_t size, uint32_t flags);
/* The entry that maps the 4 KiB page at `address`. */
uint64_t *paging_entry(uint64_t *root, uint64_t address);

/* ---- kernel_map.c: the kernel's final page tables ---- */
struct enter_plan kernel_map_build(void);

struct smp_cpu;

/* ---- backend.c: the two ways to run subjects ---- */
struct backend_start {
    const char *name;
    const struct backend *resident;
    const char *nmi;                              /* handler of non-maskable interrupts */
    bool (*present)(void);
    status_t (*probe)(void);                      /* says on the console what is missing */
    void (*enable)(const struct smp_cpu *cpu);    /* on the calling CPU; interrupts then wait to be taken */
    void (*create_all)(void);
};
extern const struct backend_start svm_start, vmx_start;
/* The one that is in use. */
extern const struct backend_start *backend_chosen;
MUST_CHECK status_t backend_choose(void);
status_t backend_refuse(const char *what, uint32_t code);
/* Nested page tables of a subject; flags: enum paging_flag for all of them. */
struct policy_tables;
uint64_t *nested_tables(const struct policy_tables *policy, uint16_t subject, uint32_t flags);
void backend_init_vcpu(struct vcpu *fresh, const struct policy_tables *policy, uint16_t subject);
/* Resident code of the one in use, and of the other, which will be erased. */
struct code_range backend_code(bool used);

/* ---- smp.c ---- */
/* The backend's page; what the processor only reads, sealed: the task state segment, the backend's copy of this CPU's registers. */
struct smp_cpu { void *page; struct tss *tss; void *host; uint64_t stack_top; };
extern struct smp_cpu smp_cpus[];
void smp_prepare(void);
MUST_CHECK status_t smp_start_others(void);
/* Control registers, descriptor tables, local APIC, backend of the calling CPU. */
void smp_set_up_cpu(uint32_t cpu);

_Noreturn void boot_main(uint32_t magic, uint32_t info);
_Noreturn void boot_ap_main(uint32_t cpu);

#define BOOT_MODULE 6u
enum boot_status {
    BOOT_NO_SVM = BOOT_MODULE << 16 | 1, BOOT_NO_NPT, BOOT_NO_NX, BOOT_SVM_LOCKED, BOOT_ASIDS, BOOT_CPU, BOOT_APIC, BOOT_VMX
};

#endif
