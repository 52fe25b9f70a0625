/* SPDX-License-Identifier: Apache-2.0 */
/* Facts about everything but flows: channels, protocols, labels, subjects, plan, assertions, trust, evidence. */
#include "compiler/facts.h"
#include "compiler/output.h"
#include "policy/image.h"

#define PAIRS_MAX 4096u /* longer assertions are compared as a whole */

/* ---- channels and protocols ---- */
static void channel_fact(struct facts *f, const struct channel *c)
{
    static const char *const words[] = { "none", "rule", "full" };
    struct fact *fact = fact_add(f, FACT_LIMIT, c->name.at, arena_print(f->arena, "channel %s", c->name.text));
    struct place at = c->feedback_at.length > 0 ? c->feedback_at : c->name.at;
    fact_number(f, fact, TRAIT_MORE, "depth", &c->depth);
    fact_number(f, fact, TRAIT_NEUTRAL, "slots", &c->slots);
    fact_number(f, fact, TRAIT_NEUTRAL, "notify", &c->notify);
    fact_trait(f, fact, TRAIT_MORE, "feedback", at, words[c->feedback])->number = c->feedback;
    fact_set(f, fact, TRAIT_SET_MORE, "shared with", c->name.at, &c->shared);
}

static void protocol_fact(struct facts *f, const struct protocol *p)
{
    const struct step *s;
    const struct name *n;
    struct text text = { .arena = f->arena };
    struct fact *fact = fact_add(f, FACT_BOUND, p->name.at, arena_print(f->arena, "protocol %s", p->name.text));
    LIST_EACH (s, &p->steps) {
        text_add(&text, "from ");
        LIST_EACH (n, &s->from) text_add(&text, "%s%s", n_at > 0 ? "," : "", n->text);
        if (s->on.text != NULL)
            text_add(&text, " on %s to %s%s%s; ", s->on.text, s->to.text, s->match.text != NULL ? " match" : "",
                     s->keep.text != NULL ? " keep" : "");
        else
            text_add(&text, " after %lld us to %s; ", (long long)s->after.number, s->to.text);
    }
    fact_trait(f, fact, TRAIT_PROTOCOL, "steps", p->name.at, text.size > 0 ? text.bytes : "")->protocol = p;
    fact_set(f, fact, TRAIT_SET_LESS, "reset by", p->name.at, &p->resets);
}

static void order_names(struct text *t, const char *before, const name_list *names)
{
    const struct name *n;
    LIST_EACH (n, names) text_add(t, "%s%s", n_at > 0 ? ", " : before, n->text);
}

/* Who gains a role gains its rules' flows, which are facts of their own; by whom is said here. */
static void role_facts(struct facts *f, const struct policy *p)
{
    const struct role *r;
    LIST_EACH (r, &p->roles) {
        if (r->name.text == NULL) continue;
        struct fact *fact = fact_add(f, FACT_LIMIT, r->name.at, arena_print(f->arena, "role %s", r->name.text));
        fact_set(f, fact, TRAIT_SET_MORE, "held by", r->name.at, &r->holders);
    }
}

/* As it was written; the automaton that it shares with others follows from all of them. */
static void order_fact(struct facts *f, const struct order *o)
{
    struct text text = { .arena = f->arena };
    struct fact *fact = fact_add(f, FACT_BOUND, o->name.at, arena_print(f->arena, "order %s", o->name.text));
    order_names(&text, "after ", &o->after);
    order_names(&text, o->always ? "always " : o->after.count > 0 ? " never " : "never ", o->always ? &o->until : &o->never);
    order_names(&text, o->always || o->after.count > 0 ? " before " : " until ", o->always ? &o->never : &o->until);
    fact_trait(f, fact, TRAIT_ORDER, "says", o->at, text.size > 0 ? text.bytes : "")->order = o;
    fact_set(f, fact, TRAIT_ANY, "reset by", o->name.at, &o->resets);
}

