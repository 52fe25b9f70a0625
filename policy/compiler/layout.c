/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory: physical regions one behind the other, what each subject sees of them, its page tables and its info page. Physical
 * order: the subjects' memory on 2 MiB boundaries, that of 1 GiB and more on 1 GiB boundaries unless then it does not all fit;
 * then pages, channels, audit rings, the catalogue; the image's home and the kernel's pool, whose sizes depend on all else,
 * come last (image.c). Guest-physical order: memory from 0, windows from the next multiple of LAYOUT_WINDOWS up with an
 * unmapped page between each two.
 */
#include "compiler/layout.h"
#include "audit/record.h"
#include "channels/abi.h"
#include "guest/direct_layout.h"
#include "channels/message.h"
#include "channels/monitor.h"
#include "language/check.h"
#include "language/stages.h"

#include <mbedtls/sha256.h>
#include <stdlib.h>
#include <string.h>

#define LAYOUT_WINDOWS 0x40000000ull

/* One subject under construction. */
struct layout_subject {
    const struct subject *subject;
    struct guest guest;
    struct paging paging;
    struct subject_info *info;
    const struct info_channel *rates;             /* of all channels */
    uint64_t next_window;
};

static uint64_t round_up(uint64_t value, uint64_t unit)
{
    return (value + unit - 1) / unit * unit;
}

/* What the region's address is a multiple of. */
static uint64_t align_of(const struct build *b, const struct image_region *r)
{
    if (r->colour_count > 0) return (uint64_t)b->header.colours * IMAGE_PAGE;
    if (r->kind != IMAGE_REGION_RAM) return IMAGE_PAGE;
    return r->size >= IMAGE_GIANT_PAGE && !b->is_packed ? IMAGE_GIANT_PAGE : IMAGE_LARGE_PAGE;
}

/* Moves `r` behind what lies there in its colours, and what comes next behind it. */
static void place(struct build *b, struct image_region *r)
{
    uint32_t first = r->first_colour, end = r->colour_count > 0 ? first + r->colour_count : IMAGE_MAX_COLOURS;
    uint64_t behind = b->header.ram_base;
    for (uint32_t c = first; c < end; c++) behind = b->reach.of_colour[c] > behind ? b->reach.of_colour[c] : behind;
    r->hpa = r->kva = round_up(behind, align_of(b, r));
    for (uint32_t c = first; c < end; c++) b->reach.of_colour[c] = r->hpa + policy_region_span(&b->header, r);
    if (r->colour_count == 0) return;
    static_assert(IMAGE_MAX_RAM <= IMAGE_GATHERED, "no memory is seen at its own address where coloured regions are");
    r->kva = IMAGE_GATHERED + b->reach.gathered;
    b->reach.gathered += r->size;
}

uint32_t layout_region(struct build *b, enum image_region_kind kind, uint32_t owner, const struct subject *whose,
                       uint64_t size)
{
    struct image_region r = { .size = round_up(size, IMAGE_PAGE), .kind = (uint16_t)kind, .owner = (uint16_t)owner };
    if (whose != NULL) {
        const struct image_subject *s = build_entry(b, IMAGE_SUBJECTS, whose->index);
        r.first_colour = s->first_colour;
        r.colour_count = s->colour_count;
    }
    place(b, &r);
    *(struct image_region *)build_add(b, IMAGE_REGIONS) = r;
    return build_count(b, IMAGE_REGIONS) - 1;
}

/* The home and the pool grow after they were placed, and lie behind all others. */
uint64_t layout_needs(const struct build *b)
{
    uint64_t end = 0;
    for (uint32_t i = 0; i < b->tables[IMAGE_REGIONS].count; i++) {
        const struct image_region *r = (const struct image_region *)(const void *)b->tables[IMAGE_REGIONS].bytes + i;
        uint64_t behind = r->hpa + policy_region_span(&b->header, r);
        end = behind > end ? behind : end;
    }
    return end - b->header.ram_base;
}

bool layout_pack(struct build *b)
{
    if (b->is_packed || layout_needs(b) <= b->header.ram_end - b->header.ram_base) return false;
    b->is_packed = true;
    b->reach = (struct build_reach){ 0 };
    for (uint32_t i = 0; i < build_count(b, IMAGE_REGIONS); i++) place(b, build_entry(b, IMAGE_REGIONS, i));
    return true;
}

