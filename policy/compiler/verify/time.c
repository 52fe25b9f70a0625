/* SPDX-License-Identifier: Apache-2.0 */
/* Who runs where and when, with which rights: CPUs, plans, windows, subjects, ports, CPUID. */
#include "compiler/verify/reader.h"
#include "language/features.h"

/* ---- CPUs and windows ---- */
static const struct plan_cpu *cpu_of_plan(const struct plan *plan, uint32_t number)
{
    const struct plan_cpu *cpu;
    LIST_EACH(cpu, &plan->cpus) {
        if (cpu->number.number == number) return cpu;
    }
    return NULL;
}

uint64_t subject_numbered(const struct policy *p, const char *name)
{
    const struct subject *s;
    LIST_EACH(s, &p->subjects) {
        if (name_is(&s->name, name)) return s_at;
    }
    return RAW_NONE;
}

static void windows_of(struct reader *v, uint32_t plan_number, const struct plan *plan, uint32_t cpu_number, uint32_t *at)
{
    const struct plan_cpu *cpu = cpu_of_plan(plan, cpu_number);
    const struct window *w;
    wide start = 0;
    if (cpu == NULL) return;
    LIST_EACH(w, &cpu->windows) {
        wide length = cpu->dedicated ? plan->major.number : w->length.number;
        EQUAL(v, WINDOW, *at, PLAN, plan_number);
        EQUAL(v, WINDOW, *at, CPU, cpu_number);
        EQUAL(v, WINDOW, *at, SUBJECT, subject_numbered(v->p, w->subject.text));
        EQUAL(v, WINDOW, *at, FLAGS, cpu->dedicated ? 1 : 0);
        EQUAL(v, WINDOW, *at, START_US, start);
        EQUAL(v, WINDOW, *at, LENGTH_US, length);
        start += length;
        ++*at;
    }
}

static void plans(struct reader *v)
{
    const struct plan *plan;
    uint32_t window = 0;
    verify_count(v, PLAN, v->p->plans.count);
    LIST_EACH(plan, &v->p->plans) {
        EQUAL(v, PLAN, plan_at, MAJOR_US, plan->major.number);
        verify_name(v, "plan", plan_at, raw_entry(v, PLAN, plan_at) + PLAN_NAME, 16, plan->name.text);
        for (uint32_t i = 0; i < plan->cpus.count; i++) windows_of(v, plan_at, plan, i, &window);
    }
    verify_count(v, WINDOW, window);
}

/* The CPU on which a subject has a window. */
static uint64_t cpu_of_windows(const struct policy *p, const struct subject *s)
{
    const struct plan *plan;
    const struct plan_cpu *cpu;
    const struct window *w;
    LIST_EACH(plan, &p->plans) {
        LIST_EACH(cpu, &plan->cpus) {
            LIST_EACH(w, &cpu->windows) {
                if (name_is(&w->subject, s->name.text)) return (uint64_t)cpu->number.number;
            }
        }
    }
    return RAW_NONE;
}

/* A monitor runs in its subject's windows. */
static const struct subject *whose_time(const struct policy *p, const struct subject *s)
{
    uint64_t served = s->monitors.text != NULL ? subject_numbered(p, s->monitors.text) : RAW_NONE;
    return served != RAW_NONE ? p->subjects.items[served] : s;
}

static uint64_t cpu_of_subject(const struct policy *p, const struct subject *s)
{
    return cpu_of_windows(p, whose_time(p, s));
}

static uint64_t monitor_of(const struct policy *p, const struct subject *s)
{
    const struct subject *other;
    LIST_EACH(other, &p->subjects) {
        if (other->monitors.text != NULL && name_is(&other->monitors, s->name.text)) return other_at;
    }
    return RAW_NONE;
}

static wide slots_of_class(const struct policy *p, const char *class)
{
    const struct audit_class *c;
    LIST_EACH(c, &p->audit.classes) {
        if (name_is(&c->name, class)) return c->reserve.number / (wide)AUDIT_RECORD;
    }
    return 0;
}

