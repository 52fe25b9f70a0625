/* SPDX-License-Identifier: Apache-2.0 */
/* What subjects start with: loads in their order, page tables, info pages, programs, the catalogue. */
#include "compiler/verify/guests.h"

/* The info page's layout, as guests read it. */
#define INFO_SIZE 2920u
#define INFO_MAGIC_VALUE 0x4f464e4948424b42ull
#define INFO_ABI 1u
#define INFO_MAGIC_AT 0, 8
#define INFO_ABI_VERSION 8, 4
#define INFO_SUBJECT 12, 4
#define INFO_POLICY_HASH 16u          /* 32 bytes */
#define INFO_CHANNEL_COUNT 60, 4
#define INFO_PARAM_COUNT 64, 4
#define INFO_RING_COUNT 68, 4
#define INFO_CATALOGUE_GPA 72, 8
#define INFO_CATALOGUE_SIZE 80, 8
#define INFO_RAM_SIZE 88, 8
#define INFO_CHANNELS 96u             /* 32 of 56 bytes */
#define INFO_PARAMS 1888u             /* 64 of 8 bytes */
#define INFO_RINGS 2400u              /* 32 of 16 bytes */
#define INFO_SERVED_SIZE 2912, 8
#define CHANNELS_MAX 32u
#define PARAMS_MAX 64u
#define RINGS_MAX 32u

static void put(uint8_t *bytes, uint64_t at, uint32_t width, uint64_t value)
{
    for (uint32_t i = 0; i < width; i++) bytes[at + i] = (uint8_t)(value >> 8 * i);
}

/* ---- info pages ---- */
/* The strictest of the rates on a channel, and the least burst. */
static void info_rate(struct reader *v, uint32_t channel, uint8_t *out)
{
    uint64_t count = 0, ms = 0, burst = 0;
    for (uint32_t i = 0; i < v->count[RULE]; i++) {
        uint64_t n = GET(v, RULE, i, RATE_COUNT), per = GET(v, RULE, i, RATE_MS), most = GET(v, RULE, i, BURST);
        if (GET(v, RULE, i, CHANNEL) != channel || n == 0) continue;
        if (count == 0 || n * ms < count * per) {
            count = n;
            ms = per;
        }
        if (burst == 0 || most < burst) burst = most;
    }
    put(out, 20, 4, count);
    put(out, 24, 4, ms);
    put(out, 28, 4, burst);
}

static void info_channel(struct guest_view *g, uint8_t *info, uint32_t place, uint32_t channel, bool sends, uint64_t gpa)
{
    struct reader *v = g->v;
    if (place >= CHANNELS_MAX) return;
    uint8_t *out = info + INFO_CHANNELS + 56u * place;
    put(out, 0, 8, gpa);
    put(out, 8, 4, channel);
    put(out, 12, 4, GET(v, CHANNEL, channel, SLOT_SIZE));
    put(out, 16, 2, sends ? GET(v, CHANNEL, channel, SLOTS) : GET(v, CHANNEL, channel, DEPTH));
    put(out, 18, 1, sends ? 0 : 1);
    put(out, 19, 1, sends ? 0 : GET(v, CHANNEL, channel, EVENT));
    if (sends) info_rate(v, channel, out);
    memcpy(out + 32, v->p->channels.items[channel]->name.text, strnlen(v->p->channels.items[channel]->name.text, 15));
}

static void info_direct(struct guest_view *g, uint8_t *info, uint32_t place, uint32_t window, const struct direct *d,
                        uint32_t at, bool writes)
{
    if (place >= CHANNELS_MAX) return;
    uint8_t *out = info + INFO_CHANNELS + 56u * place;
    put(out, 0, 8, g->views.items[window].gpa);
    put(out, 8, 4, at);
    put(out, 12, 4, direct_slot_bytes(g->v->p, d));
    put(out, 16, 2, direct_slot_count(d));
    put(out, 18, 1, writes ? 2 : 3);
    if (d->acknowledged_at.length > 0) put(out, 48, 8, g->views.items[window + 1].gpa);
    memcpy(out + 32, d->name.text, strnlen(d->name.text, 15));
}

/* Channels in their order, behind the info page's own window. Returns how many windows that took. */
static uint32_t info_channels(struct guest_view *g, uint8_t *info)
{
    const struct channel *c;
    const struct direct *d;
    uint32_t place = 0, pages = 0;
    LIST_EACH(c, &g->v->p->channels) {
        if (channel_is_written_by(c, g->s)) {
            info_channel(g, info, place, c_at, true, g->views.items[place + 1].gpa);
            place++;
        }
        if (name_is(&c->to, g->s->name.text)) {
            info_channel(g, info, place, c_at, false, g->views.items[place + 1].gpa);
            place++;
        }
    }
    LIST_EACH(d, &g->v->p->directs) {
        bool writes = name_is(&d->from, g->s->name.text);
        if (!writes && !name_is(&d->to, g->s->name.text)) continue;
        info_direct(g, info, place, 1 + place + pages, d, d_at, writes);
        place++;
        pages += d->acknowledged_at.length > 0;
    }
    put(info, INFO_CHANNEL_COUNT, place);
    return place + pages;
}

