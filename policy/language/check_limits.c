/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `limit capacity` and `limit latency`: computed from types, rates and the plan, and shown as they were computed. Latency is
 * that of the slowest way by messages and wires. A bound on all ways is computed first; where that says too little each way is
 * looked at, as long as there are not too many.
 */
#include "language/capacity.h"
#include "language/check.h"
#include "language/latency.h"

#define LIMITS_MAX 256u /* each costs a search of the graph */
#define LIMIT_NODES 1024u
#define LATENCY_STEPS 1000000u /* of looking at ways, all limits together */

struct limit_check {
    struct policy *policy;
    const struct graph *graph;
    const struct limit *limit;
    uint32_t from, to;
    const struct plan *plan;      /* latency: the plan that is looked at */
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
        const struct subject *subject = latency_subject(c->policy, s->nodes[i]);
        if (subject == NULL) continue;
        journey_pass(&j, c->plan, subject);
        diag_note(&c->policy->diag, hop_place(c, s, i < s->length ? i : i - 1), "%s after `%s`%s",
                  limit_number(c, journey_end(&j) - start), subject->name.text,
                  j.cpu != NULL && j.cpu->dedicated ? ", which has a CPU of its own" : ", at the end of its next window");
    }
}

static void latency_report_never(const struct limit_check *c)
{
    diag_error(&c->policy->diag, BH_LATENCY, c->limit->at,
               "the plan `%s` does not tell how long the way from `%s` to `%s` takes",
               c->plan->name.text, c->limit->from.text, c->limit->to.text);
}

static void latency_report(const struct limit_check *c, const struct path_search *s, int64_t latency, int64_t start)
{
    if (latency == LATENCY_NEVER) {
        latency_report_never(c);
        return;
    }
    diag_error(&c->policy->diag, BH_LATENCY, c->limit->at, "from `%s` to `%s` it can take %s; the limit is %s",
               c->limit->from.text, c->limit->to.text, limit_number(c, latency),
               limit_number(c, (int64_t)c->limit->most.number));
    latency_notes(c, s, start);
}

/* Whether one way is short enough under the plan; else it is reported. */
static bool way_holds(const struct limit_check *c, const struct path_search *search)
{
    int64_t start = 0, latency = latency_of_way(c->policy, c->plan, search, &start);
    if (latency <= c->limit->most.number) return true;
    latency_report(c, search, latency, start);
    return false;
}

/* ---- more ways than can be looked at ---- */
#define CYCLIC_SHOWN 6u

static const char *cyclic_names(const struct limit_check *c, const struct latency_bound *b)
{
    const char *text = "";
    uint32_t shown = 0;
    for (uint32_t i = 0; i < b->count && shown < CYCLIC_SHOWN; i++) {
        if (b->is_cyclic[i])
            text = arena_print(c->policy->arena, "%s%s`%s`", text, shown++ > 0 ? ", " : "", c->graph->nodes.items[i]->name);
    }
    return b->cyclic > shown ? arena_print(c->policy->arena, "%s and %u more", text, b->cyclic - shown) : text;
}

static void bound_note(const struct limit_check *c, const struct latency_bound *b, uint32_t node)
{
    const char *after = limit_number(c, journey_end(&b->arrivals[node].latest) - b->start);
    if (node == b->count)
        diag_note(&c->policy->diag, PLACE_NOWHERE,
                  "%s after all between which messages can go round, each once and at its slowest: %s", after,
                  cyclic_names(c, b));
    else if (latency_subject(c->policy, node) != NULL)
        diag_note(&c->policy->diag, c->policy->subjects.items[node]->name.at, "%s after `%s`", after,
                  c->graph->nodes.items[node]->name);
}

/* The steps of the bound, from the beginning. */
static void bound_report(const struct limit_check *c, const struct latency_bound *b, const struct path_search *s)
{
    uint32_t *steps = arena_take(c->policy->arena, (b->count + 1) * sizeof *steps), count = 0;
    if (b->most == LATENCY_NEVER) {
        latency_report_never(c);
        return;
    }
    diag_error(&c->policy->diag, BH_LATENCY, c->limit->at,
               "from `%s` to `%s` it may take up to %s, there being too many ways to look at each; the limit is %s",
               c->limit->from.text, c->limit->to.text, limit_number(c, b->most),
               limit_number(c, (int64_t)c->limit->most.number));
    for (uint32_t node = s->to; node != GRAPH_NONE; node = b->arrivals[node].via) steps[count++] = node;
    diag_note(&c->policy->diag, PLACE_NOWHERE, "it comes just after %s of the frame", limit_number(c, b->start));
    while (count > 0) bound_note(c, b, steps[--count]);
}

/* Each simple way; of several that are too slow the shortest is reported. False: there were too many, and none too slow yet. */
static bool look_at_ways(const struct limit_check *c, struct path_search *search)
{
    while (path_next(search)) {
        uint64_t cost = latency_cost(c->plan, search);
        if (!way_holds(c, search)) return true;
        search->steps_left = search->steps_left > cost ? search->steps_left - cost : 0;
    }
    return !search->stopped;
}

/* Under one plan, as long as that runs; false after a report. The bound first: where it is enough no way is looked at. */
static bool latency_holds(const struct limit_check *c)
{
    struct path_search search;
    struct latency_bound bound;
    uint32_t before = c->policy->diag.errors;
    path_start(&search, c->graph, c->from, c->to, true, *c->steps_left);
    latency_bound(c->policy, c->plan, &search, &bound);
    if (bound.most <= c->limit->most.number) return true;
    if (latency_bound_way(&bound, &search) && !way_holds(c, &search)) return false;
    bool all = look_at_ways(c, &search);
    *c->steps_left = search.stopped ? 0 : search.steps_left;
    if (!all) bound_report(c, &bound, &search);
    return c->policy->diag.errors == before;
}

static bool messages_flow(const struct limit_check *c)
{
    struct path_search search;
    path_start(&search, c->graph, c->from, c->to, true, 0);
    return search.distance[c->from] != GRAPH_NONE;
}

static void check_latency(struct limit_check *c)
{
    const struct plan *plan;
    if (!plans_are_known(c->policy)) return;
    if (!messages_flow(c)) {
        diag_error(&c->policy->diag, BH_LATENCY, c->limit->at, "no messages flow from `%s` to `%s`: there is nothing to limit",
                   c->limit->from.text, c->limit->to.text);
        return;
    }
    LIST_EACH (plan, &c->policy->plans) {
        c->plan = plan;
        if (!latency_holds(c)) return;
    }
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
