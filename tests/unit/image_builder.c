/* SPDX-License-Identifier: Apache-2.0 */
/* The miniature gateway, and packing: see image_builder.h. */
#include "image_builder.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "audit/record.h"
#include "channels/message.h"
#include "core/sha256.h"
#include "image_check.h"

#define RAM_SIZE 0x200000u
#define DEGREE 600000                 /* AIS counts in 1/10,000 minutes */
#define PIECE 256u                    /* bytes of a subject's component that one load copies */

/* Next free entry of a table. */
#define ADD(b, member) (&(b)->member[next_entry(&(b)->member##_count)])

static uint32_t next_entry(uint32_t *count)
{
    if (*count >= BUILDER_ROOM) abort();
    return (*count)++;
}

static void set_name(char *field, size_t size, const char *name)
{
    memset(field, 0, size);
    memcpy(field, name, strnlen(name, size));
}

/* Adds a region behind the last one and returns its index. */
static uint32_t add_region(struct image_builder *b, uint16_t kind, uint16_t owner, uint64_t size)
{
    uint64_t at = b->header.ram_base;
    if (b->regions_count > 0) at = b->regions[b->regions_count - 1].hpa + b->regions[b->regions_count - 1].size;
    if (size % IMAGE_LARGE_PAGE == 0) at = (at + IMAGE_LARGE_PAGE - 1) / IMAGE_LARGE_PAGE * IMAGE_LARGE_PAGE;
    struct image_region *r = ADD(b, regions);
    uint64_t pages = (size + IMAGE_PAGE - 1) / IMAGE_PAGE;
    *r = (struct image_region){ .hpa = at, .size = pages * IMAGE_PAGE, .kind = kind, .owner = owner };
    return b->regions_count - 1;
}

static void add_component(struct image_builder *b, uint32_t kind, uint32_t subject, uint64_t size, const char *name)
{
    if (b->header.component_count >= BUILDER_COMPONENTS) abort();
    struct image_component *c = &b->components[b->header.component_count++];
    *c = (struct image_component){ .kind = kind, .subject = subject, .size = size };
    set_name(c->name, sizeof c->name, name);
}

static void add_subject(struct image_builder *b, const char *name, uint16_t cpu, uint16_t port)
{
    uint16_t index = (uint16_t)b->subjects_count;
    struct image_subject *s = ADD(b, subjects);
    *s = (struct image_subject){
        .entry = 0x1000, .stack = RAM_SIZE, .cr3 = 0x100000, .info_gpa = 0x10000000, .first_port = b->ports_count, .cpu = cpu,
        .restart_max = 3, .restart_period_s = 60, .reserve = { 16, 16 }, .cpuid_count = b->cpuids_count,
        .monitor = IMAGE_NONE, .serves = IMAGE_NONE,
    };
    set_name(s->name, sizeof s->name, name);
    s->info_region = add_region(b, IMAGE_REGION_INFO, index, IMAGE_PAGE);
    if (port != 0) {
        *ADD(b, ports) = (struct image_ports){ port, (uint16_t)(port + 7), IMAGE_NONE, 0 };
        s->port_count = 1;
    }
    add_component(b, IMAGE_COMPONENT_SUBJECT, index, 3 * PIECE, name);
}

static void add_subjects(struct image_builder *b)
{
    for (uint32_t leaf = 0; leaf < 2; leaf++) *ADD(b, cpuids) = (struct image_cpuid){ .leaf = leaf, .eax = 1 };
    add_subject(b, "low", 0, 0x2f8);
    add_subject(b, "guard", 0, 0);
    add_subject(b, "high", 1, 0x3e8);
    add_subject(b, "audit", 0, 0x2e8);
    b->subjects[BUILDER_GUARD].label_high = b->subjects[BUILDER_HIGH].label_low = b->subjects[BUILDER_HIGH].label_high = 1;
    b->subjects[BUILDER_AUDIT].privileges = IMAGE_MAY_SHUTDOWN | IMAGE_MAY_READ_AUDIT;
    b->subjects[BUILDER_AUDIT].fault_then = IMAGE_FAULT_HALT;
    memset(ADD(b, digests)->sha256, 0x11, sizeof(struct image_digest));
    memset(ADD(b, digests)->sha256, 0x22, sizeof(struct image_digest));
    b->subjects[BUILDER_GUARD].digest = 1;
    b->subjects[BUILDER_AUDIT].digest = 2;
}

