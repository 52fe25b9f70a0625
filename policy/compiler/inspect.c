/* SPDX-License-Identifier: Apache-2.0 */
/* Showing an image: what it measures to, who runs when, what lies where, what may flow. */
#include "compiler/inspect.h"
#include "compiler/check_text.h"
#include "compiler/inspect_labels.h"
#include "compiler/margin.h"
#include "language/diag.h"
#include "compiler/predict.h"
#include "language/source.h"
#include "guest/catalogue.h"
#include "policy/tables.h"

#include <errno.h>
#include <mbedtls/sha256.h>
#include <string.h>

struct inspection {
    const uint8_t *image;
    struct policy_tables t;
    const struct catalogue_entry *names;
    uint32_t name_count;
    struct inspect_labels labels;
    FILE *out;
};

/* ---- names ---- */
static void inspect_find_names(struct inspection *v)
{
    const struct image_component *c = policy_components(v->t.header);
    for (uint32_t i = 0; i < v->t.header->component_count; i++) {
        struct catalogue_header h;
        if (c[i].kind != IMAGE_COMPONENT_CATALOGUE || c[i].size < sizeof h) continue;
        memcpy(&h, v->image + c[i].offset, sizeof h);
        if (h.count > (c[i].size - sizeof h) / sizeof(struct catalogue_entry)) continue;
        v->names = (const struct catalogue_entry *)(const void *)(v->image + c[i].offset + sizeof h);
        v->name_count = h.count;
    }
    inspect_labels_find(&v->labels, v->names, v->name_count);
}

static const struct catalogue_entry *inspect_entry(const struct inspection *v, enum catalogue_kind kind, uint32_t index)
{
    for (uint32_t i = 0; i < v->name_count; i++) {
        const struct catalogue_entry *e = &v->names[i];
        if (e->kind == kind && e->index == index && inspect_name_reads(e)) return e;
    }
    return NULL;
}

/* At most 63 characters; "?" where the catalogue has none, or none to read. */
static const char *inspect_name(const struct inspection *v, enum catalogue_kind kind, uint32_t index)
{
    const struct catalogue_entry *e = inspect_entry(v, kind, index);
    return e != NULL ? e->name : "?";
}

/* The name with the digest of what it means: NAME@3fa1. */
static void inspect_meaning(const struct inspection *v, enum catalogue_kind kind, uint32_t index)
{
    const struct catalogue_entry *e = inspect_entry(v, kind, index);
    fprintf(v->out, "%s", e != NULL ? e->name : "?");
    if (e != NULL && e->meaning != 0) fprintf(v->out, "@%04x", e->meaning >> 16);
}

static const char *inspect_subject(const struct inspection *v, uint32_t index)
{
    return index == IMAGE_NONE ? "idle" : inspect_name(v, CATALOGUE_SUBJECT, index);
}

/* ---- sections ---- */
static void inspect_hex(const struct inspection *v, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) fprintf(v->out, "%02x", bytes[i]);
    fputc('\n', v->out);
}

static void inspect_header(const struct inspection *v)
{
    const struct image_header *h = v->t.header;
    const struct image_component *c = policy_components(h);
    fprintf(v->out, "system %.*s, rollback %u, %s, %llu bytes\npolicy ", (int)IMAGE_NAME, h->system, h->rollback,
            (h->flags & IMAGE_FLAG_UNSIGNED) != 0 ? "unsigned" : "signed", (unsigned long long)h->image_size);
    inspect_hex(v, h->policy_hash, sizeof h->policy_hash);
    for (int bank = 0; bank < PREDICT_BANKS; bank++) {
        uint8_t value[PREDICT_MAX_DIGEST];
        predict_pcr((enum predict_bank)bank, h, value);
        fprintf(v->out, "pcr %u %s ", h->pcr, predict_bank_name((enum predict_bank)bank));
        inspect_hex(v, value, predict_bank_size((enum predict_bank)bank));
    }
    for (uint32_t i = 0; i < h->component_count; i++) {
        fprintf(v->out, "component %-16s %8llu bytes at 0x%06llx sha256 ", c[i].name, (unsigned long long)c[i].size,
                (unsigned long long)c[i].offset);
        inspect_hex(v, c[i].sha256, sizeof c[i].sha256);
    }
}

