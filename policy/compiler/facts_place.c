/* SPDX-License-Identifier: Apache-2.0 */
/* Facts about the system and its place: platform, wires, subjects, plans, and what has a number. */
#include "compiler/facts.h"
#include "language/labels.h"
#include "compiler/messages.h"
#include "compiler/output.h"
#include "language/check.h"

#include <stdlib.h>

/* ---- platform ---- */
static const char *hex_text(struct facts *f, const struct value *v)
{
    return arena_print(f->arena, "0x%llx", (unsigned long long)v->number);
}

static void platform_devices(struct facts *f, const struct platform *board)
{
    const struct platform_cpu *cpu;
    const struct platform_serial *serial;
    LIST_EACH (cpu, &board->cpus) {
        const char *key = arena_print(f->arena, "cpu %lld", (long long)cpu->number.number);
        struct fact *fact = fact_add(f, FACT_OTHER, cpu->number.at, key);
        fact_number(f, fact, TRAIT_NEUTRAL, "apic", &cpu->apic);
    }
    LIST_EACH (serial, &board->serials) {
        if (serial->name.text == NULL) continue;
        struct fact *fact = fact_add(f, FACT_OTHER, serial->name.at, arena_print(f->arena, "serial %s", serial->name.text));
        fact_trait(f, fact, TRAIT_ANY, "ports", serial->name.at,
                   arena_print(f->arena, "%s..%s", hex_text(f, &serial->ports.lo), hex_text(f, &serial->ports.hi)));
        fact_trait(f, fact, TRAIT_ANY, "line", serial->line.at.length > 0 ? serial->line.at : serial->name.at,
                   serial->line.at.length > 0 ? arena_print(f->arena, "%lld", (long long)serial->line.number) : "none");
    }
}

static wide cpuid_bits(const struct platform_cpuid *c)
{
    const struct value *words[] = { &c->eax, &c->ebx, &c->ecx, &c->edx };
    wide bits = 0;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)       /* the sign is a bit like the others */
        bits |= (wide)((unsigned __int128)(uint32_t)words[i]->number << 32 * i);
    return bits;
}

/* What the guests are told of the processor: a bit more is a feature more, and a leaf that is not there reads as zero. */
static void platform_cpuids(struct facts *f, const struct platform *board)
{
    const struct platform_cpuid *c;
    LIST_EACH (c, &board->cpuids) {
        const char *key = arena_print(f->arena, "cpuid 0x%08llx subleaf %lld", (unsigned long long)c->leaf.number,
                                      (long long)c->subleaf.number);
        struct fact *fact = fact_add(f, FACT_OTHER, c->leaf.at, key);
        fact_trait(f, fact, TRAIT_BITS, "is", c->leaf.at,
                   arena_print(f->arena, "%s %s %s %s", hex_text(f, &c->eax), hex_text(f, &c->ebx), hex_text(f, &c->ecx),
                               hex_text(f, &c->edx)))->number = cpuid_bits(c);
    }
}

static void platform_facts(struct facts *f, const struct platform *board)
{
    if (board->at.length == 0) return;
    struct fact *fact = fact_add(f, FACT_OTHER, board->at, "platform");
    const struct value *port = &board->power_port;
    fact_trait(f, fact, TRAIT_NEUTRAL, "name", board->name.at, board->name.text != NULL ? board->name.text : "-");
    fact_trait(f, fact, TRAIT_NEUTRAL, "memory", board->ram.lo.at,
               arena_print(f->arena, "%s..%s", hex_text(f, &board->ram.lo), hex_text(f, &board->ram.hi)));
    fact_trait(f, fact, TRAIT_NEUTRAL, "trampoline", board->trampoline.at, hex_text(f, &board->trampoline));
    fact_trait(f, fact, TRAIT_NEUTRAL, "power off", port->at.length > 0 ? port->at : board->at,
               port->at.length == 0 ? "-" : arena_print(f->arena, "port %s value %s", hex_text(f, port),
                                                        hex_text(f, &board->power_value)));
    if (board->cache.at.length > 0)
        fact_trait(f, fact, TRAIT_NEUTRAL, "cache", board->cache.at,
                   arena_print(f->arena, "%s in %lld ways", hex_text(f, &board->cache), (long long)board->cache_ways.number));
    if (board->io_apic.at.length > 0)
        fact_trait(f, fact, TRAIT_NEUTRAL, "I/O APIC", board->io_apic.at, hex_text(f, &board->io_apic));
    platform_devices(f, board);
    platform_cpuids(f, board);
}

/* ---- subjects ---- */
static const char *box_text(struct arena *a, const struct constant *c)
{
    const struct side *s;
    struct text text = { .arena = a };
    LIST_EACH (s, &c->sides)
        text_add(&text, "%s%s %lld..%lld", s_at > 0 ? ", " : "", s->name.text, (long long)s->range.lo.number,
                 (long long)s->range.hi.number);
    return text.size > 0 ? text.bytes : "";
}

