/* SPDX-License-Identifier: Apache-2.0 */
/* The catalogue: the name, file and line behind every number that a record holds. */
#include "compiler/build.h"
#include "language/labels.h"
#include "guest/catalogue.h"

#include <string.h>

struct catalogue {
    const struct build *build;
    struct catalogue_header *header;
    struct catalogue_entry *entries;
};

static void catalogue_add(struct catalogue *c, enum catalogue_kind kind, uint32_t index, const char *name, struct place at)
{
    const struct sources *sources = &c->build->policy->sources;
    struct catalogue_entry *e = &c->entries[c->header->count++];
    e->kind = kind;
    e->index = index;
    build_name(e->name, sizeof e->name, name);
    if (kind == CATALOGUE_RULE || kind == CATALOGUE_TYPE) e->meaning = hash_meaning_short(c->build->policy, name);
    if (at.file >= sources->files.count) return;
    e->line = source_line_number(sources, at);
    build_name(e->file, sizeof e->file, sources->files.items[at.file]->name);
}

static void catalogue_rules(struct catalogue *c)
{
    static const char *const builtin[] = {
#define CATALOGUE_BUILTIN(id, name) name,
        IMAGE_BUILTIN_RULES(CATALOGUE_BUILTIN)
#undef CATALOGUE_BUILTIN
    };
    const struct build_rule *r;
    for (uint32_t i = 0; i < IMAGE_BUILTIN_COUNT; i++) catalogue_add(c, CATALOGUE_RULE, i, builtin[i], PLACE_NOWHERE);
    LIST_EACH(r, &c->build->rules) catalogue_add(c, CATALOGUE_RULE, IMAGE_RULE_FIRST + r_at, r->name, r->at);
}

static void catalogue_fields(struct catalogue *c)
{
    const struct type *t;
    const struct type_check *check;
    uint32_t index = 0;
    LIST_EACH(t, &c->build->policy->types) {
        LIST_EACH(check, &t->checks) {
            const struct field *f = check->field;
            const char *name = f->name.text != NULL ? f->name.text : "zero";
            catalogue_add(c, CATALOGUE_FIELD, index++, arena_print(c->build->arena, "%s.%s", t->name.text, name), f->at);
        }
    }
}

/* What the bits of labels mean. */
static void catalogue_labels(struct catalogue *c)
{
    const struct policy *p = c->build->policy;
    const struct level *l;
    const struct category *category;
    LIST_EACH(l, &p->levels) catalogue_add(c, CATALOGUE_LEVEL, l_at, l->name.text, l->name.at);
    LIST_EACH(l, &p->integrities) catalogue_add(c, CATALOGUE_INTEGRITY, l_at, l->name.text, l->name.at);
    LIST_EACH(category, &p->categories) {
        uint32_t bit = (uint32_t)__builtin_ctzll(label_of_category(p, category));
        catalogue_add(c, CATALOGUE_CATEGORY, bit, category->name.text, category->name.at);
    }
}

size_t build_catalogue_size(const struct build *b)
{
    const struct policy *p = b->policy;
    size_t count = IMAGE_BUILTIN_COUNT + b->rules.count + p->subjects.count + p->channels.count + p->types.count +
                   build_count(b, IMAGE_FIELDS) + p->plans.count + p->levels.count + p->integrities.count +
                   p->categories.count;
    return sizeof(struct catalogue_header) + count * sizeof(struct catalogue_entry);
}

void build_catalogue(struct build *b)
{
    const struct policy *p = b->policy;
    size_t size = build_catalogue_size(b);
    struct catalogue_header *header = arena_take(b->arena, size);
    struct catalogue c = { b, header, (struct catalogue_entry *)(header + 1) };
    memcpy(header->magic, CATALOGUE_MAGIC, sizeof header->magic);
    catalogue_rules(&c);
    for (uint32_t i = 0; i < p->subjects.count; i++)
        catalogue_add(&c, CATALOGUE_SUBJECT, i, p->subjects.items[i]->name.text, p->subjects.items[i]->name.at);
    for (uint32_t i = 0; i < p->channels.count; i++)
        catalogue_add(&c, CATALOGUE_CHANNEL, i, p->channels.items[i]->name.text, p->channels.items[i]->name.at);
    for (uint32_t i = 0; i < p->types.count; i++)
        catalogue_add(&c, CATALOGUE_TYPE, i, p->types.items[i]->name.text, p->types.items[i]->name.at);
    catalogue_fields(&c);
    for (uint32_t i = 0; i < p->plans.count; i++)
        catalogue_add(&c, CATALOGUE_PLAN, i, p->plans.items[i]->name.text, p->plans.items[i]->name.at);
    catalogue_labels(&c);
    *LIST_NEW(b->arena, &b->components) =
        (struct build_component){ IMAGE_COMPONENT_CATALOGUE, IMAGE_NONE, "catalogue", (uint8_t *)header, size };
}
