/* SPDX-License-Identifier: Apache-2.0 */
/* Facts about what proves: assertions, tests, pins, and who has to sign. */
#include "compiler/facts.h"
#include "compiler/output.h"
#include "language/requirements.h"

#include <stdlib.h>

#define PAIRS_MAX 4096u /* longer assertions are compared as a whole */

static int trait_order(const void *left, const void *right)
{
    return strcmp((*(struct trait *const *)left)->name, (*(struct trait *const *)right)->name);
}

static void requirements_trait(struct facts *f, struct fact *fact, const name_list *list)
{
    if (list->count == 0) return;
    fact_trait(f, fact, TRAIT_NEUTRAL, "req", list->items[0]->at, requirements_text(f->arena, list));
}

/* ---- assertions ---- */
/* Compared is which two stages may be alike: groups with a name in common, or said as one, permit other pairs. */
static void same_code_pairs(struct facts *f, name_list *pairs, const name_list *group)
{
    const struct name *n, *m, *known;
    LIST_EACH (n, group) {
        LIST_EACH (m, group) {
            bool told = strcmp(n->text, m->text) >= 0;
            const char *pair = arena_print(f->arena, "%s is as %s", n->text, m->text);
            LIST_EACH (known, pairs) told |= name_is(known, pair);
            if (!told) LIST_NEW(f->arena, pairs)->text = pair;
        }
    }
}

static const char *same_code_text(struct facts *f, const name_list *group)
{
    const struct name *n;
    name_list sorted = { 0 };
    LIST_EACH (n, group) *LIST_NEW(f->arena, &sorted) = *n;
    return arena_print(f->arena, "same code of (%s)", facts_names(f, &sorted));
}

static void exceptions_trait(struct facts *f, struct fact *fact, const struct assertion *a)
{
    const struct exception *e;
    const struct name *n;
    name_list names = { 0 }, shown = { 0 };
    LIST_EACH (e, &a->exceptions) {
        struct name *word = e->by.count == 0 && e->same_code.count == 0 ? LIST_NEW(f->arena, &names) : NULL;
        if (word != NULL) word->text = e->ring ? "ring" : e->backpressure ? "backpressure" : e->via.text;
        LIST_EACH (n, &e->by) LIST_NEW(f->arena, &names)->text = arena_print(f->arena, "%s by %s", e->via.text, n->text);
    }
    LIST_EACH (n, &names) *LIST_NEW(f->arena, &shown) = *n;
    LIST_EACH (e, &a->exceptions) {
        if (e->same_code.count == 0) continue;
        same_code_pairs(f, &names, &e->same_code);
        LIST_NEW(f->arena, &shown)->text = same_code_text(f, &e->same_code);
    }
    fact_set(f, fact, TRAIT_SET_MORE, "except", a->at, &names)->text = facts_names(f, &shown);
    requirements_trait(f, fact, &a->requirements);
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
                         fact_add(f, FACT_ASSERTION, a->at,
                                  arena_print(f->arena, "never %s -> %s", names_text(f->arena, &a->from, ", "),
                                              names_text(f->arena, &a->to, ", "))),
                         a);
        return;
    }
    LIST_EACH (from, &a->from) {
        LIST_EACH (to, &a->to) {
            const char *key = arena_print(f->arena, "never %s -> %s", from->text, to->text);
            exceptions_trait(f, fact_add(f, FACT_ASSERTION, a->at, key), a);
        }
    }
}

/* In thousandths, all of them: what is rounded could hide a change. */
static const char *most_text(struct arena *a, wide most, const char *unit)
{
    int digits = most % 1000 % 100 == 0 ? 1 : most % 1000 % 10 == 0 ? 2 : 3;
    int shown = (int)(most % 1000) / (digits == 1 ? 100 : digits == 2 ? 10 : 1);
    return arena_print(a, "%lld.%0*d %s", (long long)(most / 1000), digits, shown, unit);
}