/* What holds across flows: orders, and roles that no subject has together. */
void facts_collect_orders(struct facts *f, const struct policy *p)
{
    const struct order *o;
    const struct exclusive *e;
    LIST_EACH (o, &p->orders) {
        if (o->good) order_fact(f, o);
    }
    LIST_EACH (e, &p->exclusives) {
        struct text text = { .arena = f->arena };
        order_names(&text, "exclusive ", &e->roles);
        if (text.size > 0) fact_add(f, FACT_BOUND, e->at, text.bytes);
    }
}

/* ---- labels and subjects ---- */
static void labels_facts(struct facts *f, const struct policy *p)
{
    const struct level *l;
    const struct label *label;
    struct text text = { .arena = f->arena };
    LIST_EACH (l, &p->levels) text_add(&text, "%s%s", l_at > 0 ? " < " : "", l->name.text);
    if (text.size > 0)
        fact_trait(f, fact_add(f, FACT_BOUND, p->levels.items[0]->name.at, "labels"), TRAIT_ANY, "order",
                   p->levels.items[0]->name.at, text.bytes);
    LIST_EACH (label, &p->labels) {
        if (label->from == NULL || label->to == NULL) continue;
        name_list names = { 0 };
        for (uint32_t i = label->from->rank; i <= label->to->rank; i++) *LIST_NEW(f->arena, &names) = p->levels.items[i]->name;
        struct fact *fact = fact_add(f, FACT_LIMIT, label->subject.at, arena_print(f->arena, "label %s", label->subject.text));
        fact_set(f, fact, TRAIT_SET_MORE, "handles", label->low.at, &names);
    }
}

static void subject_fact(struct facts *f, const struct subject *s)
{
    static const char *const acts[] = { [FAULT_STOP] = "stop", [FAULT_HALT] = "halt" };
    struct fact *fact = fact_add(f, FACT_OTHER, s->name.at, arena_print(f->arena, "subject %s", s->name.text));
    fact_trait(f, fact, TRAIT_NEUTRAL, "image", s->image.at, s->image.text != NULL ? s->image.text : "-");
    fact_number(f, fact, TRAIT_NEUTRAL, "memory", &s->memory);
    fact_set(f, fact, TRAIT_SET_MORE, "serial ports", s->name.at, &s->serials);
    fact_set(f, fact, TRAIT_NEUTRAL, "parameters", s->name.at, &s->params);
    fact_set(f, fact, TRAIT_SET_LESS, "hidden features", s->name.at, &s->hides);
    fact_set(f, fact, TRAIT_SET_MORE, "privileges", s->name.at, &s->privileges);
    fact_number(f, fact, TRAIT_NEUTRAL, "restarts", &s->fault.restarts);
    fact_trait(f, fact, TRAIT_NEUTRAL, "then", s->name.at, acts[s->fault.then]);
}

static void constant_fact(struct facts *f, const struct constant *c)
{
    const struct side *s;
    struct text text = { .arena = f->arena };
    if (!c->is_box) return; /* numbers are seen where they are used; boxes are given to guests too */
    LIST_EACH (s, &c->sides)
        text_add(&text, "%s%s %lld..%lld", s_at > 0 ? ", " : "", s->name.text, (long long)s->range.lo.number,
                 (long long)s->range.hi.number);
    struct fact *fact = fact_add(f, FACT_OTHER, c->name.at, arena_print(f->arena, "const %s", c->name.text));
    fact_trait(f, fact, TRAIT_NEUTRAL, "box", c->name.at, text.size > 0 ? text.bytes : "");
}

/* ---- plan ---- */
/* What holds in a plan alone holds from the start, if the plan is the first. */
static void plan_fact(struct facts *f, const struct plan *p)
{
    bool first = p == f->policy->plans.items[0];
    const struct plan_cpu *cpu;
    const struct window *w;
    struct text text = { .arena = f->arena };
    struct fact *fact = fact_add(f, FACT_OTHER, p->name.at, arena_print(f->arena, "plan %s", p->name.text));
    fact_trait(f, fact, TRAIT_MORE, "first", p->name.at, first ? "yes" : "no")->number = first;
    fact_number(f, fact, TRAIT_NEUTRAL, "frame", &p->major);
    LIST_EACH (cpu, &p->cpus) {
        text_add(&text, "%scpu %lld%s", cpu_at > 0 ? "; " : "", (long long)cpu->number.number,
                 cpu->dedicated ? " dedicated" : "");
        LIST_EACH (w, &cpu->windows) {
            text_add(&text, " %s", w->subject.text != NULL ? w->subject.text : "-");
            if (!cpu->dedicated) text_add(&text, " %lld us", (long long)w->length.number);
        }
    }
    fact_trait(f, fact, TRAIT_NEUTRAL, "windows", p->name.at, text.size > 0 ? text.bytes : "");
}

