/* SPDX-License-Identifier: Apache-2.0 */
/* Which bit of a label stands for what, and labels in words. */
#include "language/labels.h"

#include <string.h>

/* Levels from bit 0, then integrity, then categories: one more of these moves no other bit. */
static uint32_t first_integrity(const struct policy *p)
{
    return p->levels.count > 0 ? p->levels.count - 1 : 0;
}

static uint32_t first_category(const struct policy *p)
{
    return first_integrity(p) + (p->integrities.count > 0 ? p->integrities.count - 1 : 0);
}

/* `count` bits from bit `first`. A policy may have more than there are: that is reported, and the rest is left out. */
static uint64_t bits(uint32_t first, uint32_t count)
{
    uint64_t below = first >= LABEL_BITS ? UINT64_MAX : ((uint64_t)1 << first) - 1;
    uint64_t all = first + count >= LABEL_BITS ? UINT64_MAX : ((uint64_t)1 << (first + count)) - 1;
    return all & ~below;
}

bool label_is_declared(const struct policy *p)
{
    return p->levels.count > 0 || p->categories.count > 0 || p->integrities.count > 0;
}

/* ---- bits ---- */
uint64_t label_sensitivity_bits(const struct policy *p)
{
    return bits(0, first_integrity(p)) | bits(first_category(p), p->categories.count);
}

uint64_t label_integrity_bits(const struct policy *p)
{
    return bits(first_integrity(p), first_category(p) - first_integrity(p));
}

uint64_t label_of_level(const struct level *l)
{
    return bits(0, l->rank);
}

uint64_t label_of_category(const struct policy *p, const struct category *c)
{
    return bits(first_category(p) + c->number, 1);
}

uint64_t label_of_integrity(const struct policy *p, const struct level *l)
{
    return bits(first_integrity(p) + l->rank, p->integrities.count - 1 - l->rank);
}

/* ---- parts ---- */
static uint32_t bit_count(uint64_t set)
{
    return (uint32_t)__builtin_popcountll(set);
}

const struct level *label_level(const struct policy *p, uint64_t label)
{
    return p->levels.count > 0 ? p->levels.items[bit_count(label & bits(0, first_integrity(p)))] : NULL;
}

const struct level *label_integrity(const struct policy *p, uint64_t label)
{
    if (p->integrities.count == 0) return NULL;
    return p->integrities.items[p->integrities.count - 1 - bit_count(label & label_integrity_bits(p))];
}

bool label_has_category(const struct policy *p, uint64_t label, const struct category *c)
{
    return (label & label_of_category(p, c)) != 0;
}

/* ---- words ---- */
/* The category of a label whose name comes next behind `last` in the alphabet, whatever their order in the text; or NULL. */
static const struct category *next_category(const struct policy *p, uint64_t label, const struct category *last)
{
    const struct category *c, *best = NULL;
    LIST_EACH (c, &p->categories) {
        if (!label_has_category(p, label, c) || (last != NULL && strcmp(c->name.text, last->name.text) <= 0)) continue;
        if (best == NULL || strcmp(c->name.text, best->name.text) < 0) best = c;
    }
    return best;
}

const char *label_sensitivity_text(const struct policy *p, uint64_t label)
{
    const struct level *level = label_level(p, label);
    const struct category *c = next_category(p, label, NULL);
    const char *text = level != NULL ? level->name.text : "", *before = level != NULL ? " { " : "{ ";
    if (c == NULL) return level != NULL ? text : p->categories.count > 0 ? "{ }" : "";
    for (; c != NULL; c = next_category(p, label, c)) {
        text = arena_print(p->arena, "%s%s%s", text, before, c->name.text);
        before = ", ";
    }
    return arena_print(p->arena, "%s }", text);
}

const char *label_integrity_text(const struct policy *p, uint64_t label)
{
    const struct level *integrity = label_integrity(p, label);
    return integrity != NULL ? integrity->name.text : "";
}

/* Of both dimensions what the policy has; the second one with its word. */
static const char *joined(const struct policy *p, const char *sensitivity, const char *integrity)
{
    if (p->integrities.count == 0) return sensitivity;
    return arena_print(p->arena, "%s%sintegrity %s", sensitivity, *sensitivity != '\0' ? " " : "", integrity);
}

const char *label_text(const struct policy *p, uint64_t label)
{
    return joined(p, label_sensitivity_text(p, label), label_integrity_text(p, label));
}

static const char *range(const struct policy *p, bool is_wide, const char *low, const char *high)
{
    return is_wide ? arena_print(p->arena, "%s .. %s", low, high) : low;
}

const char *label_range_text(const struct policy *p, uint64_t least, uint64_t most)
{
    uint64_t differ = least ^ most;
    return joined(p,
                  range(p, (differ & label_sensitivity_bits(p)) != 0, label_sensitivity_text(p, least),
                        label_sensitivity_text(p, most)),
                  range(p, (differ & label_integrity_bits(p)) != 0, label_integrity_text(p, most),
                        label_integrity_text(p, least)));
}

/* Several parts as one sentence. */
static const char *and_also(const struct policy *p, const char *before, const char *text)
{
    return before == NULL ? text : arena_print(p->arena, "%s, and %s", before, text);
}

const char *label_obstacle(const struct policy *p, uint64_t from, uint64_t to)
{
    const char *text = NULL;
    const struct level *above = label_level(p, from), *below = label_level(p, to);
    const struct level *low = label_integrity(p, from), *high = label_integrity(p, to);
    if (above != NULL && above->rank > below->rank)
        text = arena_print(p->arena, "the level %s is above %s", above->name.text, below->name.text);
    for (const struct category *c = next_category(p, from & ~to, NULL); c != NULL; c = next_category(p, from & ~to, c))
        text = and_also(p, text, arena_print(p->arena, "the category %s would be lost", c->name.text));
    if (low != NULL && low->rank < high->rank)
        text = and_also(p, text, arena_print(p->arena, "the integrity %s is below %s", low->name.text, high->name.text));
    return text != NULL ? text : "nothing";
}

const char *label_excess(const struct policy *p, uint64_t of, uint64_t over)
{
    const char *text = "", *before = "";
    const struct level *above = label_level(p, of), *below = label_level(p, over);
    if (above != NULL && above->rank > below->rank) {
        text = arena_print(p->arena, "the level %s", above->name.text);
        before = ", ";
    }
    for (const struct category *c = next_category(p, of & ~over, NULL); c != NULL; c = next_category(p, of & ~over, c)) {
        text = arena_print(p->arena, "%s%sthe category %s", text, before, c->name.text);
        before = ", ";
    }
    return *text != '\0' ? text : "nothing";
}

void label_note_obstacle(struct policy *p, uint64_t from, uint64_t to)
{
    if (p->categories.count > 0 || p->integrities.count > 0)
        diag_note(&p->diag, PLACE_NOWHERE, "%s", label_obstacle(p, from, to));
}

const char *label_release_text(const struct policy *p, uint64_t from, uint64_t to)
{
    uint64_t lost = from & ~to;
    const char *down = "", *up = "";
    if ((lost & label_sensitivity_bits(p)) != 0)
        down = arena_print(p->arena, "downgrade %s to %s", label_sensitivity_text(p, from),
                           label_sensitivity_text(p, from & to));
    if ((lost & label_integrity_bits(p)) != 0)
        up = arena_print(p->arena, "endorse %s to %s", label_integrity_text(p, from), label_integrity_text(p, to));
    return arena_print(p->arena, "%s%s%s", down, *down != '\0' && *up != '\0' ? "; " : "", up);
}