bool layout_fits(struct build *b, bool at_least)
{
    uint64_t needed = layout_needs(b), there = b->header.ram_end - b->header.ram_base;
    if (needed <= there) return true;
    diag_error(b->diag, BH_LAYOUT, b->policy->platform_path.at,
               "the system needs %s%llu MiB of memory, the platform has %llu MiB", at_least ? "at least " : "",
               (unsigned long long)((needed + (1 << 20) - 1) >> 20), (unsigned long long)(there >> 20));
    return false;
}

/* ---- regions ---- */
static void channel_regions(struct build *b, const struct channel *c)
{
    struct image_channel *out = build_entry(b, IMAGE_CHANNELS, c->index);
    out->outbox_region = layout_region(b, IMAGE_REGION_OUTBOX, c->index, c->sender,
                                       (uint64_t)out->slots * out->slot_size);
    uint64_t inbox = sizeof(struct inbox_header) + (uint64_t)out->depth * out->slot_size;
    out->inbox_region = layout_region(b, IMAGE_REGION_INBOX, c->index, c->receiver, inbox);
    struct image_region *outbox = build_entry(b, IMAGE_REGIONS, out->outbox_region);
    if (c->sharers.count > 0) outbox->flags = IMAGE_REGION_SHARED;
}

static void direct_region(struct build *b, const struct direct *d)
{
    uint64_t size = direct_memory_size(d->slot_payload, direct_slots((uint32_t)d->depth.number));
    struct image_direct *out = build_add(b, IMAGE_DIRECTS);
    *out = (struct image_direct){ .sender = (uint16_t)d->sender->index, .receiver = (uint16_t)d->receiver->index,
                                  .acknowledgement = IMAGE_NO_REGION };
    build_name(out->name, sizeof out->name, d->name.text);
    out->region = layout_region(b, IMAGE_REGION_DIRECT, d->index, d->sender, size);
    if (d->acknowledged_at.length > 0)
        out->acknowledgement = layout_region(b, IMAGE_REGION_ACKNOWLEDGEMENT, d->index, d->receiver,
                                             sizeof(struct direct_acknowledgement));
}

static void audit_regions(struct build *b, const struct subject *reader)
{
    for (uint32_t i = 0; i < build_count(b, IMAGE_CPUS); i++) {
        struct image_cpu *cpu = build_entry(b, IMAGE_CPUS, i);
        uint64_t size = AUDIT_PAGE + (uint64_t)cpu->audit_slots * sizeof(struct audit_record);
        cpu->audit_region = layout_region(b, IMAGE_REGION_AUDIT, i, reader, size);
    }
}

/* Returns the catalogue's region. */
static uint32_t all_regions(struct build *b)
{
    const struct policy *p = b->policy;
    const struct subject *s, *reader = NULL;
    const struct channel *c;
    const struct direct *d;
    LIST_EACH(s, &p->subjects) {
        struct image_subject *out = build_entry(b, IMAGE_SUBJECTS, s->index);
        out->ram_region = layout_region(b, IMAGE_REGION_RAM, s->index, s, (uint64_t)s->memory.number);
        if ((s->privilege_bits & IMAGE_MAY_READ_AUDIT) != 0) reader = s;
    }
    LIST_EACH(s, &p->subjects) {
        struct image_subject *out = build_entry(b, IMAGE_SUBJECTS, s->index);
        out->info_region = layout_region(b, IMAGE_REGION_INFO, s->index, s, IMAGE_PAGE);
    }
    LIST_EACH(c, &p->channels) channel_regions(b, c);
    LIST_EACH(d, &p->directs) direct_region(b, d);
    audit_regions(b, reader);
    return layout_region(b, IMAGE_REGION_CATALOGUE, IMAGE_NONE, reader, build_catalogue_size(b));
}

/* ---- what a subject sees ---- */
/* Shows a whole region to the subject, at its next free window; returns where. */
static uint64_t window_add(struct build *b, struct layout_subject *l, uint32_t region, uint32_t access)
{
    const struct image_region *r = build_entry(b, IMAGE_REGIONS, region);
    uint64_t gpa = l->next_window;
    struct image_mapping *m = build_add(b, IMAGE_MAPPINGS);
    *m = (struct image_mapping){ gpa, region, (uint16_t)l->subject->index, (uint16_t)access };
    l->paging.windows[l->paging.window_count++] = (struct paging_window){ gpa, r->size, access };
    l->next_window = gpa + r->size + IMAGE_PAGE;
    return gpa;
}

