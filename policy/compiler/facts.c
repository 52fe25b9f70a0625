/* SPDX-License-Identifier: Apache-2.0 */
/* Collecting facts, and those about flows. */
#include "compiler/facts.h"
#include "language/labels.h"
#include "compiler/messages.h"
#include "compiler/output.h"
#include "language/check.h"
#include "language/automaton.h"

#include <stdlib.h>

/* ---- pieces ---- */
struct fact *fact_add(struct facts *f, enum fact_kind kind, struct place at, const char *key)
{
    struct fact *fact = LIST_NEW(f->arena, &f->all);
    *fact = (struct fact){ .kind = kind, .key = key, .at = at };
    return fact;
}

struct trait *fact_trait(struct facts *f, struct fact *fact, enum trait_sense sense, const char *name, struct place at,
                         const char *text)
{
    struct trait *t = LIST_NEW(f->arena, &fact->traits);
    *t = (struct trait){ .name = name, .text = text, .sense = sense, .at = at };
    return t;
}

struct trait *fact_number(struct facts *f, struct fact *fact, enum trait_sense sense, const char *name, const struct value *v)
{
    const char *text = v->known ? policy_check_number_text(f->arena, v->number) : "-";
    struct trait *t = fact_trait(f, fact, sense, name, v->at.length > 0 ? v->at : fact->at, text);
    t->number = v->known ? v->number : 0;
    return t;
}

static int name_order(const void *left, const void *right)
{
    return strcmp((*(struct name *const *)left)->text, (*(struct name *const *)right)->text);
}

const char *facts_names(struct facts *f, name_list *names)
{
    const struct name *n;
    struct text text = { .arena = f->arena };
    if (names->count == 0) return "none";
    qsort(names->items, names->count, sizeof *names->items, name_order);
    LIST_EACH (n, names) text_add(&text, "%s%s", n_at > 0 ? ", " : "", n->text);
    return text.bytes;
}

struct trait *fact_set(struct facts *f, struct fact *fact, enum trait_sense sense, const char *name, struct place at,
                       const name_list *names)
{
    const struct name *n;
    struct trait *t = fact_trait(f, fact, sense, name, at, "none");
    LIST_EACH (n, names) {
        if (n->text != NULL) *LIST_NEW(f->arena, &t->set) = *n;
    }
    t->text = facts_names(f, &t->set);
    return t;
}

void fact_often(struct facts *f, struct fact *fact, enum trait_sense sense, const char *name, const struct value *times,
                const struct value *period)
{
    bool never = times->at.length == 0 || times->number == 0;
    long long us = (long long)period->number;
    const char *text = never ? "none" : arena_print(f->arena, "%lld per %lld%s", (long long)times->number,
                                                    us % 1000000 == 0 ? us / 1000000 : us, us % 1000000 == 0 ? " s" : " us");
    struct trait *t = fact_trait(f, fact, sense, name, never ? fact->at : times->at, text);
    if (never) return;
    t->number = times->number;
    t->period = period->number;
}

const struct authority *facts_speaker(const struct policy *p, struct place at)
{
    const struct part *part;
    bool board = p->platform.at.length > 0 && at.file == p->platform.at.file;
    uint32_t file = board ? p->platform_path.at.file : at.file;
    LIST_EACH (part, &p->parts) {
        if (part->authority != NULL && part->file == file) return part->authority;
    }
    return NULL;
}

const char *facts_authority(const struct policy *p, struct place at)
{
    const struct authority *a = facts_speaker(p, at);
    return a != NULL ? a->name.text : "root";
}

/* ---- order ---- */
static int trait_order(const struct trait *a, const struct trait *b)
{
    int order = strcmp(a->name, b->name);
    if (order == 0) order = strcmp(a->text, b->text);
    if (order != 0 || a->number == b->number) return order;
    return a->number < b->number ? -1 : 1;
}

/* By what both say: of several with one key those that say the same meet when two policies are compared. */
static int fact_order(const struct fact *a, const struct fact *b)
{
    int order = strcmp(a->key, b->key);
    for (uint32_t i = 0; order == 0 && i < a->traits.count && i < b->traits.count; i++)
        order = trait_order(a->traits.items[i], b->traits.items[i]);
    if (order != 0 || a->traits.count == b->traits.count) return order;
    return a->traits.count < b->traits.count ? -1 : 1;
}

