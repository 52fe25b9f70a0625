/* SPDX-License-Identifier: Apache-2.0 */
/* Every pair is compared with every pair, every byte is counted: see image_invariants.h. */
#include "image_invariants.h"
#include <stdbool.h>
#include "audit/record.h"
#include "channels/message.h"
#include "policy/tables.h"

#define HOLDS(cond)                                                                                                        \
    do {                                                                                                                   \
        if (!(cond)) return #cond;                                                                                         \
    } while (0)
#define TRY(expr)                                                                                                          \
    do {                                                                                                                   \
        const char *broken_ = (expr);                                                                                      \
        if (broken_) return broken_;                                                                                       \
    } while (0)

/* In more bits than any offset has, so that nothing wraps. */
typedef unsigned __int128 wide;

static bool apart(wide a, wide a_size, wide b, wide b_size)
{
    return a + a_size <= b || b + b_size <= a;
}

static const char *check_layout(const struct policy_tables *t, uint64_t size)
{
    const struct image_header *h = t->header;
    const struct image_component *c = policy_components(h);
    HOLDS(h->image_size <= size);
    for (uint32_t i = 0; i < h->component_count; i++) {
        HOLDS((wide)c[i].offset + c[i].size <= h->image_size);
        HOLDS(c[i].offset >= sizeof *h + h->component_count * sizeof *c);
        for (uint32_t k = 0; k < i; k++) HOLDS(apart(c[i].offset, c[i].size, c[k].offset, c[k].size));
    }
#define TABLE_INSIDE(id, type, member, ...)                                                                                \
    HOLDS(h->tables[IMAGE_##id].offset >= c[0].offset && h->tables[IMAGE_##id].offset % 8 == 0);                           \
    HOLDS((wide)h->tables[IMAGE_##id].offset + (wide)t->member##_count * sizeof(struct type) <= c[0].offset + c[0].size);
    POLICY_TABLES(TABLE_INSIDE)
#undef TABLE_INSIDE
    return 0;
}

/* The bytes that a region's pages lie in, whoever has those between. */
static wide taken(const struct policy_tables *t, const struct image_region *r)
{
    wide pages = r->size / 4096;
    return r->colour_count == 0 ? r->size : (pages + r->colour_count - 1) / r->colour_count * t->header->colours * 4096;
}

static bool other_colours(const struct image_region *a, const struct image_region *b)
{
    bool coloured = a->colour_count > 0 && b->colour_count > 0;
    return coloured && apart(a->first_colour, a->colour_count, b->first_colour, b->colour_count);
}

/* Each page is behind the one before, in the region's colours and in what it takes. */
static const char *check_pages(const struct policy_tables *t, const struct image_region *r)
{
    uint32_t first = r->first_colour, count = r->colour_count;
    HOLDS(count == 0 ? first == 0 && r->kva == r->hpa : first + count <= t->header->colours);
    for (uint64_t at = 0, before = 0; count > 0 && at < r->size; at += 4096) {
        uint64_t page = policy_region_place(t->header, r, at), colour = page / 4096 % t->header->colours;
        HOLDS(colour >= first && colour < first + count && page > before && page - r->hpa < taken(t, r));
        before = page;
    }
    return 0;
}

/* Those of one label may share colours, and that is not the image's to judge. */
static const char *check_colours(const struct policy_tables *t)
{
    for (uint32_t i = 0; i < t->subjects_count; i++) {
        const struct image_subject *s = &t->subjects[i];
        HOLDS(s->digest <= t->digests_count);
        HOLDS((s->colour_count > 0) == (t->header->colours > 0));
        const struct image_region *ram = &t->regions[s->ram_region];
        HOLDS(ram->first_colour == s->first_colour && ram->colour_count == s->colour_count);
        for (uint32_t k = 0; k < i; k++) {
            const struct image_subject *o = &t->subjects[k];
            bool same = s->first_colour == o->first_colour && s->colour_count == o->colour_count;
            HOLDS(same || apart(s->first_colour, s->colour_count, o->first_colour, o->colour_count));
        }
    }
    return 0;
}

static const char *check_regions(const struct policy_tables *t)
{
    const struct image_header *h = t->header;
    uint32_t pools = 0, homes = 0;
    for (uint32_t i = 0; i < t->regions_count; i++) {
        const struct image_region *r = &t->regions[i];
        HOLDS((r->hpa | r->size) % 4096 == 0 && r->size != 0);
        HOLDS(r->hpa >= 8u << 20 && r->hpa >= h->ram_base && r->hpa + taken(t, r) <= h->ram_end);
        HOLDS(apart(r->hpa, taken(t, r), 0xfec00000, 0x1400000));
        for (uint32_t k = 0; k < i; k++) {
            const struct image_region *q = &t->regions[k];
            HOLDS(apart(r->hpa, taken(t, r), q->hpa, taken(t, q)) || other_colours(r, q));
            HOLDS(apart(r->kva, r->size, q->kva, q->size));
        }
        TRY(check_pages(t, r));
        if (r->kind == IMAGE_REGION_KERNEL_POOL) pools++;
        if (r->kind == IMAGE_REGION_IMAGE_HOME) homes++;
    }
    HOLDS(pools == 1 && t->regions[h->kernel_pool].kind == IMAGE_REGION_KERNEL_POOL);
    HOLDS(homes == 1 && t->regions[h->image_home].kind == IMAGE_REGION_IMAGE_HOME);
    HOLDS(t->regions[h->image_home].size >= h->image_size);
    return 0;
}

/* What a subject can reach: only its own memory is executable, only its own memory, its outboxes, the direct channels
 * that it sends on and the acknowledgements of those that it receives on are writable. */
static const char *check_mappings(const struct policy_tables *t)
{
    for (uint32_t i = 0; i < t->mappings_count; i++) {
        const struct image_mapping *m = &t->mappings[i];
        const struct image_region *r = &t->regions[m->region];
        HOLDS(m->region < t->regions_count && m->subject < t->subjects_count && m->gpa % 4096 == 0);
        HOLDS((wide)m->gpa + r->size <= 1ull << 39);
        HOLDS(r->kind != IMAGE_REGION_KERNEL_POOL && r->kind != IMAGE_REGION_IMAGE_HOME);
        bool own = (r->kind == IMAGE_REGION_RAM || r->kind == IMAGE_REGION_INFO) && r->owner == m->subject;
        bool served = r->kind == IMAGE_REGION_RAM && r->owner == t->subjects[m->subject].serves;
        bool outbox = r->kind == IMAGE_REGION_OUTBOX &&
                      (t->channels[r->owner].sender == m->subject || r->flags == IMAGE_REGION_SHARED);
        bool inbox = r->kind == IMAGE_REGION_INBOX && t->channels[r->owner].receiver == m->subject;
        bool reader = (t->subjects[m->subject].privileges & IMAGE_MAY_READ_AUDIT) != 0;
        bool direct = r->kind == IMAGE_REGION_DIRECT, writes = direct && t->directs[r->owner].sender == m->subject;
        HOLDS(!direct || writes || t->directs[r->owner].receiver == m->subject);
        bool page = r->kind == IMAGE_REGION_ACKNOWLEDGEMENT, answers = page && t->directs[r->owner].receiver == m->subject;
        HOLDS(!page || answers || t->directs[r->owner].sender == m->subject);
        bool records = r->kind == IMAGE_REGION_AUDIT || r->kind == IMAGE_REGION_CATALOGUE;
        HOLDS(own || served || outbox || inbox || direct || page || (reader && records));
        HOLDS(!(m->access & IMAGE_EXECUTE) || (r->kind == IMAGE_REGION_RAM && own));
        HOLDS(!(m->access & IMAGE_WRITE) || r->kind == IMAGE_REGION_RAM || r->kind == IMAGE_REGION_OUTBOX || writes ||
              answers);
        for (uint32_t k = 0; k < i; k++) {
            const struct image_mapping *n = &t->mappings[k];
            HOLDS(n->subject != m->subject || apart(m->gpa, r->size, n->gpa, t->regions[n->region].size));
        }
    }
    return 0;
}

static const char *check_loads(const struct policy_tables *t)
{
    const struct image_component *c = policy_components(t->header);
    for (uint32_t i = 0; i < t->loads_count; i++) {
        const struct image_load *l = &t->loads[i];
        HOLDS(l->region < t->regions_count && l->component < t->header->component_count);
        const struct image_region *r = &t->regions[l->region];
        HOLDS((wide)l->region_offset + l->size <= r->size);
        HOLDS(l->image_offset >= c[l->component].offset);
        HOLDS((wide)l->image_offset + l->size <= (wide)c[l->component].offset + c[l->component].size);
        HOLDS(r->kind == IMAGE_REGION_CATALOGUE || c[l->component].subject == r->owner);
        for (uint32_t k = 0; k < i; k++) {
            const struct image_load *n = &t->loads[k];
            HOLDS(l->region != n->region || apart(l->region_offset, l->size, n->region_offset, n->size));
        }
    }
    return 0;
}

static const char *check_subjects(const struct policy_tables *t)
{
    HOLDS(t->subjects_count >= 1 && t->subjects_count <= IMAGE_MAX_SUBJECTS);
    for (uint32_t i = 0; i < t->subjects_count; i++) {
        const struct image_subject *s = &t->subjects[i];
        uint32_t homes = 0;
        for (uint32_t k = 0; k < t->mappings_count; k++) {
            const struct image_mapping *m = &t->mappings[k];
            if (m->subject != i || m->region != s->ram_region) continue;
            wide end = (wide)m->gpa + t->regions[m->region].size;
            HOLDS(s->entry >= m->gpa && s->entry < end && s->stack > m->gpa && s->stack <= end);
            HOLDS(s->cr3 >= m->gpa && (wide)s->cr3 + 4096 <= end && s->cr3 % 4096 == 0);
            homes++;
        }
        HOLDS(homes == 1 && s->cpu < t->cpus_count);
        HOLDS(s->monitor == IMAGE_NONE || (s->monitor < t->subjects_count && t->subjects[s->monitor].serves == i));
        HOLDS(s->serves == IMAGE_NONE || (s->serves < t->subjects_count && t->subjects[s->serves].monitor == i));
        HOLDS(s->serves == IMAGE_NONE || (s->monitor == IMAGE_NONE && s->privileges == 0 && s->port_count == 0));
        HOLDS((wide)s->first_cpuid + s->cpuid_count <= t->cpuids_count);
        HOLDS((wide)s->first_port + s->port_count <= t->ports_count);
        for (uint32_t p = s->first_port; p < s->first_port + s->port_count; p++) {
            HOLDS(t->ports[p].first <= t->ports[p].last && t->ports[p].last < 0x3f0 && t->ports[p].first >= 0x2e8);
        }
    }
    return 0;
}

/* Lines of a subject's ports, of those that interrupt it if `flags` says so. */
static uint32_t lines_of(const struct policy_tables *t, uint32_t subject, uint16_t flags)
{
    uint32_t lines = 0;
    for (uint32_t i = 0; i < t->subjects[subject].port_count; i++) {
        const struct image_ports *p = &t->ports[t->subjects[subject].first_port + i];
        if (p->line < 32 && (p->flags & flags) == flags) lines |= 1u << p->line;
    }
    return lines;
}

/* An interrupt is one subject's, and on its CPU nobody else's time is of those that have any. Needs subjects. */
static const char *check_lines(const struct policy_tables *t)
{
    for (uint32_t i = 0; i < t->subjects_count; i++) {
        uint32_t lines = lines_of(t, i, 1);
        HOLDS((lines_of(t, i, 0) & ~0xcb8u) == 0);
        HOLDS(lines == 0 || (t->header->io_apic >= 0xfec00000 && t->header->io_apic < 0xfed00000));
        HOLDS(lines == 0 || t->header->io_apic < t->header->ram_base || t->header->io_apic >= t->header->ram_end);
        HOLDS(lines == 0 || (t->subjects[i].monitor == IMAGE_NONE && t->subjects[i].serves == IMAGE_NONE));
        for (uint32_t k = 0; k < t->subjects_count && lines != 0; k++) {
            HOLDS(k == i || (lines_of(t, k, 0) & lines) == 0);
            HOLDS(k == i || t->subjects[k].cpu != t->subjects[i].cpu || lines_of(t, k, 1) == 0);
        }
    }
    for (uint32_t i = 0; i < t->operations_count; i++) {
        const struct image_operation *o = &t->operations[i];
        HOLDS(o->kind != IMAGE_OPERATION_GIVE || (lines_of(t, o->subject, 1) | lines_of(t, o->object, 1)) == 0);
    }
    return 0;
}

/* Each CPU's time: every microsecond of each frame belongs to one window. */
static const char *check_time(const struct policy_tables *t)
{
    wide sum[32][IMAGE_MAX_CPUS] = { 0 };
    HOLDS(t->plans_count >= 1 && t->plans_count <= 32 && t->cpus_count >= 1 && t->cpus_count <= IMAGE_MAX_CPUS);
    for (uint32_t i = 0; i < t->windows_count; i++) {
        const struct image_window *w = &t->windows[i];
        HOLDS(w->plan < t->plans_count && w->cpu < t->cpus_count && w->length_us > 0);
        HOLDS(w->start_us == sum[w->plan][w->cpu]);
        HOLDS(w->subject == IMAGE_NONE || (w->subject < t->subjects_count && t->subjects[w->subject].cpu == w->cpu &&
                                           t->subjects[w->subject].serves == IMAGE_NONE));
        sum[w->plan][w->cpu] += w->length_us;
    }
    for (uint32_t p = 0; p < t->plans_count; p++) {
        for (uint32_t c = 0; c < t->cpus_count; c++) HOLDS(sum[p][c] == t->plans[p].major_us);
    }
    for (uint32_t i = 0; i < t->cpus_count; i++) {
        const struct image_region *ring = &t->regions[t->cpus[i].audit_region];
        HOLDS(ring->kind == IMAGE_REGION_AUDIT);
        HOLDS(ring->size >= AUDIT_PAGE + (wide)t->cpus[i].audit_slots * sizeof(struct audit_record));
    }
    return 0;
}

static const char *check_atoms(const struct policy_tables *t, uint32_t first, uint32_t count, uint32_t size)
{
    HOLDS((wide)first + count <= t->atoms_count);
    for (uint32_t i = first; i < first + count; i++) HOLDS(t->atoms[i].unused < 64 && t->atoms[i].unused % 8 == 0);
    for (uint32_t i = first; i < first + count; i++) HOLDS((wide)t->atoms[i].offset + (64u - t->atoms[i].unused) / 8 <= size);
    HOLDS(count == 0 || (t->atoms[first + count - 1].flags & IMAGE_ATOM_END) != 0);
    return 0;
}

static const char *check_types(const struct policy_tables *t)
{
    for (uint32_t i = 0; i < t->types_count; i++) {
        const struct image_type *type = &t->types[i];
        HOLDS((wide)type->first_field + type->field_count <= t->fields_count);
        for (uint32_t k = 0; k < type->field_count; k++) {
            const struct image_field *f = &t->fields[type->first_field + k];
            HOLDS(f->unused < 64 && f->unused % 8 == 0 && (wide)f->offset + (64u - f->unused) / 8 <= type->size);
            HOLDS(f->tag == IMAGE_NONE || f->tag < k);
            uint32_t above = 0;
            for (const struct image_field *g = f; g->tag != IMAGE_NONE; above++) g = &t->fields[type->first_field + g->tag];
            HOLDS(above <= 2);
            HOLDS(f->rule != IMAGE_RULE_NONE);
        }
        TRY(check_atoms(t, type->first_atom, type->atom_count, type->size));
    }
    return 0;
}

static const char *check_channels(const struct policy_tables *t)
{
    for (uint32_t i = 0; i < t->channels_count; i++) {
        const struct image_channel *c = &t->channels[i];
        HOLDS(c->sender < t->subjects_count && c->receiver < t->subjects_count && c->sender != c->receiver && c->event < 64);
        HOLDS(c->slots > 0 && c->depth > 0);
        HOLDS(c->slot_size % 16 == 0 && c->slot_size >= 16 && c->slot_size <= IMAGE_MAX_MESSAGE);
        HOLDS(t->regions[c->outbox_region].kind == IMAGE_REGION_OUTBOX && t->regions[c->outbox_region].owner == i);
        HOLDS(t->regions[c->inbox_region].kind == IMAGE_REGION_INBOX && t->regions[c->inbox_region].owner == i);
        HOLDS((wide)c->slots * c->slot_size <= t->regions[c->outbox_region].size);
        HOLDS((wide)c->depth * c->slot_size + sizeof(struct inbox_header) <= t->regions[c->inbox_region].size);
        HOLDS((wide)c->first_rule + c->rule_count <= t->rules_count);
        for (uint32_t k = c->first_rule; k < c->first_rule + c->rule_count; k++) {
            HOLDS(t->rules[k].channel == i && t->rules[k].kind == IMAGE_RULE_ALLOW);
            HOLDS(t->types[t->rules[k].type].size + 16u <= c->slot_size);
            for (uint32_t n = c->first_rule; n < k; n++) HOLDS(t->rules[n].type < t->rules[k].type);
        }
        for (uint32_t k = 0; k < i; k++) HOLDS(t->channels[k].receiver != c->receiver || t->channels[k].event != c->event);
    }
    return 0;
}

static const char *check_rules(const struct policy_tables *t)
{
    for (uint32_t i = 0; i < t->rules_count; i++) {
        const struct image_rule *r = &t->rules[i];
        HOLDS(r->rule >= IMAGE_RULE_FIRST);
        if (r->channel == IMAGE_NONE) {
            HOLDS(r->type < t->operations_count && r->atom_count == 0 && r->protocol == IMAGE_NONE);
        } else {
            HOLDS(r->channel < t->channels_count && r->type < t->types_count);
        }
        HOLDS(r->protocol == IMAGE_NONE || r->protocol < t->protocols_count);
        HOLDS(r->next == 0 || (r->next > i && r->next < t->rules_count));
        HOLDS(r->rate_count == 0 || (r->rate_ms > 0 && r->burst > 0 && r->rate_rule != IMAGE_RULE_NONE));
        HOLDS((wide)r->rate_ms * 10000000 * r->burst < (wide)1 << 64 || r->rate_count == 0);      /* 10 GHz */
        if (r->atom_count != 0) TRY(check_atoms(t, r->first_atom, r->atom_count, t->types[r->type].size));
    }
    for (uint32_t i = 0; i < t->operations_count; i++) {
        const struct image_operation *o = &t->operations[i];
        HOLDS(o->subject < t->subjects_count && o->kind <= IMAGE_OPERATION_GIVE && o->allow < t->rules_count);
        HOLDS(o->object < (o->kind == IMAGE_OPERATION_SWITCH ? t->plans_count : t->subjects_count));
        HOLDS(t->rules[o->allow].channel == IMAGE_NONE && t->rules[o->allow].type == i);
        if (o->kind != IMAGE_OPERATION_GIVE) continue;
        const struct image_subject *from = &t->subjects[o->subject], *to = &t->subjects[o->object];
        HOLDS(from != to && from->cpu == to->cpu && from->label_low == to->label_low && from->label_high == to->label_high);
        HOLDS(t->rules[o->allow].rate_count == 0 && t->rules[o->allow].next == 0);
    }
    for (uint32_t i = 0; i < t->protocols_count; i++) {
        const struct image_protocol *p = &t->protocols[i];
        HOLDS(p->state_count >= 1 && p->state_count <= IMAGE_MAX_STATES);
        HOLDS((wide)p->first_step + p->step_count <= t->steps_count);
        HOLDS((wide)p->first_timeout + p->timeout_count <= t->timeouts_count);
        for (uint32_t k = p->first_step; k < p->first_step + p->step_count; k++) {
            const struct image_step *s = &t->steps[k];
            HOLDS(s->to < p->state_count && s->from_mask != 0 && (uint64_t)s->from_mask >> p->state_count == 0);
            HOLDS(s->allow < t->rules_count && t->rules[s->allow].protocol == i);
            HOLDS((wide)s->offset + s->width <= t->types[t->rules[s->allow].type].size);
        }
        for (uint32_t k = p->first_timeout; k < p->first_timeout + p->timeout_count; k++) {
            const struct image_timeout *o = &t->timeouts[k];
            HOLDS(o->to < p->state_count && (uint64_t)o->from_mask >> p->state_count == 0 && o->after_ms > 0);
        }
    }
    for (uint32_t i = 0; i < t->resets_count; i++) {
        HOLDS(t->resets[i].protocol < t->protocols_count && t->resets[i].subject < t->subjects_count);
    }
    return 0;
}

const char *image_invariants_broken(const void *image, uint64_t size)
{
    const struct policy_tables t = policy_tables_open(image);
    TRY(check_layout(&t, size));
    TRY(check_regions(&t));
    TRY(check_colours(&t));
    TRY(check_mappings(&t));
    TRY(check_loads(&t));
    TRY(check_subjects(&t));
    TRY(check_lines(&t));
    TRY(check_time(&t));
    TRY(check_types(&t));
    TRY(check_channels(&t));
    TRY(check_rules(&t));
    return 0;
}
