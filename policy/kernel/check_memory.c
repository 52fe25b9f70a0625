/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks memory: regions lie apart in the platform's memory and within their subject's colours, a mapping shows a region only
 * to whom its kind allows and with just its kind's access, and content is copied only into what takes content, from a component
 * of the same owner.
 */
#include "channels/monitor.h"
#include "check.h"

/* Where PC platforms have I/O APIC, HPET, TPM, local APIC and firmware; never memory (PC Client Platform, AMD APM 16.3). */
#define DEVICE_FIRST 0xfec00000ull
#define DEVICE_END 0x100000000ull

static uint32_t audit_reader(const struct policy_tables *t)
{
    uint32_t s = 0;
    /*@ loop invariant 0 <= s <= t->subjects_count;
        loop assigns s;
        loop variant t->subjects_count - s; */
    while (s < t->subjects_count && (t->subjects[s].privileges & IMAGE_MAY_READ_AUDIT) == 0) s++;
    return s < t->subjects_count ? s : IMAGE_NONE;
}

/*
 * What a region is for: the region that the table entry which it names as its owner names in turn, so that no two have the same
 * role, the subject that writes it, and who may only read it. IMAGE_NONE: nobody.
 */
struct role { uint32_t region, writer, reader; };

/*@ requires tables_open(t) && \valid_read(r); terminates \true; assigns \nothing; */
static struct role role_of(const struct policy_tables *t, const struct image_region *r)
{
    const struct role none = { IMAGE_NO_REGION, IMAGE_NONE, IMAGE_NONE };
    const uint32_t o = r->owner, itself = o == IMAGE_NONE ? (uint32_t)(r - t->regions) : IMAGE_NO_REGION;
    const struct image_subject *s = o < t->subjects_count ? &t->subjects[o] : 0;
    const struct image_channel *c = o < t->channels_count ? &t->channels[o] : 0;
    const struct image_direct *d = o < t->directs_count ? &t->directs[o] : 0;
    switch (r->kind) {
    case IMAGE_REGION_RAM: return s ? (struct role){ s->ram_region, o, IMAGE_NONE } : none;
    case IMAGE_REGION_INFO: return s ? (struct role){ s->info_region, IMAGE_NONE, o } : none;
    case IMAGE_REGION_OUTBOX: return c ? (struct role){ c->outbox_region, c->sender, IMAGE_NONE } : none;
    case IMAGE_REGION_INBOX: return c ? (struct role){ c->inbox_region, IMAGE_NONE, c->receiver } : none;
    case IMAGE_REGION_DIRECT: return d ? (struct role){ d->region, d->sender, d->receiver } : none;
    case IMAGE_REGION_ACKNOWLEDGEMENT: return d ? (struct role){ d->acknowledgement, d->receiver, d->sender } : none;
    case IMAGE_REGION_AUDIT:
        return o < t->cpus_count ? (struct role){ t->cpus[o].audit_region, IMAGE_NONE, audit_reader(t) } : none;
    case IMAGE_REGION_CATALOGUE: return (struct role){ itself, IMAGE_NONE, audit_reader(t) };
    default: return (struct role){ itself, IMAGE_NONE, IMAGE_NONE };
    }
}

/* Whether the region has the colours of whom it is for, its writer's before its reader's; else none. */
static bool colours_agree(const struct policy_tables *t, const struct image_region *r)
{
    struct role role = role_of(t, r);
    uint32_t s = role.writer != IMAGE_NONE ? role.writer : role.reader;
    if (s >= t->subjects_count) return r->colour_count == 0 && r->first_colour == 0;
    return r->colour_count == t->subjects[s].colour_count && r->first_colour == t->subjects[s].first_colour;
}

/* How far the regions before reach: in each colour of memory, and where the kernel sees coloured ones. */
struct reach { uint64_t of_colour[IMAGE_MAX_COLOURS], gathered; };

/* Physical memory behind what lies there in the same colours, the kernel's view behind the one before; moves `reach`. */
/*@ requires tables_open(t) && i < t->regions_count && t->header->colours <= IMAGE_MAX_COLOURS && \valid(reach);
    requires region_coloured(t, i);
    terminates \true; assigns *reach; */
static struct image_check_result check_place(const struct policy_tables *t, uint32_t i, struct reach *reach)
{
    const struct image_region *r = &t->regions[i];
    bool coloured = r->colour_count > 0;
    uint32_t first = coloured ? r->first_colour : 0, end = coloured ? first + r->colour_count : IMAGE_MAX_COLOURS;
    uint64_t behind = r->hpa + policy_region_span(t->header, r);
    /*@ loop invariant first <= c && (c <= end || c == first);
        loop assigns c, reach->of_colour[0 .. IMAGE_MAX_COLOURS - 1];
        loop variant end - c; */
    for (uint32_t c = first; c < end; c++) {
        ENSURE(r->hpa >= reach->of_colour[c], REGION_ORDER, i);
        reach->of_colour[c] = behind;
    }
    ENSURE(r->kva == (coloured ? reach->gathered : r->hpa), REGION_KVA, i);
    if (coloured) reach->gathered += r->size;
    return CHECK_PASSED;
}

