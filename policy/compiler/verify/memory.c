/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory: what regions there are, one behind the other from the platform's first byte on, those of other colours beside each
 * other; what each subject is shown and where; how much the kernel needs for its own page tables.
 */
#include "compiler/verify/reader.h"

#define TABLE_SPAN RAW_LARGE_PAGE     /* bytes that a page table maps */
#define DIRECTORY_SPAN (512 * RAW_LARGE_PAGE)
#define POOL_KERNEL 16u
#define POOL_CPU 16u
#define POOL_SUBJECT 10u

/* ---- regions ---- */
/* Where a region ends; a coloured one with the last row of which it has pages. */
static uint64_t region_end(const struct reader *v, uint64_t at)
{
    uint64_t pages = GET(v, REGION, at, BYTES) / RAW_PAGE, each = GET(v, REGION, at, COLOUR_COUNT), rows = pages;
    if (each > 0) rows = (pages % each != 0 ? pages / each + 1 : pages / each) * HEADER_GET(v, COLOURS);
    return GET(v, REGION, at, HPA) + rows * RAW_PAGE;
}

/* Region `at` has the colours of subject `whose`, if there are any and it is somebody's, and lies where it then must. */
static void place_is(struct reader *v, uint64_t at, uint64_t whose, uint64_t unit)
{
    uint64_t first = GET(v, SUBJECT, whose, FIRST_COLOUR), count = GET(v, SUBJECT, whose, COLOUR_COUNT);
    uint64_t end = (uint64_t)v->p->platform.ram.lo.number, seen = GATHERED_FROM;
    if (whose == RAW_NONE || HEADER_GET(v, COLOURS) == 0) first = count = 0;
    for (uint64_t i = HEADER_GET(v, COLOURS) > 0 || at == 0 ? 0 : at - 1; i < at; i++) {
        uint64_t other = GET(v, REGION, i, COLOUR_COUNT), other_end = region_end(v, i);
        if (other > 0) seen = GET(v, REGION, i, KVA) + GET(v, REGION, i, BYTES);
        bool beside = count > 0 && other > 0 && GET(v, REGION, i, FIRST_COLOUR) != first;
        if (!beside && other_end > end) end = other_end;
    }
    end = raw_round_up(end, count > 0 ? HEADER_GET(v, COLOURS) * RAW_PAGE : unit);
    EQUAL(v, REGION, at, HPA, end);
    EQUAL(v, REGION, at, KVA, count > 0 ? seen : end);
    EQUAL(v, REGION, at, FIRST_COLOUR, first);
    EQUAL(v, REGION, at, COLOUR_COUNT, count);
}

/* Memory of 1 GiB and more may begin at the next GiB, or, where the platform has no more memory, without a gap. */
static void region_is(struct reader *v, uint64_t *next, uint32_t kind, uint64_t owner, uint64_t whose, uint64_t size,
                      uint64_t flags)
{
    uint64_t at = *next;
    bool giant = kind == REGION_RAM && size >= RAW_GIANT_PAGE && GET(v, REGION, at, HPA) % RAW_GIANT_PAGE == 0;
    place_is(v, at, whose, giant ? RAW_GIANT_PAGE : kind == REGION_RAM ? RAW_LARGE_PAGE : RAW_PAGE);
    EQUAL(v, REGION, at, BYTES, raw_round_up(size, RAW_PAGE));
    EQUAL(v, REGION, at, KIND, kind);
    EQUAL(v, REGION, at, OWNER, owner);
    EQUAL(v, REGION, at, FLAGS, flags);
    *next = at + 1;
}

static void channel_regions(struct reader *v, uint64_t *next, uint32_t at, const struct channel *c)
{
    uint64_t slot = GET(v, CHANNEL, at, SLOT_SIZE);
    EQUAL(v, CHANNEL, at, OUTBOX_REGION, *next);
    region_is(v, next, REGION_OUTBOX, at, subject_numbered(v->p, c->from.text), GET(v, CHANNEL, at, SLOTS) * slot,
              c->shared.count > 0 ? 1 : 0);
    EQUAL(v, CHANNEL, at, INBOX_REGION, *next);
    region_is(v, next, REGION_INBOX, at, subject_numbered(v->p, c->to.text), INBOX_HEADER + (uint64_t)c->depth.number * slot,
              0);
}

