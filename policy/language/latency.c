/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Latency of one way by messages and wires. A subject deals in a window with what came before the window began, and has sent
 * what follows from it when the window ends. So each subject on the way costs the wait for its next window and that window; a
 * subject with a CPU of its own costs nothing but the switch. What a guest computes for longer than a window, what a rate
 * refuses and how long a wire takes are not in it.
 */
#include "language/latency.h"
#include "language/check.h"

/* The end of the subject's first window that begins at `from` or later. */
static int64_t window_end(const struct plan *plan, const struct plan_cpu *cpu, const struct subject *s, int64_t from)
{
    const struct window *w;
    int64_t major = (int64_t)plan->major.number, at = from / major * major;
    for (uint32_t frame = 0; frame < 3; frame++) {
        LIST_EACH (w, &cpu->windows) {
            if (w->target == s && at >= from) return at + (int64_t)w->length.number;
            at += (int64_t)w->length.number;
        }
    }
    return LATENCY_NEVER;
}

/* CPUs keep time, but not to the microsecond: only a later window of another one sees the message. */
void journey_pass(struct journey *j, const struct plan *plan, const struct subject *s)
{
    if (s == NULL || j->at == LATENCY_NEVER) return;
    const struct plan_cpu *cpu = policy_plan_cpu(plan, s);
    if (cpu == NULL)
        j->at = LATENCY_NEVER;
    else if (cpu->dedicated)
        j->at += LATENCY_SWITCH_US;
    else
        j->at = window_end(plan, cpu, s, j->at + (j->cpu != cpu));
    j->switches += cpu != NULL && !cpu->dedicated;
    j->cpu = cpu;
}

int64_t journey_end(const struct journey *j)
{
    return j->at == LATENCY_NEVER ? j->at : j->at + (int64_t)j->switches * LATENCY_SWITCH_US;
}

/* It waits longest that comes just after one of the subject's windows has begun. */
int64_t latency_of_subject(const struct plan *plan, const struct subject *s)
{
    const struct plan_cpu *cpu = s != NULL ? policy_plan_cpu(plan, s) : NULL;
    const struct window *w;
    int64_t at = 0, longest = 0;
    if (s == NULL) return 0;
    if (cpu == NULL) return LATENCY_NEVER;
    if (cpu->dedicated) return LATENCY_SWITCH_US;
    LIST_EACH (w, &cpu->windows) {
        int64_t end = window_end(plan, cpu, s, at + 1);
        if (end == LATENCY_NEVER) return end;
        if (end - at > longest) longest = end - at;
        at += (int64_t)w->length.number;
    }
    return longest;
}

const struct subject *latency_subject(const struct policy *p, uint32_t node)
{
    return node < p->subjects.count ? p->subjects.items[node] : NULL;
}

/* When the message that comes just after `start` has passed all subjects of the way. */
static int64_t way_end(const struct policy *p, const struct plan *plan, const struct path_search *s, int64_t start)
{
    struct journey j = { .at = start };
    for (uint32_t i = 0; i <= s->length; i++) journey_pass(&j, plan, latency_subject(p, s->nodes[i]));
    return journey_end(&j);
}

/* A frame's instants at which someone begins a window: the worst start is just after one of them. */
int64_t latency_of_way(const struct policy *p, const struct plan *plan, const struct path_search *s, int64_t *worst_start)
{
    const struct plan_cpu *cpu;
    const struct window *w;
    int64_t worst = -1;
    LIST_EACH (cpu, &plan->cpus) {
        int64_t at = 0;
        LIST_EACH (w, &cpu->windows) {
            int64_t end = way_end(p, plan, s, at);
            if (end == LATENCY_NEVER) return end;
            if (end - at > worst) {
                worst = end - at;
                *worst_start = at;
            }
            at += cpu->dedicated ? 0 : (int64_t)w->length.number;
        }
    }
    return worst;
}

uint64_t latency_cost(const struct plan *plan, const struct path_search *s)
{
    const struct plan_cpu *cpu;
    uint64_t starts = 0;
    LIST_EACH (cpu, &plan->cpus) starts += cpu->windows.count;
    return starts * (s->length + 1);
}