static void inspect_evidence(const struct inspection *v)
{
    static const char *const levels[] = { "none", "optional", "required" }, *const full[] = { "block", "drop" };
    const struct image_header *h = v->t.header;
    fprintf(v->out, "measure %s, always audit 0x%x, kernel reserve %u, full: security %s, flow %s\n", levels[h->measure],
            h->audit_always, h->kernel_reserve, full[h->class_full[IMAGE_CLASS_SECURITY]],
            full[h->class_full[IMAGE_CLASS_FLOW]]);
    fprintf(v->out, "memory 0x%llx..0x%llx, trampoline 0x%llx, power off 0x%x = 0x%x\n", (unsigned long long)h->ram_base,
            (unsigned long long)h->ram_end, (unsigned long long)h->trampoline, h->power_port, h->power_value);
    if (h->io_apic != 0) fprintf(v->out, "I/O APIC 0x%llx\n", (unsigned long long)h->io_apic);
}

/* Of a channel whose messages need more than the kernel's own work: its name. */
static void inspect_margin(const struct inspection *v)
{
    uint32_t channel;
    margin_ticks(&v->t, &channel);
    fprintf(v->out, "margin ahead of windows' ends: %llu ticks at least", (unsigned long long)v->t.header->margin_ticks);
    if (channel != IMAGE_NONE) fprintf(v->out, ", for messages on %s", inspect_name(v, CATALOGUE_CHANNEL, channel));
    fprintf(v->out, "\n");
}

static void inspect_time(const struct inspection *v)
{
    inspect_margin(v);
    for (uint32_t i = 0; i < v->t.cpus_count; i++)
        fprintf(v->out, "cpu %u apic %u audit slots %u\n", i, v->t.cpus[i].apic_id,
                (uint32_t)v->t.cpus[i].audit_slots);
    for (uint32_t i = 0; i < v->t.plans_count && v->t.plans_count > 1; i++)
        fprintf(v->out, "plan %u %s frame %u us\n", i, inspect_name(v, CATALOGUE_PLAN, i),
                (uint32_t)v->t.plans[i].major_us);
    for (uint32_t i = 0; i < v->t.windows_count; i++) {
        const struct image_window *w = &v->t.windows[i];
        fprintf(v->out, "window plan %u cpu %u from %6u us for %6u us %s%s\n", w->plan, w->cpu, w->start_us, w->length_us,
                inspect_subject(v, w->subject), (w->flags & IMAGE_WINDOW_DEDICATED) != 0 ? " dedicated" : "");
    }
}

static void inspect_digest(const struct inspection *v, const struct image_digest *d)
{
    fprintf(v->out, "  memory sha256 ");
    for (uint32_t i = 0; i < sizeof d->sha256; i++) fprintf(v->out, "%02x", d->sha256[i]);
    fprintf(v->out, "\n");
}

static void inspect_ports(const struct inspection *v, const struct image_ports *p)
{
    fprintf(v->out, "  ports 0x%x..0x%x", p->first, p->last);
    if (p->line != IMAGE_NONE) fprintf(v->out, " line %u", p->line);
    if ((p->flags & IMAGE_PORTS_INTERRUPT) != 0) fprintf(v->out, " raises event %u", IMAGE_LINE_EVENT + p->line);
    fprintf(v->out, "\n");
}