/*@ requires tables_open(t) && i < t->regions_count && header_checked(t->header) && subjects_checked(t) && \valid(reach);
    terminates \true; assigns *reach;
    ensures \result.code == 0 ==> \old(region_ok(t, i)); */
static struct image_check_result check_region(const struct policy_tables *t, uint32_t i, struct reach *reach)
{
    const struct image_header *h = t->header;
    const struct image_region *r = &t->regions[i];
    uint64_t unit = r->colour_count > 0 ? (uint64_t)h->colours * IMAGE_PAGE : IMAGE_PAGE;
    ENSURE(r->kind < IMAGE_REGION_KINDS, REGION_KIND, i);
    ENSURE(role_of(t, r).region == i, REGION_OWNER, i);
    ENSURE(colours_agree(t, r), REGION_COLOURS, i);
    ENSURE(r->size > 0 && r->hpa % unit == 0 && r->size % IMAGE_PAGE == 0, REGION_ALIGN, i);
    ENSURE(check_inside(0, r->size, h->ram_end), REGION_BOUNDS, i);
    uint64_t span = policy_region_span(h, r);
    ENSURE(r->hpa >= h->ram_base && check_inside(r->hpa, span, h->ram_end), REGION_BOUNDS, i);
    /* MC/DC: nothing lies above the devices while memory ends at 4 GiB (IMAGE_MAX_RAM); the line does not rest on that. */
    ENSURE(r->hpa + span <= DEVICE_FIRST || r->hpa >= DEVICE_END, REGION_DEVICE, i);
    TRY(check_place(t, i, reach));
    ENSURE(r->flags == 0 || (r->flags == IMAGE_REGION_SHARED && r->kind == IMAGE_REGION_OUTBOX), REGION_FLAGS, i);
    ENSURE((r->kind == IMAGE_REGION_KERNEL_POOL) == (i == h->kernel_pool), REGION_POOL, i);
    ENSURE((r->kind == IMAGE_REGION_IMAGE_HOME) == (i == h->image_home), REGION_HOME, i);
    return CHECK_PASSED;
}

/* Needs subjects; the channels that regions are owned by are compared, not followed. */
struct image_check_result check_regions(const struct policy_tables *t)
{
    const struct image_header *h = t->header;
    struct reach reach = { .gathered = IMAGE_GATHERED };
    ENSURE(h->kernel_pool < t->regions_count, REGION_POOL, h->kernel_pool);
    ENSURE(h->image_home < t->regions_count, REGION_HOME, h->image_home);
    /*@ loop invariant 0 <= i <= t->regions_count && regions_pass(t, i);
        loop assigns i, reach;
        loop variant t->regions_count - i; */
    for (uint32_t i = 0; i < t->regions_count; i++) TRY(check_region(t, i, &reach));
    ENSURE(t->regions[h->image_home].size >= h->image_size, REGION_HOME_SIZE, h->image_home);
    return CHECK_PASSED;
}

/* Whether the region is the memory of the subject that this one is the monitor of. */
static bool is_served(const struct policy_tables *t, const struct image_region *r, uint16_t subject)
{
    return r->kind == IMAGE_REGION_RAM && r->owner == t->subjects[subject].serves;
}

/* The one access with which a region is shown to a subject; 0: it is not. */
static uint16_t access_for(const struct policy_tables *t, const struct image_region *r, uint16_t subject)
{
    struct role role = role_of(t, r);
    bool shares = (r->flags & IMAGE_REGION_SHARED) != 0 && t->subjects[subject].serves == IMAGE_NONE;
    if (subject == role.writer && r->kind == IMAGE_REGION_RAM) return IMAGE_READ | IMAGE_WRITE | IMAGE_EXECUTE;
    if (subject == role.writer || shares || is_served(t, r, subject)) return IMAGE_READ | IMAGE_WRITE;
    return subject == role.reader ? IMAGE_READ : 0;
}

/* One mapping of an existing subject, to lie at or above `end`. */
static struct image_check_result check_mapping(const struct policy_tables *t, uint32_t i, uint64_t end)
{
    const struct image_mapping *m = &t->mappings[i];
    ENSURE(m->region < t->regions_count, MAPPING_REGION, i);
    const struct image_region *r = &t->regions[m->region];
    ENSURE(m->gpa % IMAGE_PAGE == 0, MAPPING_ALIGN, i);
    ENSURE(check_inside(m->gpa, r->size, IMAGE_MAX_ADDRESS), MAPPING_BOUNDS, i);
    ENSURE(m->gpa >= end, MAPPING_OVERLAP, i);
    uint16_t access = access_for(t, r, m->subject);
    ENSURE(access != 0, MAPPING_RIGHT, i);
    ENSURE(m->access == access, MAPPING_ACCESS, i);
    return CHECK_PASSED;
}

/* What a subject is entered with lies in its memory, where that is mapped. */
static struct image_check_result check_entry(const struct image_subject *s, uint32_t at, uint64_t gpa, uint64_t size)
{
    ENSURE(s->entry - gpa < size, SUBJECT_ENTRY, at);
    ENSURE(s->stack > gpa && s->stack - gpa <= size, SUBJECT_STACK, at);
    ENSURE(s->cr3 % IMAGE_PAGE == 0 && s->cr3 - gpa < size, SUBJECT_CR3, at);
    return CHECK_PASSED;
}

