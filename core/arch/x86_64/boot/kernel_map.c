/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's final page tables: what the running kernel can reach, and nothing else. No page is both writable and executable.
 * Subjects' memory is there only where a restart has to rebuild it. Addresses are physical ones.
 */
#include "boot.h"
#include "core/core.h"
#include "x86/cpu.h"
#include "x86/x86.h"

extern uint8_t boot_start[], boot_end[], text_start[], text_end[], rodata_end[], sealed_end[], kernel_end[];

static void map(uint64_t *root, uint64_t from, uint64_t end, uint32_t flags)
{
    paging_map(root, from, from, end - from, flags);
}

static void map_code(uint64_t *root, struct code_range r, uint32_t flags)
{
    map(root, (uint64_t)r.start, (uint64_t)r.end, flags);
}

static void map_kernel(uint64_t *root)
{
    map(root, (uint64_t)boot_start, (uint64_t)boot_end, PAGING_WRITE);          /* until it is erased */
    map_code(root, backend_code(false), PAGING_WRITE);                          /* likewise */
    map_code(root, backend_code(true), PAGING_EXECUTE);
    map(root, (uint64_t)text_start, (uint64_t)text_end, PAGING_EXECUTE);
    map(root, (uint64_t)text_end, (uint64_t)sealed_end, 0);
    map(root, (uint64_t)sealed_end, (uint64_t)kernel_end, PAGING_WRITE);
    map(root, APIC_BASE, APIC_BASE + PAGE_SIZE, PAGING_WRITE | PAGING_UNCACHED);
}

static bool rebuilt(const struct policy_tables *policy, uint16_t subject)
{
    for (uint32_t i = 0; i < policy->operations_count; i++) {
        if (policy->operations[i].kind == IMAGE_OPERATION_RESTART && policy->operations[i].object == subject) return true;
    }
    return policy->subjects[subject].restart_max > 0;
}

static void map_region(uint64_t *root, const struct policy_tables *policy, const struct image_region *r)
{
    switch (r->kind) {
    case IMAGE_REGION_IMAGE_HOME: case IMAGE_REGION_OUTBOX:
        map(root, r->hpa, r->hpa + r->size, 0);
        break;
    case IMAGE_REGION_INBOX: case IMAGE_REGION_AUDIT: case IMAGE_REGION_INFO:
        map(root, r->hpa, r->hpa + r->size, PAGING_WRITE);
        break;
    case IMAGE_REGION_RAM:
        if (rebuilt(policy, r->owner)) map(root, r->hpa, r->hpa + r->size, PAGING_WRITE);
        break;
    default:                          /* the catalogue is the audit subject's; the pool is mapped last */
        break;
    }
}

/*
 * The pool, page by page: mapping it takes pages of it. Then its sealed part loses the right to be written, and the page below
 * each stack goes, so that an overflow faults.
 */
static void map_pool(uint64_t *root, const struct image_region *pool)
{
    for (uint64_t at = pool->hpa; at < pool->hpa + pool->size; at += PAGE_SIZE) paging_map(root, at, at, PAGE_SIZE, PAGING_WRITE);
    for (uint64_t at = pool->hpa; at < pool_sealed_end(); at += PAGE_SIZE) *paging_entry(root, at) &= ~PTE_WRITE;
    for (uint32_t cpu = 0; cpu < core_policy()->cpus_count; cpu++) {
        *paging_entry(root, smp_cpus[cpu].stack_top - STACK_SIZE - PAGE_SIZE) = 0;
    }
}

struct enter_plan kernel_map_build(void)
{
    const struct policy_tables *policy = core_policy();
    uint64_t *root = paging_new();
    struct enter_plan plan = { (uint64_t)root, { { boot_start, boot_end, 0 }, backend_code(false) } };
    map_kernel(root);
    for (uint32_t i = 0; i < policy->regions_count; i++) map_region(root, policy, &policy->regions[i]);
    map_pool(root, &policy->regions[policy->header->kernel_pool]);
    for (uint32_t i = 0; i < ERASED_COUNT; i++) plan.erased[i].entries = paging_entry(root, (uint64_t)plan.erased[i].start);
    return plan;
}
