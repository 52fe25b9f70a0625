/* SPDX-License-Identifier: Apache-2.0 */
/* Facts about what bounds flows or records them: channels, protocols, orders, roles, labels, evidence. */
#include "compiler/facts.h"
#include "language/labels.h"
#include "compiler/output.h"
#include "policy/image.h"

/* ---- channels and protocols ---- */
static void channel_fact(struct facts *f, const struct channel *c)
{
    static const char *const words[] = { "none", "rule", "full" };
    struct fact *fact = fact_add(f, FACT_LIMIT, c->name.at, arena_print(f->arena, "channel %s", c->name.text));
    struct place at = c->feedback_at.length > 0 ? c->feedback_at : c->name.at;
    fact_number(f, fact, TRAIT_MORE, "depth", &c->depth);
    fact_trait(f, fact, TRAIT_NEUTRAL, "ends", c->name.at, arena_print(f->arena, "%s -> %s", c->from.text, c->to.text));
    fact_trait(f, fact, TRAIT_NEUTRAL, "slots", c->slots.at.length > 0 ? c->slots.at : c->name.at,
               arena_print(f->arena, "%u", c->slot_count));
    fact_number(f, fact, TRAIT_SOME, "notify", &c->notify);
    fact_trait(f, fact, TRAIT_MORE, "feedback", at, words[c->feedback])->number = c->feedback;
    fact_set(f, fact, TRAIT_SET_MORE, "shared with", c->name.at, &c->shared);
}

static void step_text(struct text *text, const struct step *s)
{
    const struct name *n;
    text_add(text, "from ");
    LIST_EACH (n, &s->from) text_add(text, "%s%s", n_at > 0 ? "," : "", n->text);
    if (s->on.text == NULL) {
        text_add(text, " after %lld us to %s; ", (long long)s->after.number, s->to.text);
        return;
    }
    text_add(text, " on %s to %s", s->on.text, s->to.text);
    if (s->match.text != NULL) text_add(text, " where it.%s == %s", s->match.text, s->match_register.text);
    if (s->keep.text != NULL) text_add(text, " keep %s", s->keep.text);
    text_add(text, "; ");
}

static void protocol_fact(struct facts *f, const struct protocol *p)
{
    const struct step *s;
    struct text text = { .arena = f->arena };
    struct fact *fact = fact_add(f, FACT_BOUND, p->name.at, arena_print(f->arena, "protocol %s", p->name.text));
    if (p->keeps.text != NULL) text_add(&text, "keeps %s: u%u; ", p->keeps.text, 8 * p->keeps_width);
    LIST_EACH (s, &p->steps) step_text(&text, s);
    fact_trait(f, fact, TRAIT_PROTOCOL, "steps", p->name.at, text.size > 0 ? text.bytes : "")->protocol = p;
    fact_set(f, fact, TRAIT_MIXED, "reset by", p->name.at, &p->resets);
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

/* As it was written. */
static const char *order_says(struct arena *a, const struct order *o)
{
    struct text text = { .arena = a };
    const char *second = o->always || o->after.count > 0 ? " before " : " until ";
    order_names(&text, "after ", &o->after);
    if (o->always) {
        order_names(&text, o->alternates ? "alternate " : "always ", &o->until);
        order_names(&text, o->alternates ? " with " : second, &o->never);
    } else {
        order_names(&text, o->after.count > 0 ? " never " : "never ", &o->never);
        order_names(&text, second, &o->until);
    }
    return text.size > 0 ? text.bytes : "";
}

/* The automaton that it shares with others follows from all of them. */
static void order_fact(struct facts *f, const struct order *o)
{
    struct fact *fact = fact_add(f, FACT_BOUND, o->name.at, arena_print(f->arena, "order %s", o->name.text));
    fact_trait(f, fact, TRAIT_ORDER, "says", o->at, order_says(f->arena, o))->order = o;
    fact_set(f, fact, TRAIT_MIXED, "reset by", o->name.at, &o->resets);
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
        struct fact *fact = fact_add(f, FACT_BOUND, e->at, "");
        fact_set(f, fact, TRAIT_DERIVED, "roles", e->at, &e->roles);
        fact->key = arena_print(f->arena, "exclusive %s", fact->traits.items[0]->text);
        fact->traits.count = 0;
    }
}