static void add_time(struct image_builder *b)
{
    static const struct image_window windows[] = {
        { 0, 0, BUILDER_LOW, 0, 0, 3000 },       { 0, 0, BUILDER_GUARD, 0, 3000, 3000 },
        { 0, 0, BUILDER_AUDIT, 0, 6000, 3000 },  { 0, 0, IMAGE_NONE, 0, 9000, 1000 },
        { 0, 1, BUILDER_HIGH, IMAGE_WINDOW_DEDICATED, 0, 10000 },
    };
    struct image_plan *plan = ADD(b, plans);
    plan->major_us = 10000;
    set_name(plan->name, sizeof plan->name, "normal");
    for (size_t i = 0; i < sizeof windows / sizeof *windows; i++) *ADD(b, windows) = windows[i];
    for (uint16_t i = 0; i < 2; i++) {
        struct image_cpu *cpu = ADD(b, cpus);
        cpu->apic_id = i;
        cpu->audit_slots = b->header.kernel_reserve;
        for (uint32_t s = 0; s < b->subjects_count; s++) {
            if (b->subjects[s].cpu == i) cpu->audit_slots += b->subjects[s].reserve[0] + b->subjects[s].reserve[1];
        }
        uint64_t size = AUDIT_PAGE + cpu->audit_slots * sizeof(struct audit_record);
        cpu->audit_region = add_region(b, IMAGE_REGION_AUDIT, i, size);
    }
}

static void add_channel(struct image_builder *b, const char *name, uint16_t sender, uint16_t receiver, uint16_t depth,
                        uint8_t event)
{
    uint16_t index = (uint16_t)b->channels_count;
    struct image_channel *c = ADD(b, channels);
    *c = (struct image_channel){ .sender = sender, .receiver = receiver, .depth = depth, .slots = 32, .slot_size = 48,
                                 .feedback = IMAGE_FEEDBACK_RULE, .event = event };
    set_name(c->name, sizeof c->name, name);
    c->outbox_region = add_region(b, IMAGE_REGION_OUTBOX, index, 32u * c->slot_size);
    c->inbox_region = add_region(b, IMAGE_REGION_INBOX, index, sizeof(struct inbox_header) + depth * c->slot_size);
}

static void add_direct(struct image_builder *b, const char *name, uint16_t sender, uint16_t receiver)
{
    uint16_t index = (uint16_t)b->directs_count;
    struct image_direct *d = ADD(b, directs);
    *d = (struct image_direct){ .sender = sender, .receiver = receiver };
    set_name(d->name, sizeof d->name, name);
    d->region = add_region(b, IMAGE_REGION_DIRECT, index, 2 * IMAGE_PAGE);
    d->acknowledgement = add_region(b, IMAGE_REGION_ACKNOWLEDGEMENT, index, IMAGE_PAGE);
}

static void add_type(struct image_builder *b, const struct image_field *fields, uint32_t count, uint16_t size)
{
    *ADD(b, types) = (struct image_type){ .size = size, .version = 1, .first_field = b->fields_count, .field_count = count };
    for (uint32_t i = 0; i < count; i++) {
        struct image_field *f = ADD(b, fields);
        *f = fields[i];
        f->rule = (f->kind & IMAGE_FIELD_ZERO) != 0 ? IMAGE_RULE_PADDING : IMAGE_RULE_FIRST + 16 + b->fields_count;
        if (f->tags == 0) f->tag = IMAGE_NONE;
    }
}

