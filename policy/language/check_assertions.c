/* SPDX-License-Identifier: Apache-2.0 */
/* `never` and `pipeline`, proved on the flow graph: a violation shows the shortest path, step by step. */
#include "language/graph.h"
#include "language/check.h"
#include "language/stages.h"

#include <string.h>

#define GRAPH_MAX_NODES 1024u

struct assertion_check {
    struct policy *policy;
    const struct graph *graph;
    const struct assertion *assertion;
};

/* Shows the path from one node to the other, which the search has found, below the error that was reported last. */
static void assertion_show(const struct assertion_check *c, const struct graph_edge *const *found, uint32_t from, uint32_t to)
{
    uint32_t length;
    if (c->policy->diag.last == NULL) return;
    const struct graph_edge **path = graph_path(c->graph, found, from, to, &length);
    for (uint32_t i = 0; i < length; i++) {
        const struct graph_edge *e = path[i];
        diag_note(&c->policy->diag, e->at, "%s -> %s: %s", c->graph->nodes.items[e->from]->name,
                  c->graph->nodes.items[e->to]->name, e->text);
    }
}

/* The node that a name stands for, or GRAPH_NONE after a report. */
static uint32_t assertion_node(const struct assertion_check *c, const struct name *name)
{
    if (name->text == NULL) return GRAPH_NONE;
    uint32_t node = graph_node(c->graph, c->policy, name->text);
    if (node == GRAPH_NONE)
        diag_error(&c->policy->diag, BH_NAME_UNKNOWN, name->at, "there is no subject or wire `%s`", name->text);
    return node;
}

/* ---- exceptions ---- */
static void exception_leaves(struct policy *p, const struct exception *e, const struct name *name, const struct subject *from,
                             struct place declared)
{
    const struct subject *via = names_look(p, NAME_SUBJECT, e->via.text);
    if (from == NULL || via == NULL || from == via) return;
    diag_error(&p->diag, BH_ASSERTION, name->at, "`%s` does not leave `%s`", name->text, e->via.text);
    diag_note(&p->diag, declared, "declared here");
}

/* What passes by messages of a rule, or by the use of a privilege. */
static void exception_rules(const struct assertion_check *c, const struct exception *e, bool *rules, bool *privileges)
{
    struct policy *p = c->policy;
    const struct name *name;
    names_find(p, NAME_SUBJECT, &e->via);
    LIST_EACH(name, &e->by) {
        const struct privilege *v = name->text != NULL ? names_look(p, NAME_PRIVILEGE, name->text) : NULL;
        const struct allow *a = v == NULL ? names_find(p, NAME_ALLOW, name) : NULL;
        if (v != NULL) {
            privileges[v->index] = true;
            exception_leaves(p, e, name, v->actor, v->name.at);
        } else if (a != NULL) {
            rules[a->index] = true;
            exception_leaves(p, e, name, a->channel != NULL ? a->channel->sender : NULL, a->name.at);
        }
    }
}

/* What the exceptions leave out. False if one of them could not be understood: then nothing is known about the assertion. */
static bool assertion_cut(const struct assertion_check *c, struct graph_cut *cut)
{
    struct policy *p = c->policy;
    const struct exception *e;
    bool *rules = arena_take(p->arena, p->allows.count + 1), *privileges = arena_take(p->arena, p->privileges.count + 1);
    bool *avoid = arena_take(p->arena, c->graph->nodes.count + 1);
    uint32_t errors = p->diag.errors;
    *cut = (struct graph_cut){ .avoid = avoid, .rules = rules, .privileges = privileges };
    LIST_EACH(e, &c->assertion->exceptions) {
        cut->ring |= e->ring;
        cut->backpressure |= e->backpressure;
        if (e->via.text == NULL) continue;
        if (e->by.count > 0)
            exception_rules(c, e, rules, privileges);
        else if (names_find(p, NAME_SUBJECT, &e->via) != NULL)
            avoid[graph_node(c->graph, p, e->via.text)] = true;
    }
    return p->diag.errors == errors;
}

/* ---- never ---- */
static void never_from(const struct assertion_check *c, const struct name *from, const struct graph_cut *cut)
{
    struct policy *p = c->policy;
    const struct name *to;
    uint32_t start = assertion_node(c, from);
    if (start == GRAPH_NONE || p->diag.errors > DIAG_MAX) return;       /* enough: each further path costs a search */
    const struct graph_edge **found = graph_search(c->graph, start, cut);
    LIST_EACH(to, &c->assertion->to) {
        uint32_t end = to->text != NULL ? graph_node(c->graph, p, to->text) : GRAPH_NONE;
        if (end == start) diag_error(&p->diag, BH_ASSERTION, to->at, "`%s` stands on both sides", to->text);
        if (end == GRAPH_NONE || end == start || found[end] == NULL) continue;
        diag_error(&p->diag, BH_NEVER, c->assertion->at, "information can flow from `%s` to `%s`", from->text, to->text);
        assertion_show(c, found, start, end);
    }
}