uint64_t direct_slot_bytes(const struct policy *p, const struct direct *d)
{
    const struct allow *a;
    uint64_t most = 0;
    LIST_EACH(a, &p->direct_allows) {
        if (name_is(&a->on, d->name.text) && a->type->size > most) most = a->type->size;
    }
    if (most > DIRECT_STAMPED_MOST) return raw_round_up(most, 64);
    return most <= 8 ? 8 : most <= 24 ? 24 : 56;
}

uint64_t direct_slot_count(const struct direct *d)
{
    uint64_t slots = 1;
    while (slots < (uint64_t)d->depth.number) slots += slots;
    return slots;
}

static void direct_region(struct reader *v, uint64_t *next, uint32_t at, const struct direct *d)
{
    verify_name(v, "direct channel", at, raw_entry(v, DIRECT, at) + DIRECT_NAME, 16, d->name.text);
    EQUAL(v, DIRECT, at, SENDER, subject_numbered(v->p, d->from.text));
    EQUAL(v, DIRECT, at, RECEIVER, subject_numbered(v->p, d->to.text));
    EQUAL(v, DIRECT, at, REGION, *next);
    uint64_t payload = direct_slot_bytes(v->p, d), slots = direct_slot_count(d), stamps = DIRECT_STAMP_BYTES * slots;
    if (payload > DIRECT_STAMPED_MOST) stamps = raw_round_up(stamps, 64);
    region_is(v, next, REGION_DIRECT, at, subject_numbered(v->p, d->from.text), stamps + slots * payload, 0);
    EQUAL(v, DIRECT, at, ACKNOWLEDGEMENT, d->acknowledged_at.length > 0 ? *next : DIRECT_NOT_ACKNOWLEDGED);
    if (d->acknowledged_at.length > 0)
        region_is(v, next, REGION_ACKNOWLEDGEMENT, at, subject_numbered(v->p, d->to.text), RAW_PAGE, 0);
}

/* Memory of all subjects, their info pages, channels, audit rings, catalogue, the image itself, the kernel's pool. */
static void regions(struct reader *v)
{
    const struct policy *p = v->p;
    const struct subject *s;
    const struct channel *c;
    const struct direct *d;
    uint64_t next = 0, reader = RAW_NONE;
    LIST_EACH(s, &p->subjects) {
        EQUAL(v, SUBJECT, s_at, RAM_REGION, next);
        region_is(v, &next, REGION_RAM, s_at, s_at, (uint64_t)s->memory.number, 0);
        if (s->reads_audit.text != NULL) reader = s_at;
    }
    LIST_EACH(s, &p->subjects) {
        EQUAL(v, SUBJECT, s_at, INFO_REGION, next);
        region_is(v, &next, REGION_INFO, s_at, s_at, RAW_PAGE, 0);
    }
    LIST_EACH(c, &p->channels) channel_regions(v, &next, c_at, c);
    verify_count(v, DIRECT, p->directs.count);
    LIST_EACH(d, &p->directs) direct_region(v, &next, d_at, d);
    for (uint32_t i = 0; i < v->count[CPU]; i++) {
        EQUAL(v, CPU, i, AUDIT_REGION, next);
        region_is(v, &next, REGION_AUDIT, i, reader, AUDIT_HEADER + GET(v, CPU, i, AUDIT_SLOTS) * AUDIT_RECORD, 0);
    }
    region_is(v, &next, REGION_CATALOGUE, RAW_NONE, reader, CATALOGUE_HEADER + (uint64_t)v->catalogue_count * ENTRY_SIZE, 0);
    HEADER_EQUAL(v, IMAGE_HOME, next);
    region_is(v, &next, REGION_HOME, RAW_NONE, RAW_NONE, v->in->size, 0);
}