/* Compared by the minute, which both units come out whole in. */
static void limit_fact(struct facts *f, const struct limit *l)
{
    bool minute = name_is(&l->per, "min"), whole = minute && l->most.number % 60 == 0;
    wide most = l->most.number;
    const char *text = l->is_latency      ? arena_print(f->arena, "%lld us", (long long)most)
                       : minute && !whole ? most_text(f->arena, most, "bit/min")
                                          : most_text(f->arena, minute ? most / 60 : most, "bit/s");
    struct fact *fact =
        fact_add(f, FACT_ASSERTION, l->at,
                 arena_print(f->arena, "limit %s %s -> %s", l->is_latency ? "latency" : "capacity", l->from.text, l->to.text));
    fact_trait(f, fact, TRAIT_MORE, "at most", l->most.at, text)->number = minute || l->is_latency ? most : 60 * most;
    requirements_trait(f, fact, &l->requirements);
}

static void claim_fact(struct facts *f, const struct claim *c)
{
    static const char *const heads[] = { "who may ", "who may switch to plan ", "who may restart ", "who may stop ",
                                         "who may give window to ", "rules from " };
    bool is_rules = c->kind == CLAIM_RULES;
    struct fact *fact = fact_add(f, FACT_ASSERTION, c->at,
                                 arena_print(f->arena, "%s%s%s%s", heads[c->kind], c->object.text, is_rules ? " to " : "",
                                             is_rules ? c->to.text : ""));
    fact_set(f, fact, TRAIT_SET_MORE, "only", c->at, &c->names);
    requirements_trait(f, fact, &c->requirements);
}

/* After faults, and by whom others let it. */
static void restarts_traits(struct facts *f, struct fact *fact, const struct excess *e, const struct name *n)
{
    if (e->restarts.at.length > 0) fact_often(f, fact, TRAIT_OFTEN, n->text, &e->restarts, &e->period);
    if (e->by.count > 0) fact_set(f, fact, TRAIT_SET_MORE, arena_print(f->arena, "%s by", n->text), n->at, &e->by);
}

/* One that has more than nothing: how much. */
static void excess_trait(struct facts *f, struct fact *fact, const struct ceiling *c, const struct excess *e,
                         const struct name *n)
{
    static const char *const words[] = { "none", "rule", "full" };
    if (c->kind == CEILING_RESTARTS)
        restarts_traits(f, fact, e, n);
    else if (c->kind == CEILING_FEEDBACK)
        fact_trait(f, fact, TRAIT_MORE, n->text, n->at, words[e->feedback])->number = e->feedback;
    else
        fact_trait(f, fact, TRAIT_MORE, n->text, n->at, "any")->number = 1;
}

static void ceiling_fact(struct facts *f, const struct ceiling *c)
{
    static const char *const heads[] = { "limit feedback", "limit restarts", "limit backpressure" };
    const struct excess *e;
    const struct name *n;
    struct fact *fact = fact_add(f, FACT_ASSERTION, c->at, heads[c->kind]);
    LIST_EACH (e, &c->excesses) {
        LIST_EACH (n, &e->names) {
            if (n->text != NULL) excess_trait(f, fact, c, e, n);
        }
    }
    if (fact->traits.count > 1) qsort(fact->traits.items, fact->traits.count, sizeof *fact->traits.items, trait_order);
    if (c->requirements.count == 0) return;
    /* Apart from the traits, which are named by channels and subjects, one of which may be `req`. */
    fact = fact_add(f, FACT_OTHER, c->at, arena_print(f->arena, "requirement of %s", heads[c->kind]));
    requirements_trait(f, fact, &c->requirements);
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
        exceptions_trait(f, fact_add(f, FACT_ASSERTION, a->at, arena_print(f->arena, "pipeline %s", stages)), a);
    }
    LIST_EACH (l, &p->limits) {
        if (!l->broken && l->most.known) limit_fact(f, l);
    }
    claims_facts(f, p);
}