static void inspect_subjects(const struct inspection *v)
{
    static const char *const violations[] = { "", ", violations inject", ", violations restart", ", violations stop" };
    for (uint32_t i = 0; i < v->t.subjects_count; i++) {
        const struct image_subject *s = &v->t.subjects[i];
        fprintf(v->out, "subject %u %s cpu %u label ", i, inspect_subject(v, i), s->cpu);
        inspect_labels_range(&v->labels, s->label_low, s->label_high, v->out);
        fprintf(v->out, " entry 0x%llx stack 0x%llx cr3 0x%llx restarts %u/%us then %s%s%s%s%s%s\n",
                (unsigned long long)s->entry,
                (unsigned long long)s->stack, (unsigned long long)s->cr3, s->restart_max, s->restart_period_s,
                s->fault_then == IMAGE_FAULT_HALT ? "halt" : "stop", violations[s->on_violation],
                (s->privileges & IMAGE_MAY_READ_AUDIT) != 0 ? ", reads audit" : "",
                (s->privileges & IMAGE_MAY_SHUTDOWN) != 0 ? ", may shut down" : "",
                s->serves != IMAGE_NONE ? ", monitors " : "", s->serves != IMAGE_NONE ? inspect_subject(v, s->serves) : "");
        if (s->digest != 0) inspect_digest(v, &v->t.digests[s->digest - 1]);
        for (uint32_t k = s->first_port; k < s->first_port + s->port_count; k++)
            inspect_ports(v, &v->t.ports[k]);
    }
    for (uint32_t i = 0; i < v->t.cpuids_count; i++) {
        const struct image_cpuid *c = &v->t.cpuids[i];
        fprintf(v->out, "cpuid 0x%08x subleaf %u is 0x%08x 0x%08x 0x%08x 0x%08x\n", c->leaf, c->subleaf, c->eax, c->ebx, c->ecx,
                c->edx);
    }
}

/* A page's colour is its address's bits from 12 on; two colours have no set in common. */
static void inspect_colours(const struct inspection *v)
{
    uint32_t colours = v->t.header->colours;
    if (colours == 0) return;
    fprintf(v->out, "colours 0..%u: bits 12..%u of a page's address\n", colours - 1, 11 + (uint32_t)__builtin_ctz(colours));
    for (uint32_t i = 0; i < v->t.subjects_count; i++) {
        const struct image_subject *s = &v->t.subjects[i];
        fprintf(v->out, "colours %u..%u %s\n", s->first_colour, s->first_colour + s->colour_count - 1, inspect_subject(v, i));
    }
}

static void inspect_memory(const struct inspection *v)
{
    static const char *const kinds[IMAGE_REGION_KINDS] = { "kernel pool", "image home", "ram",   "info",
                                                           "outbox",      "inbox",      "audit", "catalogue",
                                                           "direct", "acknowledgement" };
    for (uint32_t i = 0; i < v->t.regions_count; i++) {
        const struct image_region *r = &v->t.regions[i];
        fprintf(v->out, "region %2u 0x%08llx..0x%08llx %s", i, (unsigned long long)r->hpa,
                (unsigned long long)(r->hpa + policy_region_span(v->t.header, r)), kinds[r->kind]);
        if (r->owner != IMAGE_NONE) fprintf(v->out, " %u", r->owner);
        fprintf(v->out, "%s", (r->flags & IMAGE_REGION_SHARED) != 0 ? " shared" : "");
        if (r->colour_count > 0)
            fprintf(v->out, ", %llu bytes of it in colours %u..%u, seen at 0x%llx", (unsigned long long)r->size,
                    r->first_colour, r->first_colour + r->colour_count - 1, (unsigned long long)r->kva);
        fprintf(v->out, "\n");
    }
    for (uint32_t i = 0; i < v->t.mappings_count; i++) {
        const struct image_mapping *m = &v->t.mappings[i];
        fprintf(v->out, "mapping %s 0x%08llx region %u %c%c%c\n", inspect_subject(v, m->subject), (unsigned long long)m->gpa,
                m->region, (m->access & IMAGE_READ) != 0 ? 'r' : '-', (m->access & IMAGE_WRITE) != 0 ? 'w' : '-',
                (m->access & IMAGE_EXECUTE) != 0 ? 'x' : '-');
    }
    for (uint32_t i = 0; i < v->t.loads_count; i++) {
        const struct image_load *l = &v->t.loads[i];
        fprintf(v->out, "load region %u at 0x%llx: %llu bytes of component %u\n", l->region,
                (unsigned long long)l->region_offset, (unsigned long long)l->size, l->component);
    }
}