static void info_audit(struct guest_view *g, uint8_t *info, uint32_t window)
{
    struct reader *v = g->v;
    if (g->s->reads_audit.text == NULL) return;
    for (uint32_t i = 0; i < v->count[CPU] && i < RINGS_MAX; i++) {
        uint8_t *ring = info + INFO_RINGS + 16u * i;
        put(ring, 0, 8, g->views.items[window + i].gpa);
        put(ring, 8, 4, i);
        put(ring, 12, 4, GET(v, CPU, i, AUDIT_SLOTS));
    }
    put(info, INFO_RING_COUNT, v->count[CPU]);
    put(info, INFO_CATALOGUE_GPA, g->views.items[g->views.count - 1].gpa);
    put(info, INFO_CATALOGUE_SIZE, CATALOGUE_HEADER + (uint64_t)v->catalogue_count * ENTRY_SIZE);
}

static const struct constant *constant_named(const struct policy *p, const char *name)
{
    const struct constant *c;
    LIST_EACH(c, &p->constants) {
        if (name_is(&c->name, name)) return c;
    }
    return NULL;
}

static void info_param(uint8_t *info, uint32_t *count, wide value)
{
    if (*count < PARAMS_MAX) put(info, INFO_PARAMS + 8ull * *count, 8, (uint64_t)value);
    ++*count;
}

static void info_params(struct guest_view *g, uint8_t *info)
{
    const struct name *name;
    const struct side *side;
    uint32_t count = 0;
    LIST_EACH(name, &g->s->params) {
        const struct constant *c = constant_named(g->v->p, name->text);
        if (c == NULL) continue;
        if (!c->is_box) info_param(info, &count, c->value.number);
        LIST_EACH(side, &c->sides) {
            info_param(info, &count, side->range.lo.number);
            info_param(info, &count, side->range.hi.number);
        }
    }
    put(info, INFO_PARAM_COUNT, count);
}

static void verify_info(struct guest_view *g, const uint8_t *seen)
{
    uint8_t info[INFO_SIZE] = { 0 };
    put(info, INFO_MAGIC_AT, INFO_MAGIC_VALUE);
    put(info, INFO_ABI_VERSION, INFO_ABI);
    put(info, INFO_SUBJECT, g->s->index);
    memcpy(info + INFO_POLICY_HASH, g->v->in->image + HEADER_POLICY_HASH, 32);
    put(info, INFO_RAM_SIZE, g->ram);
    info_audit(g, info, 1 + info_channels(g, info));
    info_params(g, info);
    if (g->s->monitors.text != NULL) {
        uint64_t served = GET(g->v, SUBJECT, subject_numbered(g->v->p, g->s->monitors.text), RAM_REGION);
        put(info, INFO_SERVED_SIZE, GET(g->v, REGION, served, BYTES));
    }
    g->v->values++;
    for (uint32_t i = 0; i < INFO_SIZE; i++) {
        if (info[i] == seen[i]) continue;
        differ(g->v, "subject %u: its info page, byte %u", g->s->index, i);
        return;
    }
}

/* ---- loads: content of regions, from components piece by piece ---- */
struct pieces { uint32_t load, component; uint64_t next; };   /* next: where the component's next piece lies in the image */

static const uint8_t *component_entry(const struct reader *v, uint32_t component)
{
    return v->in->image + HEADER_SIZE + (uint64_t)component * COMPONENT_SIZE;
}

/* The bytes of the next load, which must be this; NULL if they cannot be read. */
static const uint8_t *load_is(struct reader *v, struct pieces *at, uint64_t region, uint64_t offset, uint64_t size)
{
    uint32_t load = at->load++;
    EQUAL(v, LOAD, load, REGION, region);
    EQUAL(v, LOAD, load, REGION_OFFSET, offset);
    EQUAL(v, LOAD, load, IMAGE_OFFSET, at->next);
    EQUAL(v, LOAD, load, BYTES, size);
    EQUAL(v, LOAD, load, COMPONENT, at->component);
    uint64_t from = at->next;
    at->next = raw_round_up(from + size, 16);
    if (size == 0 || !raw_inside(v, from, size)) return NULL;
    for (uint64_t i = from + size; i < at->next && raw_inside(v, i, 1); i++) {
        if (v->in->image[i] != 0) differ(v, "load %u: bytes behind it are not zero", load);
    }
    return v->in->image + from;
}

