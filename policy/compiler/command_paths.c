/* SPDX-License-Identifier: Apache-2.0 */
/* `paths`: every simple way by which information can flow from one subject or wire to another. */
#include "compiler/command.h"
#include "language/capacity.h"
#include "language/names.h"
#include "language/paths.h"

#define PATHS_SHOWN 32u      /* without --all: more than anyone reads */
#define PATHS_STEPS 2000000u /* of the search, without --all: under a second */

struct paths_output {
    const struct policy *policy;
    const struct graph *graph;
    const struct path_search *search;
    struct arena *scratch;            /* the policy's while paths are printed; emptied behind each */
    uint64_t shown;
    bool json;
};

/* ---- capacity of a path: its narrowest step, in which everything that leads the same way counts together ---- */
static uint64_t hop_capacity(const struct paths_output *o, uint32_t hop)
{
    const struct graph_edge *e;
    uint64_t sum = 0;
    LIST_EACH (e, &o->graph->nodes.items[o->search->nodes[hop]]->out) {
        if (e->to == o->search->nodes[hop + 1]) sum = capacity_sum(sum, capacity_edge(o->policy, e));
    }
    return sum;
}

static uint64_t path_capacity(const struct paths_output *o)
{
    uint64_t least = CAPACITY_UNBOUNDED;
    for (uint32_t i = 0; i < o->search->length; i++) {
        uint64_t hop = hop_capacity(o, i);
        if (hop < least) least = hop;
    }
    return least;
}

/* ---- text ---- */
static void print_edge(const struct paths_output *o, const struct graph_edge *e)
{
    const struct sources *sources = &o->policy->sources;
    printf("    %s -> %s: %s", o->graph->nodes.items[e->from]->name, o->graph->nodes.items[e->to]->name, graph_kind_text(e));
    if (e->rule != NULL) printf(" by `%s` on %s", e->rule->name.text, e->channel->name.text);
    printf(", %s", capacity_text(o->policy->arena, capacity_edge(o->policy, e)));
    if (e->kind == EDGE_MESSAGE && e->protocol == NULL) printf(" (%s)", capacity_rule_text(o->policy, e->rule));
    if (e->kind != EDGE_MESSAGE || e->protocol != NULL) printf(" (%s)", e->text);
    printf("  %s:%u\n", sources->files.items[e->at.file]->shown, source_position(sources, e->at).line);
}

static void print_path(const struct paths_output *o, uint64_t number)
{
    const struct path_search *s = o->search;
    const struct graph_edge *e;
    printf("%llu. ", (unsigned long long)number);
    for (uint32_t i = 0; i <= s->length; i++) printf("%s%s", i > 0 ? " -> " : "", o->graph->nodes.items[s->nodes[i]]->name);
    printf(": %s\n", capacity_text(o->policy->arena, path_capacity(o)));
    for (uint32_t i = 0; i < s->length; i++) {
        LIST_EACH (e, &o->graph->nodes.items[s->nodes[i]]->out) {
            if (e->to == s->nodes[i + 1]) print_edge(o, e);
        }
    }
}

/* ---- JSON: names and paths of files that the policy has are clean of quotes and controls but for the root's path ---- */
static void print_json_capacity(uint64_t capacity)
{
    if (capacity == CAPACITY_UNBOUNDED)
        printf("null");
    else
        printf("%llu.%03llu", (unsigned long long)(capacity / 1000), (unsigned long long)(capacity % 1000));
}

static void print_json_edge(const struct paths_output *o, const struct graph_edge *e, bool first)
{
    const struct sources *sources = &o->policy->sources;
    printf("%s\n    { \"from\": \"%s\", \"to\": \"%s\", \"kind\": \"%s\", ", first ? "" : ",",
           o->graph->nodes.items[e->from]->name, o->graph->nodes.items[e->to]->name, graph_kind_text(e));
    if (e->rule != NULL) printf("\"rule\": \"%s\", ", e->rule->name.text);
    printf("\"bit_per_s\": ");
    print_json_capacity(capacity_edge(o->policy, e));
    printf(", \"text\": \"%s\", \"file\": \"%s\", \"line\": %u }", e->text, sources->files.items[e->at.file]->name,
           source_position(sources, e->at).line);
}

