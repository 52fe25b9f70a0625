/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's final page tables: what the running kernel can reach, and nothing else. No page is both writable and executable.
 * Subjects' memory is there only where a restart has to rebuild it, or a monitor's because of the page for its answers.
 * Addresses are physical ones, but of coloured regions.
 */
#include "boot.h"

extern uint8_t boot_start[], boot_end[], text_start[], text_end[], rodata_end[], sealed_end[], kernel_end[];

static void map(uint64_t *root, const uint8_t *start, const uint8_t *end, uint32_t flags)
{
    paging_map(root, (uint64_t)start, (uint64_t)start, (uint64_t)(end - start), flags);
}

static void map_kernel(uint64_t *root)
{
    const struct code_range used = backend_code(true), unused = backend_code(false);
    map(root, boot_start, boot_end, PAGING_WRITE);                /* until it is erased, */
    map(root, unused.start, unused.end, PAGING_WRITE);            /* likewise */
    map(root, used.start, used.end, PAGING_EXECUTE);
    map(root, text_start, text_end, PAGING_EXECUTE);
    map(root, text_end, sealed_end, 0);
    map(root, sealed_end, kernel_end, PAGING_WRITE);
    paging_map(root, APIC_BASE, APIC_BASE, PAGE_SIZE, PAGING_WRITE | PAGING_UNCACHED);
}

static bool rebuilt(const struct policy_tables *policy, uint32_t subject)
{
    for (uint32_t i = 0; i < policy->operations_count; i++) {
        if (policy->operations[i].kind == IMAGE_OPERATION_RESTART && policy->operations[i].object == subject) return true;
    }
    return policy->subjects[subject].restart_max > 0 || policy->subjects[subject].serves != IMAGE_NONE;
}

/* The catalogue is the audit subject's, direct channels are their ends'; the pool is mapped last. */
static bool is_read(const struct image_region *r)
{
    return r->kind == IMAGE_REGION_IMAGE_HOME || r->kind == IMAGE_REGION_OUTBOX;
}

static bool is_written(const struct policy_tables *policy, const struct image_region *r)
{
    if (r->kind == IMAGE_REGION_RAM) return rebuilt(policy, r->owner);
    return r->kind == IMAGE_REGION_INBOX || r->kind == IMAGE_REGION_AUDIT || r->kind == IMAGE_REGION_INFO;
}

/* Start-up fills coloured regions too, where only these tables show them. */
static void map_region(uint64_t *root, const struct policy_tables *policy, const struct image_region *r)
{
    bool written = r->colour_count > 0 || is_written(policy, r);
    if (written || is_read(r)) paging_map_region(root, r->kva, policy, r, written ? PAGING_WRITE : 0);
}

/* Takes from the kernel what only start-up needed of a coloured region. */
static void seal_region(uint64_t *root, const struct policy_tables *policy, const struct image_region *r)
{
    if (r->colour_count == 0 || is_written(policy, r)) return;
    for (uint64_t at = r->kva; at < r->kva + r->size; at += PAGE_SIZE)
        *paging_entry(root, at) &= is_read(r) ? ~(uint64_t)(PTE_WRITE | PTE_DIRTY) : 0;
}

/* The page below a CPU's stack. */
static struct span guard(uint32_t cpu)
{
    uint64_t end = smp_cpus[cpu].stack_top - STACK_SIZE;
    return (struct span){ end - PAGE_SIZE, end };
}

static struct span shadow(uint32_t cpu)
{
    return (struct span){ (uint64_t)smp_cpus[cpu].shadow, (uint64_t)(smp_cpus[cpu].shadow + 1) };
}

/*
 * The pool, page by page: mapping it takes pages of it. Then its sealed part loses the right to be written, and the page below
 * each stack goes, so that an overflow faults.
 */
static void map_pool(uint64_t *root, const struct image_region *pool)
{
    uint64_t end = pool->hpa + pool->size;
    for (uint64_t at = pool->hpa; at < end; at += PAGE_SIZE) paging_map(root, at, at, PAGE_SIZE, PAGING_WRITE);
    for (uint64_t at = pool->hpa; at < pool_sealed_end(); at += PAGE_SIZE) *paging_entry(root, at) &= ~(PTE_WRITE | PTE_DIRTY);
    for (uint32_t cpu = 0; cpu < core_policy()->cpus_count; cpu++) {
        *paging_entry(root, guard(cpu).start) = 0;
        if (backend_has_shadow_stacks) *paging_entry(root, shadow(cpu).start) |= PTE_DIRTY;
    }
}

/* Start-up's own tables, which the processor has, show coloured regions by these ones. */
static void lend(const uint64_t *root)
{
    const uint64_t *pointers = (const uint64_t *)(*root & PTE_ADDRESS);
    uint64_t *own = (uint64_t *)(*(const uint64_t *)(x86_read_cr3() & PTE_ADDRESS) & PTE_ADDRESS);
    for (uint32_t i = IMAGE_GATHERED >> 30; i < PAGE_SIZE / sizeof *own; i++) own[i] = pointers[i];
}

void kernel_map_seal(uint64_t root)
{
    const struct policy_tables *policy = core_policy();
    for (uint32_t i = 0; i < policy->regions_count; i++) seal_region((uint64_t *)root, policy, &policy->regions[i]);
}

struct enter_plan kernel_map_build(void)
{
    const struct policy_tables *policy = core_policy();
    uint64_t *root = pool_take_sealed(1);
    struct enter_plan plan = { (uint64_t)root, { { boot_start, boot_end, 0 }, backend_code(false) },
                               backend_has_shadow_stacks };
    map_kernel(root);
    for (uint32_t i = 0; i < policy->regions_count; i++) map_region(root, policy, &policy->regions[i]);
    map_pool(root, &policy->regions[policy->header->kernel_pool]);
    lend(root);
    for (uint32_t i = 0; i < ERASED_COUNT; i++) plan.erased[i].entries = paging_entry(root, (uint64_t)plan.erased[i].start);
    return plan;
}

static struct span span(const uint8_t *start, const uint8_t *end)
{
    return (struct span){ (uint64_t)start, (uint64_t)end };
}

static struct map_limits limits(void)
{
    const struct policy_tables *policy = core_policy();
    struct code_range used = backend_code(true);
    struct map_limits l = {
        .kernel = span(boot_start, kernel_end), .text = span(text_start, text_end), .backend = span(used.start, used.end),
        .constant = span(text_end, sealed_end),
        .tables = { policy->regions[policy->header->kernel_pool].hpa, pool_sealed_end() }
    };
    for (uint32_t cpu = 0; cpu < policy->cpus_count; cpu++) {
        l.guards[cpu] = guard(cpu);
        if (backend_has_shadow_stacks) l.shadows[cpu] = shadow(cpu);
    }
    return l;
}

static status_t refuse(const char *whose, uint32_t index, struct map_fault f)
{
    if (f.what == 0) return STATUS_OK;
    console_print("page tables refused: %s %u reaches %s at %x", whose, index, f.what, f.at);
    return (status_t){ BOOT_MAP };
}

status_t kernel_map_check(uint64_t root)
{
    const struct policy_tables *policy = core_policy();
    const struct map_limits l = limits();
    TRY(refuse("kernel", 0, map_check_kernel(policy, root, &l)));
    for (uint16_t s = 0; s < policy->subjects_count; s++) {
        TRY(refuse("subject", s, map_check_nested(policy, s, nested[s], &l)));
    }
    console_print("page tables of kernel and %u subjects checked", policy->subjects_count);
    return STATUS_OK;
}
