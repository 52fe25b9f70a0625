/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When a restart resets what it resets: once the memory of its subject and of its monitor is scrubbed, loaded and hashed, in
 * windows that are its own or given to it (core/restart.c). At any other instant, sooner or later, other messages pass before
 * the reset and after it.
 */
#include "compiler/facts.h"
#include "compiler/output.h"
#include "language/check.h"

bool facts_resets(const struct policy *p, const struct subject *s)
{
    const struct protocol *protocol;
    LIST_EACH (protocol, &p->protocols) {
        for (uint32_t i = 0; i < protocol->reset_by.count; i++) {
            if (policy_life(protocol->reset_by.items[i]) == policy_life(s)) return true;
        }
    }
    return false;
}

void facts_rebuilt(struct facts *f, struct fact *fact, const struct subject *s, enum trait_sense image)
{
    bool resets = facts_resets(f->policy, s), verified = s->verified.text != NULL;
    const char *file = s->image.text != NULL ? s->image.text : "-";
    fact_trait(f, fact, resets ? TRAIT_MIXED : image, "image", s->image.at, file)->instant = resets;
    fact_number(f, fact, resets ? TRAIT_MIXED : TRAIT_NEUTRAL, "memory", &s->memory)->instant = resets;
    struct trait *t = fact_trait(f, fact, resets ? TRAIT_MIXED : TRAIT_LESS, "verified",
                                 verified ? s->verified.at : s->name.at, verified ? "memory" : "none");
    t->number = verified;
    t->instant = resets;
}

/* ---- time ---- */
/* Whoever may give it a window, and who may give them theirs; itself too. */
static const bool *givers_of(struct facts *f, const struct subject *s)
{
    const struct privilege *v;
    bool *may = arena_take(f->arena, (f->policy->subjects.count + 1) * sizeof *may), more = true;
    may[s->index] = true;
    while (more) {
        more = false;
        LIST_EACH (v, &f->policy->privileges) {
            if (v->kind != PRIVILEGE_GIVE || v->actor == NULL || v->target == NULL) continue;
            if (!may[v->target->index] || may[v->actor->index]) continue;
            may[v->actor->index] = more = true;
        }
    }
    return may;
}

/* What has been given away, by itself or by those who might have given it theirs, is lost to it until the next one begins. */
static void windows_given(struct facts *f, struct fact *fact, const struct subject *s, const bool *may, bool own)
{
    const struct privilege *v;
    name_list names = { 0 };
    struct place at = s->name.at;
    LIST_EACH (v, &f->policy->privileges) {
        if (v->kind != PRIVILEGE_GIVE || v->actor == NULL || v->target == NULL) continue;
        if (!may[v->actor->index] || (v->actor == s) != own) continue;
        if (names.count == 0) at = v->name.at;
        *LIST_NEW(f->arena, &names) = v->target->name;
    }
    const char *what = own ? "may give its windows to" : "who may give it theirs may give them to";
    fact_set(f, fact, TRAIT_REBUILD, what, at, &names)->instant = true;
}

static void windows_in(struct facts *f, struct fact *fact, const struct plan *plan, const bool *may)
{
    const struct plan_cpu *cpu;
    const struct window *w;
    struct text text = { .arena = f->arena };
    LIST_EACH (cpu, &plan->cpus) {
        wide at = 0;
        LIST_EACH (w, &cpu->windows) {
            wide length = cpu->dedicated ? plan->major.number : w->length.number;
            if (w->target != NULL && may[w->target->index])
                text_add(&text, "; %s on cpu %lld%s from %lld us for %lld us", w->target->name.text,
                         (long long)cpu->number.number, cpu->dedicated ? " dedicated" : "", (long long)at, (long long)length);
            at += length;
        }
    }
    bool none = text.size == 0;
    fact_trait(f, fact, TRAIT_REBUILD, arena_print(f->arena, "in plan %s", plan->name.text), plan->name.at,
               none ? "never" : arena_print(f->arena, "frame %lld us%s", (long long)plan->major.number, text.bytes))
        ->instant = true;
}

void facts_rebuild_time(struct facts *f, struct fact *fact, const struct subject *s)
{
    const struct plan *plan;
    if (!facts_resets(f->policy, s) || policy_life(s) != s) return;
    const struct subject *m = s->monitor;
    const bool *may = givers_of(f, s);
    fact_trait(f, fact, TRAIT_REBUILD, "monitor", m != NULL ? m->name.at : s->name.at, m != NULL ? m->name.text : "none")
        ->instant = true;
    windows_given(f, fact, s, may, true);
    windows_given(f, fact, s, may, false);
    LIST_EACH (plan, &f->policy->plans) {
        if (plan->name.text != NULL) windows_in(f, fact, plan, may);
    }
}