/* ---- labels ---- */
static void ranks_fact(struct facts *f, const char *key, const level_list *levels)
{
    const struct level *l;
    struct text text = { .arena = f->arena };
    if (levels->count == 0) return;
    struct place at = levels->items[0]->name.at;
    LIST_EACH (l, levels) text_add(&text, "%s%s", l_at > 0 ? " < " : "", l->name.text);
    fact_trait(f, fact_add(f, FACT_BOUND, at, key), TRAIT_ANY, "order", at, text.bytes);
}

/* One level more that it handles is wider, and so is one category less that all that comes from it has. */
static void label_fact(struct facts *f, const struct policy *p, const struct label *label)
{
    const struct level *l;
    const struct category *c;
    name_list levels = { 0 }, categories = { 0 }, always = { 0 }, integrities = { 0 };
    struct fact *fact = fact_add(f, FACT_LIMIT, label->subject.at, arena_print(f->arena, "label %s", label->subject.text));
    LIST_EACH (l, &p->levels) {
        bool above = l->rank >= label_level(p, label->least)->rank;
        if (above && l->rank <= label_level(p, label->most)->rank) *LIST_NEW(f->arena, &levels) = l->name;
    }
    LIST_EACH (c, &p->categories) {
        if (label_has_category(p, label->most, c)) *LIST_NEW(f->arena, &categories) = c->name;
        if (label_has_category(p, label->least, c)) *LIST_NEW(f->arena, &always) = c->name;
    }
    LIST_EACH (l, &p->integrities) {
        bool above = l->rank >= label_integrity(p, label->most)->rank;
        if (above && l->rank <= label_integrity(p, label->least)->rank) *LIST_NEW(f->arena, &integrities) = l->name;
    }
    if (p->levels.count > 0) fact_set(f, fact, TRAIT_SET_MORE, "handles", label_place(label), &levels);
    if (p->categories.count > 0) {
        fact_set(f, fact, TRAIT_SET_MORE, "categories", label_place(label), &categories);
        fact_set(f, fact, TRAIT_SET_LESS, "always with", label_place(label), &always);
    }
    if (p->integrities.count > 0) fact_set(f, fact, TRAIT_SET_MORE, "integrity", label->integrity.at, &integrities);
}

static void labels_facts(struct facts *f, const struct policy *p)
{
    const struct label *label;
    const struct category *c;
    struct text categories = { .arena = f->arena };
    ranks_fact(f, "labels", &p->levels);
    ranks_fact(f, "integrity", &p->integrities);
    LIST_EACH (c, &p->categories) text_add(&categories, "%s%s", c_at > 0 ? ", " : "", c->name.text);
    if (categories.size > 0)
        fact_trait(f, fact_add(f, FACT_BOUND, p->categories_at, "categories"), TRAIT_NUMBERED, "are", p->categories_at,
                   categories.bytes);
    LIST_EACH (label, &p->labels) {
        if (label->known) label_fact(f, p, label);
    }
}

/* ---- evidence ---- */
static void audit_facts(struct facts *f, const struct policy *p)
{
    const struct audit *a = &p->audit;
    const struct audit_class *c;
    const struct name *n;
    name_list always = { 0 };
    LIST_EACH (n, &a->always) {
        if (!name_is(n, "none")) *LIST_NEW(f->arena, &always) = *n;
    }
    if (a->at.length == 0) return;
    struct fact *fact = fact_add(f, FACT_EVIDENCE, a->at, "audit");
    fact_trait(f, fact, TRAIT_NEUTRAL, "reader", a->subject.at, a->subject.text != NULL ? a->subject.text : "-");
    fact_set(f, fact, TRAIT_SET_LESS, "always", a->always_at, &always);
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
    fact_number(f, fact, TRAIT_ANY, "PCR", &m->pcr);
    fact_number(f, fact, TRAIT_LESS, "rollback from", &m->rollback);
}

void facts_collect_others(struct facts *f, const struct policy *p)
{
    const struct channel *c;
    const struct protocol *protocol;
    LIST_EACH (c, &p->channels) {
        if (c->name.text != NULL) channel_fact(f, c);
    }
    role_facts(f, p);
    LIST_EACH (protocol, &p->protocols) {
        if (protocol->orders.count > 0) continue;
        if (protocol->name.text != NULL && !protocol->broken) protocol_fact(f, protocol);
    }
    labels_facts(f, p);
    audit_facts(f, p);
    measure_fact(f, p);
}
