/* SPDX-License-Identifier: Apache-2.0 */
/* The catalogue: every number has its name, its place in the policy's text and the digest of its meaning; no more is there. */
#include "compiler/verify/reader.h"
#include "language/meaning.h"

#include <mbedtls/sha256.h>

static const char *const builtin[] = {
    "none", "default", "length", "padding", "type", "label", "plan", "full", "audit", "hypercall", "privilege", "memory",
    "port", "msr", "register", "instruction", "fault", "monitor", "digest",
};
#define BUILTIN_COUNT ((uint32_t)(sizeof builtin / sizeof builtin[0]))

static const uint8_t *entry_at(const struct reader *v, uint32_t index)
{
    return v->catalogue + CATALOGUE_HEADER + (uint64_t)index * ENTRY_SIZE;
}

/* The entry of a rule of the policy, NULL if there is none: rules come first, the built-in ones before the others. */
static const uint8_t *rule_entry(const struct reader *v, uint64_t rule)
{
    if (v->catalogue == NULL || rule < RULE_FIRST_NUMBER) return NULL;
    if (BUILTIN_COUNT + rule - RULE_FIRST_NUMBER >= v->catalogue_count) return NULL;
    const uint8_t *e = entry_at(v, (uint32_t)(BUILTIN_COUNT + rule - RULE_FIRST_NUMBER));
    return raw_number(e, ENTRY_KIND) == ENTRY_RULE && raw_number(e, ENTRY_INDEX) == rule ? e : NULL;
}

static bool entry_is_named(const uint8_t *e, const char *name)
{
    return strncmp((const char *)e + ENTRY_NAME, name, 64) == 0;
}

void verify_rule(struct reader *v, enum raw_table table, uint64_t index, const char *what, uint64_t rule, const char *wanted)
{
    const uint8_t *e = rule_entry(v, rule);
    v->values++;
    if (*wanted == '\0' ? rule == RULE_NONE_NUMBER : e != NULL && entry_is_named(e, wanted)) return;
    differ(v, "%s %llu %s: rule %llu is `%.63s`, not `%s`", raw_table_name(table), (unsigned long long)index, what,
           (unsigned long long)rule, e != NULL ? (const char *)e + ENTRY_NAME : "", *wanted == '\0' ? "none" : wanted);
}

/* ---- the whole ---- */
static uint32_t meaning_digits(const char *meaning)
{
    uint8_t digest[32];
    if (meaning == NULL) return 0;
    mbedtls_sha256_ret((const unsigned char *)meaning, strlen(meaning), digest, 0);
    return (uint32_t)digest[0] << 24 | (uint32_t)digest[1] << 16 | (uint32_t)digest[2] << 8 | digest[3];
}

static void entry_is(struct reader *v, uint32_t position, uint32_t kind, uint64_t index, const char *name, struct place at,
                     const char *meaning)
{
    const uint8_t *e = entry_at(v, position);
    if (position >= v->catalogue_count) return;
    v->values += 4;
    if (raw_number(e, ENTRY_KIND) != kind || raw_number(e, ENTRY_INDEX) != index)
        differ(v, "catalogue %u: it is not of kind %u, number %llu", position, kind, (unsigned long long)index);
    verify_name(v, "catalogue", position, e + ENTRY_NAME, 64, name);
    bool somewhere = at.file < v->p->sources.files.count;
    if (raw_number(e, ENTRY_LINE) != (somewhere ? source_position(&v->p->sources, at).line : 0))
        differ(v, "catalogue %u: the line of `%s`", position, name);
    verify_name(v, "catalogue file", position, e + ENTRY_FILE, 48, somewhere ? v->p->sources.files.items[at.file]->name : "");
    if (raw_number(e, ENTRY_MEANING) != meaning_digits(meaning))
        differ(v, "catalogue %u: the digest of what `%s` means", position, name);
}

/* A rule stands anywhere among the rules, once. */
static void rule_is(struct reader *v, uint32_t *count, const char *name, struct place at, const char *meaning)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < v->catalogue_count - BUILTIN_COUNT; i++) {
        uint32_t position = BUILTIN_COUNT + i;
        const uint8_t *e = entry_at(v, position);
        if (raw_number(e, ENTRY_KIND) != ENTRY_RULE) break;
        if (!entry_is_named(e, name)) continue;
        if (found++ == 0) entry_is(v, position, ENTRY_RULE, RULE_FIRST_NUMBER + i, name, at, meaning);
    }
    if (found != 1) differ(v, "catalogue: `%s` is there %u times", name, found);
    ++*count;
}

static struct place first_where(const struct type *t)
{
    const struct field *f;
    const struct type_case *k;
    if (t->wheres.count > 0) return t->wheres.items[0]->at;
    LIST_EACH(f, &t->fields) {
        LIST_EACH(k, &f->cases) {
            if (k->wheres.count > 0) return k->wheres.items[0]->at;
        }
    }
    return PLACE_NOWHERE;
}

static void type_rules(struct reader *v, const struct type *t, uint32_t *count)
{
    const struct field *f;
    LIST_EACH(f, &t->flat) {
        if (f->kind == FIELD_NUMBER && (f->array == NULL || f->element == 0))
            rule_is(v, count, TEXT(v, "type.%s.%s", t->name.text, field_rule_name(f)), f->name.at, NULL);
    }
    struct place where = first_where(t);
    if (where.file != SOURCE_NOWHERE) rule_is(v, count, TEXT(v, "type.%s.where", t->name.text), where, NULL);
}