static int fact_order_placed(const void *left, const void *right)
{
    const struct fact *a = *(struct fact *const *)left, *b = *(struct fact *const *)right;
    int order = fact_order(a, b);
    return order != 0 ? order : place_compare(a->at, b->at);
}

void facts_sort(struct facts *f)
{
    uint32_t kept = 0;
    if (f->all.count > 1) qsort(f->all.items, f->all.count, sizeof *f->all.items, fact_order_placed);
    for (uint32_t i = 0; i < f->all.count; i++) {
        struct fact *fact = f->all.items[i], *before = kept > 0 ? f->all.items[kept - 1] : NULL;
        bool again = before != NULL && fact_order(fact, before) == 0;
        if (!again) f->all.items[kept++] = fact;
    }
    f->all.count = kept;
}

/* ---- messages ---- */
static void rate_text(struct text *t, const struct rate *r)
{
    if (r->at.length == 0 || r->unlimited || r->per.text == NULL) return;
    text_add(t, "%s%s/%s", t->size > 0 ? " and " : "", policy_check_number_text(t->arena, r->count.number), r->per.text);
    text_add(t, " burst %s", policy_check_number_text(t->arena, r->burst.number));
}

/* All buckets that a message, or the use of a privilege, takes a token from. */
static const char *rates_text(struct facts *f, const struct rule_body *body, const struct allow *a, const struct privilege *v)
{
    struct text t = { .arena = f->arena };
    const struct restrict_rule *r;
    rate_text(&t, &body->rate);
    LIST_EACH (r, &f->policy->restricts) {
        if (r->allow == a && r->privilege == v) rate_text(&t, &r->body.rate);
    }
    return t.size > 0 ? t.bytes : "unbounded";
}

/* Its place is that of the one that decides in the long run. */
static void flow_rates(struct facts *f, struct fact *fact, const struct allow *a)
{
    const struct rate *least = capacity_rate(f->policy, a);
    struct place at = least != NULL ? least->at : a->name.at;
    fact_trait(f, fact, TRAIT_RATES, "rate", at, rates_text(f, &a->body, a, NULL))->allow = a;
}

/* The plans in which it passes; none means all, which is the widest. */
static void flow_plans(struct facts *f, struct fact *fact, const struct allow *a)
{
    const struct restrict_rule *r;
    const struct plan *plan;
    name_list names = { 0 };
    uint32_t mask = a->plan_mask;
    struct place at = a->name.at;
    LIST_EACH (r, &f->policy->restricts) {
        if (r->allow != a || r->body.plans.count == 0) continue;
        mask &= r->plan_mask;
        at = r->name.at;
    }
    LIST_EACH (plan, &f->policy->plans) {
        if (plan_at < 32 && (mask >> plan_at & 1) != 0) *LIST_NEW(f->arena, &names) = plan->name;
    }
    fact_set(f, fact, TRAIT_SET_MORE, "plans", at, &names);
}

static void flow_labels(struct facts *f, struct fact *fact, const struct allow *a)
{
    const struct rule_label *l = &a->label;
    bool down = label_downgrades(l), up = label_endorses(l);
    if (!l->known) return;
    fact_trait(f, fact, TRAIT_ANY, "labels", down ? l->down_from.at : up ? l->endorse_from.at : a->name.at,
               arena_print(f->arena, "%s -> %s%s%s", label_text(f->policy, l->from), label_text(f->policy, l->to),
                           down ? " downgrade" : "", up ? " endorse" : ""));
}

static void flow_restricts(struct facts *f, struct fact *fact, const struct allow *a, const struct privilege *v)
{
    const struct restrict_rule *r;
    name_list names = { 0 };
    LIST_EACH (r, &f->policy->restricts) {
        if (r->allow == a && r->privilege == v) *LIST_NEW(f->arena, &names) = r->name;
    }
    if (names.count > 0) fact_set(f, fact, TRAIT_NEUTRAL, "restricted by", names.items[0]->at, &names);
}

/* Which messages: fields and conditions are shown apart and compared together. */
static void flow_messages(struct facts *f, struct fact *fact, const struct allow *a)
{
    const char *where = messages_where_text(f->policy, a);
    fact_trait(f, fact, TRAIT_MESSAGES, "where", a->name.at, *where != '\0' ? where : "any")->allow = a;
    fact_trait(f, fact, TRAIT_MESSAGES, "fields", a->type->name.at, messages_type_text(f->arena, a->type))->allow = a;
}

