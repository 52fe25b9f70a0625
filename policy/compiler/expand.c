/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facts in lines for people: what many facts repeat stands once (fields of a type), what is long and has an order of its own is
 * split (steps of a protocol) or becomes a digest (steps of a test, which permit nothing), and whose part says it is added.
 */
#include "compiler/expand.h"
#include "compiler/messages.h"
#include "language/check.h"

#include <mbedtls/sha256.h>
#include <string.h>

#define TEST_DIGEST 16u /* bytes: enough that nobody finds two tests with the same one */

static const struct {
    const char *member, *title;
    unsigned kinds;
} sections[] = {
    { "flows", "what flows", 1u << FACT_FLOW },
    { "bounds", "what bounds it", 1u << FACT_BOUND | 1u << FACT_LIMIT },
    { "evidence", "what is recorded and measured", 1u << FACT_EVIDENCE },
    { "others", "where it runs and who says it", 1u << FACT_OTHER },
    { "assertions", "what is proved", 1u << FACT_ASSERTION },
    { "tests", "what is tried", 1u << FACT_TEST },
    { "signatures", "whose signatures count", 1u << FACT_PIN | 1u << FACT_PEOPLE },
};
#define SECTIONS (sizeof sections / sizeof sections[0])

/* ---- single facts ---- */
/* What is not said is none, but flows, channels and claims say also that. */
static bool trait_is_shown(const struct fact *f, const struct trait *t)
{
    bool list = t->sense == TRAIT_SET_MORE || t->sense == TRAIT_SET_LESS || t->sense == TRAIT_MIXED;
    bool none = strcmp(t->text, "none") == 0;
    if (f->kind == FACT_FLOW) return strcmp(t->name, "fields") != 0;
    if (none && (f->kind == FACT_OTHER || list)) return strcmp(t->name, "only") == 0;
    return t->sense != TRAIT_PROTOCOL && t->sense != TRAIT_REBUILD;
}

static void traits_sift(struct fact *f)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < f->traits.count; i++) {
        if (trait_is_shown(f, f->traits.items[i])) f->traits.items[kept++] = f->traits.items[i];
    }
    f->traits.count = kept;
}

/* Its title says what it is about, and its text is in the policy. */
static void test_digest(struct facts *f, struct trait *steps)
{
    uint8_t digest[32];
    struct text text = { .arena = f->arena };
    mbedtls_sha256_ret((const uint8_t *)steps->text, strlen(steps->text), digest, 0);
    text_add(&text, "%u, digest ", steps->runs.count);
    for (uint32_t i = 0; i < TEST_DIGEST; i++) text_add(&text, "%02x", digest[i]);
    steps->text = text.bytes;
}

/* A ceiling from which nobody is excepted. */
static void ceiling_whole(struct facts *f, struct fact *fact)
{
    bool bare = fact->kind == FACT_ASSERTION && fact->traits.count == 0;
    if (bare && strncmp(fact->key, "limit ", 6) == 0) fact_trait(f, fact, TRAIT_DERIVED, "for", fact->at, "none");
}

static void spoken_by(struct facts *f, struct fact *fact)
{
    const struct authority *a = facts_speaker(f->policy, fact->at);
    if (a != NULL) fact_trait(f, fact, TRAIT_DERIVED, "said by", fact->at, a->name.text);
}

/* ---- protocols ---- */
static void step_fact(struct facts *f, const struct protocol *p, const struct step *s, const struct name *from)
{
    struct arena *a = f->arena;
    struct fact *fact = fact_add(f, FACT_BOUND, p->name.at,
                                 arena_print(a, "protocol %s %s -> %s", p->name.text, from->text, s->to.text));
    if (s->on.text == NULL) {
        fact_trait(f, fact, TRAIT_DERIVED, "after", p->name.at, arena_print(a, "%lld us", (long long)s->after.number));
        return;
    }
    fact_trait(f, fact, TRAIT_DERIVED, "on", p->name.at, s->on.text);
    if (s->match.text != NULL)
        fact_trait(f, fact, TRAIT_DERIVED, "where", p->name.at,
                   arena_print(a, "it.%s == %s", s->match.text, s->match_register.text));
    if (s->keep.text != NULL) fact_trait(f, fact, TRAIT_DERIVED, "keep", p->name.at, s->keep.text);
}