/* ---- assertions ---- */
static void exceptions_trait(struct facts *f, struct fact *fact, const struct assertion *a)
{
    const struct exception *e;
    const struct name *n;
    name_list names = { 0 };
    LIST_EACH (e, &a->exceptions) {
        struct name *word = e->by.count == 0 && e->same_code.count == 0 ? LIST_NEW(f->arena, &names) : NULL;
        if (word != NULL) word->text = e->ring ? "ring" : e->backpressure ? "backpressure" : e->via.text;
        LIST_EACH (n, &e->by) LIST_NEW(f->arena, &names)->text = arena_print(f->arena, "%s by %s", e->via.text, n->text);
        LIST_EACH (n, &e->same_code) LIST_NEW(f->arena, &names)->text = arena_print(f->arena, "same code of %s", n->text);
    }
    fact_set(f, fact, TRAIT_SET_MORE, "except", a->at, &names);
}

static const char *names_text(struct arena *a, const name_list *names, const char *between)
{
    const struct name *n;
    struct text text = { .arena = a };
    LIST_EACH (n, names) text_add(&text, "%s%s", n_at > 0 ? between : "", n->text);
    return text.size > 0 ? text.bytes : "";
}

static void never_facts(struct facts *f, const struct assertion *a)
{
    const struct name *from, *to;
    if ((uint64_t)a->from.count * a->to.count > PAIRS_MAX) {
        exceptions_trait(f,
                         fact_add(f, FACT_BOUND, a->at,
                                  arena_print(f->arena, "never %s -> %s", names_text(f->arena, &a->from, ", "),
                                              names_text(f->arena, &a->to, ", "))),
                         a);
        return;
    }
    LIST_EACH (from, &a->from) {
        LIST_EACH (to, &a->to) {
            exceptions_trait(f, fact_add(f, FACT_BOUND, a->at, arena_print(f->arena, "never %s -> %s", from->text, to->text)),
                             a);
        }
    }
}

static void limit_fact(struct facts *f, const struct limit *l)
{
    const char *text = l->is_latency ? arena_print(f->arena, "%lld us", (long long)l->most.number)
                                     : arena_print(f->arena, "%s", capacity_text(f->arena, (uint64_t)l->most.number));
    bool minute = name_is(&l->per, "min");
    struct fact *fact =
        fact_add(f, FACT_BOUND, l->at,
                 arena_print(f->arena, "limit %s %s -> %s", l->is_latency ? "latency" : "capacity", l->from.text, l->to.text));
    if (minute) text = arena_print(f->arena, "%s", capacity_text(f->arena, (uint64_t)l->most.number / 60));
    fact_trait(f, fact, TRAIT_MORE, "at most", l->most.at, text)->number = minute ? l->most.number / 60 : l->most.number;
}

static void claim_fact(struct facts *f, const struct claim *c)
{
    static const char *const heads[] = { "who may ", "who may switch to plan ", "who may restart ", "who may stop ",
                                         "rules from " };
    bool is_rules = c->kind == CLAIM_RULES;
    struct fact *fact = fact_add(f, FACT_BOUND, c->at,
                                 arena_print(f->arena, "%s%s%s%s", heads[c->kind], c->object.text, is_rules ? " to " : "",
                                             is_rules ? c->to.text : ""));
    fact_set(f, fact, TRAIT_SET_MORE, "only", c->at, &c->names);
}