/* One name for all rates on a channel; it stands at the rate of the type that was declared first. */
static void channel_rules(struct reader *v, const struct channel *c, uint32_t *count)
{
    const struct allow *a, *first = NULL;
    LIST_EACH(a, &v->p->allows) {
        if (a->channel != c || a->body.rate.at.length == 0 || a->body.rate.unlimited) continue;
        if (first == NULL || a->type->index < first->type->index) first = a;
    }
    if (first != NULL) rule_is(v, count, TEXT(v, "channel.%s.rate", c->name.text), first->body.rate.at, NULL);
}

static void body_rules(struct reader *v, const struct name *name, const struct cond *where, const char *meaning,
                       uint32_t *count)
{
    rule_is(v, count, name->text, name->at, meaning);
    if (where != NULL) rule_is(v, count, TEXT(v, "%s.where", name->text), where->at, NULL);
}

static uint32_t all_rules(struct reader *v)
{
    const struct policy *p = v->p;
    const struct type *t;
    const struct channel *c;
    const struct allow *a;
    const struct restrict_rule *r;
    const struct privilege *privilege;
    const struct protocol *protocol;
    uint32_t count = 0;
    for (uint32_t i = 0; i < BUILTIN_COUNT; i++) entry_is(v, i, ENTRY_RULE, i, builtin[i], PLACE_NOWHERE, NULL);
    LIST_EACH(t, &p->types) type_rules(v, t, &count);
    LIST_EACH(c, &p->channels) channel_rules(v, c, &count);
    LIST_EACH(a, &p->allows) body_rules(v, &a->name, a->body.where, meaning_of_allow(v->p, a), &count);
    LIST_EACH(privilege, &p->privileges) {
        const struct rate *rate = &privilege->body.rate;
        body_rules(v, &privilege->name, NULL, meaning_of_privilege(v->p, privilege), &count);
        if (rate->at.length > 0 && !rate->unlimited)
            rule_is(v, &count, TEXT(v, "%s.rate", privilege->name.text), rate->at, NULL);
    }
    LIST_EACH(r, &p->restricts) body_rules(v, &r->name, r->body.where, meaning_of_restrict(v->p, r), &count);
    LIST_EACH(protocol, &p->protocols) {
        rule_is(v, &count, protocol->name.text, protocol->name.at, meaning_of_protocol(v->arena, protocol));
    }
    return BUILTIN_COUNT + count;
}

static uint32_t all_fields(struct reader *v, uint32_t at)
{
    const struct type *t;
    const struct field *f;
    uint32_t index = 0;
    LIST_EACH(t, &v->p->types) {
        LIST_EACH(f, &t->flat) {
            const char *name = f->kind == FIELD_NUMBER ? f->name.text : "zero";
            for (uint32_t i = 0; i < field_entries(f); i++, index++)
                entry_is(v, at + index, ENTRY_FIELD, index, TEXT(v, "%s.%s", t->name.text, name), f->at, NULL);
        }
    }
    return at + index;
}

/* What the bits of labels are called: each level but the first has one, each level of integrity but the last, each category. */
static uint32_t all_labels(struct reader *v, uint32_t at)
{
    const struct policy *p = v->p;
    const struct level *l;
    const struct category *c;
    uint32_t first = 0;
    LIST_EACH(l, &p->levels) {
        entry_is(v, at++, ENTRY_LEVEL, l_at, l->name.text, l->name.at, NULL);
        first += l_at > 0;
    }
    LIST_EACH(l, &p->integrities) {
        entry_is(v, at++, ENTRY_INTEGRITY, l_at, l->name.text, l->name.at, NULL);
        first += l_at > 0;
    }
    LIST_EACH(c, &p->categories) entry_is(v, at++, ENTRY_CATEGORY, first + c_at, c->name.text, c->name.at, NULL);
    return at;
}

void verify_names(struct reader *v)
{
    const struct policy *p = v->p;
    const struct subject *s;
    const struct channel *c;
    const struct type *t;
    const struct plan *plan;
    if (v->catalogue == NULL || v->catalogue_count < BUILTIN_COUNT || memcmp(v->catalogue, "BHCATLG1", 8) != 0) {
        differ(v, "catalogue: it cannot be read");
        v->catalogue = NULL;
        return;
    }
    if (raw_number(v->catalogue, CATALOGUE_COUNT_AT) != v->catalogue_count ||
        raw_number(v->catalogue, CATALOGUE_RESERVED_AT) != 0)
        differ(v, "catalogue: its header");
    uint32_t at = all_rules(v);
    LIST_EACH(s, &p->subjects) entry_is(v, at++, ENTRY_SUBJECT, s_at, s->name.text, s->name.at, NULL);
    LIST_EACH(c, &p->channels) entry_is(v, at++, ENTRY_CHANNEL, c_at, c->name.text, c->name.at, NULL);
    LIST_EACH(t, &p->types) entry_is(v, at++, ENTRY_TYPE, t_at, t->name.text, t->name.at, meaning_of_type(v->arena, t));
    at = all_fields(v, at);
    LIST_EACH(plan, &p->plans) entry_is(v, at++, ENTRY_PLAN, plan_at, plan->name.text, plan->name.at, NULL);
    at = all_labels(v, at);
    if (at != v->catalogue_count) differ(v, "catalogue: the image has %u entries, the policy %u", v->catalogue_count, at);
}