static void check_never(const struct assertion_check *c)
{
    struct graph_cut cut;
    const struct name *name;
    const struct assertion *a = c->assertion;
    if (!assertion_cut(c, &cut) || a->broken) return;
    if (!policy_check_count(c->policy, a->at, a->from.count, c->graph->nodes.count, "names") ||
        !policy_check_count(c->policy, a->at, a->to.count, c->graph->nodes.count, "names"))
        return;
    LIST_EACH(name, &a->to) assertion_node(c, name);
    LIST_EACH(name, &a->from) never_from(c, name, &cut);
}

/* ---- pipeline ---- */
static uint32_t pipeline_node(const struct assertion_check *c, uint32_t stage)
{
    return graph_node(c->graph, c->policy, c->assertion->stages.items[stage]->text);
}

static bool pipeline_has(const struct assertion *pipeline, const char *subject)
{
    const struct name *stage;
    LIST_EACH(stage, &pipeline->stages) {
        if (stage->text != NULL && name_is(stage, subject)) return true;
    }
    return false;
}

/* For what a protocol lets pass on the path, of a stage that knows all that moves it: the exception that says so. */
static void pipeline_cure(const struct assertion_check *c, const struct graph_edge *const *found, uint32_t from, uint32_t to)
{
    uint32_t length;
    const struct graph_edge **path = graph_path(c->graph, found, from, to, &length);
    for (uint32_t i = 0; i < length; i++) {
        const struct graph_edge *e = path[i];
        if (e->kind != EDGE_MESSAGE || e->protocol == NULL || e->aside) continue;
        const char *sender = e->channel->sender->name.text;
        if (!pipeline_has(c->assertion, sender)) continue;
        diag_note(&c->policy->diag, PLACE_NOWHERE,
                  "`%s` knows all that moves `%s`; if it is meant, say `except via %s by %s`", sender, e->protocol->name.text,
                  sender, e->rule->name.text);
    }
}

/* No path leads past stage `k`: from none of the stages before it to any behind it. */
static void pipeline_stage(const struct assertion_check *c, uint32_t k, struct graph_cut cut)
{
    const name_list *stages = &c->assertion->stages;
    bool *avoid = arena_take(c->policy->arena, c->graph->nodes.count + 1);
    memcpy(avoid, cut.avoid, c->graph->nodes.count);
    avoid[pipeline_node(c, k)] = true;
    cut.avoid = avoid;
    for (uint32_t i = k; i-- > 0;) {
        uint32_t start = pipeline_node(c, i);
        const struct graph_edge **found = graph_search(c->graph, start, &cut);
        for (uint32_t j = k + 1; j < stages->count; j++) {
            if (found[pipeline_node(c, j)] == NULL) continue;
            diag_error(&c->policy->diag, BH_PIPELINE, stages->items[k]->at,
                       "information can flow from `%s` to `%s` without passing `%s`", stages->items[i]->text,
                       stages->items[j]->text, stages->items[k]->text);
            assertion_show(c, found, start, pipeline_node(c, j));
            pipeline_cure(c, found, start, pipeline_node(c, j));
            return;
        }
    }
}

/*
 * A pipeline through which nothing flows is a mistake, or one that has become meaningless. What an exception names of a stage's
 * messages still flows.
 */
static void pipeline_flows(const struct assertion_check *c, uint32_t k, struct graph_cut cut)
{
    const struct name *from = c->assertion->stages.items[k], *to = c->assertion->stages.items[k + 1];
    cut.rules = cut.privileges = NULL;
    const struct graph_edge **found = graph_search(c->graph, pipeline_node(c, k), &cut);
    if (found[pipeline_node(c, k + 1)] == NULL)
        diag_error(&c->policy->diag, BH_PIPELINE, to->at, "nothing flows from `%s` to `%s`", from->text, to->text);
}

static void check_pipeline(const struct assertion_check *c)
{
    const struct assertion *a = c->assertion;
    const struct name *stage;
    struct graph_cut cut;
    uint32_t errors = c->policy->diag.errors;
    if (a->name.text == NULL || a->broken) return;
    if (a->stages.count > STAGES_MAX || a->stages.count < 2) {
        diag_error(&c->policy->diag, BH_ASSERTION, a->at, "a pipeline has 2 to %u stages", STAGES_MAX);
        return;
    }
    LIST_EACH(stage, &a->stages) assertion_node(c, stage);
    if (!assertion_cut(c, &cut) || c->policy->diag.errors != errors) return;
    for (uint32_t k = 1; k + 1 < a->stages.count; k++) pipeline_stage(c, k, cut);
    for (uint32_t k = 0; k + 1 < a->stages.count; k++) pipeline_flows(c, k, cut);
}

void policy_check_assertions(struct policy *p)
{
    struct graph graph;
    const struct assertion *a;
    for (uint32_t i = 0; i < p->allows.count; i++) p->allows.items[i]->index = i;
    uint32_t nodes = p->subjects.count + p->externals.count + p->protocols.count;
    if (!policy_check_count(p, p->system.at, nodes, GRAPH_MAX_NODES, "subjects, wires and protocols")) return;
    graph_build(&graph, p);
    policy_check_hidden(p, &graph);
    LIST_EACH(a, &p->nevers) check_never(&(struct assertion_check){ p, &graph, a });
    LIST_EACH(a, &p->pipelines) check_pipeline(&(struct assertion_check){ p, &graph, a });
    policy_check_stages(p, &graph);
}