void layout_rate_narrow(struct info_channel *out, const struct image_rule *r)
{
    if (out->rate_count == 0 || (uint64_t)r->rate_count * out->rate_ms < (uint64_t)out->rate_count * r->rate_ms) {
        out->rate_count = r->rate_count;
        out->rate_ms = r->rate_ms;
    }
    if (out->burst == 0 || r->burst < out->burst) out->burst = r->burst;
}

/* Of all channels, by their numbers. */
static const struct info_channel *info_rates(const struct build *b)
{
    struct info_channel *rates = arena_take(b->arena, (build_count(b, IMAGE_CHANNELS) + 1) * sizeof *rates);
    const struct image_rule *r = (const struct image_rule *)(const void *)b->tables[IMAGE_RULES].bytes;
    for (uint32_t left = build_count(b, IMAGE_RULES); left > 0; left--, r++) {
        if (r->channel != IMAGE_NONE && r->rate_count != 0) layout_rate_narrow(&rates[r->channel], r);
    }
    return rates;
}

static void channel_window(struct build *b, struct layout_subject *l, const struct channel *c, bool sends)
{
    const struct image_channel *channel = build_entry(b, IMAGE_CHANNELS, c->index);
    struct info_channel *out = &l->info->channels[l->info->channel_count++];
    out->channel = c->index;
    out->slot_size = channel->slot_size;
    out->slots = sends ? channel->slots : channel->depth;
    out->direction = sends ? INFO_SENDS : INFO_RECEIVES;
    out->event = sends ? 0 : channel->event;
    build_name(out->name, sizeof out->name, c->name.text);
    if (sends) {
        const struct info_channel *rate = &l->rates[c->index];
        out->rate_count = rate->rate_count;
        out->rate_ms = rate->rate_ms;
        out->burst = rate->burst;
    }
    out->gpa = window_add(b, l, sends ? channel->outbox_region : channel->inbox_region,
                          sends ? IMAGE_READ | IMAGE_WRITE : (uint32_t)IMAGE_READ);
}

static void direct_window(struct build *b, struct layout_subject *l, const struct direct *d, bool writes)
{
    const struct image_direct *direct = build_entry(b, IMAGE_DIRECTS, d->index);
    struct info_channel *out = &l->info->channels[l->info->channel_count++];
    out->channel = d->index;
    out->slot_size = d->slot_payload;
    out->slots = (uint16_t)direct_slots((uint32_t)d->depth.number);
    out->direction = writes ? INFO_WRITES : INFO_READS;
    build_name(out->name, sizeof out->name, d->name.text);
    out->gpa = window_add(b, l, direct->region, writes ? IMAGE_READ | IMAGE_WRITE : (uint32_t)IMAGE_READ);
    if (direct->acknowledgement != IMAGE_NO_REGION)
        out->acknowledgement_gpa = window_add(b, l, direct->acknowledgement,
                                              writes ? (uint32_t)IMAGE_READ : IMAGE_READ | IMAGE_WRITE);
}

static void subject_channels(struct build *b, struct layout_subject *l)
{
    const struct channel *c;
    const struct direct *d;
    LIST_EACH(c, &b->policy->channels) {
        if (policy_produces(c, l->subject)) channel_window(b, l, c, true);
        if (c->receiver == l->subject) channel_window(b, l, c, false);
    }
    LIST_EACH(d, &b->policy->directs) {
        if (d->sender == l->subject) direct_window(b, l, d, true);
        if (d->receiver == l->subject) direct_window(b, l, d, false);
    }
}

static void subject_audit(struct build *b, struct layout_subject *l, uint32_t catalogue)
{
    if ((l->subject->privilege_bits & IMAGE_MAY_READ_AUDIT) == 0) return;
    for (uint32_t i = 0; i < build_count(b, IMAGE_CPUS); i++) {
        const struct image_cpu *cpu = build_entry(b, IMAGE_CPUS, i);
        uint32_t slots = (uint32_t)cpu->audit_slots;
        uint64_t gpa = window_add(b, l, cpu->audit_region, IMAGE_READ);
        l->info->rings[l->info->ring_count++] = (struct info_ring){ gpa, i, slots };
    }
    l->info->catalogue_gpa = window_add(b, l, catalogue, IMAGE_READ);
    l->info->catalogue_size = build_catalogue_size(b);
}

