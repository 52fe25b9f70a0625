/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Privileges: who decides which plan runs and whether a subject does, be it by the time that one gives another. Whoever is
 * stopped, starts again or gets no time takes all with it that flows from it, its own program not being asked: so whatever
 * leaves a subject depends on its life as well, its privileges over others and the room that it makes in the audit ring
 * included.
 */
#include "language/graph_parts.h"
#include "language/check.h"

uint32_t graph_act(const struct graph *g, const struct privilege *v)
{
    if (v->target != NULL) return g->first_life + v->target->index;
    return v->plan != NULL ? g->plan : GRAPH_NONE;
}

static void lives_edge(struct graph *g, enum edge_kind kind, uint32_t from, uint32_t to, struct place at, const char *text)
{
    graph_add(g, &(struct graph_edge){ from, to, kind, NULL, at, text, .privilege = NULL });
}

/* Of its use, by what it acts on. */
static enum edge_kind privilege_edge(const struct privilege *v)
{
    return v->kind == PRIVILEGE_SWITCH || v->kind == PRIVILEGE_GIVE ? EDGE_TIME : EDGE_PRIVILEGE;
}

static void privilege_use(struct graph *g, const struct privilege *v, uint32_t to)
{
    static const char *const acts[] = {
        [PRIVILEGE_SWITCH] = "switches to plan", [PRIVILEGE_RESTART] = "restarts", [PRIVILEGE_STOP] = "stops",
        [PRIVILEGE_GIVE] = "gives its window to",
    };
    const char *text = arena_print(g->arena, "it %s `%s`", acts[v->kind], v->object.text);
    graph_add(g, &(struct graph_edge){ v->actor->index, to, privilege_edge(v), NULL, v->name.at, text, .privilege = v });
    if (v->kind != PRIVILEGE_GIVE || !policy_same_label(v->actor, v->target)) return;
    text = arena_print(g->arena, "it keeps the window that `%s` gives it, or gives it back", v->name.text);
    lives_edge(g, EDGE_TIME, v->target->index, g->first_life + v->actor->index, v->name.at, text);
}

/* ---- the plan ---- */
static void plan_subjects(struct graph *g, const struct policy *p)
{
    const struct subject *s;
    LIST_EACH (s, &p->subjects) {
        bool alone = s->cpu != NULL && s->cpu->dedicated;
        if (!policy_feels_plans(p, s)) continue;
        lives_edge(g, EDGE_TIME, g->plan, s->index, s->name.at,
                   alone ? "it has a CPU of its own, on which a switch ends its wait" : "it can tell one plan from another");
        if (policy_plans_differ(p, s))
            lives_edge(g, EDGE_TIME, g->plan, g->first_life + s->index, s->name.at,
                       alone ? "it has a CPU of its own, on which a switch takes time from it"
                             : "its time is not the same in all plans");
    }
}

/* What holds in some plans only moves its protocol, or does its act, in these. */
static void plan_rules(struct graph *g, const struct policy *p)
{
    const struct allow *a;
    const struct privilege *v;
    bool *moved = arena_take(g->arena, (p->protocols.count + 1) * sizeof *moved);
    LIST_EACH (a, &p->allows) {
        if (a->channel == NULL || a->protocol == NULL || !policy_some_plans(p, a->plan_mask)) continue;
        if (moved[a->protocol->index]) continue;
        moved[a->protocol->index] = true;
        lives_edge(g, EDGE_TIME, g->plan, g->first_protocol + a->protocol->index, a->name.at,
                   arena_print(g->arena, "`%s` holds in some plans only", a->name.text));
    }
    LIST_EACH (v, &p->privileges) {
        uint32_t act = graph_act(g, v);
        if (v->actor == NULL || act == GRAPH_NONE || act == g->plan || !policy_some_plans(p, v->plan_mask)) continue;
        graph_add(g, &(struct graph_edge){ g->plan, act, EDGE_TIME, NULL, v->name.at,
                                           arena_print(g->arena, "`%s` holds in some plans only", v->name.text),
                                           .privilege = v });
    }
}

void graph_privileges(struct graph *g, const struct policy *p)
{
    const struct privilege *v;
    bool switches = false;
    LIST_EACH (v, &p->privileges) {
        uint32_t act = graph_act(g, v);
        if (v->actor == NULL || act == GRAPH_NONE) continue;
        privilege_use(g, v, act);
        switches |= act == g->plan;
    }
    if (!switches) return;
    plan_subjects(g, p);
    plan_rules(g, p);
}

/* ---- lives ---- */
/* What leaves the one who lives it. */
static void life_decides(struct graph *g, uint32_t life, uint32_t who, uint32_t *seen)
{
    const struct graph_edge *e;
    LIST_EACH (e, &g->nodes.items[who]->out) {
        if (e->to == g->ring || seen[e->to] == life) continue;   /* whoever acts on it is in the ring with that act */
        seen[e->to] = life;
        lives_edge(g, EDGE_PRIVILEGE, life, e->to, e->at, arena_print(g->arena, "whether it runs decides about: %s", e->text));
    }
}

/* Its monitor lives it too: what that one's restarts reset, this one's do. */
static void life_of(struct graph *g, const struct subject *s, uint32_t *seen)
{
    uint32_t life = g->first_life + s->index;
    lives_edge(g, EDGE_PRIVILEGE, life, s->index, s->name.at, "it runs, starts again or does not run");
    seen[s->index] = life;
    life_decides(g, life, s->index, seen);
    if (s->monitor != NULL) life_decides(g, life, s->monitor->index, seen);
}

void graph_lives(struct graph *g, const struct policy *p)
{
    const struct subject *s;
    const struct graph_node *node;
    const struct graph_edge *e;
    uint32_t *seen = arena_take(g->arena, g->nodes.count * sizeof *seen);
    bool *decided = arena_take(g->arena, g->nodes.count * sizeof *decided);
    LIST_EACH (node, &g->nodes) {
        LIST_EACH (e, &node->out) decided[e->to] = true;
    }
    LIST_EACH (s, &p->subjects) {
        if (decided[g->first_life + s->index]) life_of(g, s, seen);
    }
}