/* The guest sees values in an order, no names. What it does by them, a guard's area, is as good as its program. */
static void subject_params(struct facts *f, struct fact *fact, const struct subject *s)
{
    const struct constant *c;
    struct text text = { .arena = f->arena };
    LIST_EACH (c, &s->boxes) {
        text_add(&text, "%s%s = ", c_at > 0 ? "; " : "", c->name.text);
        if (c->is_box)
            text_add(&text, "%s", box_text(f->arena, c));
        else
            text_add(&text, "%lld", (long long)c->value.number);
    }
    fact_trait(f, fact, TRAIT_MIXED, "parameters", s->params.count > 0 ? s->params.items[0]->at : s->name.at,
               text.size > 0 ? text.bytes : "none");
}

/* Its channels in the order in which it finds them. */
static void subject_channels(struct facts *f, struct fact *fact, const struct subject *s)
{
    const struct channel *c;
    const struct direct *d;
    const struct name *n;
    struct text text = { .arena = f->arena };
    LIST_EACH (c, &f->policy->channels) {
        bool here = c->sender == s || c->receiver == s;
        LIST_EACH (n, &c->shared) here |= name_is(n, s->name.text);
        if (here && c->name.text != NULL) text_add(&text, "%s%s", text.size > 0 ? ", " : "", c->name.text);
    }
    LIST_EACH (d, &f->policy->directs) {
        bool here = d->sender == s || d->receiver == s;
        if (here && d->name.text != NULL) text_add(&text, "%s%s", text.size > 0 ? ", " : "", d->name.text);
    }
    fact_trait(f, fact, TRAIT_NUMBERED, "channels", s->name.at, text.size > 0 ? text.bytes : "none");
}

static bool cpu_runs(const struct plan_cpu *cpu, const struct subject *s)
{
    const struct window *w;
    LIST_EACH (w, &cpu->windows) {
        if (w->target == s) return true;
    }
    return false;
}

/* Who runs on the same CPU in some plan: caches and predictors are theirs together. */
static void subject_neighbours(struct facts *f, struct fact *fact, const struct subject *s)
{
    const struct plan *plan;
    const struct plan_cpu *cpu;
    const struct window *w;
    name_list names = { 0 };
    bool *seen = arena_take(f->arena, (f->policy->subjects.count + 1) * sizeof *seen);
    LIST_EACH (plan, &f->policy->plans) {
        LIST_EACH (cpu, &plan->cpus) {
            if (!cpu_runs(cpu, s)) continue;
            LIST_EACH (w, &cpu->windows) {
                if (w->target == NULL || w->target == s || seen[w->target->index]) continue;
                seen[w->target->index] = true;
                *LIST_NEW(f->arena, &names) = w->target->name;
            }
        }
    }
    fact_set(f, fact, TRAIT_SET_MORE, "shares its CPU with", s->name.at, &names);
}

/* To go on, to begin anew and to end: none of them lets less happen than the others. */
static void subject_violation(struct facts *f, struct fact *fact, const struct subject *s)
{
    static const char *const acts[] = { [VIOLATION_MIXED] = "nothing said", [VIOLATION_INJECT] = "inject",
                                        [VIOLATION_RESTART] = "restart", [VIOLATION_STOP] = "stop" };
    struct place at = s->violation_word.at.length > 0 ? s->violation_word.at : s->name.at;
    fact_trait(f, fact, TRAIT_ANY, "on violation", at, acts[s->violation]);
}

/* Once there are any, nobody of another label shares them, whoever has which; without them the cache keeps nobody apart. */
static void subject_colours(struct facts *f, struct fact *fact, const struct subject *s)
{
    const struct range *c = &s->colours;
    bool any = c->lo.at.length > 0;
    const char *text =
        any ? arena_print(f->arena, "%lld..%lld", (long long)c->lo.number, (long long)c->hi.number) : "none";
    fact_trait(f, fact, TRAIT_LESS, "colours", any ? c->lo.at : s->name.at, text)->number = any;
}