/* A position report as in the gateway: 24 bytes; field 7 is the tag, message 18 has neither status nor turn. */
static void add_types(struct image_builder *b)
{
    const uint64_t class_a = 1 << 1 | 1 << 2 | 1 << 3, class_b = 1 << 18;
    const struct image_field position[] = {
        { BUILDER_RANGE(4, -90 * DEGREE, 90 * DEGREE), .offset = 0, .kind = IMAGE_FIELD_SIGNED },
        { BUILDER_RANGE(4, -180 * DEGREE, 180 * DEGREE), .offset = 4, .kind = IMAGE_FIELD_SIGNED },
        { BUILDER_RANGE(4, 0, 999999999), .offset = 8 },
        { BUILDER_RANGE(2, 0, 1023), .offset = 12 },
        { BUILDER_RANGE(2, 0, 4095), .offset = 14 },
        { BUILDER_RANGE(2, 0, 511), .offset = 16 },
        { BUILDER_RANGE(1, 0, 63), .offset = 18 },
        { .base = class_a | class_b, .unused = BUILDER_UNUSED(1), .offset = 19, .flags = IMAGE_FIELD_SET },
        { BUILDER_RANGE(1, 0, 15), .offset = 20, .tag = 7, .tags = class_a },
        { BUILDER_RANGE(1, -128, 127), .offset = 21, .kind = IMAGE_FIELD_SIGNED, .tag = 7, .tags = class_a },
        { .offset = 20, BUILDER_ZERO(2), .tag = 7, .tags = class_b },
        { .offset = 22, BUILDER_ZERO(2) },
    };
    const struct image_field id[] = {
        { BUILDER_RANGE(2, 0, 65535), .offset = 0 }, { .offset = 2, BUILDER_ZERO(6) },
    };
    const struct image_field notice[] = {
        { BUILDER_RANGE(2, -9000, 9000), .offset = 0, .kind = IMAGE_FIELD_SIGNED },
        { BUILDER_RANGE(2, -18000, 18000), .offset = 2, .kind = IMAGE_FIELD_SIGNED },
        { BUILDER_RANGE(2, 0, 65535), .offset = 4 },
        { .offset = 6, BUILDER_ZERO(2) },
    };
    add_type(b, position, sizeof position / sizeof *position, 24);
    add_type(b, id, sizeof id / sizeof *id, 8);
    add_type(b, id, sizeof id / sizeof *id, 8);
    add_type(b, notice, sizeof notice / sizeof *notice, 8);
}

static void add_rule(struct image_builder *b, uint16_t channel, uint16_t type, uint16_t protocol)
{
    uint32_t index = b->rules_count;
    *ADD(b, rules) = (struct image_rule){ .rule = IMAGE_RULE_FIRST + index, .channel = channel, .type = type, .plan_mask = 1,
                                          .first_atom = b->atoms_count, .protocol = protocol };
    struct image_channel *c = &b->channels[channel];
    if (c->rule_count == 0) c->first_rule = index;
    c->rule_count++;
}