static void cpus(struct reader *v)
{
    const struct policy *p = v->p;
    const struct platform_cpu *cpu;
    const struct subject *s;
    verify_count(v, CPU, p->plans.items[0]->cpus.count);
    for (uint32_t i = 0; i < v->count[CPU]; i++) {
        wide slots = p->audit.kernel_reserve.number / (wide)AUDIT_RECORD;
        LIST_EACH(cpu, &p->platform.cpus) {
            if (cpu->number.number == i) EQUAL(v, CPU, i, APIC_ID, cpu->apic.number);
        }
        LIST_EACH(s, &p->subjects) {
            if (cpu_of_subject(p, s) == i) slots += slots_of_class(p, "security") + slots_of_class(p, "flow");
        }
        EQUAL(v, CPU, i, AUDIT_SLOTS, slots);
    }
}

/* ---- subjects ---- */
static uint64_t privileges(const struct subject *s)
{
    const struct name *word;
    uint64_t bits = s->reads_audit.text != NULL ? 2 : 0;
    LIST_EACH(word, &s->privileges) bits |= name_is(word, "shutdown") ? 1 : name_is(word, "call_from_user") ? 4 : 0;
    return bits;
}

static bool interrupts(const struct subject *s, const struct name *port)
{
    const struct name *name;
    LIST_EACH(name, &s->interrupts) {
        if (name_is(name, port->text)) return true;
    }
    return false;
}

/* The serial ports that it names, one behind the other. */
static void subject_ports(struct reader *v, uint32_t at, const struct subject *s)
{
    const struct name *port;
    const struct platform_serial *serial;
    EQUAL(v, SUBJECT, at, FIRST_PORT, v->next_port);
    EQUAL(v, SUBJECT, at, PORT_COUNT, s->serials.count);
    LIST_EACH(port, &s->serials) {
        LIST_EACH(serial, &v->p->platform.serials) {
            if (!name_is(&serial->name, port->text)) continue;
            EQUAL(v, PORTS, v->next_port, FIRST, serial->ports.lo.number);
            EQUAL(v, PORTS, v->next_port, LAST, serial->ports.hi.number);
            EQUAL(v, PORTS, v->next_port, LINE, serial->line.at.length > 0 ? serial->line.number : RAW_NONE);
            EQUAL(v, PORTS, v->next_port, FLAGS, interrupts(s, port));
        }
        v->next_port++;
    }
}

/* Where its CPUID leaves begin: the platform's come first, then those of each subject that hides something. */
static uint32_t first_leaf(const struct policy *p, const struct subject *s)
{
    uint32_t before = 0;
    if (s->hides.count == 0) return 0;
    for (uint32_t i = 0; i <= s->index; i++) before += p->subjects.items[i]->hides.count > 0;
    return before * p->platform.cpuids.count;
}

/* By the word as it stands in the policy. */
static uint64_t violation(const struct subject *s)
{
    static const char *const words[] = { "inject", "restart", "stop" };
    for (uint32_t i = 0; s->violation_word.text != NULL && i < 3; i++) {
        if (name_is(&s->violation_word, words[i])) return i + 1;
    }
    return 0;
}