/* A monitor sees its subject's memory, on a boundary where large pages show it. */
static void subject_served(struct build *b, struct layout_subject *l)
{
    if (l->subject->served == NULL) return;
    const struct image_subject *served = build_entry(b, IMAGE_SUBJECTS, l->subject->served->index);
    l->next_window = MONITOR_SUBJECT;
    window_add(b, l, served->ram_region, IMAGE_READ | IMAGE_WRITE);
    l->info->served_size = (uint64_t)l->subject->served->memory.number;
}

static void subject_params(struct layout_subject *l)
{
    for (uint32_t i = 0; i < l->subject->boxes.count; i++) {
        const struct constant *c = l->subject->boxes.items[i];
        const struct side *side;
        if (!c->is_box) l->info->params[l->info->param_count++] = (int64_t)c->value.number;
        LIST_EACH(side, &c->sides) {
            l->info->params[l->info->param_count++] = (int64_t)side->range.lo.number;
            l->info->params[l->info->param_count++] = (int64_t)side->range.hi.number;
        }
    }
}

/* Memory, info page, channels, audit: mappings in rising order, and the info page that tells of them. */
static void subject_view(struct build *b, struct layout_subject *l, uint32_t catalogue)
{
    struct image_subject *out = build_entry(b, IMAGE_SUBJECTS, l->subject->index);
    struct image_mapping *ram = build_add(b, IMAGE_MAPPINGS);
    *ram = (struct image_mapping){ 0, out->ram_region, (uint16_t)l->subject->index, IMAGE_READ | IMAGE_WRITE | IMAGE_EXECUTE };
    l->next_window = round_up((uint64_t)l->subject->memory.number, LAYOUT_WINDOWS);
    out->info_gpa = window_add(b, l, out->info_region, IMAGE_READ);
    *l->info = (struct subject_info){ .magic = INFO_MAGIC, .abi_version = ABI_VERSION, .subject = l->subject->index,
                                      .ram_size = (uint64_t)l->subject->memory.number };
    memcpy(l->info->policy_hash, b->header.policy_hash, sizeof l->info->policy_hash);
    subject_channels(b, l);
    subject_audit(b, l, catalogue);
    subject_served(b, l);
    subject_params(l);
}

/* ---- what a subject starts with ---- */
/* Where the next piece of a component of `size` bytes so far goes. */
static void piece_add(struct build *b, uint32_t component, uint32_t region, uint64_t region_offset, const void *bytes,
                      uint64_t size)
{
    struct build_component *c = b->components.items[component];
    if (size == 0) return;
    memcpy(c->bytes + c->size, bytes, size);
    struct image_load *load = build_add(b, IMAGE_LOADS);
    *load = (struct image_load){ region_offset, c->size, size, region, component + 1 };
    c->size += round_up(size, 16);
}

/* What its memory is before the first instruction: the loads from `first` on, in rising order, and zeros between. */
static void digest_add(struct build *b, const struct subject *s, const uint8_t *bytes, uint32_t first)
{
    static const uint8_t zeros[IMAGE_PAGE];
    struct image_digest *digest = build_add(b, IMAGE_DIGESTS);
    struct image_subject *out = build_entry(b, IMAGE_SUBJECTS, s->index);
    uint64_t at = 0, size = (uint64_t)s->memory.number;
    mbedtls_sha256_context memory;
    out->digest = build_count(b, IMAGE_DIGESTS);
    if (b->least) return;
    mbedtls_sha256_init(&memory);
    mbedtls_sha256_starts_ret(&memory, 0);
    for (uint32_t i = first; at < size; i++) {
        const struct image_load *l = i < build_count(b, IMAGE_LOADS) ? build_entry(b, IMAGE_LOADS, i) : NULL;
        uint64_t next = l != NULL ? l->region_offset : size;
        for (uint64_t n; at < next; at += n) {
            n = next - at < sizeof zeros ? next - at : sizeof zeros;
            mbedtls_sha256_update_ret(&memory, zeros, n);
        }
        if (l == NULL) continue;
        mbedtls_sha256_update_ret(&memory, bytes + l->image_offset, l->size);
        at += l->size;
    }
    mbedtls_sha256_finish_ret(&memory, digest->sha256);
    mbedtls_sha256_free(&memory);
}

