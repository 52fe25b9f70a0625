/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Start-up of x86-64. Everything in this folder is erased before the first subject runs. What nearly all of it needs of the
 * core and of the processor is included here.
 */
#pragma once

#include "core/console.h"
#include "core/core.h"
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
enum { LEVEL_BITS = 9, LEVEL_MASK = 511, PAGE_BITS = 12, LEVEL_PAGE = 0, LEVEL_LARGE = 1, LEVEL_GIANT = 2, LEVEL_ROOT = 3 };
/* Bytes that one entry of a level maps. */
static inline uint64_t paging_reach(int level)
{
    return 1ull << (PAGE_BITS + LEVEL_BITS * level);
}

enum paging_flag {
    PAGING_WRITE = IMAGE_WRITE, PAGING_EXECUTE = IMAGE_EXECUTE,           /* and so EPT has them: paging.c, walk.c */
    PAGING_RIGHTS = PAGING_WRITE | PAGING_EXECUTE, PAGING_USER = 8, PAGING_UNCACHED = 16, PAGING_EPT = 32,
    PAGING_SHADOW = 64,               /* a shadow stack: seen by paging_walk_next() alone */
    PAGING_GIANT = 128                /* pages of 1 GiB too: not every processor has them */
};
static_assert(PAGING_WRITE == EPT_WRITE && PAGING_EXECUTE == EPT_EXECUTE, "rights are the same bits");
/* Maps [from, from + size) to `to` with pages as large as alignment and flags allow; all page-aligned. */
void paging_map(uint64_t *root, uint64_t from, uint64_t to, uint64_t size, uint32_t flags);
/* Maps a whole region to where its pages lie: coloured ones by small pages. */
void paging_map_region(uint64_t *root, uint64_t from, const struct policy_tables *policy, const struct image_region *region,
                       uint32_t flags);
/* The entry that maps the 4 KiB page at `address`. */
uint64_t *paging_entry(uint64_t *root, uint64_t address);

/* ---- walk.c: what page tables map, in rising order ---- */
struct span { uint64_t start, end; };
struct paging_walk {
    uint64_t root;
    struct span tables;               /* where every table lies: none elsewhere is read */
    uint64_t at;
    bool ept;
    int largest;                      /* level of the largest pages that the processor has there */
    bool odd;                         /* ended early: at `at` there is what is no table, or no entry that paging.c writes */
};
struct paging_page { uint64_t from, to, size; uint32_t flags; };        /* flags: enum paging_flag without PAGING_EPT */
bool paging_walk_next(struct paging_walk *walk, struct paging_page *page);

/* ---- map_check.c: whether page tables are what image and kernel say. `what` is 0 if they are ---- */
struct map_limits {
    struct span kernel, text;
    struct span backend;                          /* code of the one in use */
    struct span constant;                         /* constants and sealed variables */
    struct span tables;                           /* the pool's sealed part */
    struct span guards[IMAGE_MAX_CPUS];           /* the page below each stack */
    struct span shadows[IMAGE_MAX_CPUS];          /* shadow stacks */
};
struct map_fault { const char *what; uint64_t at; };
struct map_fault map_check_kernel(const struct policy_tables *policy, uint64_t root, const struct map_limits *limits);
struct nested { uint64_t root; uint32_t flags; };        /* PAGING_EPT, PAGING_GIANT: what the processor has */
struct map_fault map_check_nested(const struct policy_tables *policy, uint32_t subject, struct nested tables,
                                  const struct map_limits *limits);

/* ---- kernel_map.c: the kernel's final page tables ---- */
struct enter_plan kernel_map_build(void);
/* Until then start-up can fill coloured regions; afterwards the kernel has what it needs of them. */
void kernel_map_seal(uint64_t root);
/* The last look at them and at the subjects' ones; says on the console what is wrong. */
MUST_CHECK status_t kernel_map_check(uint64_t root);

/* ---- io_apic.c ---- */
/* Lines whose interrupts some subject has, one bit each. */
uint32_t io_apic_lines(void);
/* Masks all other pins; says on the console what is wrong. */
MUST_CHECK status_t io_apic_start(void);

/* ---- smp.c ---- */
/*
 * A CPU's shadow stacks, each growing down from its token, which holds its own address (SDM volume 1, 17.2.3); and where the
 * one for double faults is, by the number that its gate has (SDM volume 3, 6.14.5).
 */
struct shadow_page {
    uint64_t table[8], fault_stack[247], fault_token, stack[255], token;
};
static_assert(sizeof(struct shadow_page) == 4096, "one page");
struct smp_cpu {
    void *page;                       /* the backend's */
    struct tss *tss;                  /* sealed, and so is: */
    void *host;                       /* SVM: the CPU's own registers that VMLOAD loads */
    struct shadow_page *shadow;       /* sealed to all but the processor */
    uint64_t stack_top;
};
extern struct smp_cpu smp_cpus[];
void smp_prepare(void);
MUST_CHECK status_t smp_start_others(void);
/* Control registers, descriptor tables, local APIC, backend of the calling CPU. */
void smp_set_up_cpu(uint32_t cpu);

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
/* Whether returns are checked: the processor has shadow stacks and the backend switches them. Set by probe(). */
extern bool backend_has_shadow_stacks;
/* Whether nested tables may have pages of 1 GiB. Set by probe(). */
extern bool backend_has_giant_pages;
/* The one that is in use. */
extern const struct backend_start *backend_chosen;
MUST_CHECK status_t backend_choose(void);
status_t backend_refuse(const char *what, uint32_t code);
/* Nested page tables of a subject; flags: enum paging_flag for all of them. */
uint64_t *nested_tables(const struct policy_tables *policy, uint32_t subject, uint32_t flags);
/* Those that each subject has. */
extern struct nested nested[IMAGE_MAX_SUBJECTS];
void backend_init_vcpu(struct vcpu *fresh, const struct policy_tables *policy, uint32_t subject);
/* One bit a port; set: exits (APM volume 2, 15.10.1; SDM volume 3, 25.6.4). A monitor has its subject's ports. */
uint8_t *backend_io_map(const struct policy_tables *policy, const struct image_subject *s, uint32_t pages);
/* The next of vcpu_fields. */
void backend_show(uint64_t field, uint64_t may);
/* Resident code of the one in use, and of the other, which will be erased. */
struct code_range backend_code(bool used);

_Noreturn void boot_main(uint32_t magic, uint32_t info);
_Noreturn void boot_ap_main(uint32_t cpu);

#define BOOT_MODULE 6u
enum boot_status {
    BOOT_NO_SVM = BOOT_MODULE << 16 | 1, BOOT_NO_NPT, BOOT_NO_NX, BOOT_SVM_LOCKED, BOOT_ASIDS, BOOT_CPU, BOOT_APIC, BOOT_VMX,
    BOOT_MAP, BOOT_IO_APIC, BOOT_WINDOW
};