static void print_json_path(const struct paths_output *o, uint64_t number)
{
    const struct path_search *s = o->search;
    const struct graph_edge *e;
    bool first = true;
    printf("%s\n  { \"bit_per_s\": ", number > 1 ? "," : "");
    print_json_capacity(path_capacity(o));
    printf(", \"steps\": [");
    for (uint32_t i = 0; i < s->length; i++) {
        LIST_EACH (e, &o->graph->nodes.items[s->nodes[i]]->out) {
            if (e->to != s->nodes[i + 1]) continue;
            print_json_edge(o, e, first);
            first = false;
        }
    }
    printf("] }");
}

/* ---- the command ---- */
/* Prints paths as they are found; returns how many there are, printed or not. */
static uint64_t print_paths(const struct paths_output *o, struct path_search *search)
{
    uint64_t count = 0;
    while (path_next(search)) {
        if (++count > o->shown) continue;
        if (o->json)
            print_json_path(o, count);
        else
            print_path(o, count);
        arena_release(o->scratch);
    }
    return count;
}

static void print_end(const struct paths_output *o, const struct options *options, uint64_t count)
{
    capacity_arcs cut = { 0 };
    uint32_t from = o->search->from, to = o->search->to;
    unsigned long long more = count > o->shown ? count - o->shown : 0;
    uint64_t together = count > 0 ? capacity_between(o->graph, o->policy, from, to, &cut) : 0;
    if (o->json) {
        printf("%s],\n  \"more\": %llu, \"complete\": %s, \"bit_per_s\": ", count > 0 ? "\n  " : "", more,
               o->search->stopped ? "false" : "true");
        print_json_capacity(together);
        printf(" }\n");
        return;
    }
    const char *least = o->search->stopped ? "at least " : "";
    if (more > 0 || o->search->stopped) printf("... and %s%llu more; --all prints every one\n", least, more);
    if (count == 0)
        printf("nothing flows from %s to %s\n", options->words[1], options->words[2]);
    else
        printf("%s%llu way%s from %s to %s, together %s\n", least, (unsigned long long)count, count == 1 ? "" : "s",
               options->words[1], options->words[2], capacity_text(o->policy->arena, together));
}

static uint32_t find_node(const struct graph *g, struct policy *p, const char *word)
{
    struct name name = command_word(p, word);
    uint32_t node = graph_node(g, p, name.text);
    if (node != GRAPH_NONE) return node;
    const char **names = arena_take(p->arena, g->nodes.count * sizeof *names);
    for (uint32_t i = 0; i < g->nodes.count; i++) names[i] = g->nodes.items[i]->name;
    diag_error(&p->diag, BH_NAME_UNKNOWN, name.at, "there is no subject or wire `%s`%s", name.text,
               names_suggest(p->arena, name.text, names, g->nodes.count));
    return GRAPH_NONE;
}

int command_paths(struct arena *a, const struct options *o)
{
    struct policy p;
    struct graph graph;
    struct path_search search;
    policy_read(&p, a, o->words[0], source_read_file);
    if (p.diag.errors > 0) return command_print_result(&p, o);
    graph_build(&graph, &p);
    uint32_t from = find_node(&graph, &p, o->words[1]), to = find_node(&graph, &p, o->words[2]);
    if (from == to && from != GRAPH_NONE)
        diag_error(&p.diag, BH_ASSERTION, PLACE_NOWHERE, "`%s` stands on both sides: ways lead to another", o->words[1]);
    if (p.diag.errors > 0) {
        command_print_result(&p, o);
        return EXIT_USAGE;
    }
    bool all = o->value[OPTION_ALL] != NULL;
    struct arena scratch = { 0 };
    path_start(&search, &graph, from, to, false, all ? UINT64_MAX : PATHS_STEPS);
    struct paths_output output = { &p, &graph, &search, &scratch, all ? UINT64_MAX : PATHS_SHOWN, o->json };
    p.arena = &scratch;
    if (o->json) printf("{ \"from\": \"%s\", \"to\": \"%s\", \"paths\": [", o->words[1], o->words[2]);
    print_end(&output, o, print_paths(&output, &search));
    arena_release(&scratch);
    return EXIT_GOOD;
}