static void add_rules(struct image_builder *b)
{
    add_rule(b, BUILDER_REPORTS, BUILDER_POSITION, IMAGE_NONE);
    add_rule(b, BUILDER_TRACKS, BUILDER_POSITION, IMAGE_NONE);
    add_rule(b, BUILDER_ASKS, BUILDER_REQUEST, 0);
    add_rule(b, BUILDER_ASKS, BUILDER_NOTICE, 0);
    add_rule(b, BUILDER_GRANTS, BUILDER_ACK, 0);
    add_rule(b, BUILDER_NOTICES, BUILDER_NOTICE, 0);

    struct image_rule *up = &b->rules[BUILDER_POSITION_UP];               /* outside the box: its latitudes or its longitudes */
    *ADD(b, atoms) = (struct image_atom){ BUILDER_RANGE(4, 1 * DEGREE, 3 * DEGREE / 2), .offset = 0,
                                          .flags = IMAGE_FIELD_SIGNED | IMAGE_ATOM_NOT };
    *ADD(b, atoms) = (struct image_atom){ BUILDER_RANGE(4, 207 * DEGREE / 2, 209 * DEGREE / 2), .offset = 4,
                                          .flags = IMAGE_FIELD_SIGNED | IMAGE_ATOM_NOT | IMAGE_ATOM_END };
    up->first_atom = 0;
    up->atom_count = 2;
    up->where_rule = IMAGE_RULE_FIRST + 8;
    for (uint32_t i = BUILDER_NOTICE_ASK; i < b->rules_count; i++) b->rules[i].first_atom = 2;

    struct image_rule *in = &b->rules[BUILDER_POSITION_IN], *out = &b->rules[BUILDER_NOTICE_OUT];
    in->rate_count = 500;
    in->rate_ms = out->rate_ms = 1000;
    in->burst = 64;
    out->rate_count = out->burst = 1;
    in->rate_rule = IMAGE_RULE_FIRST + 9;
    out->rate_rule = IMAGE_RULE_FIRST + 10;
    out->flags = IMAGE_RULE_RECORD | IMAGE_RULE_PAYLOAD | IMAGE_RULE_DOWNGRADE;
    out->released = 1;

    struct image_rule *narrower = ADD(b, rules);
    *narrower = *in;
    narrower->rule = IMAGE_RULE_FIRST + BUILDER_SITE_LOAD;
    narrower->kind = IMAGE_RULE_RESTRICT;
    narrower->rate_count = 200;
    in->next = BUILDER_SITE_LOAD;
    *ADD(b, rules) = (struct image_rule){ .rule = IMAGE_RULE_FIRST + BUILDER_AGAIN, .channel = IMAGE_NONE, .type = 0,
                                          .protocol = IMAGE_NONE, .plan_mask = 1 };
    *ADD(b, operations) = (struct image_operation){ BUILDER_GUARD, IMAGE_OPERATION_SWITCH, 0, BUILDER_AGAIN };
}

/* idle, asked, granted, held: one notice for each request, carrying its id. */
static void add_protocol(struct image_builder *b)
{
    static const struct image_step steps[] = {
        { .from_mask = 1, .allow = BUILDER_NOTICE_ASK, .width = 2, .to = 1, .flags = IMAGE_STEP_KEEP },
        { .from_mask = 2, .allow = BUILDER_NOTICE_GRANT, .width = 2, .to = 2, .flags = IMAGE_STEP_MATCH },
        { .from_mask = 4, .allow = BUILDER_NOTICE_SUBMIT, .offset = 4, .width = 2, .to = 3, .flags = IMAGE_STEP_MATCH },
        { .from_mask = 8, .allow = BUILDER_NOTICE_OUT, .offset = 4, .width = 2, .to = 0, .flags = IMAGE_STEP_MATCH },
    };
    *ADD(b, protocols) = (struct image_protocol){ .rule = IMAGE_RULE_FIRST + 11, .step_count = sizeof steps / sizeof *steps,
                                                  .timeout_count = 1, .state_count = 4 };
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) *ADD(b, steps) = steps[i];
    *ADD(b, timeouts) = (struct image_timeout){ .from_mask = 14, .after_ms = 30000 };
    *ADD(b, resets) = (struct image_reset){ 0, BUILDER_HIGH };
    *ADD(b, resets) = (struct image_reset){ 0, BUILDER_GUARD };
}

static void add_mapping(struct image_builder *b, uint16_t subject, uint32_t region, uint64_t gpa, uint16_t access)
{
    *ADD(b, mappings) = (struct image_mapping){ .gpa = gpa, .region = region, .subject = subject, .access = access };
}