/* ---- types and conditions ---- */
static uint32_t bytes_of(uint32_t unused)
{
    return (64 - unused) / 8;
}

static void inspect_bounds(const struct inspection *v, uint64_t base, uint64_t span, uint32_t unused, bool is_signed)
{
    if (is_signed)
        fprintf(v->out, "%lld..%lld", (long long)base >> unused, (long long)(base + span) >> unused);
    else
        fprintf(v->out, "%llu..%llu", (unsigned long long)base >> unused, (unsigned long long)(base + span) >> unused);
}

static void inspect_field(const struct inspection *v, uint32_t index)
{
    const struct image_field *f = &v->t.fields[index];
    const char *order = (f->flags & IMAGE_FIELD_BIG) != 0 ? " big" : "";
    fprintf(v->out, "  field %u %s at %u: ", index, inspect_name(v, CATALOGUE_FIELD, index), f->offset);
    if ((f->kind & IMAGE_FIELD_ZERO) != 0) {
        fprintf(v->out, "%u zero", bytes_of(f->unused));
    } else {
        fprintf(v->out, "%c%u%s ", (f->kind & IMAGE_FIELD_SIGNED) != 0 ? 'i' : 'u', 64u - f->unused, order);
        if ((f->flags & IMAGE_FIELD_SET) != 0)
            fprintf(v->out, "set 0x%llx", (unsigned long long)f->base);
        else
            inspect_bounds(v, f->base, f->span, f->unused, (f->kind & IMAGE_FIELD_SIGNED) != 0);
    }
    if (f->tag != IMAGE_NONE) fprintf(v->out, " if field %u of the type in 0x%llx", f->tag, (unsigned long long)f->tags);
    fprintf(v->out, " rule %u\n", f->rule);
}

/* The name of the field that an atom reads: the first one of that place and width. One that any value fits has none here. */
static void inspect_read(const struct inspection *v, const struct image_type *t, const struct image_atom *a)
{
    uint32_t i = t->first_field;
    for (; i < t->first_field + t->field_count; i++) {
        const struct image_field *f = &v->t.fields[i];
        if (f->offset == a->offset && f->unused == a->unused && (f->kind & IMAGE_FIELD_ZERO) == 0)
            break;
    }
    if (i < t->first_field + t->field_count)
        fprintf(v->out, "%s", inspect_name(v, CATALOGUE_FIELD, i));
    else
        fprintf(v->out, "%c%u%s at %u", (a->flags & IMAGE_FIELD_SIGNED) != 0 ? 'i' : 'u', 64u - a->unused,
                (a->flags & IMAGE_FIELD_BIG) != 0 ? " big" : "", a->offset);
}

/* A line for each clause. */
static void inspect_conditions(const struct inspection *v, const struct image_type *t, uint32_t first, uint32_t count)
{
    bool begins = true;
    for (uint32_t i = first; i < first + count; i++) {
        const struct image_atom *a = &v->t.atoms[i];
        fputs(begins ? "    where " : " or ", v->out);
        inspect_read(v, t, a);
        fputs((a->flags & IMAGE_ATOM_NOT) != 0 ? " not in " : " in ", v->out);
        inspect_bounds(v, a->base, a->span, a->unused, (a->flags & IMAGE_FIELD_SIGNED) != 0);
        begins = (a->flags & IMAGE_ATOM_END) != 0;
        if (begins) fputc('\n', v->out);
    }
}

static void inspect_types(const struct inspection *v)
{
    for (uint32_t i = 0; i < v->t.types_count; i++) {
        const struct image_type *t = &v->t.types[i];
        fprintf(v->out, "type %u ", i);
        inspect_meaning(v, CATALOGUE_TYPE, i);
        fprintf(v->out, " version %u of %u bytes\n", t->version, t->size);
        for (uint32_t k = t->first_field; k < t->first_field + t->field_count; k++) inspect_field(v, k);
        inspect_conditions(v, t, t->first_atom, t->atom_count);
    }
}

