/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `limit capacity` and `limit latency`: computed from types, rates and the plan, and shown as they were computed.
 *
 * Latency is that of the slowest way by messages and wires. A subject deals in a window with what came before the window began,
 * and has sent what follows from it when the window ends. So each subject on the way costs the wait for its next window and
 * that window; a subject with a CPU of its own costs nothing but the switch. What a guest computes for longer than a window,
 * what a rate refuses and how long a wire takes are not in it.
 */
#include "language/capacity.h"
#include "language/check.h"
#include "language/paths.h"

#define LIMITS_MAX 256u /* each costs a search of the graph */
#define LIMIT_NODES 1024u
#define LATENCY_STEPS 400000u /* of the search for ways, all limits together */
#define LATENCY_SWITCH_US 20  /* the kernel's margin at a window's end */
#define LATENCY_NEVER INT64_MAX

struct limit_check {
    struct policy *policy;
    const struct graph *graph;
    const struct limit *limit;
    uint32_t from, to;
    const struct plan *plan;          /* latency: the plan that is looked at */
    uint64_t *steps_left;
};

static const char *limit_number(const struct limit_check *c, int64_t us)
{
    return arena_print(c->policy->arena, "%lld.%03lld ms", (long long)(us / 1000), (long long)(us % 1000));
}

/* ---- capacity ---- */
/* N bit a second is N for one second; a minute's bits are rounded down. */
static uint64_t capacity_most(const struct limit_check *c)
{
    wide most = c->limit->most.number;
    return (uint64_t)(name_is(&c->limit->per, "min") ? most / 60 : most);
}

static void capacity_note(const struct limit_check *c, const struct capacity_arc *arc)
{
    struct policy *p = c->policy;
    const char *text = capacity_text(p->arena, arc->capacity);
    const struct graph_edge *e = arc->edge;
    if (arc->rule != NULL)
        diag_note(&p->diag, arc->rule->name.at, "%s: what arrives by `%s`: %s", text, arc->rule->name.text,
                  capacity_rule_text(p, arc->rule));
    else
        diag_note(&p->diag, e->at, "%s: %s -> %s: %s", text, c->graph->nodes.items[e->from]->name,
                  c->graph->nodes.items[e->to]->name, e->text);
}

static void check_capacity(const struct limit_check *c)
{
    struct policy *p = c->policy;
    const struct capacity_arc *arc;
    capacity_arcs cut = { 0 };
    uint64_t most = capacity_most(c), seen = capacity_between(c->graph, p, c->from, c->to, &cut);
    if (seen <= most) return;
    if (seen == CAPACITY_UNBOUNDED)
        diag_error(&p->diag, BH_CAPACITY, c->limit->at, "nothing bounds what flows from `%s` to `%s` this way",
                   c->limit->from.text, c->limit->to.text);
    else
        diag_error(&p->diag, BH_CAPACITY, c->limit->at, "up to %s can flow from `%s` to `%s`; the limit is %s",
                   capacity_text(p->arena, seen), c->limit->from.text, c->limit->to.text, capacity_text(p->arena, most));
    LIST_EACH (arc, &cut) capacity_note(c, arc);
}

/* ---- latency ---- */
/* A message on its way: where it was dealt with last, and when, in microseconds since a frame began. */
struct journey {
    int64_t at;
    const struct plan_cpu *cpu;
    uint32_t switches;
};

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

/* Through one more subject. CPUs keep time, but not to the microsecond: only a later window of another one sees the message. */
static void journey_pass(const struct limit_check *c, struct journey *j, const struct subject *s)
{
    if (s == NULL || j->at == LATENCY_NEVER) return;
    const struct plan_cpu *cpu = policy_plan_cpu(c->plan, s);
    if (cpu == NULL)
        j->at = LATENCY_NEVER;
    else if (cpu->dedicated)
        j->at += LATENCY_SWITCH_US;
    else
        j->at = window_end(c->plan, cpu, s, j->at + (j->cpu != cpu));
    j->switches += cpu != NULL && !cpu->dedicated;
    j->cpu = cpu;
}

/* When it is through, the switches at the windows' ends included. */
static int64_t journey_end(const struct journey *j)
{
    return j->at == LATENCY_NEVER ? j->at : j->at + (int64_t)j->switches * LATENCY_SWITCH_US;
}

static const struct subject *path_subject(const struct limit_check *c, uint32_t node)
{
    return node < c->policy->subjects.count ? c->policy->subjects.items[node] : NULL;
}

/* When the message that comes just after `start` has passed all subjects of the path. */
static int64_t path_end(const struct limit_check *c, const struct path_search *s, int64_t start)
{
    struct journey j = { .at = start };
    for (uint32_t i = 0; i <= s->length; i++) journey_pass(c, &j, path_subject(c, s->nodes[i]));
    return journey_end(&j);
}