static void flow_message(struct facts *f, const struct graph *g, const struct graph_edge *e)
{
    const struct allow *a = e->rule;
    const char *record = a->payload ? "with payload" : a->record ? "yes" : "no";
    if (a->type == NULL) return;
    struct fact *fact = fact_add(f, FACT_FLOW, e->at,
                                 arena_print(f->arena, "%s -> %s on %s %s", g->nodes.items[e->from]->name,
                                             g->nodes.items[e->to]->name, a->channel->name.text, a->type->name.text));
    fact_trait(f, fact, TRAIT_NAME, "rule", a->name.at, a->name.text);
    if (a->role.text != NULL) fact_trait(f, fact, TRAIT_NEUTRAL, "role", a->name.at, a->role.text);
    fact_trait(f, fact, TRAIT_ANY, "kind", a->channel->name.at, graph_kind_text(e));
    flow_rates(f, fact, a);
    flow_plans(f, fact, a);
    flow_labels(f, fact, a);
    fact_trait(f, fact, TRAIT_LESS, "record", a->name.at, record)->number = a->record + a->payload;
    flow_restricts(f, fact, a, NULL);
    const struct order *o;
    name_list protocols = { 0 };
    if (a->protocol != NULL && a->protocol->orders.count == 0) *LIST_NEW(f->arena, &protocols) = a->protocol->name;
    LIST_EACH (o, &f->policy->orders) {
        if (a->protocol != NULL && a->protocol == o->protocol && (allow_list_has(&o->bans, a) || allow_list_has(&o->waits, a)))
            *LIST_NEW(f->arena, &protocols) = o->name;
    }
    fact_set(f, fact, TRAIT_SET_LESS, "protocol", a->name.at, &protocols);
    fact_trait(f, fact, TRAIT_DERIVED, "capacity", a->name.at, capacity_text(f->arena, capacity_rule(f->policy, a)));
    flow_messages(f, fact, a);
}

/* ---- everything else that flows ---- */
static int order_name_order(const void *left, const void *right)
{
    return strcmp((*(struct order *const *)left)->name.text, (*(struct order *const *)right)->name.text);
}

/* Orders that have become one protocol are all named, in whatever order they stand in the text. */
static const char *node_name(struct facts *f, const struct graph *g, uint32_t index)
{
    const struct policy *p = f->policy;
    struct text text = { .arena = f->arena };
    bool is_protocol = index >= g->first_protocol && index - g->first_protocol < p->protocols.count;
    const struct protocol *protocol = is_protocol ? p->protocols.items[index - g->first_protocol] : NULL;
    if (protocol == NULL || protocol->orders.count < 2) return g->nodes.items[index]->name;
    struct order **orders = arena_take(f->arena, protocol->orders.count * sizeof *orders);
    memcpy(orders, protocol->orders.items, protocol->orders.count * sizeof *orders);
    qsort(orders, protocol->orders.count, sizeof *orders, order_name_order);
    for (uint32_t i = 0; i < protocol->orders.count; i++)
        text_add(&text, "%s%s", i > 0 ? "+" : "", orders[i]->name.text);
    return text.bytes;
}

static void flow_other(struct facts *f, const struct graph *g, const struct graph_edge *e)
{
    uint64_t capacity = capacity_edge(f->policy, e);
    const struct allow *a = e->rule != NULL ? e->rule : e->mover;
    const char *what = e->privilege != NULL ? e->privilege->name.text
                       : e->direct != NULL ? e->direct->name.text
                       : a != NULL ? a->name.text : e->channel != NULL ? e->channel->name.text : "-";
    struct fact *fact = fact_add(f, FACT_FLOW, e->at,
                                 arena_print(f->arena, "%s -> %s by %s %s", node_name(f, g, e->from), node_name(f, g, e->to),
                                             graph_kind_text(e), what));
    enum trait_sense sense = e->kind == EDGE_RESTART ? TRAIT_MORE : TRAIT_DERIVED;    /* others follow from rates */
    fact_trait(f, fact, sense, "capacity", e->at, capacity_text(f->arena, capacity))->number = capacity;
}

