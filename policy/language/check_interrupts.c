/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interrupts of serial ports. The kernel lets them in while their subject runs and holds them back otherwise, all at once for a
 * CPU: so one subject of a CPU has any, and nobody else has time in its windows. A line that two ports share tells each who
 * waits at it what the other does.
 */
#include "language/check.h"

/* The port of that name among those that the subject has. */
static const struct platform_serial *own_port(const struct subject *s, const struct name *name)
{
    for (uint32_t i = 0; i < s->ports.count; i++) {
        if (name_is(&s->ports.items[i]->name, name->text)) return s->ports.items[i];
    }
    return NULL;
}

/* A subject beside this one that has a port at the line. */
static const struct subject *sharer(const struct policy *p, const struct subject *s, const struct platform_serial *serial)
{
    const struct subject *other;
    LIST_EACH(other, &p->subjects) {
        for (uint32_t i = 0; i < other->ports.count && other != s; i++) {
            const struct value *line = &other->ports.items[i]->line;
            if (line->known && line->number == serial->line.number) return other;
        }
    }
    return NULL;
}

static void interrupt_line(struct policy *p, const struct subject *s, const struct name *name,
                           const struct platform_serial *serial)
{
    if (p->platform.io_apic.at.length == 0) {
        diag_error(&p->diag, BH_SUBJECT_INTERRUPT, name->at, "the platform has no `io_apic`: no interrupt reaches a CPU");
        diag_note(&p->diag, p->platform.at, "the platform's file");
    } else if (serial->line.at.length == 0) {
        diag_error(&p->diag, BH_SUBJECT_INTERRUPT, name->at, "the platform names no `line` at which `%s` interrupts",
                   name->text);
        diag_note(&p->diag, serial->name.at, "the port");
    } else if (serial->line.known) {
        const struct subject *other = sharer(p, s, serial);
        if (other == NULL) return;
        diag_error(&p->diag, BH_SUBJECT_INTERRUPT, name->at,
                   "`%s` shares line %lld with a port of `%s`: each of the two would interrupt `%s`", name->text,
                   (long long)serial->line.number, other->name.text, s->name.text);
        diag_note(&p->diag, other->name.at, "`%s` could tell it something so, by no flow that is named", other->name.text);
    }
}

static bool is_twice(const struct subject *s, const struct name *name, uint32_t until)
{
    for (uint32_t i = 0; i < until; i++) {
        if (name_is(s->interrupts.items[i], name->text)) return true;
    }
    return false;
}

static void interrupt_ports(struct policy *p, struct subject *s)
{
    const struct name *name;
    LIST_EACH(name, &s->interrupts) {
        const struct platform_serial *serial = own_port(s, name);
        if (is_twice(s, name, name_at)) {
            diag_error(&p->diag, BH_SYNTAX_TWICE, name->at, "`%s` is named twice", name->text);
            continue;
        }
        if (serial == NULL) {
            diag_error(&p->diag, BH_SUBJECT_INTERRUPT, name->at, "`%s` has no serial port `%s` that could interrupt it",
                       s->name.text, name->text);
            continue;
        }
        LIST_ADD(p->arena, &s->interrupting, serial);
        interrupt_line(p, s, name, serial);
    }
}

/* Whether the subject gives or is given time; if so, by which privilege. */
static const struct privilege *lender(const struct policy *p, const struct subject *s)
{
    const struct privilege *v;
    LIST_EACH(v, &p->privileges) {
        if (v->kind == PRIVILEGE_GIVE && (v->actor == s || v->target == s)) return v;
    }
    return NULL;
}

/* Nobody else runs in its windows, nor has another of its CPU interrupts. */
static void interrupt_subject(struct policy *p, const struct subject *s)
{
    const struct subject *other;
    const struct name *first = s->interrupts.items[0];
    const struct privilege *v = lender(p, s);
    if (s->monitor != NULL) {
        diag_error(&p->diag, BH_SUBJECT_INTERRUPT, first->at, "`%s` has a monitor, which answers for its devices",
                   s->name.text);
        diag_note(&p->diag, s->monitor->name.at, "the monitor");
    }
    if (v != NULL) {
        diag_error(&p->diag, BH_SUBJECT_INTERRUPT, first->at,
                   "`%s` has interrupts: it neither gives nor is given a window", s->name.text);
        diag_note(&p->diag, v->name.at, "the privilege");
    }
    LIST_EACH(other, &p->subjects) {
        if (other == s) return;
        if (other->interrupts.count == 0 || s->cpu == NULL || other->cpu == NULL) continue;
        if (other->cpu->number.number != s->cpu->number.number) continue;
        diag_error(&p->diag, BH_SUBJECT_INTERRUPT, first->at,
                   "`%s` and `%s` have interrupts and the same CPU, which lets in those of one subject", other->name.text,
                   s->name.text);
        diag_note(&p->diag, other->interrupts.items[0]->at, "those of `%s`", other->name.text);
        return;
    }
}

void policy_check_interrupts(struct policy *p)
{
    struct subject *s;
    if (p->platform.at.length == 0) return;     /* reported already */
    LIST_EACH(s, &p->subjects) {
        if (s->name.text == NULL || s->interrupts.count == 0) continue;
        interrupt_ports(p, s);
        interrupt_subject(p, s);
    }
}