/* ---- pins ---- */
static void trust_facts(struct facts *f, const struct policy *p)
{
    const struct trust *t;
    const struct retired *r;
    if (p->trust_required_at.length > 0) fact_add(f, FACT_PIN, p->trust_required_at, "trust required");
    LIST_EACH (t, &p->trusts) {
        if (t->subject.text == NULL || t->image.text == NULL) continue;
        struct fact *fact = fact_add(f, FACT_PIN, t->subject.at, arena_print(f->arena, "trust %s", t->subject.text));
        fact_trait(f, fact, TRAIT_ANY, "image", t->image.at, t->image.text);
        fact_trait(f, fact, TRAIT_NEUTRAL, "reason", t->reason.at, t->reason.text != NULL ? t->reason.text : "-");
    }
    LIST_EACH (r, &p->retirements) {
        if (r->name.text != NULL) fact_add(f, FACT_EVIDENCE, r->name.at, arena_print(f->arena, "retired %s", r->name.text));
    }
}

/* ---- tests ---- */
/* The last word on a field: of the changes, then of the sample; for an element also what is said of the whole array. */
static const struct setting *setting_of(const struct message_text *m, const struct field *field)
{
    const struct message_text *texts[] = { m, m->sample != NULL ? &m->sample->message : NULL };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0] && texts[i] != NULL; i++) {
        for (uint32_t k = texts[i]->settings.count; k > 0; k--) {
            const struct setting *s = texts[i]->settings.items[k - 1];
            if (name_is(&s->field, field->name.text) || (field->array != NULL && s->array == field->array)) return s;
        }
    }
    return NULL;
}

/* What is not said is zero, and so are elements that are said to be. */
static void settings_text(struct text *t, const struct message_text *m, const struct field *field)
{
    const struct setting *s = setting_of(m, field);
    if (s == NULL) return;
    long long value = (long long)s->value.number;
    if (s->array != NULL) value = field->element < s->byte_count ? s->bytes[field->element] : 0;
    if (value != 0) text_add(t, " %s=%lld", field->name.text, value);
}

/* What is done, and what is expected of it; samples and constants as what they stand for. */
static const char *step_text(struct facts *f, const struct test_step *s)
{
    const struct name *n;
    const struct field *field;
    struct text t = { .arena = f->arena };
    if (s->kind == TEST_AFTER) return arena_print(f->arena, "after %lld us", (long long)s->after.number);
    text_add(&t, "%s", s->subject.text);
    if (s->kind == TEST_RESTART) text_add(&t, " restarts");
    if (s->kind == TEST_OPERATE) text_add(&t, " uses %s", s->operation.text);
    if (s->kind == TEST_SEND && s->message.type != NULL) {
        text_add(&t, " sends %s", s->message.type->name.text);
        LIST_EACH (field, &s->message.type->flat) settings_text(&t, &s->message, field);
        text_add(&t, " on %s", s->on.text);
    }
    if (s->rule.text != NULL) text_add(&t, ": %s %s", s->expects_allow ? "allow" : "deny", s->rule.text);
    LIST_EACH (n, &s->audits) text_add(&t, "%s%s", n_at > 0 ? ", " : " audit ", n->text);
    return t.bytes;
}

static void step_add(struct facts *f, struct trait *steps, const struct test_step *s)
{
    const char *text = step_text(f, s);
    uint32_t times = s->times.at.length > 0 ? (uint32_t)s->times.number : 1, count = steps->runs.count;
    struct step_run *last = count > 0 ? steps->runs.items[count - 1] : NULL;
    if (last != NULL && strcmp(last->text, text) == 0)
        last->times += times;
    else
        *LIST_NEW(f->arena, &steps->runs) = (struct step_run){ text, times };
}

/* `n times` is n steps, however they are written. */
static void test_fact(struct facts *f, const struct test *t)
{
    const struct test_step *s;
    const struct step_run *run;
    struct text text = { .arena = f->arena };
    struct fact *fact = fact_add(f, FACT_TEST, t->title.at, arena_print(f->arena, "test \"%s\"", t->title.text));
    struct trait *trait = fact_trait(f, fact, TRAIT_STEPS, "steps", t->title.at, "");
    LIST_EACH (s, &t->steps) step_add(f, trait, s);
    LIST_EACH (run, &trait->runs) {
        if (run->times > 1) text_add(&text, "%u times ", run->times);
        text_add(&text, "%s; ", run->text);
    }
    if (text.size > 0) trait->text = text.bytes;
}