/* Between labels the program decides what passes: another one cannot be compared. Nor can whose restarts a monitor's are. */
static void subject_fact(struct facts *f, const struct subject *s)
{
    static const char *const acts[] = { [FAULT_STOP] = "stop", [FAULT_HALT] = "halt" };
    bool between = s->label != NULL && s->label->least != s->label->most;
    struct fact *fact = fact_add(f, FACT_OTHER, s->name.at, arena_print(f->arena, "subject %s", s->name.text));
    facts_rebuilt(f, fact, s, between ? TRAIT_ANY : TRAIT_NEUTRAL);
    subject_colours(f, fact, s);
    bool lives = between || facts_resets(f->policy, s);
    fact_trait(f, fact, lives ? TRAIT_ANY : TRAIT_NEUTRAL, "monitors", s->monitors.text != NULL ? s->monitors.at : s->name.at,
               s->monitors.text != NULL ? s->monitors.text : "none");
    fact_set(f, fact, TRAIT_SET_MORE, "serial ports", s->name.at, &s->serials);
    fact_set(f, fact, TRAIT_SET_MORE, "interrupts", s->name.at, &s->interrupts);
    subject_params(f, fact, s);
    subject_channels(f, fact, s);
    subject_neighbours(f, fact, s);
    fact_set(f, fact, TRAIT_SET_LESS, "hidden features", s->name.at, &s->hides);
    fact_set(f, fact, TRAIT_POWERS, "privileges", s->name.at, &s->privileges);
    fact_often(f, fact, facts_resets(f->policy, s) ? TRAIT_MIXED : TRAIT_OFTEN, "restarts", &s->fault.restarts,
               &s->fault.period);
    fact_trait(f, fact, TRAIT_ANY, "then", s->fault.at.length > 0 ? s->fault.at : s->name.at, acts[s->fault.then]);
    subject_violation(f, fact, s);
    facts_rebuild_time(f, fact, s);
}

/* Edges say between whom it leads, this by which device. */
static void wire_fact(struct facts *f, const struct external *e)
{
    struct fact *fact = fact_add(f, FACT_LIMIT, e->name.at, arena_print(f->arena, "wire %s", e->name.text));
    fact_trait(f, fact, TRAIT_ANY, "label", e->sensitivity.at.length > 0 ? e->sensitivity.at : e->integrity.at,
               e->known ? label_text(f->policy, e->label) : "-");
    if (e->subject.text == NULL || e->port.text == NULL) return;
    fact_trait(f, fact, TRAIT_ANY, "at", e->subject.at, arena_print(f->arena, "%s.%s", e->subject.text, e->port.text));
}

/* ---- plans ---- */
static int cpu_order(const void *left, const void *right)
{
    const struct plan_cpu *a = *(struct plan_cpu *const *)left, *b = *(struct plan_cpu *const *)right;
    return a->number.number < b->number.number ? -1 : a->number.number > b->number.number;
}

/* How long a switch of plans waits, and what a restart by another resets, hangs on frames and on who has windows. */
static enum trait_sense plan_sense(const struct policy *p)
{
    const struct privilege *v;
    LIST_EACH (v, &p->privileges) {
        if (v->kind == PRIVILEGE_SWITCH || v->kind == PRIVILEGE_RESTART) return TRAIT_TIME;
    }
    return TRAIT_NEUTRAL;
}

static void plan_fact(struct facts *f, const struct plan *p)
{
    enum trait_sense sense = plan_sense(f->policy);
    const struct plan_cpu *cpu, **cpus = arena_take(f->arena, (p->cpus.count + 1) * sizeof *cpus);
    const struct window *w;
    struct text text = { .arena = f->arena };
    struct fact *fact = fact_add(f, FACT_OTHER, p->name.at, arena_print(f->arena, "plan %s", p->name.text));
    fact_number(f, fact, sense, "frame", &p->major);
    LIST_EACH (cpu, &p->cpus) cpus[cpu_at] = cpu;
    qsort(cpus, p->cpus.count, sizeof *cpus, cpu_order);
    for (uint32_t i = 0; i < p->cpus.count; i++) {
        cpu = cpus[i];
        text_add(&text, "%scpu %lld%s", i > 0 ? "; " : "", (long long)cpu->number.number, cpu->dedicated ? " dedicated" : "");
        LIST_EACH (w, &cpu->windows) {
            text_add(&text, " %s", w->subject.text != NULL ? w->subject.text : "-");
            if (!cpu->dedicated) text_add(&text, " %lld us", (long long)w->length.number);
        }
    }
    struct trait *windows = fact_trait(f, fact, sense, "windows", p->name.at, text.size > 0 ? text.bytes : "");
    LIST_EACH (cpu, &p->cpus) {
        LIST_EACH (w, &cpu->windows) {
            if (w->target != NULL) *LIST_NEW(f->arena, &windows->set) = w->target->name;
        }
    }
}

