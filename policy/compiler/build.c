/* SPDX-License-Identifier: Apache-2.0 */
/* Growing tables. */
#include "compiler/build.h"

#include <string.h>

const uint32_t build_entry_sizes[IMAGE_TABLE_COUNT] = {
#define BUILD_SIZE(id, type, member, ...) [IMAGE_##id] = sizeof(struct type),
    POLICY_TABLES(BUILD_SIZE)
#undef BUILD_SIZE
};

void build_start(struct build *b, struct policy *p)
{
    *b = (struct build){ .policy = p, .arena = p->arena, .diag = &p->diag };
    b->allow_index = arena_take(b->arena, (p->allows.count + 1) * sizeof *b->allow_index);
    b->next_event = arena_take(b->arena, p->subjects.count + 1);
    b->privilege_index = arena_take(b->arena, (p->privileges.count + 1) * sizeof *b->privilege_index);
}

void *build_add(struct build *b, enum image_table_id table)
{
    struct build_table *t = &b->tables[table];
    size_t size = build_entry_sizes[table];
    if (t->count == t->capacity) {
        t->capacity = t->capacity == 0 ? 16 : 2 * t->capacity;
        uint8_t *grown = arena_take(b->arena, t->capacity * size);
        if (t->count > 0) memcpy(grown, t->bytes, t->count * size);
        t->bytes = grown;
    }
    return t->bytes + t->count++ * size;
}

void *build_entry(struct build *b, enum image_table_id table, uint32_t index)
{
    return b->tables[table].bytes + (size_t)index * build_entry_sizes[table];
}

uint32_t build_count(const struct build *b, enum image_table_id table)
{
    return b->tables[table].count;
}

uint32_t build_rule(struct build *b, const char *name, struct place at, const name_list *requirements)
{
    *LIST_NEW(b->arena, &b->rules) = (struct build_rule){ name, at, requirements };
    return IMAGE_RULE_FIRST + b->rules.count - 1;
}

bool build_is_bounded(struct build *b)
{
    for (uint32_t i = 0; i < IMAGE_TABLE_COUNT; i++) {
        if (b->tables[i].count <= IMAGE_MAX_TABLE) continue;
        diag_error(b->diag, BH_LIMIT, b->policy->system.at, "%u entries in one table of the image; at most %u",
                   b->tables[i].count, IMAGE_MAX_TABLE);
        return false;
    }
    return true;
}

void build_name(char *to, size_t size, const char *text)
{
    memset(to, 0, size);
    memcpy(to, text, strnlen(text, size - 1));
}
