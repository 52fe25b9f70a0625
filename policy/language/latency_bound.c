/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The most that any simple way can take. Nodes before all cycles are passed in the order of the flow, those behind all cycles
 * too: the latest arrival at a node follows from the latest at those before it, as who comes later never leaves earlier. What
 * is left, on cycles and between them, is one step: a simple way enters it once, leaves it once, and passes each node at most
 * once.
 */
#include "language/latency.h"
#include "language/check.h"

struct bounding {
    const struct policy *policy;
    const struct plan *plan;
    const struct path_search *search;
    struct latency_bound *out;
    uint32_t count, ordered;          /* nodes; of them so many in `order`: those before cycles, then those behind */
    uint32_t before;
    uint32_t *order;
    bool *placed, *here;              /* in `order`; on a way from the beginning to the end at all */
    struct journey cycles;            /* what passing all that lies on cycles takes */
};

/* Simple ways neither return to the beginning nor go on from the end, nor stay. */
static bool is_edge(const struct bounding *b, uint32_t from, uint32_t to)
{
    const struct path_search *s = b->search;
    return from != s->to && to != s->from && from != to && s->distance[to] != GRAPH_NONE;
}

#define EDGE_EACH(b, from, to)                                                                                               \
    for (uint32_t to##_at = 0, to = 0;                                                                                       \
         to##_at < (b)->search->links[from].count && ((to = (b)->search->links[from].nodes[to##_at]), true); to##_at++)      \
        if (is_edge(b, from, to))

static void find_here(struct bounding *b, uint32_t *stack)
{
    uint32_t depth = 0;
    stack[depth++] = b->search->from;
    b->here[b->search->from] = true;
    while (depth > 0) {
        uint32_t node = stack[--depth];
        EDGE_EACH (b, node, to) {
            if (b->here[to]) continue;
            b->here[to] = true;
            stack[depth++] = to;
        }
    }
}

static void place(struct bounding *b, uint32_t node)
{
    b->order[b->ordered++] = node;
    b->placed[node] = true;
}

/* Each once all that lead to it have their place. */
static void order_before(struct bounding *b, uint32_t *missing)
{
    for (uint32_t i = 0; i < b->count; i++) {
        if (!b->here[i]) continue;
        EDGE_EACH (b, i, to) missing[to]++;
    }
    place(b, b->search->from);
    for (uint32_t i = 0; i < b->ordered; i++) {
        EDGE_EACH (b, b->order[i], to) {
            if (--missing[to] == 0) place(b, to);
        }
    }
    b->before = b->ordered;
}

static bool leads_nowhere(const struct bounding *b, uint32_t node)
{
    EDGE_EACH (b, node, to) {
        if (!b->placed[to]) return false;
    }
    return true;
}

/* Of the rest each once all that it leads to have theirs; then turned round. */
static void order_behind(struct bounding *b)
{
    bool more = true;
    while (more) {
        more = false;
        for (uint32_t i = 0; i < b->count; i++) {
            if (!b->here[i] || b->placed[i] || !leads_nowhere(b, i)) continue;
            place(b, i);
            more = true;
        }
    }
    for (uint32_t i = b->before, k = b->ordered; i + 1 < k; i++) {
        uint32_t other = b->order[--k];
        b->order[k] = b->order[i];
        b->order[i] = other;
    }
}

static void sum_cycles(struct bounding *b)
{
    for (uint32_t i = 0; i < b->count; i++) {
        if (!b->here[i] || b->placed[i]) continue;
        const struct subject *s = latency_subject(b->policy, i);
        int64_t longest = latency_of_subject(b->plan, s);
        b->out->is_cyclic[i] = true;
        b->out->cyclic++;
        b->cycles.at = longest == LATENCY_NEVER || b->cycles.at == LATENCY_NEVER ? LATENCY_NEVER : b->cycles.at + longest;
        b->cycles.switches += s != NULL;
    }
}

/* ---- arrivals ---- */
static void arrive(struct bounding *b, uint32_t from, uint32_t to)
{
    struct arrival *arrivals = b->out->arrivals, *a = &arrivals[b->out->is_cyclic[to] ? b->count : to];
    const struct subject *s = latency_subject(b->policy, to);
    struct journey j = arrivals[from].latest;
    if (!b->out->is_cyclic[to]) journey_pass(&j, b->plan, s);
    if (s == NULL || b->out->is_cyclic[to]) j.cpu = NULL;
    if (!a->reached || j.at > a->latest.at) {
        a->latest.at = j.at;
        a->latest.cpu = j.cpu;
        a->via = from;
    }
    if (j.switches > a->latest.switches) a->latest.switches = j.switches;
    a->reached = true;
}

static void pass_cycles(struct bounding *b)
{
    struct arrival *a = &b->out->arrivals[b->count];
    if (!a->reached) return;
    bool never = a->latest.at == LATENCY_NEVER || b->cycles.at == LATENCY_NEVER;
    a->latest.at = never ? LATENCY_NEVER : a->latest.at + b->cycles.at;
    a->latest.switches += b->cycles.switches;
    for (uint32_t i = 0; i < b->count; i++) {
        if (!b->out->is_cyclic[i]) continue;
        EDGE_EACH (b, i, to) {
            if (!b->out->is_cyclic[to]) arrive(b, b->count, to);
        }
    }
}

/* All arrivals of what comes just after `start`; how long it is on its way at most. */
static int64_t arrive_all(struct bounding *b, int64_t start)
{
    const struct path_search *s = b->search;
    for (uint32_t i = 0; i <= b->count; i++) b->out->arrivals[i] = (struct arrival){ .via = GRAPH_NONE };
    struct arrival *first = &b->out->arrivals[s->from];
    *first = (struct arrival){ .latest.at = start, .via = GRAPH_NONE, .reached = true };
    journey_pass(&first->latest, b->plan, latency_subject(b->policy, s->from));
    for (uint32_t i = 0; i < b->ordered; i++) {
        if (i == b->before) pass_cycles(b);
        EDGE_EACH (b, b->order[i], to) arrive(b, b->order[i], to);
    }
    int64_t end = journey_end(&b->out->arrivals[s->to].latest);
    return end == LATENCY_NEVER ? end : end - start;
}

static void find_worst(struct bounding *b)
{
    const struct plan_cpu *cpu;
    const struct window *w;
    LIST_EACH (cpu, &b->plan->cpus) {
        int64_t at = 0;
        LIST_EACH (w, &cpu->windows) {
            int64_t most = arrive_all(b, at);
            if (most > b->out->most) {
                b->out->most = most;
                b->out->start = at;
            }
            at += cpu->dedicated ? 0 : (int64_t)w->length.number;
        }
    }
    arrive_all(b, b->out->start);
}

void latency_bound(const struct policy *p, const struct plan *plan, const struct path_search *s, struct latency_bound *out)
{
    uint32_t count = s->graph->nodes.count;
    struct arena *a = s->graph->arena;
    struct bounding b = { .policy = p, .plan = plan, .search = s, .out = out, .count = count };
    *out = (struct latency_bound){ .most = -1, .count = count };
    out->arrivals = arena_take(a, (count + 1) * sizeof *out->arrivals);
    out->is_cyclic = arena_take(a, count * sizeof *out->is_cyclic);
    b.order = arena_take(a, count * sizeof *b.order);
    b.placed = arena_take(a, count * sizeof *b.placed);
    b.here = arena_take(a, count * sizeof *b.here);
    find_here(&b, arena_take(a, count * sizeof *b.order));
    order_before(&b, arena_take(a, count * sizeof *b.order));
    order_behind(&b);
    sum_cycles(&b);
    find_worst(&b);
}

bool latency_bound_way(const struct latency_bound *b, struct path_search *s)
{
    uint32_t length = 0;
    for (uint32_t node = s->to; node != s->from; node = b->arrivals[node].via, length++) {
        if (node == b->count) return false;
    }
    s->length = length;
    for (uint32_t node = s->to;; node = b->arrivals[node].via) {
        s->nodes[length] = node;
        if (length-- == 0) return true;
    }
}
