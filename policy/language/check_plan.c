/* SPDX-License-Identifier: Apache-2.0 */
/* Plans: windows tile the frame, and each subject has its CPU, which is the same in all of them. */
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

static bool plan_same_cpu(const struct plan_cpu *a, const struct plan_cpu *b)
{
    return a == b || (a->plan != b->plan && a->number.known && b->number.known && a->number.number == b->number.number);
}

/* A subject runs on one CPU only, and on a dedicated CPU no one else does. */
static void window_subject(struct policy *p, struct plan_cpu *cpu, struct window *w)
{
    if (w->subject.text == NULL || (!cpu->dedicated && name_is(&w->subject, "idle"))) return;
    w->target = names_find(p, NAME_SUBJECT, &w->subject);
    if (w->target == NULL || policy_refuse_monitor(p, &w->subject, w->target)) return;
    if (w->target->cpu != NULL && !plan_same_cpu(w->target->cpu, cpu)) {
        diag_error(&p->diag, BH_PLAN_CPU, w->subject.at, "`%s` runs on another CPU already", w->subject.text);
        diag_note(&p->diag, w->target->cpu->at, "a subject runs on one CPU");
        return;
    }
    if (w->target->cpu == NULL) w->target->cpu = cpu;
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
        cpu->plan = plan;
        cpu->cpu = plan_platform_cpu(p, &cpu->number);
        plan_windows(p, plan, cpu);
        uint32_t bit = cpu->number.known ? 1u << (uint32_t)cpu->number.number : 0;
        if (seen & bit) diag_error(&p->diag, BH_PLAN_CPU, cpu->at, "the plan names this CPU twice");
        seen |= bit;
    }
    if (!plan->broken && (seen & (seen + 1)) != 0)
        diag_error(&p->diag, BH_PLAN_CPU, plan->name.at, "the plan's CPUs are numbered from 0, without gaps");
}

/* The order of statements means nothing: of several plans one says that it is the first. It heads the list from here on. */
static void plan_first(struct policy *p)
{
    struct plan *plan, *first = NULL;
    uint32_t at = 0;
    LIST_EACH(plan, &p->plans) {
        if (!plan->first) continue;
        if (first != NULL) {
            diag_error(&p->diag, BH_PLAN_FIRST, plan->name.at, "`%s` is the first plan already", first->name.text);
            diag_note(&p->diag, first->name.at, "declared here");
            return;
        }
        first = plan;
        at = plan_at;
    }
    if (first == NULL && p->plans.count > 1) {
        diag_error(&p->diag, BH_PLAN_FIRST, p->plans.items[1]->name.at,
                   "of several plans one is the `first`, which runs from the start");
        return;
    }
    for (; at > 0; at--) p->plans.items[at] = p->plans.items[at - 1];
    if (first != NULL) p->plans.items[0] = first;
}

/* All plans divide the same CPUs. */
static void plan_same_cpus(struct policy *p, const struct plan *plan)
{
    const struct plan *first = p->plans.items[0];
    if (plan->broken || first->broken || plan->cpus.count == first->cpus.count) return;
    diag_error(&p->diag, BH_PLAN_CPU, plan->name.at, "the plan divides %u CPUs, `%s` divides %u", plan->cpus.count,
               first->name.text, first->cpus.count);
}

void policy_check_plan(struct policy *p)
{
    struct plan *plan;
    struct subject *s;
    bool broken = false;
    plan_first(p);
    LIST_EACH(plan, &p->plans) {
        policy_check_value(p, &plan->major, DIMENSION_TIME, WINDOW_MIN_US, MAJOR_MAX_US, "the frame in us");
        plan_cpus(p, plan);
        plan_same_cpus(p, plan);
        broken |= plan->broken;
    }
    if (p->plans.count == 0) {
        diag_error(&p->diag, BH_PLAN_MISSING, p->system.at, "the system has no `plan`: nothing would ever run");
        return;
    }
    if (broken) return;
    LIST_EACH(s, &p->subjects) {
        if (s->served != NULL) s->cpu = s->served->cpu;
    }
    LIST_EACH(s, &p->subjects) {
        if (s->cpu != NULL || s->name.text == NULL || s->monitors.text != NULL) continue;
        diag_error(&p->diag, BH_PLAN_MISSING, s->name.at, "%s gives `%s` no time",
                   p->plans.count == 1 ? "the plan" : "no plan", s->name.text);
    }
}