/* ---- flows ---- */
static void inspect_rule(const struct inspection *v, const struct image_rule *r)
{
    fprintf(v->out, "  %s %u ", r->kind == IMAGE_RULE_ALLOW ? "allow" : "restrict", r->rule);
    inspect_meaning(v, CATALOGUE_RULE, r->rule);
    fprintf(v->out, ": %s", r->channel == IMAGE_NONE ? "-" : inspect_name(v, CATALOGUE_TYPE, r->type));
    if ((r->kind == IMAGE_RULE_ALLOW && r->channel != IMAGE_NONE) || r->label != 0) {
        fputs(" label ", v->out);
        inspect_labels_range(&v->labels, r->label, r->label, v->out);
    }
    if (r->released != 0) {
        fputs(" released", v->out);
        inspect_labels_bits(&v->labels, r->released, v->out);
    }
    if (r->rate_count > 0) fprintf(v->out, " rate %u/%u ms burst %u", r->rate_count, r->rate_ms, r->burst);
    if (r->plan_mask != UINT32_MAX) fprintf(v->out, " plans 0x%x", r->plan_mask);
    if (r->protocol != IMAGE_NONE) fprintf(v->out, " protocol %u", r->protocol);
    fprintf(v->out, "%s%s%s%s\n", (r->flags & IMAGE_RULE_RECORD) != 0 ? " record" : "",
            (r->flags & IMAGE_RULE_PAYLOAD) != 0 ? " payload" : "", (r->flags & IMAGE_RULE_DOWNGRADE) != 0 ? " downgrade" : "",
            (r->flags & IMAGE_RULE_ENDORSE) != 0 ? " endorse" : "");
    if (r->channel != IMAGE_NONE) inspect_conditions(v, &v->t.types[r->type], r->first_atom, r->atom_count);
}

static void inspect_protocol(const struct inspection *v, uint32_t index)
{
    const struct image_protocol *p = &v->t.protocols[index];
    fprintf(v->out, "protocol %u ", index);
    inspect_meaning(v, CATALOGUE_RULE, p->rule);
    fprintf(v->out, ": %u states, %u steps, %u timeouts\n", p->state_count, p->step_count, p->timeout_count);
    for (uint32_t i = p->first_step; i < p->first_step + p->step_count; i++) {
        const struct image_step *s = &v->t.steps[i];
        const char *on = inspect_name(v, CATALOGUE_RULE, v->t.rules[s->allow].rule);
        fprintf(v->out, "  step from 0x%x on %s to %u", s->from_mask, on, s->to);
        if ((s->flags & IMAGE_STEP_KEEP) != 0) fprintf(v->out, " keep %u bytes at %u", s->width, s->offset);
        if ((s->flags & IMAGE_STEP_MATCH) != 0) fprintf(v->out, " match %u bytes at %u", s->width, s->offset);
        fputc('\n', v->out);
    }
    for (uint32_t i = p->first_timeout; i < p->first_timeout + p->timeout_count; i++)
        fprintf(v->out, "  timeout from 0x%x after %u ms to %u\n", v->t.timeouts[i].from_mask, v->t.timeouts[i].after_ms,
                (uint32_t)v->t.timeouts[i].to);
    for (uint32_t i = 0; i < v->t.resets_count; i++) {
        if (v->t.resets[i].protocol == index)
            fprintf(v->out, "  reset when %s restarts\n", inspect_subject(v, v->t.resets[i].subject));
    }
}

static void inspect_flows(const struct inspection *v)
{
    static const char *const feedbacks[] = { "none", "rule", "full" };
    for (uint32_t i = 0; i < v->t.channels_count; i++) {
        const struct image_channel *c = &v->t.channels[i];
        fprintf(v->out, "channel %u %s %s -> %s depth %u slots %u of %u bytes feedback %s event %u notify %u\n", i,
                inspect_name(v, CATALOGUE_CHANNEL, i), inspect_subject(v, c->sender), inspect_subject(v, c->receiver), c->depth,
                c->slots, c->slot_size, feedbacks[c->feedback], c->event, c->notify_each);
        for (uint32_t k = 0; k < v->t.rules_count; k++) {
            if (v->t.rules[k].channel == i) inspect_rule(v, &v->t.rules[k]);
        }
    }
    for (uint32_t i = 0; i < v->t.protocols_count; i++) inspect_protocol(v, i);
}