static void ceiling_fact(struct facts *f, const struct ceiling *c)
{
    static const char *const heads[] = { "limit feedback", "limit restarts", "limit backpressure" };
    static const char *const words[] = { "none", "rule", "full" };
    const struct excess *e;
    const struct name *n;
    name_list names = { 0 };
    LIST_EACH (e, &c->excesses) {
        const char *most = c->kind == CEILING_FEEDBACK ? arena_print(f->arena, " %s", words[e->feedback]) : "";
        if (c->kind == CEILING_RESTARTS)
            most = arena_print(f->arena, " %lld per %lld us", (long long)e->restarts.number, (long long)e->period.number);
        LIST_EACH (n, &e->names) LIST_NEW(f->arena, &names)->text = arena_print(f->arena, "%s%s", n->text, most);
    }
    fact_set(f, fact_add(f, FACT_BOUND, c->at, heads[c->kind]), TRAIT_SET_MORE, "except", c->at, &names);
}

static void claims_facts(struct facts *f, const struct policy *p)
{
    const struct claim *claim;
    const struct ceiling *ceiling;
    LIST_EACH (claim, &p->claims) {
        if (!claim->broken) claim_fact(f, claim);
    }
    LIST_EACH (ceiling, &p->ceilings) {
        if (!ceiling->broken) ceiling_fact(f, ceiling);
    }
}

static void assertion_facts(struct facts *f, const struct policy *p)
{
    const struct assertion *a;
    const struct limit *l;
    LIST_EACH (a, &p->nevers) {
        if (!a->broken) never_facts(f, a);
    }
    LIST_EACH (a, &p->pipelines) {
        if (a->broken) continue;
        const char *stages = names_text(f->arena, &a->stages, " -> ");
        exceptions_trait(f, fact_add(f, FACT_BOUND, a->at, arena_print(f->arena, "pipeline %s", stages)), a);
    }
    LIST_EACH (l, &p->limits) {
        if (!l->broken && l->most.known) limit_fact(f, l);
    }
    claims_facts(f, p);
}

/* ---- trust ---- */
static void trust_facts(struct facts *f, const struct policy *p)
{
    const struct trust *t;
    const struct retired *r;
    if (p->trust_required_at.length > 0) fact_add(f, FACT_BOUND, p->trust_required_at, "trust required");
    LIST_EACH (t, &p->trusts) {
        if (t->subject.text == NULL || t->image.text == NULL) continue;
        struct fact *fact = fact_add(f, FACT_BOUND, t->subject.at, arena_print(f->arena, "trust %s", t->subject.text));
        fact_trait(f, fact, TRAIT_ANY, "image", t->image.at, t->image.text);
        fact_trait(f, fact, TRAIT_NEUTRAL, "reason", t->reason.at, t->reason.text != NULL ? t->reason.text : "-");
    }
    LIST_EACH (r, &p->retirements) {
        if (r->name.text != NULL) fact_add(f, FACT_EVIDENCE, r->name.at, arena_print(f->arena, "retired %s", r->name.text));
    }
}

/* Other keys are other people; no key, nobody who signs. */
static void authority_fact(struct facts *f, const struct authority *a)
{
    struct fact *fact = fact_add(f, FACT_OTHER, a->name.at, arena_print(f->arena, "authority %s", a->name.text));
    fact_set(f, fact, TRAIT_SET_MORE, "may", a->name.at, &a->may);
    bool keyed = a->key.text != NULL;
    fact_trait(f, fact, TRAIT_ANY, "key", keyed ? a->key.at : a->name.at, keyed ? a->key.text : "-");
    fact_trait(f, fact, TRAIT_LESS, "signers", a->signers.at.length > 0 ? a->signers.at : a->name.at,
               arena_print(f->arena, "%u", a->signer_count))
        ->number = a->signer_count;
}