static void protocol_split(struct facts *f, struct fact *fact, const struct protocol *p)
{
    const struct step *s;
    const struct name *from;
    fact_trait(f, fact, TRAIT_DERIVED, "begins", p->name.at, p->states.items[0]->name.text);
    if (p->keeps.text != NULL)
        fact_trait(f, fact, TRAIT_DERIVED, "keeps", p->name.at,
                   arena_print(f->arena, "%s: u%u", p->keeps.text, 8 * p->keeps_width));
    LIST_EACH (s, &p->steps) {
        LIST_EACH (from, &s->from) step_fact(f, p, s, from);
    }
}

/* ---- all ---- */
/* Types that nothing sends are facts already. */
static void types_facts(struct facts *f)
{
    const struct policy *p = f->policy;
    const struct type *t;
    const struct allow *a;
    LIST_EACH (t, &p->types) {
        bool used = false;
        LIST_EACH (a, &p->allows) used |= a->type == t;
        LIST_EACH (a, &p->direct_allows) used |= a->type == t;
        if (!used) continue;
        struct fact *fact = fact_add(f, FACT_LIMIT, t->name.at, arena_print(f->arena, "type %s", t->name.text));
        fact_trait(f, fact, TRAIT_DERIVED, "fields", t->name.at, messages_type_text(f->arena, t));
    }
}

static void expand_collect(struct facts *f, const struct policy *p)
{
    struct fact *fact;
    facts_collect(f, p);
    uint32_t count = f->all.count;
    for (uint32_t i = 0; i < count; i++) {
        fact = f->all.items[i];
        struct trait *first = fact->traits.count > 0 ? fact->traits.items[0] : NULL;
        if (fact->kind == FACT_TEST) test_digest(f, first);
        if (first != NULL && first->sense == TRAIT_PROTOCOL) protocol_split(f, fact, first->protocol);
    }
    types_facts(f);
    LIST_EACH (fact, &f->all) {
        traits_sift(fact);
        ceiling_whole(f, fact);
        spoken_by(f, fact);
    }
    facts_sort(f);
}

/* ---- as text and as JSON ---- */
static void fact_line(struct text *t, const struct fact *f)
{
    const struct trait *trait;
    text_add(t, "%s", f->key);
    LIST_EACH (trait, &f->traits) text_add(t, "%s %s %s", trait_at > 0 ? ";" : ":", trait->name, trait->text);
    text_add(t, "\n");
}

void expand_text(struct text *t, const struct policy *p)
{
    struct facts facts;
    const struct fact *f;
    expand_collect(&facts, p);
    text_add(t, "# What %s lets flow, and all that this hangs on: `bulkhead expand`.\n", p->system.text);
    for (size_t s = 0; s < SECTIONS; s++) {
        bool begun = false;
        LIST_EACH (f, &facts.all) {
            if ((sections[s].kinds >> f->kind & 1) == 0) continue;
            if (!begun) text_add(t, "\n# %s\n", sections[s].title);
            begun = true;
            fact_line(t, f);
        }
    }
}

/* What a fact says has a place of its own: names of traits can be names that the policy gives. */
static void fact_json(const struct fact *f, FILE *out)
{
    const struct trait *t;
    fprintf(out, "\n  { \"fact\": ");
    diag_json_text(f->key, out);
    fprintf(out, ", \"says\": {");
    LIST_EACH (t, &f->traits) {
        fprintf(out, "%s ", t_at > 0 ? "," : "");
        diag_json_text(t->name, out);
        fprintf(out, ": ");
        diag_json_text(t->text, out);
    }
    fprintf(out, " } }");
}

void expand_json(const struct policy *p, FILE *out)
{
    struct facts facts;
    const struct fact *f;
    expand_collect(&facts, p);
    fprintf(out, "{ ");
    for (size_t s = 0; s < SECTIONS; s++) {
        bool begun = false;
        fprintf(out, "%s\"%s\": [", s > 0 ? ",\n" : "", sections[s].member);
        LIST_EACH (f, &facts.all) {
            if ((sections[s].kinds >> f->kind & 1) == 0) continue;
            fprintf(out, "%s", begun ? "," : "");
            begun = true;
            fact_json(f, out);
        }
        fprintf(out, "%s]", begun ? "\n" : "");
    }
    fprintf(out, " }\n");
}