/* What its receiver expects; nothing holds the sender to it. */
static void direct_fact(struct facts *f, const struct allow *a)
{
    if (a->on_direct == NULL || a->type == NULL) return;
    struct fact *fact = fact_add(f, FACT_FLOW, a->name.at,
                                 arena_print(f->arena, "%s -> %s on %s %s", a->from.text, a->to.text, a->on.text,
                                             a->type_name.text));
    fact_trait(f, fact, TRAIT_NAME, "rule", a->name.at, a->name.text);
    fact_trait(f, fact, TRAIT_ANY, "kind", a->direct_at, "direct");
    fact_trait(f, fact, TRAIT_ANY, "depth", a->on_direct->depth.at,
               policy_check_number_text(f->arena, a->on_direct->depth.number));
    if (a->on_direct->acknowledged_at.length > 0)
        fact_trait(f, fact, TRAIT_ANY, "feedback", a->on_direct->acknowledged_at, "acknowledged");
    flow_labels(f, fact, a);
    fact_trait(f, fact, TRAIT_DERIVED, "capacity", a->name.at, "unbounded");
    fact_trait(f, fact, TRAIT_MESSAGES, "fields", a->type->name.at, messages_type_text(f->arena, a->type))->allow = a;
}

static void privilege_labels(struct facts *f, struct fact *fact, const struct privilege *v)
{
    const struct rule_label *l = &v->label;
    bool down = label_downgrades(l), up = label_endorses(l);
    fact_trait(f, fact, TRAIT_ANY, "downgrade", down ? l->down_from.at : v->name.at,
               !down ? "none" : arena_print(f->arena, "%s -> %s", label_sensitivity_text(f->policy, l->from),
                                            label_sensitivity_text(f->policy, l->to)));
    if (f->policy->integrities.count == 0) return;
    fact_trait(f, fact, TRAIT_ANY, "endorse", up ? l->endorse_from.at : v->name.at,
               !up ? "none" : arena_print(f->arena, "%s -> %s", l->endorse_from.text, l->endorse_to.text));
}

static void privilege_fact(struct facts *f, const struct privilege *v)
{
    static const char *const acts[] = { "switch to plan", "restart", "stop", "give window to" };
    const struct plan *plan;
    name_list names = { 0 };
    struct fact *fact = fact_add(f, FACT_FLOW, v->name.at, arena_print(f->arena, "%s may %s %s", v->subject.text,
                                                                       acts[v->kind], v->object.text));
    fact_trait(f, fact, TRAIT_NAME, "rule", v->name.at, v->name.text);
    fact_trait(f, fact, TRAIT_RATES, "rate", v->name.at, rates_text(f, &v->body, NULL, v))->privilege = v;
    fact_trait(f, fact, TRAIT_DERIVED, "capacity", v->name.at, capacity_text(f->arena, capacity_privilege(f->policy, v)));
    LIST_EACH (plan, &f->policy->plans) {
        if ((v->plan_mask >> plan_at & 1) != 0) *LIST_NEW(f->arena, &names) = plan->name;
    }
    fact_set(f, fact, TRAIT_SET_MORE, "plans", v->name.at, &names);
    flow_restricts(f, fact, NULL, v);
    privilege_labels(f, fact, v);
}

/* FACT_FLOW, with TRAIT_DERIVED ones. */
static void facts_collect_flows(struct facts *f, const struct policy *p)
{
    struct graph graph;
    const struct privilege *privilege;
    const struct allow *a;
    const struct graph_node *node;
    const struct graph_edge *e;
    *f = (struct facts){ .arena = p->arena, .policy = p };
    graph_build(&graph, p);
    LIST_EACH (node, &graph.nodes) {
        LIST_EACH (e, &node->out) {
            if (e->kind == EDGE_MESSAGE && e->protocol == NULL)
                flow_message(f, &graph, e);
            else
                flow_other(f, &graph, e);
        }
    }
    LIST_EACH (a, &p->direct_allows) direct_fact(f, a);
    LIST_EACH (privilege, &p->privileges) privilege_fact(f, privilege);
}

void facts_collect(struct facts *f, const struct policy *p)
{
    facts_collect_flows(f, p);
    facts_collect_orders(f, p);
    facts_collect_others(f, p);
    facts_collect_place(f, p);
    facts_collect_proofs(f, p);
    facts_sort(f);
}
