/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Colours of the cache. Pages of one colour share sets of it and pages of two do not, so what one subject touches shows to
 * another in how long its own memory takes, if they have a colour in common. Once one subject names colours, all do, and only
 * those of one label may have the same ones.
 */
#include "language/check.h"
#include "policy/image.h"

#define CACHE_MAX ((wide)1 << 30)
#define WAYS_MAX 1024
#define COLOUR_MAX 0xffff

/* Colours beyond those that an image counts are counted as one: what has no set in common by fewer bits has none by more. */
static void cache_colours(struct policy *p, struct platform *board)
{
    wide way = board->cache.number / board->cache_ways.number, pages = way / IMAGE_PAGE;
    if (board->cache.number % (board->cache_ways.number * IMAGE_PAGE) != 0 || (pages & (pages - 1)) != 0)
        diag_error(&p->diag, BH_PLATFORM, place_span(board->cache.at, board->cache_ways.at),
                   "a way of a cache is a power of two of pages of 4 KiB: give the size and the ways of one cache, or of one "
                   "slice of it");
    else
        board->colours = pages < IMAGE_MAX_COLOURS ? (uint32_t)pages : IMAGE_MAX_COLOURS;
}

static bool colours_named(const struct subject *s)
{
    return s->colours.lo.at.length > 0;
}

/* Whether they are a range of those that there are; else it has been reported, or the platform has been. */
static bool colours_known(struct policy *p, struct subject *s)
{
    struct range *c = &s->colours;
    bool lo = policy_check_value(p, &c->lo, DIMENSION_PLAIN, 0, COLOUR_MAX, "the first colour");
    bool hi = policy_check_value(p, &c->hi, DIMENSION_PLAIN, 0, COLOUR_MAX, "the last colour");
    if (!lo || !hi || p->platform.at.length == 0 || p->platform.broken) return false;
    if (p->platform.cache.at.length == 0) {
        diag_error(&p->diag, BH_SUBJECT_COLOURS, place_span(c->lo.at, c->hi.at),
                   "the platform has no `cache`, and so no colours");
        diag_note(&p->diag, p->platform.at, "the platform's file");
    } else if (p->platform.colours > 0 && c->lo.number > c->hi.number) {
        diag_error(&p->diag, BH_VALUE_EMPTY, place_span(c->lo.at, c->hi.at),
                   "the range of colours is empty: its ends are swapped");
    } else if (p->platform.colours > 0 && c->hi.number >= p->platform.colours) {
        diag_error(&p->diag, BH_SUBJECT_COLOURS, c->hi.at, "the platform's cache has the colours 0 .. %u",
                   p->platform.colours - 1);
        diag_note(&p->diag, p->platform.cache.at, "%lld bytes in %lld ways", (long long)p->platform.cache.number,
                  (long long)p->platform.cache_ways.number);
    } else {
        return p->platform.colours > 0;
    }
    return false;
}

static bool one_label(const struct subject *a, const struct subject *b)
{
    if (a->label == NULL || b->label == NULL) return a->label == b->label;
    return a->label->least == b->label->least && a->label->most == b->label->most;
}

/* Of two subjects whose colours are known. True: something has been reported. */
static bool colours_meet(struct policy *p, const struct subject *s, const struct subject *before)
{
    const struct range *a = &s->colours, *b = &before->colours;
    if (a->lo.number > b->hi.number || b->lo.number > a->hi.number) return false;
    bool same = a->lo.number == b->lo.number && a->hi.number == b->hi.number;
    if (same && one_label(s, before)) return false;
    diag_error(&p->diag, BH_COLOURS_SHARED, place_span(a->lo.at, a->hi.at),
               same ? "`%s` and `%s` share sets of the cache but not a label"
                    : "`%s` and `%s` share sets of the cache: subjects have the same colours, or none in common",
               s->name.text, before->name.text);
    diag_note(&p->diag, place_span(b->lo.at, b->hi.at), "colours of `%s`", before->name.text);
    return true;
}

static void colours_missing(struct policy *p, const struct subject *s, const struct subject *coloured)
{
    if (s->name.text == NULL || s->broken) return;
    diag_error(&p->diag, BH_SUBJECT_COLOURS, s->name.at,
               "`%s` has no `colours`: its memory would share sets of the cache with all others", s->name.text);
    diag_note(&p->diag, place_span(coloured->colours.lo.at, coloured->colours.hi.at), "`%s` has some", coloured->name.text);
}

void policy_check_colours(struct policy *p)
{
    struct platform *board = &p->platform;
    struct subject *s, *coloured = NULL;
    bool *known = arena_take(p->arena, (p->subjects.count + 1) * sizeof *known);
    bool size = policy_check_value(p, &board->cache, DIMENSION_BYTES, IMAGE_PAGE, CACHE_MAX, "the size of the cache");
    bool ways = policy_check_value(p, &board->cache_ways, DIMENSION_PLAIN, 1, WAYS_MAX, "the number of ways");
    if (size && ways) cache_colours(p, board);
    LIST_EACH(s, &p->subjects) {
        if (s->name.text == NULL || !colours_named(s)) continue;
        if (coloured == NULL) coloured = s;
        known[s_at] = colours_known(p, s);
        for (uint32_t i = 0; i < s_at && known[s_at]; i++) {
            if (known[i] && colours_meet(p, s, p->subjects.items[i])) break;
        }
    }
    if (coloured == NULL) return;
    LIST_EACH(s, &p->subjects) {
        if (!colours_named(s)) colours_missing(p, s, coloured);
    }
}