/* A frame's instants at which someone on the way begins a window: the worst start is just after one of them. */
static int64_t path_latency(const struct limit_check *c, const struct path_search *s, int64_t *worst_start)
{
    const struct plan_cpu *cpu;
    const struct window *w;
    int64_t worst = -1;
    LIST_EACH (cpu, &c->plan->cpus) {
        int64_t at = 0;
        LIST_EACH (w, &cpu->windows) {
            int64_t end = path_end(c, s, at);
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

static bool plan_is_known(const struct plan *plan)
{
    const struct plan_cpu *cpu;
    const struct window *w;
    if (!plan->major.known || plan->broken) return false;
    LIST_EACH (cpu, &plan->cpus) {
        LIST_EACH (w, &cpu->windows) {
            if (!cpu->dedicated && !w->length.known) return false;
        }
    }
    return true;
}

static bool plans_are_known(const struct policy *p)
{
    const struct plan *plan;
    LIST_EACH (plan, &p->plans) {
        if (!plan_is_known(plan)) return false;
    }
    return p->plans.count > 0;
}

/* The place that says that the path goes from this node to the next. */
static struct place hop_place(const struct limit_check *c, const struct path_search *s, uint32_t hop)
{
    const struct graph_edge *e;
    LIST_EACH (e, &c->graph->nodes.items[s->nodes[hop]]->out) {
        if (e->to == s->nodes[hop + 1] && path_follows(s, e)) return e->at;
    }
    return PLACE_NOWHERE;
}

/* The same computation again, with a note for each subject. */
static void latency_notes(const struct limit_check *c, const struct path_search *s, int64_t start)
{
    struct journey j = { .at = start };
    diag_note(&c->policy->diag, PLACE_NOWHERE, "it comes just after %s of the frame", limit_number(c, start));
    for (uint32_t i = 0; i <= s->length; i++) {
        const struct subject *subject = path_subject(c, s->nodes[i]);
        if (subject == NULL) continue;
        journey_pass(c, &j, subject);
        diag_note(&c->policy->diag, hop_place(c, s, i < s->length ? i : i - 1), "%s after `%s`%s",
                  limit_number(c, journey_end(&j) - start), subject->name.text,
                  j.cpu != NULL && j.cpu->dedicated ? ", which has a CPU of its own" : ", at the end of its next window");
    }
}

static void latency_report(const struct limit_check *c, const struct path_search *s, int64_t latency, int64_t start)
{
    struct policy *p = c->policy;
    if (latency == LATENCY_NEVER) {
        diag_error(&p->diag, BH_LATENCY, c->limit->at, "the plan `%s` does not tell how long the way from `%s` to `%s` takes",
                   c->plan->name.text, c->limit->from.text, c->limit->to.text);
        return;
    }
    diag_error(&p->diag, BH_LATENCY, c->limit->at, "from `%s` to `%s` it can take %s; the limit is %s", c->limit->from.text,
               c->limit->to.text, limit_number(c, latency), limit_number(c, (int64_t)c->limit->most.number));
    latency_notes(c, s, start);
}

/* Whether the limit holds on one way in each plan, as long as that plan runs; else it is reported. */
static bool latency_holds(struct limit_check *c, const struct path_search *search)
{
    const struct plan *plan;
    LIST_EACH (plan, &c->policy->plans) {
        c->plan = plan;
        int64_t start = 0, latency = path_latency(c, search, &start);
        if (latency <= c->limit->most.number) continue;
        latency_report(c, search, latency, start);
        return false;
    }
    return true;
}

static void check_latency(struct limit_check *c)
{
    struct path_search search;
    uint32_t count = 0;
    if (!plans_are_known(c->policy)) return;
    path_start(&search, c->graph, c->from, c->to, true, *c->steps_left);
    while (path_next(&search)) {
        count++;
        if (!latency_holds(c, &search)) break;
    }
    *c->steps_left = search.stopped ? 0 : search.steps_left;
    if (search.stopped)
        diag_error(&c->policy->diag, BH_LATENCY, c->limit->at,
                   "there are too many ways from `%s` to `%s`, with those of limits before, to look at each",
                   c->limit->from.text, c->limit->to.text);
    else if (count == 0)
        diag_error(&c->policy->diag, BH_LATENCY, c->limit->at, "no messages flow from `%s` to `%s`: there is nothing to limit",
                   c->limit->from.text, c->limit->to.text);
}

/* ---- both ---- */
static uint32_t limit_node(const struct limit_check *c, const struct name *name)
{
    if (name->text == NULL) return GRAPH_NONE;
    uint32_t node = graph_node(c->graph, c->policy, name->text);
    if (node == GRAPH_NONE)
        diag_error(&c->policy->diag, BH_NAME_UNKNOWN, name->at, "there is no subject or wire `%s`", name->text);
    return node;
}

static bool limit_value(struct policy *p, struct limit *l)
{
    const wide most = (wide)1 << 62;
    if (l->is_latency) return policy_check_value(p, &l->most, DIMENSION_TIME, 1, most, "the latency in us");
    if (!policy_check_value(p, &l->most, DIMENSION_BITS, 1, most, "the capacity in thousandths of a bit")) return false;
    if (name_is(&l->per, "s") || name_is(&l->per, "min")) return true;
    if (l->per.text != NULL)
        diag_error(&p->diag, BH_VALUE_UNIT, l->per.at, "a capacity is so many bits a second (`bit/s`) or a minute (`bit/min`)");
    return false;
}

static void check_limit(struct policy *p, const struct graph *g, struct limit *l, uint64_t *steps_left)
{
    struct limit_check c = { .policy = p, .graph = g, .limit = l, .steps_left = steps_left };
    c.from = limit_node(&c, &l->from);
    c.to = limit_node(&c, &l->to);
    if (!limit_value(p, l) || l->broken || c.from == GRAPH_NONE || c.to == GRAPH_NONE) return;
    if (c.from == c.to)
        diag_error(&p->diag, BH_ASSERTION, l->to.at, "`%s` stands on both sides", l->to.text);
    else if (l->is_latency)
        check_latency(&c);
    else
        check_capacity(&c);
}

void policy_check_limits(struct policy *p)
{
    struct graph graph;
    struct limit *l;
    uint64_t steps_left = LATENCY_STEPS;
    uint32_t nodes = p->subjects.count + p->externals.count + p->protocols.count;
    if (p->limits.count == 0 || nodes > LIMIT_NODES) return;
    if (!policy_check_count(p, p->limits.items[0]->at, p->limits.count, LIMITS_MAX, "limits")) return;
    graph_build(&graph, p);
    LIST_EACH (l, &p->limits) check_limit(p, &graph, l, &steps_left);
}