/* ---- the system ---- */
/* Guests and records know types, subjects and plans by numbers, which they have in the order of their names. */
static void numbers_fact(struct facts *f, const struct policy *p)
{
    const struct type *t;
    const struct subject *s;
    const struct plan *plan;
    struct text types = { .arena = f->arena }, subjects = { .arena = f->arena }, plans = { .arena = f->arena };
    struct fact *fact = fact_add(f, FACT_OTHER, p->system.at, "numbers");
    LIST_EACH (t, &p->types) text_add(&types, "%s%s", t_at > 0 ? ", " : "", t->name.text);
    LIST_EACH (s, &p->subjects) text_add(&subjects, "%s%s", s_at > 0 ? ", " : "", s->name.text);
    LIST_EACH (plan, &p->plans) text_add(&plans, "%s%s", plan_at > 0 ? ", " : "", plan->name.text);
    fact_trait(f, fact, TRAIT_NUMBERED, "types", p->system.at, types.size > 0 ? types.bytes : "none");
    fact_trait(f, fact, TRAIT_NUMBERED, "subjects", p->system.at, subjects.size > 0 ? subjects.bytes : "none");
    fact_trait(f, fact, TRAIT_NUMBERED, "plans", p->system.at, plans.size > 0 ? plans.bytes : "none");
}

/* What holds in a plan alone holds from the start, if the plan is the first. */
static void system_fact(struct facts *f, const struct policy *p)
{
    const struct plan *first = p->plans.count > 0 ? p->plans.items[0] : NULL;
    struct fact *fact = fact_add(f, FACT_OTHER, p->system.at, "system");
    fact_trait(f, fact, TRAIT_NEUTRAL, "name", p->system.at, p->system.text != NULL ? p->system.text : "-");
    fact_number(f, fact, TRAIT_NEUTRAL, "version", &p->version);
    if (first == NULL || first->name.text == NULL) return;
    fact_trait(f, fact, TRAIT_ANY, "first plan", first->name.at, first->name.text);
}

static int enumerator_order(const void *left, const void *right)
{
    const struct enumerator *a = *(struct enumerator *const *)left, *b = *(struct enumerator *const *)right;
    return a->value.number < b->value.number ? -1 : a->value.number > b->value.number;
}

/* Guests built apart know values by these names; in whatever order they stand in the text. */
static void enumeration_fact(struct facts *f, const struct enumeration *e)
{
    const struct enumerator **values = arena_take(f->arena, (e->values.count + 1) * sizeof *values), *one;
    struct text text = { .arena = f->arena };
    struct fact *fact = fact_add(f, FACT_OTHER, e->name.at, arena_print(f->arena, "enum %s", e->name.text));
    LIST_EACH (one, &e->values) values[one_at] = one;
    qsort(values, e->values.count, sizeof *values, enumerator_order);
    for (uint32_t i = 0; i < e->values.count; i++) {
        const char *name = values[i]->name.text != NULL ? values[i]->name.text : "-";
        text_add(&text, "%s%s %s", i > 0 ? ", " : "", policy_check_number_text(f->arena, values[i]->value.number), name);
    }
    fact_trait(f, fact, TRAIT_NUMBERED, "values", e->name.at, text.size > 0 ? text.bytes : "none");
}

/* Numbers are seen where they are used; boxes are given to guests too, and types that nothing sends have numbers as well. */
static void values_facts(struct facts *f, const struct policy *p)
{
    const struct constant *c;
    const struct type *t;
    const struct allow *a;
    LIST_EACH (c, &p->constants) {
        if (c->name.text == NULL || !c->is_box) continue;
        struct fact *fact = fact_add(f, FACT_OTHER, c->name.at, arena_print(f->arena, "const %s", c->name.text));
        fact_trait(f, fact, TRAIT_NEUTRAL, "box", c->name.at, box_text(f->arena, c));
    }
    LIST_EACH (t, &p->types) {
        bool used = t->name.text == NULL;
        LIST_EACH (a, &p->allows) used |= a->type == t;
        LIST_EACH (a, &p->direct_allows) used |= a->type == t;
        if (used) continue;
        struct fact *fact = fact_add(f, FACT_OTHER, t->name.at, arena_print(f->arena, "type %s", t->name.text));
        fact->type = t;
        fact_trait(f, fact, TRAIT_NEUTRAL, "fields", t->name.at, messages_type_text(f->arena, t));
    }
}

void facts_collect_place(struct facts *f, const struct policy *p)
{
    const struct subject *s;
    const struct external *wire;
    const struct enumeration *e;
    const struct plan *plan;
    system_fact(f, p);
    numbers_fact(f, p);
    platform_facts(f, &p->platform);
    LIST_EACH (s, &p->subjects) {
        if (s->name.text != NULL) subject_fact(f, s);
    }
    LIST_EACH (wire, &p->externals) {
        if (wire->name.text != NULL) wire_fact(f, wire);
    }
    LIST_EACH (plan, &p->plans) {
        if (plan->name.text != NULL) plan_fact(f, plan);
    }
    LIST_EACH (e, &p->enumerations) {
        if (e->name.text != NULL) enumeration_fact(f, e);
    }
    values_facts(f, p);
}