/* A monitor's memory has room for the page where the kernel leaves what its subject did, and it finds both where it looks. */
static bool monitor_sees(const struct policy_tables *t, uint16_t s, const struct image_mapping *ram,
                         const struct image_mapping *served)
{
    if (t->subjects[s].serves == IMAGE_NONE) return true;
    bool has_frame = ram->gpa == 0 && t->regions[ram->region].size >= MONITOR_FRAME + IMAGE_PAGE;
    return has_frame && served && served->gpa == MONITOR_SUBJECT;
}

/* The mappings of subject `s`, which begin at *next; moves it behind them. */
static struct image_check_result check_view(const struct policy_tables *t, uint16_t s, uint32_t *next)
{
    const struct image_mapping *ram = 0, *info = 0, *served = 0;
    uint64_t end = 0;
    /*@ loop invariant *next <= t->mappings_count && mappings_pass(t, *next);
        loop invariant mapping_seen(t, ram) && mapping_seen(t, info) && mapping_seen(t, served);
        loop assigns *next, ram, info, served, end;
        loop variant t->mappings_count - *next; */
    for (; *next < t->mappings_count && t->mappings[*next].subject == s; (*next)++) {
        const struct image_mapping *m = &t->mappings[*next];
        TRY(check_mapping(t, *next, end));
        const struct image_region *r = &t->regions[m->region];
        end = m->gpa + r->size;
        if (r->kind != IMAGE_REGION_RAM && r->kind != IMAGE_REGION_INFO) continue;
        const struct image_mapping **once = r->kind == IMAGE_REGION_INFO ? &info : is_served(t, r, s) ? &served : &ram;
        ENSURE(!*once, MAPPING_TWICE, *next);
        *once = m;
    }
    ENSURE(ram, SUBJECT_RAM, s);
    ENSURE(monitor_sees(t, s, ram, served), SUBJECT_MONITOR, s);
    ENSURE(info && info->gpa == t->subjects[s].info_gpa, SUBJECT_INFO, s);
    return check_entry(&t->subjects[s], s, ram->gpa, t->regions[ram->region].size);
}

/* Needs subjects and regions. The pool can be judged once the mappings are good, since its size depends on them. */
struct image_check_result check_mappings(const struct policy_tables *t)
{
    const struct image_region *pool = &t->regions[t->header->kernel_pool];
    uint32_t next = 0;
    /*@ loop invariant 0 <= s <= t->subjects_count && next <= t->mappings_count && mappings_pass(t, next);
        loop assigns s, next;
        loop variant t->subjects_count - s; */
    for (uint32_t s = 0; s < t->subjects_count; s++) TRY(check_view(t, (uint16_t)s, &next));
    ENSURE(next == t->mappings_count, MAPPING_ORDER, next);
    ENSURE(pool->size / IMAGE_PAGE >= image_pool_pages(t->header), REGION_POOL_SIZE, t->header->kernel_pool);
    return CHECK_PASSED;
}

/* Whether component `c` may fill region `r`: a subject's own guest its memory and info page, the catalogue the catalogue. */
static bool may_fill(const struct image_component *c, const struct image_region *r)
{
    if (r->kind == IMAGE_REGION_CATALOGUE) return c->kind == IMAGE_COMPONENT_CATALOGUE;
    return c->kind == IMAGE_COMPONENT_SUBJECT && c->subject == r->owner;
}

/* Needs regions. */
struct image_check_result check_loads(const struct policy_tables *t)
{
    const struct image_component *components = policy_components(t->header);
    uint32_t region = 0;
    uint64_t end = 0;
    /*@ loop invariant 0 <= i <= t->loads_count && loads_pass(t, i);
        loop assigns i, region, end;
        loop variant t->loads_count - i; */
    for (uint32_t i = 0; i < t->loads_count; i++) {
        const struct image_load *l = &t->loads[i];
        ENSURE(l->region < t->regions_count, LOAD_REGION, i);
        const struct image_region *r = &t->regions[l->region];
        bool has_content = r->kind == IMAGE_REGION_RAM || r->kind == IMAGE_REGION_INFO || r->kind == IMAGE_REGION_CATALOGUE;
        ENSURE(has_content, LOAD_REGION, i);
        ENSURE(l->size > 0 && check_inside(l->region_offset, l->size, r->size), LOAD_TARGET, i);
        ENSURE(l->region > region || (l->region == region && l->region_offset >= end), LOAD_ORDER, i);
        ENSURE(l->component < t->header->component_count, LOAD_COMPONENT, i);
        const struct image_component *c = &components[l->component];
        ENSURE(may_fill(c, r), LOAD_COMPONENT, i);
        ENSURE(l->image_offset >= c->offset && check_inside(l->image_offset - c->offset, l->size, c->size), LOAD_SOURCE, i);
        region = l->region;
        end = l->region_offset + l->size;
    }
    return CHECK_PASSED;
}
