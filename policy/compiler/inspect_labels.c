/* SPDX-License-Identifier: Apache-2.0 */
/* Which bits are whose is said in guest/catalogue.h. */
#include "compiler/inspect_labels.h"

#include <string.h>

#define BITS 64u

/* ---- finding ---- */
bool inspect_name_reads(const struct catalogue_entry *e)
{
    size_t i = 0;
    while (i < sizeof e->name && e->name[i] >= ' ' && e->name[i] <= '~') i++;
    return i < sizeof e->name && e->name[i] == '\0';
}

/* The entries of a kind, which stand together; levels count from 0. Are they not so, or is a name none to read: none. */
static uint32_t labels_run(const struct catalogue_entry *entries, uint32_t count, enum catalogue_kind kind,
                           const struct catalogue_entry **first)
{
    uint32_t at = 0, n = 0;
    while (at < count && entries[at].kind != kind) at++;
    *first = at < count ? &entries[at] : NULL;
    for (; at + n < count && entries[at + n].kind == kind; n++) {
        const struct catalogue_entry *e = &entries[at + n];
        bool good = kind == CATALOGUE_CATEGORY ? e->index < BITS : e->index == n && n <= BITS;
        if (!good || !inspect_name_reads(e)) return 0;
    }
    return n;
}

void inspect_labels_find(struct inspect_labels *l, const struct catalogue_entry *entries, uint32_t count)
{
    l->level_count = labels_run(entries, count, CATALOGUE_LEVEL, &l->levels);
    l->integrity_count = labels_run(entries, count, CATALOGUE_INTEGRITY, &l->integrities);
    l->category_count = labels_run(entries, count, CATALOGUE_CATEGORY, &l->categories);
}

/* ---- bits ---- */
/* So many bits from bit `first`. */
static uint64_t some_bits(uint32_t first, uint32_t count)
{
    uint64_t behind = first + count >= BITS ? 0 : UINT64_MAX << (first + count);
    return first >= BITS ? 0 : UINT64_MAX << first & ~behind;
}

static uint32_t steps(uint32_t count)
{
    return count > 0 ? count - 1 : 0;
}

static uint64_t level_bits(const struct inspect_labels *l)
{
    return some_bits(0, steps(l->level_count));
}

static uint64_t integrity_bits(const struct inspect_labels *l)
{
    return some_bits(steps(l->level_count), steps(l->integrity_count));
}

static uint64_t category_bits(const struct inspect_labels *l)
{
    uint64_t bits = 0;
    for (uint32_t i = 0; i < l->category_count; i++) bits |= (uint64_t)1 << l->categories[i].index;
    return bits;
}

/* How many of the levels' bits a label has, and how many of the integrity's it lacks: the number of its level in each. */
static uint32_t level_of(const struct inspect_labels *l, uint64_t label)
{
    return (uint32_t)__builtin_popcountll(label & level_bits(l));
}

static uint32_t integrity_of(const struct inspect_labels *l, uint64_t label)
{
    return steps(l->integrity_count) - (uint32_t)__builtin_popcountll(label & integrity_bits(l));
}

/* Whether its bits are those of a level, of a level of integrity, and of categories: each in one piece, and no others. */
static bool label_is_named(const struct inspect_labels *l, uint64_t label)
{
    uint32_t first = steps(l->level_count), integrity = integrity_of(l, label);
    uint64_t vouched = some_bits(first + integrity, steps(l->integrity_count) - integrity);
    uint64_t named = some_bits(0, level_of(l, label)) | vouched | (label & category_bits(l));
    return label == named;
}

/* ---- words ---- */
/* The category of the label that comes next behind `last` in the alphabet; NULL: no more. */
static const char *next_category(const struct inspect_labels *l, uint64_t label, const char *last)
{
    const char *best = NULL;
    for (uint32_t i = 0; i < l->category_count; i++) {
        const char *name = l->categories[i].name;
        if ((label >> l->categories[i].index & 1) == 0 || (last != NULL && strcmp(name, last) <= 0)) continue;
        if (best == NULL || strcmp(name, best) < 0) best = name;
    }
    return best;
}

static void print_sensitivity(const struct inspect_labels *l, uint64_t label, FILE *out)
{
    const char *space = l->level_count > 0 ? " " : "", *category = next_category(l, label, NULL);
    if (l->level_count > 0) fputs(l->levels[level_of(l, label)].name, out);
    if (category == NULL) {
        if (l->level_count == 0 && l->category_count > 0) fputs("{ }", out);
        return;
    }
    fprintf(out, "%s{ %s", space, category);
    while ((category = next_category(l, label, category)) != NULL) fprintf(out, ", %s", category);
    fputs(" }", out);
}

void inspect_labels_range(const struct inspect_labels *l, uint64_t least, uint64_t most, FILE *out)
{
    uint64_t differ = least ^ most;
    bool has_sensitivity = l->level_count > 0 || l->category_count > 0;
    if (!label_is_named(l, least) || !label_is_named(l, most)) {
        fprintf(out, "0x%llx", (unsigned long long)least);
        if (most != least) fprintf(out, "..0x%llx", (unsigned long long)most);
        return;
    }
    if (!has_sensitivity && l->integrity_count == 0) fputs("none", out);
    print_sensitivity(l, least, out);
    if ((differ & ~integrity_bits(l)) != 0) {
        fputs(" .. ", out);
        print_sensitivity(l, most, out);
    }
    if (l->integrity_count == 0) return;
    fprintf(out, "%sintegrity %s", has_sensitivity ? " " : "", l->integrities[integrity_of(l, most)].name);
    if ((differ & integrity_bits(l)) != 0) fprintf(out, " .. %s", l->integrities[integrity_of(l, least)].name);
}

void inspect_labels_bits(const struct inspect_labels *l, uint64_t bits, FILE *out)
{
    uint32_t first = steps(l->level_count);
    uint64_t rest = bits & ~(level_bits(l) | integrity_bits(l) | category_bits(l));
    const char *category = NULL;
    for (uint32_t i = 0; i < first; i++) {
        if ((bits >> i & 1) != 0) fprintf(out, " %s", l->levels[i + 1].name);
    }
    while ((category = next_category(l, bits, category)) != NULL) fprintf(out, " %s", category);
    for (uint32_t i = 0; i < steps(l->integrity_count); i++) {
        if ((bits & some_bits(first + i, 1)) != 0) fprintf(out, " %s", l->integrities[i].name);
    }
    if (rest != 0) fprintf(out, " 0x%llx", (unsigned long long)rest);
}