/* Each subject sees its memory at 0, its info page, its halves of channels; the audit subject rings and catalogue too. */
static void add_mappings(struct image_builder *b)
{
    for (uint16_t s = 0; s < b->subjects_count; s++) {
        uint64_t gpa = 0x20000000;
        add_mapping(b, s, b->subjects[s].ram_region, 0, IMAGE_READ | IMAGE_WRITE | IMAGE_EXECUTE);
        add_mapping(b, s, b->subjects[s].info_region, b->subjects[s].info_gpa, IMAGE_READ);
        for (uint32_t i = 0; i < b->channels_count; i++, gpa += 0x100000) {
            const struct image_channel *c = &b->channels[i];
            if (c->sender == s) add_mapping(b, s, c->outbox_region, gpa, IMAGE_READ | IMAGE_WRITE);
            if (c->receiver == s) add_mapping(b, s, c->inbox_region, gpa, IMAGE_READ);
        }
        if (b->directs[0].sender == s) add_mapping(b, s, b->directs[0].region, gpa, IMAGE_READ | IMAGE_WRITE);
        if (b->directs[0].receiver == s) add_mapping(b, s, b->directs[0].region, gpa, IMAGE_READ);
        if (b->directs[0].sender == s) add_mapping(b, s, b->directs[0].acknowledgement, gpa + 0x10000, IMAGE_READ);
        if (b->directs[0].receiver == s)
            add_mapping(b, s, b->directs[0].acknowledgement, gpa + 0x10000, IMAGE_READ | IMAGE_WRITE);
        if ((b->subjects[s].privileges & IMAGE_MAY_READ_AUDIT) == 0) continue;
        for (uint32_t i = 0; i < b->cpus_count; i++) {
            add_mapping(b, s, b->cpus[i].audit_region, gpa, IMAGE_READ);
            gpa += 0x100000;
        }
        add_mapping(b, s, 0, gpa, IMAGE_READ);
    }
}

static void add_loads(struct image_builder *b)
{
    uint32_t catalogue = b->header.component_count - 2;
    *ADD(b, loads) = (struct image_load){ .size = b->components[catalogue].size, .region = 0, .component = catalogue };
    for (uint32_t s = 0; s < b->subjects_count; s++) {
        *ADD(b, loads) = (struct image_load){ .image_offset = 2 * PIECE, .size = PIECE,
                                              .region = b->subjects[s].info_region, .component = s + 1 };
    }
    for (uint32_t s = 0; s < b->subjects_count; s++) {
        *ADD(b, loads) = (struct image_load){ .region_offset = 0x1000, .size = PIECE,
                                              .region = b->subjects[s].ram_region, .component = s + 1 };
        *ADD(b, loads) = (struct image_load){ .region_offset = 0x100000, .image_offset = PIECE, .size = PIECE,
                                              .region = b->subjects[s].ram_region, .component = s + 1 };
    }
}

static void start_header(struct image_header *h)
{
    *h = (struct image_header){
        .magic = { 'B', 'U', 'L', 'K', 'H', 'E', 'A', 'D' }, .format = IMAGE_FORMAT, .rollback = 3,
        .flags = IMAGE_FLAG_UNSIGNED, .ram_base = 0x3000000, .ram_end = 0x10000000, .trampoline = 0x8000,
        .measure = IMAGE_MEASURE_REQUIRED, .pcr = 11,
        .audit_always = IMAGE_AUDIT_DENIED | IMAGE_AUDIT_DOWNGRADE | IMAGE_AUDIT_RESTART, .kernel_reserve = 16,
        .class_full = { IMAGE_FULL_BLOCK, IMAGE_FULL_DROP }, .power_port = 0x604, .power_value = 0x2000,
        .margin_ticks = IMAGE_MARGIN_LEAST,
    };
    for (uint32_t i = 0; i < sizeof h->policy_hash; i++) h->policy_hash[i] = (uint8_t)(0xa0 + i);
    set_name(h->system, sizeof h->system, "ais_gateway");
}

