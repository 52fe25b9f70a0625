/* SPDX-License-Identifier: Apache-2.0 */
/* CPUs, plans, windows and what subjects are without their memory; the header's own values. */
#include "compiler/build.h"
#include "audit/record.h"
#include "language/features.h"

#include <stdlib.h>

/* ---- time ---- */
static const struct plan_cpu *plan_cpu_numbered(const struct plan *plan, uint32_t number)
{
    for (uint32_t i = 0; i < plan->cpus.count; i++) {
        if (plan->cpus.items[i]->number.number == number) return plan->cpus.items[i];
    }
    return NULL;
}

static void cpus_add(struct build *b, const struct plan *plan)
{
    for (uint32_t i = 0; i < plan->cpus.count; i++) {
        struct image_cpu *out = build_add(b, IMAGE_CPUS);
        out->apic_id = (uint32_t)plan_cpu_numbered(plan, i)->cpu->apic.number;
    }
}

static void windows_add(struct build *b, const struct plan *plan, uint16_t index, const struct plan_cpu *cpu)
{
    const struct window *w;
    uint32_t start = 0, number = (uint32_t)cpu->number.number;
    LIST_EACH(w, &cpu->windows) {
        uint32_t length = (uint32_t)(cpu->dedicated ? plan->major.number : w->length.number);
        struct image_window *window = build_add(b, IMAGE_WINDOWS);
        *window = (struct image_window){
            .plan = index, .cpu = (uint16_t)number,
            .subject = w->target != NULL ? (uint16_t)w->target->index : IMAGE_NONE,
            .flags = cpu->dedicated ? IMAGE_WINDOW_DEDICATED : 0, .start_us = start, .length_us = length,
        };
        start += length;
    }
}

static void plan_add(struct build *b, const struct plan *plan, uint16_t index)
{
    struct image_plan *out = build_add(b, IMAGE_PLANS);
    out->major_us = (uint32_t)plan->major.number;
    build_name(out->name, sizeof out->name, plan->name.text);
    for (uint32_t i = 0; i < plan->cpus.count; i++) windows_add(b, plan, index, plan_cpu_numbered(plan, i));
}

/* ---- subjects ---- */
static bool interrupts(const struct subject *s, const struct platform_serial *serial)
{
    for (uint32_t i = 0; i < s->interrupting.count; i++) {
        if (s->interrupting.items[i] == serial) return true;
    }
    return false;
}

static void subject_ports(struct build *b, const struct subject *s, struct image_subject *out)
{
    out->first_port = build_count(b, IMAGE_PORTS);
    out->port_count = s->ports.count;
    for (uint32_t i = 0; i < s->ports.count; i++) {
        const struct range *ports = &s->ports.items[i]->ports;
        struct image_ports *p = build_add(b, IMAGE_PORTS);
        *p = (struct image_ports){ (uint16_t)ports->lo.number, (uint16_t)ports->hi.number, IMAGE_NONE, 0 };
        if (s->ports.items[i]->line.at.length > 0) p->line = (uint16_t)s->ports.items[i]->line.number;
        if (interrupts(s, s->ports.items[i])) p->flags = IMAGE_PORTS_INTERRUPT;
    }
}

static int cpuid_order(const void *left, const void *right)
{
    const struct image_cpuid *a = left, *b = right;
    if (a->leaf != b->leaf) return a->leaf < b->leaf ? -1 : 1;
    return a->subleaf < b->subleaf ? -1 : 1;
}

static uint32_t cpuid_value(const struct subject *s, const struct platform_cpuid *c, const struct value *v,
                            enum feature_register in)
{
    return (uint32_t)v->number & ~feature_hidden(s, c, in);
}

/* The platform's leaves as the subject sees them; NULL: as one sees them that hides nothing. Returns the first. */
static uint32_t leaves_add(struct build *b, const struct subject *s)
{
    const struct platform_cpuid *c;
    uint32_t first = build_count(b, IMAGE_CPUIDS), count = b->policy->platform.cpuids.count;
    LIST_EACH(c, &b->policy->platform.cpuids) {
        struct image_cpuid *out = build_add(b, IMAGE_CPUIDS);
        *out = (struct image_cpuid){ (uint32_t)c->leaf.number, (uint32_t)c->subleaf.number,
                                     cpuid_value(s, c, &c->eax, FEATURE_EAX), cpuid_value(s, c, &c->ebx, FEATURE_EBX),
                                     cpuid_value(s, c, &c->ecx, FEATURE_ECX), cpuid_value(s, c, &c->edx, FEATURE_EDX) };
    }
    if (count > 0) qsort(build_entry(b, IMAGE_CPUIDS, first), count, sizeof(struct image_cpuid), cpuid_order);
    return first;
}