const struct plan_cpu *policy_plan_cpu(const struct plan *plan, const struct subject *s)
{
    const struct plan_cpu *cpu;
    const struct window *w;
    LIST_EACH(cpu, &plan->cpus) {
        LIST_EACH(w, &cpu->windows) {
            if (w->target == s) return cpu;
        }
    }
    return NULL;
}

/* A window's start is not stored: windows tile the frame in their order. */
static int64_t plan_absence(const struct plan *plan, const struct subject *s)
{
    const struct plan_cpu *cpu = policy_plan_cpu(plan, s);
    if (cpu == NULL || !plan->major.known) return -1;
    if (cpu->dedicated) return 0;
    const struct window *w;
    int64_t away = 0, longest = 0, before = -1;       /* before: time away before the first window of the frame */
    LIST_EACH(w, &cpu->windows) {
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

/* A switch may come after the last window of one plan and before the first of the next: the two longest may be in a row. */
int64_t policy_check_absence(const struct policy *p, const struct subject *s)
{
    const struct plan *plan;
    int64_t longest = -1;
    LIST_EACH(plan, &p->plans) {
        int64_t away = plan_absence(plan, s);
        if (away > longest) longest = away;
    }
    return p->plans.count > 1 && longest > 0 ? 2 * longest : longest;
}

/* ---- who feels a switch ---- */
/*
 * The same windows, of the same lengths, at the same places in frames of the same length. A CPU of its own has no frames: its
 * window lasts until a switch, be it to the plan that runs already, which takes time from it and ends its subject's wait.
 */
static bool plan_same_time(const struct plan *a, const struct plan *b, const struct subject *s)
{
    const struct plan_cpu *x = policy_plan_cpu(a, s), *y = policy_plan_cpu(b, s);
    if (x == NULL || y == NULL) return x == y;
    if (x->dedicated || y->dedicated) return false;
    if (a->major.number != b->major.number || x->windows.count != y->windows.count) return false;
    for (uint32_t i = 0; i < x->windows.count; i++) {
        const struct window *v = x->windows.items[i], *w = y->windows.items[i];
        if ((v->target == s) != (w->target == s) || v->length.number != w->length.number) return false;
    }
    return true;
}

/*
 * What lies behind the check of the plan is looked at in some plans only: a condition that fails is always told, a rate with
 * feedback `rule`.
 */
static bool plan_told(const struct allow *a)
{
    const struct restrict_rule *r;
    bool where = a->body.where != NULL, rate = a->body.rate.at.length > 0 && !a->body.rate.unlimited;
    LIST_EACH(r, &a->restricts) {
        where |= r->body.where != NULL;
        rate |= r->body.rate.at.length > 0;
    }
    return a->channel->feedback == FEEDBACK_FULL || where || (rate && a->channel->feedback == FEEDBACK_RULE);
}

bool policy_some_plans(const struct policy *p, uint32_t mask)
{
    uint32_t all = UINT32_MAX >> (IMAGE_MAX_PLANS - (p->plans.count == 0 ? 1 : p->plans.count));
    return (mask & all) != all;
}

bool policy_plans_differ(const struct policy *p, const struct subject *s)
{
    const struct plan *plan;
    LIST_EACH(plan, &p->plans) {
        if (!plan_same_time(p->plans.items[0], plan, s)) return true;
    }
    return false;
}

bool policy_feels_plans(const struct policy *p, const struct subject *s)
{
    const struct allow *a;
    const struct privilege *v;
    if (policy_plans_differ(p, s)) return true;
    LIST_EACH(a, &p->allows) {
        if (a->channel == NULL || !policy_some_plans(p, a->plan_mask)) continue;
        if (a->channel->receiver == s || (a->channel->sender == s && plan_told(a))) return true;
    }
    LIST_EACH(v, &p->privileges) {
        if (v->actor == s && (v->kind == PRIVILEGE_SWITCH || policy_some_plans(p, v->plan_mask))) return true;
    }
    return false;
}