void image_builder_gateway(struct image_builder *b)
{
    memset(b, 0, sizeof *b);
    start_header(&b->header);
    add_component(b, IMAGE_COMPONENT_TABLES, IMAGE_NONE, 0, "tables");
    add_region(b, IMAGE_REGION_CATALOGUE, IMAGE_NONE, IMAGE_PAGE);
    add_subjects(b);
    add_component(b, IMAGE_COMPONENT_CATALOGUE, IMAGE_NONE, 1000, "catalogue");
    add_component(b, IMAGE_COMPONENT_PART, IMAGE_NONE, 333, "flows.policy");
    add_time(b);
    add_channel(b, "reports", BUILDER_LOW, BUILDER_GUARD, 256, 0);
    add_channel(b, "tracks", BUILDER_GUARD, BUILDER_HIGH, 256, 0);
    add_channel(b, "asks", BUILDER_HIGH, BUILDER_GUARD, 4, 1);
    add_channel(b, "grants", BUILDER_GUARD, BUILDER_HIGH, 4, 1);
    add_channel(b, "notices", BUILDER_GUARD, BUILDER_LOW, 4, 0);
    add_direct(b, "beams", BUILDER_LOW, BUILDER_HIGH);
    for (uint16_t s = 0; s < b->subjects_count; s++) b->subjects[s].ram_region = add_region(b, IMAGE_REGION_RAM, s, RAM_SIZE);
    b->header.image_home = add_region(b, IMAGE_REGION_IMAGE_HOME, IMAGE_NONE, BUILDER_IMAGE_ROOM);
    b->header.kernel_pool = add_region(b, IMAGE_REGION_KERNEL_POOL, IMAGE_NONE, 0);
    add_types(b);
    add_rules(b);
    add_protocol(b);
    add_mappings(b);
    add_loads(b);
}

/* Whose colours a region has; -1: none. */
static int coloured_by(const struct image_builder *b, const struct image_region *r)
{
    switch (r->kind) {
    case IMAGE_REGION_RAM: case IMAGE_REGION_INFO: return r->owner;
    case IMAGE_REGION_OUTBOX: return b->channels[r->owner].sender;
    case IMAGE_REGION_INBOX: return b->channels[r->owner].receiver;
    case IMAGE_REGION_DIRECT: return b->directs[r->owner].sender;
    case IMAGE_REGION_ACKNOWLEDGEMENT: return b->directs[r->owner].receiver;
    case IMAGE_REGION_AUDIT: case IMAGE_REGION_CATALOGUE: return BUILDER_AUDIT;
    default: return -1;
    }
}

void image_builder_colour(struct image_builder *b)
{
    b->header.colours = BUILDER_COLOURS;
    for (uint8_t s = 0; s < 4; s++) {
        b->subjects[s].first_colour = (uint8_t)(4 * s);
        b->subjects[s].colour_count = 4;
    }
    image_builder_place(b);
}

/* Rows behind each other in each four colours; what has none behind all rows. */
void image_builder_place(struct image_builder *b)
{
    uint64_t row = BUILDER_COLOURS * IMAGE_PAGE, rows[4] = { 0 }, all = 0, kva = IMAGE_GATHERED;
    for (uint32_t i = 0; i < b->regions_count; i++) {
        struct image_region *r = &b->regions[i];
        int s = coloured_by(b, r);
        uint64_t *next = s < 0 ? &all : &rows[b->subjects[s].first_colour / 4];
        r->hpa = b->header.ram_base + *next * row;
        if (s < 0) {
            all += r->size / row + 1;
            continue;
        }
        r->first_colour = b->subjects[s].first_colour;
        r->colour_count = 4;
        r->kva = kva;
        kva += r->size;
        *next += (r->size / IMAGE_PAGE + 3) / 4;
        if (*next > all) all = *next;
    }
}

