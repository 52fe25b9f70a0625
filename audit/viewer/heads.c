/* SPDX-License-Identifier: Apache-2.0 */
/* See heads.h. */
#include "heads.h"
#include <stdio.h>
#include <string.h>

/* Adds in rising order; the same value may come twice, another one for the same number may not. */
static bool add_anchor(struct heads *h, const struct head *new)
{
    uint32_t at = 0;
    while (at < h->anchor_count && h->anchors[at].records < new->records) at++;
    if (at < h->anchor_count && h->anchors[at].records == new->records) {
        return memcmp(h->anchors[at].value, new->value, sizeof new->value) == 0;
    }
    if (h->anchor_count == HEADS_ANCHORS) return false;
    memmove(&h->anchors[at + 1], &h->anchors[at], (h->anchor_count - at) * sizeof *new);
    h->anchors[at] = *new;
    h->anchor_count++;
    return true;
}

static bool take_field(struct slice *s, const char *name, uint64_t *value)
{
    return slice_take(s, name) && slice_take_number(s, value) && slice_take(s, " ");
}

static bool take_head(struct slice *s, uint64_t records, struct head *head)
{
    head->records = records;
    return slice_take(s, "head=") && slice_take_hex(s, head->value, sizeof head->value) && s->size == 0;
}

static bool parse_anchor(struct slice s, struct heads *h)
{
    struct head head;
    uint64_t records;
    return take_field(&s, "anchor=", &records) && take_head(&s, records, &head) && add_anchor(h, &head);
}

static bool parse_end(struct slice s, struct heads *h)
{
    struct head head;
    if (h->known || !take_field(&s, "written=", &h->written) || !take_field(&s, "sealed=", &h->sealed)) return false;
    if (!take_field(&s, "acked=", &h->acked) || !take_field(&s, "lost=", &h->lost)) return false;
    h->known = true;
    return h->sealed == h->written && h->acked <= h->written && take_head(&s, h->written, &head) && add_anchor(h, &head);
}

static bool parse(struct slice s, struct heads *heads)
{
    uint64_t cpu;
    if (!take_field(&s, "audit cpu=", &cpu) || cpu >= IMAGE_MAX_CPUS) return false;
    return slice_begins(s, "anchor=") ? parse_anchor(s, &heads[cpu]) : parse_end(s, &heads[cpu]);
}

bool heads_read(struct slice console, struct heads *heads)
{
    struct slice rest = console, line;
    uint64_t number = 0;
    uint32_t rings = 0;
    memset(heads, 0, IMAGE_MAX_CPUS * sizeof *heads);
    while (input_line(&rest, &line, &number)) {
        if (!slice_begins(line, "audit cpu=") || parse(line, heads)) continue;
        fprintf(stderr, "bulkhead-audit: console line %lu: damaged, or at odds with a line before it: ", number);
        slice_print(stderr, line);
        fputc('\n', stderr);
        return false;
    }
    for (uint32_t i = 0; i < IMAGE_MAX_CPUS; i++) {
        rings += heads[i].known;
        if (heads[i].known || heads[i].anchor_count == 0) continue;
        fprintf(stderr, "bulkhead-audit: the console has no last line of CPU %u's ring: it is cut off\n", i);
        return false;
    }
    if (rings > 0) return true;
    fprintf(stderr, "bulkhead-audit: no line `audit cpu=... head=...' on the console: the run did not end by a shutdown\n");
    return false;
}