/* ---- the kernel's pool ---- */
struct tables { uint64_t pages, last_table, last_directory; };

static void count_new(struct tables *t, uint64_t *last, uint64_t number)
{
    if (number != *last) t->pages++;
    *last = number;
}

/*
 * Spans come in rising order. Each touched GiB takes a directory; each 2 MiB takes a table, unless the span covers it whole and
 * both addresses agree in their low 21 bits, which one large page shows; of what is scattered over colours none does.
 */
static void count_span(struct tables *t, uint64_t address, uint64_t physical, uint64_t size, bool scattered)
{
    uint64_t end = address + size;
    if (size == 0 || size > 1ull << 39 || address > (1ull << 39) - size) return;
    for (uint64_t d = address / DIRECTORY_SPAN; d <= (end - 1) / DIRECTORY_SPAN; d++) count_new(t, &t->last_directory, d);
    for (uint64_t n = address / TABLE_SPAN; n <= (end - 1) / TABLE_SPAN; n++) {
        bool whole = n * TABLE_SPAN >= address && (n + 1) * TABLE_SPAN <= end;
        if (!whole || scattered || address % TABLE_SPAN != physical % TABLE_SPAN) count_new(t, &t->last_table, n);
    }
}

static void start_space(struct tables *t)
{
    t->last_table = t->last_directory = UINT64_MAX;
}

static void pool(struct reader *v)
{
    struct tables t = { 0 };
    uint64_t pool = v->count[REGION] > 0 ? v->count[REGION] - 1 : 0;
    if (v->differences > 0) return;   /* its size follows from all else, and walking wrong spans may take long */
    for (uint32_t i = 0; i < v->count[MAPPING]; i++) {
        uint64_t region = GET(v, MAPPING, i, REGION);
        if (i == 0 || GET(v, MAPPING, i, SUBJECT) != GET(v, MAPPING, i - 1, SUBJECT)) start_space(&t);
        count_span(&t, GET(v, MAPPING, i, GPA), GET(v, REGION, region, HPA), GET(v, REGION, region, BYTES),
                   GET(v, REGION, region, COLOUR_COUNT) > 0);
    }
    start_space(&t);
    for (uint64_t i = 0; i < 2 * pool; i++) {      /* coloured ones are seen above all others */
        uint64_t at = i % pool;
        bool scattered = GET(v, REGION, at, COLOUR_COUNT) > 0;
        if (scattered != (i >= pool)) continue;
        count_span(&t, GET(v, REGION, at, KVA), GET(v, REGION, at, HPA), GET(v, REGION, at, BYTES), scattered);
    }
    uint64_t pages = POOL_KERNEL + POOL_CPU * v->count[CPU] + POOL_SUBJECT * v->count[SUBJECT] + t.pages, next = pool;
    HEADER_EQUAL(v, KERNEL_POOL, pool);
    region_is(v, &next, REGION_POOL, RAW_NONE, RAW_NONE, (pages + pages / 511 + 3) * RAW_PAGE, 0);
    if (GET(v, REGION, pool, HPA) + GET(v, REGION, pool, BYTES) > HEADER_GET(v, RAM_END))
        differ(v, "region %llu: it ends behind the platform's memory", (unsigned long long)pool);
}

/* ---- what a subject is shown ---- */
bool channel_is_written_by(const struct channel *c, const struct subject *s)
{
    const struct name *sharer;
    if (name_is(&c->from, s->name.text)) return true;
    LIST_EACH(sharer, &c->shared) {
        if (name_is(sharer, s->name.text)) return true;
    }
    return false;
}

static void view_add(struct reader *v, struct views *out, uint64_t region, uint64_t access)
{
    const struct view *last = out->count > 0 ? &out->items[out->count - 1] : NULL;
    if (out->count == sizeof out->items / sizeof out->items[0]) return;
    uint64_t gpa = last != NULL ? last->gpa + last->size + RAW_PAGE : 0;
    out->items[out->count++] = (struct view){ gpa, region, GET(v, REGION, region, BYTES), access };
}