/* ---- evidence ---- */
static void audit_facts(struct facts *f, const struct policy *p)
{
    const struct audit *a = &p->audit;
    const struct audit_class *c;
    if (a->at.length == 0) return;
    struct fact *fact = fact_add(f, FACT_EVIDENCE, a->at, "audit");
    fact_trait(f, fact, TRAIT_NEUTRAL, "reader", a->subject.at, a->subject.text != NULL ? a->subject.text : "-");
    fact_set(f, fact, TRAIT_SET_LESS, "always", a->at, &a->always);
    fact_number(f, fact, TRAIT_NEUTRAL, "size", &a->size);
    fact_number(f, fact, TRAIT_LESS, "kernel reserve", &a->kernel_reserve);
    LIST_EACH (c, &a->classes) {
        if (c->name.text == NULL) continue;
        struct fact *one = fact_add(f, FACT_EVIDENCE, c->name.at, arena_print(f->arena, "audit class %s", c->name.text));
        fact_number(f, one, TRAIT_LESS, "reserve", &c->reserve);
        fact_trait(f, one, TRAIT_LESS, "when full", c->full_at, c->blocks ? "block" : "drop and count")->number = c->blocks;
    }
}

/* Here the level's number rises with its strictness, whatever the image calls it. */
static void measure_fact(struct facts *f, const struct policy *p)
{
    const struct measure *m = &p->measure;
    if (m->at.length == 0) return;
    bool none = m->level == IMAGE_MEASURE_NONE, required = m->level == IMAGE_MEASURE_REQUIRED;
    struct fact *fact = fact_add(f, FACT_EVIDENCE, m->at, "measure");
    fact_trait(f, fact, TRAIT_LESS, "level", m->at,
               none       ? "none"
               : required ? "required"
                          : "optional")
        ->number = none       ? 0
                   : required ? 2
                              : 1;
    fact_set(f, fact, TRAIT_SET_LESS, "banks", m->at, &m->banks);
    fact_number(f, fact, TRAIT_NEUTRAL, "PCR", &m->pcr);
    fact_number(f, fact, TRAIT_LESS, "rollback from", &m->rollback);
}

static void system_facts(struct facts *f, const struct policy *p)
{
    const struct authority *a;
    const struct part *part;
    const struct test *t;
    struct fact *fact = fact_add(f, FACT_OTHER, p->system.at, "system");
    fact_trait(f, fact, TRAIT_NEUTRAL, "name", p->system.at, p->system.text);
    fact_number(f, fact, TRAIT_NEUTRAL, "version", &p->version);
    fact_trait(f, fact, TRAIT_NEUTRAL, "platform", p->platform_path.at,
               p->platform.name.text != NULL ? p->platform.name.text : "-");
    LIST_EACH (a, &p->authorities) {
        if (a->name.text != NULL) authority_fact(f, a);
    }
    LIST_EACH (part, &p->parts) {
        if (part->path.text == NULL) continue;
        fact = fact_add(f, FACT_OTHER, part->path.at, arena_print(f->arena, "part %s", part->path.text));
        fact_trait(f, fact, TRAIT_NEUTRAL, "by", part->path.at, part->by.text != NULL ? part->by.text : "-");
    }
    LIST_EACH (t, &p->tests) {
        if (t->title.text != NULL) fact_add(f, FACT_OTHER, t->title.at, arena_print(f->arena, "test \"%s\"", t->title.text));
    }
}

void facts_collect_others(struct facts *f, const struct policy *p)
{
    const struct channel *c;
    const struct protocol *protocol;
    const struct subject *s;
    const struct constant *constant;
    const struct plan *plan;
    LIST_EACH (c, &p->channels) {
        if (c->name.text != NULL) channel_fact(f, c);
    }
    role_facts(f, p);
    LIST_EACH (protocol, &p->protocols) {
        if (protocol->orders.count > 0) continue;
        if (protocol->name.text != NULL && !protocol->broken) protocol_fact(f, protocol);
    }
    LIST_EACH (s, &p->subjects) {
        if (s->name.text != NULL) subject_fact(f, s);
    }
    LIST_EACH (constant, &p->constants) {
        if (constant->name.text != NULL) constant_fact(f, constant);
    }
    LIST_EACH (plan, &p->plans) {
        if (plan->name.text != NULL) plan_fact(f, plan);
    }
    labels_facts(f, p);
    assertion_facts(f, p);
    trust_facts(f, p);
    audit_facts(f, p);
    measure_fact(f, p);
    system_facts(f, p);
}
