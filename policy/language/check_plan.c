/* SPDX-License-Identifier: Apache-2.0 */
/* The plan: windows tile the frame, and each subject has its CPU. */
#include "language/check.h"
#include "policy/image.h"

#define WINDOW_MIN_US 100
#define MAJOR_MAX_US 10000000
#define WINDOWS_MAX 4096u

static const struct platform_cpu *plan_platform_cpu(struct policy *p, struct value *number)
{
    const struct platform_cpu *cpu;
    if (!policy_check_value(p, number, DIMENSION_PLAIN, 0, IMAGE_MAX_CPUS - 1, "the CPU's number")) return NULL;
    LIST_EACH(cpu, &p->platform.cpus) {
        if (cpu->number.known && cpu->number.number == number->number) return cpu;
    }
    if (p->platform.at.length > 0)
        diag_error(&p->diag, BH_PLAN_CPU, number->at, "the platform has no CPU %s",
                   policy_check_number_text(p->arena, number->number));
    return NULL;
}

/* A subject runs on one CPU only, and on a dedicated CPU no one else does. */
static void window_subject(struct policy *p, struct plan_cpu *cpu, struct window *w)
{
    if (w->subject.text == NULL || (!cpu->dedicated && name_is(&w->subject, "idle"))) return;
    w->target = names_find(p, NAME_SUBJECT, &w->subject);
    if (w->target == NULL) return;
    if (w->target->cpu != NULL && w->target->cpu != cpu) {
        diag_error(&p->diag, BH_PLAN_CPU, w->subject.at, "`%s` runs on another CPU already", w->subject.text);
        diag_note(&p->diag, w->target->cpu->at, "a subject runs on one CPU");
        return;
    }
    w->target->cpu = cpu;
}

static void plan_windows(struct policy *p, const struct plan *plan, struct plan_cpu *cpu)
{
    struct window *w;
    wide sum = 0;
    bool good = plan->major.known;
    LIST_EACH(w, &cpu->windows) {
        window_subject(p, cpu, w);
        if (cpu->dedicated) return;
        good &= policy_check_value(p, &w->length, DIMENSION_TIME, WINDOW_MIN_US, MAJOR_MAX_US, "the window in us");
        sum += w->length.number;
    }
    if (good && !plan->broken && sum != plan->major.number)
        diag_error(&p->diag, BH_PLAN_TILE, cpu->at,
                   "the windows make %s us, the frame has %s us: fill it, with `idle` where nothing runs",
                   policy_check_number_text(p->arena, sum), policy_check_number_text(p->arena, plan->major.number));
    policy_check_count(p, cpu->at, cpu->windows.count, WINDOWS_MAX, "windows on one CPU");
}

static void plan_cpus(struct policy *p, struct plan *plan)
{
    struct plan_cpu *cpu;
    uint32_t seen = 0;
    LIST_EACH(cpu, &plan->cpus) {
        cpu->cpu = plan_platform_cpu(p, &cpu->number);
        plan_windows(p, plan, cpu);
        uint32_t bit = cpu->number.known ? 1u << (uint32_t)cpu->number.number : 0;
        if (seen & bit) diag_error(&p->diag, BH_PLAN_CPU, cpu->at, "the plan names this CPU twice");
        seen |= bit;
    }
    if (!plan->broken && (seen & (seen + 1)) != 0)
        diag_error(&p->diag, BH_PLAN_CPU, plan->name.at, "the plan's CPUs are numbered from 0, without gaps");
}

void policy_check_plan(struct policy *p)
{
    struct plan *plan;
    struct subject *s;
    LIST_EACH(plan, &p->plans) {
        if (plan_at > 0) {
            diag_error(&p->diag, BH_UNSUPPORTED, plan->name.at,
                       "a second plan is not supported by this version of the compiler");
            continue;
        }
        policy_check_value(p, &plan->major, DIMENSION_TIME, WINDOW_MIN_US, MAJOR_MAX_US, "the frame in us");
        plan_cpus(p, plan);
    }
    if (p->plans.count == 0) {
        diag_error(&p->diag, BH_PLAN_MISSING, p->system.at, "the system has no `plan`: nothing would ever run");
        return;
    }
    if (p->plans.items[0]->broken) return;
    LIST_EACH(s, &p->subjects) {
        if (s->cpu == NULL && s->name.text != NULL)
            diag_error(&p->diag, BH_PLAN_MISSING, s->name.at, "the plan gives `%s` no time", s->name.text);
    }
}

/* A window's start is not stored: windows tile the frame in their order. */
int64_t policy_check_absence(const struct policy *p, const struct subject *s)
{
    if (s->cpu == NULL || p->plans.count == 0 || !p->plans.items[0]->major.known) return -1;
    if (s->cpu->dedicated) return 0;
    const struct window *w;
    int64_t away = 0, longest = 0, before = -1;       /* before: time away before the first window of the frame */
    LIST_EACH(w, &s->cpu->windows) {
        if (!w->length.known) return -1;
        if (w->target != s) {
            away += (int64_t)w->length.number;
            continue;
        }
        if (before < 0) before = away;
        if (away > longest) longest = away;
        away = 0;
    }
    return before + away > longest ? before + away : longest;
}