static void subject_component(struct build *b, struct layout_subject *l)
{
    struct image_subject *out = build_entry(b, IMAGE_SUBJECTS, l->subject->index);
    uint64_t tables = (uint64_t)l->paging.table_count * IMAGE_PAGE, size = tables + IMAGE_PAGE;
    for (uint32_t i = 0; i < l->guest.segment_count; i++) size += round_up(l->guest.segments[i].stored, 16);
    uint32_t component = b->components.count, first = build_count(b, IMAGE_LOADS);
    struct build_component *c = LIST_NEW(b->arena, &b->components);
    *c = (struct build_component){ IMAGE_COMPONENT_SUBJECT, l->subject->index, l->subject->name.text,
                                   arena_take(b->arena, size), 0 };
    for (uint32_t i = 0; i < l->guest.segment_count; i++) {
        const struct guest_segment *s = &l->guest.segments[i];
        piece_add(b, component, out->ram_region, s->gpa, s->bytes, s->stored);
    }
    uint8_t *table_bytes = arena_take(b->arena, tables);
    paging_write(&l->paging, table_bytes);
    piece_add(b, component, out->ram_region, l->paging.tables, table_bytes, tables);
    if (l->subject->verified.text != NULL) digest_add(b, l->subject, c->bytes, first);
    piece_add(b, component, out->info_region, 0, l->info, sizeof *l->info);
    out->entry = l->guest.entry;
    out->stack = l->paging.stack;
    out->cr3 = l->paging.tables;
}

static int load_order(const void *left, const void *right)
{
    const struct image_load *a = left, *b = right;
    if (a->region != b->region) return a->region < b->region ? -1 : 1;
    return a->region_offset < b->region_offset ? -1 : 1;
}

static void catalogue_load(struct build *b, uint32_t region)
{
    build_catalogue(b);
    const struct build_component *c = b->components.items[b->components.count - 1];
    struct image_load *load = build_add(b, IMAGE_LOADS);
    *load = (struct image_load){ 0, 0, c->size, region, b->components.count };
    qsort(b->tables[IMAGE_LOADS].bytes, b->tables[IMAGE_LOADS].count, sizeof *load, load_order);
}

/* Files of other names may hold the same program: only here is that known. */
static void stages_code(struct build *b, const struct layout_subject *all)
{
    const struct subject *s;
    const char **codes = arena_take(b->arena, (b->policy->subjects.count + 1) * sizeof *codes);
    if (b->policy->pipelines.count == 0) return;
    LIST_EACH(s, &b->policy->subjects) codes[s->index] = guest_code(b->arena, &all[s_at].guest);
    stages_report_alike(b->policy, codes, "code");
}

void build_layout(struct build *b, const char *images)
{
    const struct policy *p = b->policy;
    const struct subject *s;
    struct layout_subject *all = arena_take(b->arena, p->subjects.count * sizeof *all);
    const struct info_channel *rates = info_rates(b);
    uint32_t catalogue = all_regions(b), errors = b->diag->errors;
    b->least = images == NULL;
    layout_pack(b);
    if (!layout_fits(b, true)) return;        /* nor is more memory laid out than there is */
    LIST_EACH(s, &p->subjects) {
        struct layout_subject *l = &all[s_at];
        l->subject = s;
        l->rates = rates;
        l->info = arena_take(b->arena, sizeof *l->info);
        subject_view(b, l, catalogue);
        l->paging.guest = &l->guest;
        l->paging.ram = (uint64_t)s->memory.number;
        if (guest_read(b, s, images, &l->guest) && !paging_plan(&l->paging))
            diag_error(b->diag, BH_IMAGE_PLACE, s->memory.at,
                       "`%s` needs more memory: its program, %u page tables and a stack of %u KiB do not fit%s", s->name.text,
                       l->paging.table_count, PAGING_STACK >> 10, images == NULL ? ", however small the program" : "");
    }
    if (b->diag->errors != errors) return;
    if (!b->least) stages_code(b, all);
    if (b->diag->errors != errors) return;
    LIST_EACH(s, &p->subjects) subject_component(b, &all[s_at]);
    catalogue_load(b, catalogue);
}