/* Info page, channels, and for the audit's reader the rings and the catalogue: an unmapped page between each two. */
void views_of(struct reader *v, const struct subject *s, struct views *out)
{
    const struct channel *c;
    const struct direct *d;
    out->count = 0;
    view_add(v, out, GET(v, SUBJECT, s->index, INFO_REGION), ACCESS_READ);
    out->items[0].gpa = raw_round_up((uint64_t)s->memory.number, WINDOWS_FROM);
    LIST_EACH(c, &v->p->channels) {
        if (channel_is_written_by(c, s)) view_add(v, out, GET(v, CHANNEL, c_at, OUTBOX_REGION), ACCESS_READ | ACCESS_WRITE);
        if (name_is(&c->to, s->name.text)) view_add(v, out, GET(v, CHANNEL, c_at, INBOX_REGION), ACCESS_READ);
    }
    LIST_EACH(d, &v->p->directs) {
        bool writes = name_is(&d->from, s->name.text);
        if (!writes && !name_is(&d->to, s->name.text)) continue;
        view_add(v, out, GET(v, DIRECT, d_at, REGION), writes ? ACCESS_READ | ACCESS_WRITE : ACCESS_READ);
        if (d->acknowledged_at.length > 0)
            view_add(v, out, GET(v, DIRECT, d_at, ACKNOWLEDGEMENT), writes ? ACCESS_READ : ACCESS_READ | ACCESS_WRITE);
    }
    if (s->monitors.text != NULL && out->count < sizeof out->items / sizeof out->items[0]) {
        uint64_t region = GET(v, SUBJECT, subject_numbered(v->p, s->monitors.text), RAM_REGION);
        out->items[out->count++] = (struct view){ SERVED_FROM, region, GET(v, REGION, region, BYTES),
                                                  ACCESS_READ | ACCESS_WRITE };
    }
    if (s->reads_audit.text == NULL) return;
    for (uint32_t i = 0; i < v->count[CPU]; i++) view_add(v, out, GET(v, CPU, i, AUDIT_REGION), ACCESS_READ);
    for (uint32_t i = 0; i < v->count[REGION]; i++) {
        if (GET(v, REGION, i, KIND) == REGION_CATALOGUE) view_add(v, out, i, ACCESS_READ);
    }
}

static void mapping_is(struct reader *v, uint32_t *at, uint64_t subject, const struct view *view)
{
    EQUAL(v, MAPPING, *at, GPA, view->gpa);
    EQUAL(v, MAPPING, *at, REGION, view->region);
    EQUAL(v, MAPPING, *at, SUBJECT, subject);
    EQUAL(v, MAPPING, *at, ACCESS, view->access);
    ++*at;
}

static void mappings(struct reader *v)
{
    const struct subject *s;
    struct views views;
    uint32_t at = 0;
    LIST_EACH(s, &v->p->subjects) {
        struct view ram = { 0, GET(v, SUBJECT, s_at, RAM_REGION), 0, ACCESS_READ | ACCESS_WRITE | ACCESS_EXECUTE };
        mapping_is(v, &at, s_at, &ram);
        views_of(v, s, &views);
        EQUAL(v, SUBJECT, s_at, INFO_GPA, views.items[0].gpa);
        for (uint32_t i = 0; i < views.count; i++) mapping_is(v, &at, s_at, &views.items[i]);
    }
    verify_count(v, MAPPING, at);
}

void verify_memory(struct reader *v)
{
    regions(v);
    mappings(v);
    pool(v);
    const struct direct *d;
    uint64_t channels = 2ull * v->p->channels.count + v->p->directs.count;
    LIST_EACH(d, &v->p->directs) channels += d->acknowledged_at.length > 0;
    verify_count(v, REGION, 2ull * v->p->subjects.count + channels + v->count[CPU] + 3);
}