static uint8_t violation_value(const struct subject *s)
{
    static const uint8_t values[] = {
        [VIOLATION_MIXED] = IMAGE_VIOLATION_MIXED, [VIOLATION_INJECT] = IMAGE_VIOLATION_INJECT,
        [VIOLATION_RESTART] = IMAGE_VIOLATION_RESTART, [VIOLATION_STOP] = IMAGE_VIOLATION_STOP
    };
    return values[s->violation];
}

static void subject_add(struct build *b, const struct subject *s)
{
    const struct policy *p = b->policy;
    struct image_subject out = {
        .cpuid_count = p->platform.cpuids.count, .privileges = s->privilege_bits, .cpu = (uint16_t)s->cpu->number.number,
        .restart_max = (uint16_t)s->fault.restarts.number,
        .restart_period_s = (uint32_t)((s->fault.period.number + 999999) / 1000000),
        .fault_then = s->fault.then == FAULT_HALT ? IMAGE_FAULT_HALT : IMAGE_FAULT_STOP,
        .on_violation = violation_value(s),
        .monitor = s->monitor != NULL ? (uint16_t)s->monitor->index : (uint16_t)IMAGE_NONE,
        .serves = s->served != NULL ? (uint16_t)s->served->index : (uint16_t)IMAGE_NONE,
    };
    build_name(out.name, sizeof out.name, s->name.text);
    if (s->colours.lo.known) {
        out.first_colour = (uint8_t)s->colours.lo.number;
        out.colour_count = (uint8_t)(s->colours.hi.number - s->colours.lo.number + 1);
        b->header.colours = p->platform.colours;
    }
    if (s->label != NULL) {
        out.label_low = s->label->least;
        out.label_high = s->label->most;
    }
    for (uint32_t i = 0; i < p->audit.classes.count; i++) {
        const struct audit_class *c = p->audit.classes.items[i];
        out.reserve[c->index] = (uint32_t)(c->reserve.number / (wide)sizeof(struct audit_record));
    }
    subject_ports(b, s, &out);
    if (s->hidden.count > 0) out.first_cpuid = leaves_add(b, s);     /* the others share those of the platform */
    *(struct image_subject *)build_add(b, IMAGE_SUBJECTS) = out;
}

/* Each CPU's ring has what the kernel and the subjects there reserve. */
static void cpu_reserves(struct build *b)
{
    for (uint32_t i = 0; i < build_count(b, IMAGE_CPUS); i++) {
        struct image_cpu *cpu = build_entry(b, IMAGE_CPUS, i);
        cpu->audit_slots = b->header.kernel_reserve;
        for (uint32_t k = 0; k < build_count(b, IMAGE_SUBJECTS); k++) {
            const struct image_subject *s = build_entry(b, IMAGE_SUBJECTS, k);
            for (uint32_t c = 0; s->cpu == i && c < IMAGE_CLASS_COUNT; c++) cpu->audit_slots += s->reserve[c];
        }
    }
}

static void header_values(struct build *b)
{
    const struct policy *p = b->policy;
    struct image_header *h = &b->header;
    h->format = IMAGE_FORMAT;
    h->flags = IMAGE_FLAG_UNSIGNED;
    h->rollback = (uint32_t)p->measure.rollback.number;
    build_name(h->system, sizeof h->system, p->system.text);
    h->ram_base = (uint64_t)p->platform.ram.lo.number;
    h->ram_end = (uint64_t)p->platform.ram.hi.number;
    h->trampoline = (uint64_t)p->platform.trampoline.number;
    h->io_apic = (uint64_t)p->platform.io_apic.number;
    h->power_port = (uint16_t)p->platform.power_port.number;
    h->power_value = (uint16_t)p->platform.power_value.number;
    h->measure = p->measure.level;
    h->pcr = (uint32_t)p->measure.pcr.number;
    h->audit_always = p->audit.always_bits;
    h->kernel_reserve = (uint32_t)(p->audit.kernel_reserve.number / (wide)sizeof(struct audit_record));
    for (uint32_t i = 0; i < p->audit.classes.count; i++) {
        const struct audit_class *c = p->audit.classes.items[i];
        h->class_full[c->index] = c->blocks ? IMAGE_FULL_BLOCK : IMAGE_FULL_DROP;
    }
    hash_policy(p, h->policy_hash);
}

void build_subjects(struct build *b)
{
    const struct plan *plan;
    const struct subject *s;
    header_values(b);
    leaves_add(b, NULL);
    cpus_add(b, b->policy->plans.items[0]);
    LIST_EACH(plan, &b->policy->plans) plan_add(b, plan, (uint16_t)plan_at);
    LIST_EACH(s, &b->policy->subjects) subject_add(b, s);
    cpu_reserves(b);
}