static void subject_values(struct reader *v, uint32_t at, const struct subject *s)
{
    verify_name(v, "subject", at, raw_entry(v, SUBJECT, at) + SUBJECT_NAME, 16, s->name.text);
    EQUAL(v, SUBJECT, at, FIRST_CPUID, first_leaf(v->p, s));
    EQUAL(v, SUBJECT, at, CPUID_COUNT, v->p->platform.cpuids.count);
    EQUAL(v, SUBJECT, at, PRIVILEGES, privileges(s));
    EQUAL(v, SUBJECT, at, CPU, cpu_of_subject(v->p, s));
    EQUAL(v, SUBJECT, at, RESTART_MAX, s->fault.restarts.number);
    EQUAL(v, SUBJECT, at, FAULT_THEN, s->fault.then == FAULT_HALT ? 1 : 0);
    EQUAL(v, SUBJECT, at, VIOLATION, violation(s));
    EQUAL(v, SUBJECT, at, RESTART_PERIOD_S, (s->fault.period.number + 999999) / 1000000);
    EQUAL(v, SUBJECT, at, RESERVE_SECURITY, slots_of_class(v->p, "security"));
    EQUAL(v, SUBJECT, at, RESERVE_FLOW, slots_of_class(v->p, "flow"));
    bool coloured = s->colours.hi.at.length > 0;
    EQUAL(v, SUBJECT, at, FIRST_COLOUR, coloured ? s->colours.lo.number : 0);
    EQUAL(v, SUBJECT, at, COLOUR_COUNT, coloured ? s->colours.hi.number - s->colours.lo.number + 1 : 0);
    EQUAL(v, SUBJECT, at, MONITOR, monitor_of(v->p, s));
    EQUAL(v, SUBJECT, at, SERVES, s->monitors.text != NULL ? subject_numbered(v->p, s->monitors.text) : RAW_NONE);
    verify_subject_label(v, at, whose_time(v->p, s));
    subject_ports(v, at, s);
}

/* ---- CPUID: each leaf that the platform gives, in rising order; less what is hidden, again for each that hides some ---- */
static const struct platform_cpuid *cpuid_of(const struct policy *p, uint64_t leaf, uint64_t subleaf)
{
    const struct platform_cpuid *c;
    LIST_EACH(c, &p->platform.cpuids) {
        if ((uint64_t)c->leaf.number == leaf && (uint64_t)c->subleaf.number == subleaf) return c;
    }
    return NULL;
}

/* What a subject sees of a register: each hidden feature's bit is clear. */
static uint64_t shown(const struct subject *s, const struct platform_cpuid *c, enum feature_register in, wide number)
{
    const struct name *name;
    uint64_t bits = (uint64_t)number;
    LIST_EACH(name, s != NULL ? &s->hides : &(name_list){ 0 }) {
        const struct feature *f = feature_look(NULL, name->text, NULL);
        if (feature_is_at(f, c, in)) bits &= ~(1ull << f->bit);
    }
    return bits;
}

static void leaves(struct reader *v, const struct subject *s, uint32_t first)
{
    uint64_t last = 0;
    for (uint32_t n = 0, i = first; n < v->p->platform.cpuids.count && i < v->count[CPUID]; n++, i++) {
        uint64_t leaf = GET(v, CPUID, i, LEAF), subleaf = GET(v, CPUID, i, SUBLEAF), key = leaf << 32 | subleaf;
        const struct platform_cpuid *c = cpuid_of(v->p, leaf, subleaf);
        if (c == NULL || (n > 0 && key <= last)) {
            differ(v, "cpuid %u: leaf 0x%llx, 0x%llx is not the policy's, or not in its order", i, (unsigned long long)leaf,
                   (unsigned long long)subleaf);
            continue;
        }
        last = key;
        EQUAL(v, CPUID, i, EAX, shown(s, c, FEATURE_EAX, c->eax.number));
        EQUAL(v, CPUID, i, EBX, shown(s, c, FEATURE_EBX, c->ebx.number));
        EQUAL(v, CPUID, i, ECX, shown(s, c, FEATURE_ECX, c->ecx.number));
        EQUAL(v, CPUID, i, EDX, shown(s, c, FEATURE_EDX, c->edx.number));
    }
}

static void cpuids(struct reader *v)
{
    const struct subject *s;
    uint32_t next = v->p->platform.cpuids.count;
    leaves(v, NULL, 0);
    LIST_EACH(s, &v->p->subjects) {
        if (s->hides.count == 0) continue;
        leaves(v, s, next);
        next += v->p->platform.cpuids.count;
    }
    verify_count(v, CPUID, next);
}

void verify_time(struct reader *v)
{
    const struct subject *s;
    cpus(v);
    plans(v);
    verify_count(v, SUBJECT, v->p->subjects.count);
    LIST_EACH(s, &v->p->subjects) subject_values(v, s_at, s);
    verify_count(v, PORTS, v->next_port);
    cpuids(v);
}