/* Bytes that the packed image takes at most: every table and component may begin at the next multiple of 8. */
static uint64_t packed_bound(const struct image_builder *b)
{
    uint64_t size = sizeof(struct image_header) + b->header.component_count * (sizeof(struct image_component) + 8);
#define BOUND_TABLE(id, type, member, ...) size += b->member##_count * sizeof(struct type) + 8;
    POLICY_TABLES(BOUND_TABLE)
#undef BOUND_TABLE
    for (uint32_t i = 1; i < b->header.component_count; i++) size += b->components[i].size;
    return size;
}

/* Copies the tables behind the component list; returns where they end. */
static uint64_t pack_tables(const struct image_builder *b, uint8_t *image, uint64_t at)
{
    struct image_header *h = (struct image_header *)(void *)image;
#define PACK_TABLE(id, type, member, ...)                                                                                  \
    h->tables[IMAGE_##id] = (struct image_table){ (uint32_t)at, b->member##_count };                                       \
    memcpy(image + at, b->member, b->member##_count * sizeof(struct type));                                                \
    at = (at + b->member##_count * sizeof(struct type) + 7) / 8 * 8;
    POLICY_TABLES(PACK_TABLE)
#undef PACK_TABLE
    return at;
}

/* Places and fills every component but the first; returns the image's size. */
static uint64_t pack_contents(const struct image_builder *b, uint8_t *image, uint64_t at)
{
    struct image_component *list = (struct image_component *)(void *)(image + sizeof(struct image_header));
    uint64_t end = at;
    for (uint32_t i = 1; i < b->header.component_count; i++) {
        list[i].offset = (end + 7) / 8 * 8;
        end = list[i].offset + list[i].size;
        for (uint64_t k = 0; k < list[i].size; k++) image[list[i].offset + k] = (uint8_t)(k * 7 + i);
        if (b->contents[i]) memcpy(image + list[i].offset, b->contents[i], list[i].size);
    }
    return end;
}

uint64_t image_builder_pack(const struct image_builder *b, void *image, uint64_t room)
{
    uint8_t *bytes = image;
    struct image_header *h = image;
    struct image_component *list = (struct image_component *)(void *)(h + 1);
    if (packed_bound(b) > room) {
        fprintf(stderr, "image_builder: the image may need %" PRIu64 " bytes, more than the room\n", packed_bound(b));
        abort();
    }
    memset(image, 0, room);
    *h = b->header;
    h->header_size = (uint32_t)(sizeof *h + h->component_count * sizeof *list);
    memcpy(list, b->components, h->component_count * sizeof *list);
    list[0].offset = h->header_size;
    uint64_t end = pack_tables(b, bytes, h->header_size);
    list[0].size = end - list[0].offset;
    h->image_size = pack_contents(b, bytes, end);

    struct image_region *regions = (struct image_region *)(void *)(bytes + h->tables[IMAGE_REGIONS].offset);
    for (uint32_t i = 0; i < b->regions_count; i++) regions[i].kva += regions[i].kva == 0 ? regions[i].hpa : 0;
    struct image_load *loads = (struct image_load *)(void *)(bytes + h->tables[IMAGE_LOADS].offset);
    for (uint32_t i = 0; i < b->loads_count; i++) loads[i].image_offset += list[loads[i].component].offset;
    if (h->kernel_pool < b->regions_count && regions[h->kernel_pool].size == 0) {
        regions[h->kernel_pool].size = image_pool_pages(image) * IMAGE_PAGE;
    }
    for (uint32_t i = 0; i < h->component_count; i++) {
        struct sha256 hash;
        sha256_start(&hash);
        sha256_add(&hash, bytes + list[i].offset, list[i].size);
        sha256_digest(&hash, list[i].sha256);
    }
    return h->image_size;
}
