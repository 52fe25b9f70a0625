/* SPDX-License-Identifier: Apache-2.0 */
/* Checks processors, the plans that divide their time, and the audit slots that each has to have. */
#include "audit/record.h"
#include "check.h"

struct image_check_result check_cpus(const struct policy_tables *t)
{
    ENSURE(t->cpus_count >= 1 && t->cpus_count <= IMAGE_MAX_CPUS, CPU_COUNT, 0);
    /*@ loop invariant 0 <= i <= t->cpus_count && cpus_pass(t, i);
        loop assigns i;
        loop variant t->cpus_count - i; */
    for (uint32_t i = 0; i < t->cpus_count; i++) {
        ENSURE(t->cpus[i].apic_id <= IMAGE_MAX_APIC_ID, CPU_APIC, i);
        /*@ loop invariant 0 <= k <= i;
            loop assigns k;
            loop variant i - k; */
        for (uint32_t k = 0; k < i; k++) ENSURE(t->cpus[k].apic_id != t->cpus[i].apic_id, CPU_APIC, i);
        ENSURE(t->cpus[i].audit_region < t->regions_count, CPU_AUDIT, i);
    }
    return CHECK_PASSED;
}

struct image_check_result check_plans(const struct policy_tables *t)
{
    ENSURE(t->plans_count >= 1 && t->plans_count <= IMAGE_MAX_PLANS, PLAN_COUNT, 0);
    /*@ loop invariant 0 <= i <= t->plans_count && plans_pass(t, i);
        loop assigns i;
        loop variant t->plans_count - i; */
    for (uint32_t i = 0; i < t->plans_count; i++) {
        ENSURE(t->plans[i].major_us > 0 && t->plans[i].major_us <= UINT32_MAX, PLAN_FRAME, i);
        ENSURE(check_name(t->plans[i].name, IMAGE_NAME), PLAN_NAME, i);
    }
    return CHECK_PASSED;
}

/* One window that begins where the one before it on this CPU ended; `major` is the length of the frame. */
static struct image_check_result check_window(const struct policy_tables *t, uint32_t i, uint32_t begin, uint32_t major)
{
    const struct image_window *w = &t->windows[i];
    ENSURE(w->start_us == begin, WINDOW_START, i);
    ENSURE(w->length_us > 0 && w->length_us <= major - begin, WINDOW_LENGTH, i);
    ENSURE((w->flags & ~(uint32_t)IMAGE_WINDOW_DEDICATED) == 0, WINDOW_FLAGS, i);
    bool idle = w->subject == IMAGE_NONE;
    ENSURE(idle || (check_stands_alone(t, w->subject) && t->subjects[w->subject].cpu == w->cpu), WINDOW_SUBJECT, i);
    ENSURE((w->flags & IMAGE_WINDOW_DEDICATED) == 0 || (w->length_us == major && !idle), WINDOW_DEDICATED, i);
    return CHECK_PASSED;
}

/* The windows of each plan and CPU, in this order, cover the frame without a gap. Needs cpus, plans and subjects. */
struct image_check_result check_windows(const struct policy_tables *t)
{
    uint32_t next = 0;
    /*@ loop invariant 0 <= plan <= t->plans_count && windows_pass(t, next);
        loop assigns plan, next;
        loop variant t->plans_count - plan; */
    for (uint32_t plan = 0; plan < t->plans_count; plan++) {
        uint32_t major = (uint32_t)t->plans[plan].major_us;
        /*@ loop invariant 0 <= cpu <= t->cpus_count && windows_pass(t, next);
            loop assigns cpu, next;
            loop variant t->cpus_count - cpu; */
        for (uint32_t cpu = 0; cpu < t->cpus_count; cpu++) {
            uint32_t begin = 0;
            /*@ loop invariant begin <= major && windows_pass(t, next) && (begin != 0 ==> next >= 1);
                loop assigns next, begin;
                loop variant t->windows_count - next; */
            for (; next < t->windows_count && t->windows[next].plan == plan && t->windows[next].cpu == cpu; next++) {
                TRY(check_window(t, next, begin, major));
                begin += t->windows[next].length_us;
            }
            ENSURE(begin != 0, WINDOW_ORDER, next);
            ENSURE(begin == major, WINDOW_COVER, next - 1);
        }
    }
    ENSURE(next == t->windows_count, WINDOW_ORDER, next);
    return CHECK_PASSED;
}

/* Each CPU's ring has a slot for every record that is reserved on it, and room for the slots. Needs cpus, subjects, regions. */
struct image_check_result check_audit(const struct policy_tables *t)
{
    /*@ loop invariant 0 <= i <= t->cpus_count && rings_pass(t, i);
        loop assigns i;
        loop variant t->cpus_count - i; */
    for (uint32_t i = 0; i < t->cpus_count; i++) {
        const struct image_cpu *cpu = &t->cpus[i];
        const struct image_region *ring = &t->regions[cpu->audit_region];
        uint64_t slots = t->header->kernel_reserve;
        uint32_t sure = 2;            /* BOOT, MEASURED and each subject's STOP find room whatever happens */
        /*@ loop invariant 0 <= s <= t->subjects_count && slots <= UINT32_MAX * (1 + IMAGE_CLASS_COUNT * s);
            loop assigns s, slots, sure;
            loop variant t->subjects_count - s; */
        for (uint32_t s = 0; s < t->subjects_count; s++) {
            if (t->subjects[s].cpu != i) continue;
            /*@ loop invariant 0 <= c <= IMAGE_CLASS_COUNT && slots <= UINT32_MAX * (1 + IMAGE_CLASS_COUNT * s + c);
                loop assigns c, slots;
                loop variant IMAGE_CLASS_COUNT - c; */
            for (uint32_t c = 0; c < IMAGE_CLASS_COUNT; c++) slots += t->subjects[s].reserve[c];
            sure++;
        }
        ENSURE(t->header->kernel_reserve >= sure, CPU_RESERVE, i);
        ENSURE(ring->kind == IMAGE_REGION_AUDIT && ring->owner == i, CPU_AUDIT, i);
        ENSURE(cpu->audit_slots == slots, CPU_SLOTS, i);
        ENSURE(ring->size >= AUDIT_PAGE + slots * sizeof(struct audit_record), CPU_RING, i);
    }
    return CHECK_PASSED;
}