static void inspect_directs(const struct inspection *v)
{
    for (uint32_t i = 0; i < v->t.directs_count; i++) {
        const struct image_direct *d = &v->t.directs[i];
        fprintf(v->out, "direct %u %.*s %s -> %s region %u", i, (int)strnlen(d->name, sizeof d->name), d->name,
                inspect_subject(v, d->sender), inspect_subject(v, d->receiver), d->region);
        if (d->acknowledgement != IMAGE_NO_REGION) fprintf(v->out, " acknowledgement %u", d->acknowledgement);
        fprintf(v->out, "\n");
    }
}

static void inspect_operations(const struct inspection *v)
{
    static const char *const kinds[IMAGE_OPERATION_KINDS] = { "switch to plan", "restart", "stop", "give its window to" };
    for (uint32_t i = 0; i < v->t.operations_count; i++) {
        const struct image_operation *o = &v->t.operations[i];
        enum catalogue_kind kind = o->kind == IMAGE_OPERATION_SWITCH ? CATALOGUE_PLAN : CATALOGUE_SUBJECT;
        fprintf(v->out, "privilege %u %s may %s %s\n", i, inspect_subject(v, o->subject), kinds[o->kind],
                inspect_name(v, kind, o->object));
        uint32_t k = o->allow;
        do {
            inspect_rule(v, &v->t.rules[k]);
            k = v->t.rules[k].next;
        } while (k != 0);
    }
}

/* ---- the file ---- */
uint8_t *inspect_load(struct arena *a, const char *path, size_t *size)
{
    uint8_t *image = (uint8_t *)source_read_regular(a, path, IMAGE_MAX_SIZE, size);
    if (image == NULL) diag_complain("cannot read %s: %s", path, source_why(errno));
    return image;
}

struct image_check_result inspect_image(const uint8_t *image, size_t size, FILE *out)
{
    struct image_check_result result = image_check(image, size);
    if (result.code != 0) return result;
    struct inspection v = { .image = image, .t = policy_tables_open(image), .out = out };
    inspect_find_names(&v);
    inspect_header(&v);
    inspect_evidence(&v);
    inspect_time(&v);
    inspect_subjects(&v);
    inspect_colours(&v);
    inspect_memory(&v);
    inspect_types(&v);
    inspect_flows(&v);
    inspect_directs(&v);
    inspect_operations(&v);
    return result;
}

/* What image_check() leaves to measuring, in the kernel's words (measured-boot/kernel/measure.c): one message each. */
static bool inspect_compare_digests(const uint8_t *image, const char *path)
{
    const struct image_header *h = policy_tables_open(image).header;
    const struct image_component *c = policy_components(h);
    bool same = true;
    for (uint32_t i = 0; i < h->component_count; i++) {
        uint8_t digest[sizeof c[i].sha256];
        mbedtls_sha256_ret(image + c[i].offset, c[i].size, digest, 0);
        if (memcmp(digest, c[i].sha256, sizeof digest) == 0) continue;
        diag_complain("%s: component %s: digest differs from the header's", path, c[i].name);
        same = false;
    }
    return same;
}

bool inspect_file(struct arena *a, const char *path, FILE *out)
{
    size_t size = 0;
    const uint8_t *image = inspect_load(a, path, &size);
    if (image == NULL) return false;
    struct image_check_result result = inspect_image(image, size, out);
    if (result.code == 0) return inspect_compare_digests(image, path);
    diag_complain("%s: %s (check %x, entry %u): %s", path, image_check_name(result.code), result.code, result.index,
                  image_check_text(result.code));
    return false;
}
