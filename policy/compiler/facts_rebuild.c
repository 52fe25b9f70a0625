/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How soon a restart resets what it resets: once its subject's memory is scrubbed, loaded and hashed, in that one's own windows
 * (core/restart.c). What a reset closes stays open for as long; what it opens comes as late.
 */
#include "compiler/facts.h"
#include "language/check.h"

static const char about[] = "what its restart resets stays as it is until its memory is in place";

/* ---- resets ---- */
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

static bool step_leaves(const struct step *s, const char *state)
{
    const struct name *n;
    LIST_EACH (n, &s->from) {
        if (name_is(n, state)) return true;
    }
    return false;
}

static bool state_has_step(const struct protocol *p, const char *state, const struct step *like)
{
    const struct step *s;
    LIST_EACH (s, &p->steps) {
        if (s->on.text != NULL && s->match.text == NULL && step_leaves(s, state) && name_is(&s->on, like->on.text) &&
            name_is(&s->to, like->to.text))
            return true;
    }
    return false;
}

/* Whether whatever passes at first passes in each state, and leads to the same one from there: then who goes on has more. */
static bool steps_only_close(const struct protocol *p)
{
    const struct step *s;
    const struct state *state;
    const char *first = p->states.items[0]->name.text;
    if (p->keeps.text != NULL) return false;
    LIST_EACH (s, &p->steps) {
        if (!step_leaves(s, first)) continue;
        if (s->on.text == NULL) return false;
        LIST_EACH (state, &p->states) {
            if (!state_has_step(p, state->name.text, s)) return false;
        }
    }
    return true;
}

/* An order that begins held and refuses nothing once it is not. */
static bool orders_only_close(const struct protocol *p)
{
    const struct order *o;
    LIST_EACH (o, &p->orders) {
        if (!o->begins_held || o->waits.count > 0) return false;
    }
    return true;
}

/* Whether a reset by it may let something pass; what is not known is taken for it. */
static bool reset_opens(const struct policy *p, const struct subject *s)
{
    const struct protocol *protocol;
    LIST_EACH (protocol, &p->protocols) {
        bool here = false;
        for (uint32_t i = 0; i < protocol->reset_by.count; i++)
            here |= policy_life(protocol->reset_by.items[i]) == policy_life(s);
        if (!here) continue;
        if (protocol->orders.count > 0 ? !orders_only_close(protocol) : !steps_only_close(protocol)) return true;
    }
    return false;
}

/* ---- time ---- */
/* Its windows in a frame: all of them, the shortest, and the longest wait from the end of one to the next. */
struct share {
    wide time, shortest, wait;
};

static struct share share_of(const struct plan *plan, const struct plan_cpu *cpu, const struct subject *s)
{
    const struct window *w;
    struct share share = { 0, plan->major.number, 0 };
    wide at = 0, first = -1, end = 0;
    LIST_EACH (w, &cpu->windows) {
        wide length = w->length.number;
        if (w->target == s) {
            if (first < 0) first = at;
            if (share.time > 0 && at - end > share.wait) share.wait = at - end;
            if (length < share.shortest) share.shortest = length;
            share.time += length;
            end = at + length;
        }
        at += length;
    }
    if (first >= 0 && plan->major.number - end + first > share.wait) share.wait = plan->major.number - end + first;
    return share;
}

/* In one plan; on a CPU of its own it has all of the time. */
static void rebuild_trait(struct facts *f, struct fact *fact, const struct plan *plan, const struct subject *s)
{
    const struct plan_cpu *cpu;
    const struct window *w;
    struct share share = { 0, 0, plan->major.number };
    LIST_EACH (cpu, &plan->cpus) {
        LIST_EACH (w, &cpu->windows) {
            if (w->target != s) continue;
            wide frame = plan->major.number;
            share = cpu->dedicated ? (struct share){ frame, frame, 0 } : share_of(plan, cpu, s);
        }
    }
    struct trait *t = fact_trait(f, fact, TRAIT_REBUILD, arena_print(f->arena, "rebuilt in plan %s", plan->name.text),
                                 plan->name.at, "");
    t->number = share.time;
    t->period = plan->major.number;
    t->shortest = share.shortest;
    t->wait = share.wait;
    t->opens = reset_opens(f->policy, s);
    t->about = about;
    bool whole = share.time == t->period, none = share.time == 0;
    t->text = whole  ? "all the time"
              : none ? "at no time"
                     : arena_print(f->arena, "%lld of %lld us, windows from %lld us, waits to %lld us", (long long)share.time,
                                   (long long)t->period, (long long)share.shortest, (long long)share.wait);
}

void facts_rebuild_time(struct facts *f, struct fact *fact, const struct subject *s)
{
    const struct plan *plan;
    if (!facts_resets(f->policy, s) || policy_life(s) != s) return;
    LIST_EACH (plan, &f->policy->plans) {
        if (plan->name.text != NULL) rebuild_trait(f, fact, plan, s);
    }
}

/* What is scrubbed and, if it is verified, hashed too. */
void facts_rebuilt(struct facts *f, struct fact *fact, const struct subject *s)
{
    bool resets = facts_resets(f->policy, s), verified = s->verified.text != NULL;
    fact_number(f, fact, !resets ? TRAIT_NEUTRAL : reset_opens(f->policy, s) ? TRAIT_TIME : TRAIT_MORE, "memory", &s->memory);
    if (resets) fact->traits.items[fact->traits.count - 1]->about = about;
    struct trait *t = fact_trait(f, fact, resets ? TRAIT_MIXED : TRAIT_LESS, "verified",
                                 verified ? s->verified.at : s->name.at, verified ? "memory" : "none");
    t->number = verified;
    if (resets) t->about = about;
}