static const uint8_t *program_piece(struct guest_view *g, struct pieces *at, uint64_t region, uint64_t gpa, uint64_t size)
{
    const uint8_t *bytes = load_is(g->v, at, region, gpa, size);
    if (bytes != NULL) *LIST_NEW(g->v->arena, &g->pieces) = (struct program_piece){ gpa, size, bytes };
    return bytes;
}

static void segment_pieces(struct guest_view *g, struct pieces *at, uint64_t region)
{
    for (uint32_t i = 0; i < g->segment_count; i++) {
        const struct segment *s = &g->segments[i];
        if (s->stored == 0) continue;
        const uint8_t *bytes = program_piece(g, at, region, s->gpa, s->stored);
        if (bytes != NULL && memcmp(bytes, s->bytes, s->stored) != 0)
            differ(g->v, "subject %u: segment %u is not that of its program", g->s->index, i);
    }
}

/* Without the program's file: whatever is loaded below the page tables. */
static void unknown_pieces(struct guest_view *g, struct pieces *at, uint64_t region)
{
    struct reader *v = g->v;
    while (at->load < v->count[LOAD] && GET(v, LOAD, at->load, REGION) == region &&
           GET(v, LOAD, at->load, REGION_OFFSET) < g->tables) {
        uint64_t offset = GET(v, LOAD, at->load, REGION_OFFSET), size = GET(v, LOAD, at->load, BYTES);
        if (size > g->ram || offset > g->tables - size) differ(v, "load %u: it reaches beyond the program's place", at->load);
        if (program_piece(g, at, region, offset, size) == NULL) return;
    }
}

static void guest_memory(struct guest_view *g, struct pieces *at)
{
    struct reader *v = g->v;
    uint32_t index = g->s->index;
    uint64_t region = GET(v, SUBJECT, index, RAM_REGION);
    g->tables = GET(v, SUBJECT, index, CR3);
    EQUAL(v, SUBJECT, index, STACK, g->tables);
    if (g->tables >= g->ram || g->tables % RAW_PAGE != 0) {
        differ(v, "subject %u: its page tables do not lie in its memory", index);
        return;
    }
    g->table_bytes = g->ram - g->tables;
    if (g->has_program) {
        EQUAL(v, SUBJECT, index, ENTRY, g->entry);
        segment_pieces(g, at, region);
    } else {
        if (GET(v, SUBJECT, index, ENTRY) >= g->tables) differ(v, "subject %u: it begins outside of its program", index);
        unknown_pieces(g, at, region);
    }
    g->table_image = load_is(v, at, region, g->tables, g->table_bytes);
    if (g->table_image != NULL) verify_paging(g);
}

static void guest_start(struct reader *v, struct guest_view *g, const struct subject *s)
{
    *g = (struct guest_view){ .v = v, .s = s, .ram = (uint64_t)s->memory.number };
    views_of(v, s, &g->views);
    g->has_program = v->in->images != NULL && program_read(g);
}

void verify_guests(struct reader *v)
{
    const struct subject *s;
    struct pieces at = { 0 };
    uint64_t *info_at = arena_take(v->arena, (v->p->subjects.count + 1) * sizeof *info_at);
    struct guest_view *g = arena_take(v->arena, (v->p->subjects.count + 1) * sizeof *g);
    if (v->catalogue == NULL) return;
    LIST_EACH(s, &v->p->subjects) {
        at.component = 1 + s_at;
        at.next = raw_number(component_entry(v, at.component), COMPONENT_OFFSET);
        guest_start(v, &g[s_at], s);
        guest_memory(&g[s_at], &at);
        info_at[s_at] = at.next;
    }
    LIST_EACH(s, &v->p->subjects) {
        at.component = 1 + s_at;
        at.next = info_at[s_at];
        const uint8_t *info = load_is(v, &at, GET(v, SUBJECT, s_at, INFO_REGION), 0, INFO_SIZE);
        if (info != NULL) verify_info(&g[s_at], info);
        const uint8_t *c = component_entry(v, at.component);
        if (at.next != raw_number(c, COMPONENT_OFFSET) + raw_number(c, COMPONENT_BYTES))
            differ(v, "component %u: bytes that nothing loads", at.component);
    }
    at.component = 1 + v->p->subjects.count;
    at.next = raw_number(component_entry(v, at.component), COMPONENT_OFFSET);
    verify_stages(v, g);
    verify_digests(v, g);
    load_is(v, &at, v->count[REGION] - 3, 0, CATALOGUE_HEADER + (uint64_t)v->catalogue_count * ENTRY_SIZE);
    verify_count(v, LOAD, at.load);
}