/* ---- people ---- */
static const char *people_text(struct facts *f, const struct authority *a)
{
    return a == NULL ? "-" : arena_print(f->arena, "%s, %u to sign", a->name.text, a->key.text != NULL ? a->signer_count : 0);
}

/* Of a file that cannot be read nobody knows them. */
static void keys_trait(struct facts *f, struct fact *fact, const struct authority *a)
{
    name_list unknown = { 0 };
    if (a->key.text == NULL) return;
    if (a->key_ids.count == 0) LIST_NEW(f->arena, &unknown)->text = "unknown: the file cannot be read";
    fact_set(f, fact, TRAIT_KEYS, "keys in it", a->key.at, a->key_ids.count > 0 ? &a->key_ids : &unknown);
}

/* Other keys are other people; no key, nobody who signs. */
static void authority_fact(struct facts *f, const struct authority *a)
{
    struct fact *fact = fact_add(f, FACT_PEOPLE, a->name.at, arena_print(f->arena, "authority %s", a->name.text));
    fact_set(f, fact, TRAIT_SET_MORE, "may", a->name.at, &a->may);
    bool keyed = a->key.text != NULL;
    fact_trait(f, fact, TRAIT_PEOPLE, "key", keyed ? a->key.at : a->name.at, keyed ? a->key.text : "-")->authority = a;
    keys_trait(f, fact, a);
    fact_trait(f, fact, TRAIT_LESS, "signers", a->signers.at.length > 0 ? a->signers.at : a->name.at,
               arena_print(f->arena, "%u", a->signer_count))
        ->number = a->signer_count;
}

static void part_fact(struct facts *f, const struct part *part)
{
    struct fact *fact = fact_add(f, FACT_OTHER, part->path.at, arena_print(f->arena, "part %s", part->path.text));
    fact_trait(f, fact, TRAIT_PEOPLE, "by", part->path.at, people_text(f, part->authority))->authority = part->authority;
}

/* Rules, orders and protocols by their names; an assertion's are with it. */
static void requirements_facts(struct facts *f, const struct policy *p)
{
    const struct meeting *m;
    meeting_list all = { 0 };
    requirements_collect(p, &all);
    LIST_EACH (m, &all) {
        if (m->kind == MEETING_PROVED || m->name == NULL || m->requirements->count == 0) continue;
        const char *key = arena_print(f->arena, "requirement of %s", m->name);
        requirements_trait(f, fact_add(f, FACT_OTHER, m->requirements->items[0]->at, key), m->requirements);
    }
}

static void threat_facts(struct facts *f, const struct policy *p)
{
    const struct threat *t;
    LIST_EACH (t, &p->threats) {
        if (t->name.text == NULL || t->text.text == NULL) continue;
        struct fact *fact = fact_add(f, FACT_OTHER, t->name.at, arena_print(f->arena, "threat \"%s\"", t->name.text));
        fact_trait(f, fact, TRAIT_NEUTRAL, "text", t->text.at, t->text.text);
        const char *by = t->countered_by.count > 0 ? requirements_text(f->arena, &t->countered_by) : "nothing";
        fact_trait(f, fact, TRAIT_NEUTRAL, "countered by", t->name.at, by);
    }
}

void facts_collect_proofs(struct facts *f, const struct policy *p)
{
    const struct authority *a;
    const struct part *part;
    const struct test *t;
    assertion_facts(f, p);
    trust_facts(f, p);
    LIST_EACH (t, &p->tests) {
        if (t->title.text != NULL && !t->broken) test_fact(f, t);
    }
    LIST_EACH (a, &p->authorities) {
        if (a->name.text != NULL) authority_fact(f, a);
    }
    LIST_EACH (part, &p->parts) {
        if (part->path.text != NULL) part_fact(f, part);
    }
    requirements_facts(f, p);
    threat_facts(f, p);
}
