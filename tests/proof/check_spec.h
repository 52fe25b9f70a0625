/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of image_check() guarantee of the tables once they have passed: what tables_spec.h demands of them. They
 * themselves rely on nothing but the tables' bounds (`tables_open`) and on the parts before them.
 */
#pragma once

#include "audit/record.h"
#include "tables_spec.h"
#include "policy/kernel/check.h"

/* The components behind the header, and whether bytes and tables of the image lie in it: image_spec.h says what that means. */
#ifndef PROVE_IMAGE
/*@ axiomatic images {
      logic struct image_component *components_of(struct image_header *h);
      predicate image_readable{L}(struct image_header *h) reads *h;
    }
*/
#endif

/*@
  predicate tables_open{L}(struct policy_tables *t) =
    \valid_read(t) && \valid_read(t->header) && counts_most(t) && entries_readable(t);

  predicate type_fits{L}(struct policy_tables *t, integer i) = t->types[i].size <= PAYLOAD_MOST;
  predicate types_pass{L}(struct policy_tables *t, integer n) =
    \forall integer i; 0 <= i < n ==> type_ok(t, i) && type_fits(t, i);

  predicate atoms_pass{L}(struct image_atom *a, integer n) =
    \forall integer i; 0 <= i < n ==> lies_inside(a[i].offset, a[i].unused);
  predicate fields_pass{L}(struct image_field *f, integer n) = \forall integer i; 0 <= i < n ==> field_ok(f, i);

  // ---- the header and the components ----
  predicate header_checked{L}(struct image_header *h) =
    h->colours <= IMAGE_MAX_COLOURS && h->ram_base < h->ram_end <= IMAGE_MAX_RAM && h->image_size <= IMAGE_MAX_SIZE;
  predicate component_ok{L}(struct image_header *h, integer i) =
    components_of(h)[i].offset + components_of(h)[i].size <= h->image_size;
  predicate components_pass{L}(struct image_header *h, integer n) = \forall integer i; 0 <= i < n ==> component_ok(h, i);
  predicate components_checked{L}(struct image_header *h) =
    \valid_read(components_of(h) + (0 .. h->component_count - 1)) && components_pass(h, h->component_count);

  // ---- processors and time ----
  predicate cpus_pass{L}(struct policy_tables *t, integer n) =
    \forall integer i; 0 <= i < n ==> t->cpus[i].audit_region < t->regions_count;
  predicate cpus_checked{L}(struct policy_tables *t) = 1 <= t->cpus_count <= IMAGE_MAX_CPUS && cpus_pass(t, t->cpus_count);

  predicate plans_pass{L}(struct policy_tables *t, integer n) =
    \forall integer i; 0 <= i < n ==> 0 < t->plans[i].major_us <= UINT32_MAX;
  predicate plans_checked{L}(struct policy_tables *t) =
    1 <= t->plans_count <= IMAGE_MAX_PLANS && plans_pass(t, t->plans_count);

  // A window lies within its plan's frame, and is of a plan, a CPU and a subject that there are.
  predicate window_fits{L}(struct policy_tables *t, integer i, integer begin, integer major) =
    t->windows[i].start_us == begin && 0 < t->windows[i].length_us && begin + t->windows[i].length_us <= major;
  predicate window_named{L}(struct policy_tables *t, integer i) =
    t->windows[i].subject == IMAGE_NONE || t->windows[i].subject < t->subjects_count;
  predicate window_ok{L}(struct policy_tables *t, integer i) =
    t->windows[i].plan < t->plans_count && t->windows[i].cpu < t->cpus_count && window_named(t, i) &&
    window_fits(t, i, t->windows[i].start_us, t->plans[t->windows[i].plan].major_us);
  predicate windows_pass{L}(struct policy_tables *t, integer n) =
    0 <= n <= t->windows_count && \forall integer i; 0 <= i < n ==> window_ok(t, i);

  // The ring of a CPU holds its slots.
  predicate rings_pass{L}(struct policy_tables *t, integer n) = \forall integer i; 0 <= i < n ==>
    t->regions[t->cpus[i].audit_region].size >= AUDIT_PAGE + t->cpus[i].audit_slots * sizeof(struct audit_record);

  // ---- subjects and ports ----
  predicate subject_named{L}(struct policy_tables *t, integer i) =
    t->subjects[i].cpu < t->cpus_count && t->subjects[i].ram_region < t->regions_count &&
    t->subjects[i].info_region < t->regions_count &&
    t->subjects[i].first_cpuid + t->subjects[i].cpuid_count <= t->cpuids_count;
  predicate monitor_named{L}(struct policy_tables *t, integer i) =
    (t->subjects[i].serves == IMAGE_NONE || t->subjects[i].serves < t->subjects_count) &&
    (t->subjects[i].monitor == IMAGE_NONE || t->subjects[i].monitor < t->subjects_count);
  predicate colours_named{L}(struct policy_tables *t, integer i) =
    t->subjects[i].first_colour + t->subjects[i].colour_count <= t->header->colours;
  predicate subject_ok{L}(struct policy_tables *t, integer i, integer digests) =
    subject_named(t, i) && monitor_named(t, i) && colours_named(t, i) && t->subjects[i].digest <= digests;
  predicate subjects_pass{L}(struct policy_tables *t, integer n, integer digests) =
    \forall integer i; 0 <= i < n ==> subject_ok(t, i, digests);
  predicate subjects_checked{L}(struct policy_tables *t) =
    1 <= t->subjects_count <= IMAGE_MAX_SUBJECTS && subjects_pass(t, t->subjects_count, t->digests_count);

  predicate line_ok{L}(struct image_ports *p) = (p->flags & IMAGE_PORTS_INTERRUPT) != 0 ==> p->line < 32;
  predicate port_ok{L}(struct policy_tables *t, integer i) = line_ok(t->ports + i);
  predicate ports_pass{L}(struct policy_tables *t, integer from, integer to) =
    \forall integer i; from <= i < to ==> port_ok(t, i);
  predicate own_ports_pass{L}(struct policy_tables *t, struct image_subject *s) =
    s->first_port + s->port_count <= t->ports_count && ports_pass(t, s->first_port, s->first_port + s->port_count);
  predicate all_ports_pass{L}(struct policy_tables *t, integer n) =
    \forall integer i; 0 <= i < n ==> own_ports_pass(t, t->subjects + i);

  // ---- memory ----
  predicate region_coloured{L}(struct policy_tables *t, integer i) = t->regions[i].colour_count == 0 ||
    t->regions[i].first_colour + t->regions[i].colour_count <= t->header->colours;
  predicate region_ok{L}(struct policy_tables *t, integer i) =
    region_coloured(t, i) && t->regions[i].kind < IMAGE_REGION_KINDS &&
    0 < t->regions[i].size <= t->header->ram_end && t->header->ram_base <= t->regions[i].hpa &&
    (t->regions[i].colour_count == 0 ==> t->regions[i].hpa + t->regions[i].size <= t->header->ram_end);
  predicate regions_pass{L}(struct policy_tables *t, integer n) = \forall integer i; 0 <= i < n ==> region_ok(t, i);
  predicate regions_checked{L}(struct policy_tables *t) =
    regions_pass(t, t->regions_count) && t->header->kernel_pool < t->regions_count &&
    t->header->image_home < t->regions_count && t->regions[t->header->image_home].size >= t->header->image_size;

  // A mapping shows a region that there is, to a subject that there is, below the end of addresses.
  predicate mapping_fits{L}(struct policy_tables *t, integer i) =
    t->mappings[i].region < t->regions_count &&
    t->mappings[i].gpa + t->regions[t->mappings[i].region].size <= IMAGE_MAX_ADDRESS;
  predicate mapping_ok{L}(struct policy_tables *t, integer i) =
    t->mappings[i].subject < t->subjects_count && mapping_fits(t, i);
  predicate mappings_pass{L}(struct policy_tables *t, integer n) = \forall integer i; 0 <= i < n ==> mapping_ok(t, i);
  predicate mapping_seen{L}(struct policy_tables *t, struct image_mapping *m) =
    m == \null || (\valid_read(m) && m->region < t->regions_count);

  // Content is copied from inside a component to inside a region.
  predicate load_ok{L}(struct policy_tables *t, integer i) =
    t->loads[i].region < t->regions_count && t->loads[i].component < t->header->component_count &&
    t->loads[i].region_offset + t->loads[i].size <= t->regions[t->loads[i].region].size &&
    t->loads[i].image_offset + t->loads[i].size <= t->header->image_size;
  predicate loads_pass{L}(struct policy_tables *t, integer n) = \forall integer i; 0 <= i < n ==> load_ok(t, i);

  // ---- rules and protocols ----
  // A rule is of a message on a channel, or of an operation, and then moves no protocol.
  predicate flow_ok{L}(struct policy_tables *t, struct image_rule *r) =
    r->channel != IMAGE_NONE ? r->channel < t->channels_count && r->type < t->types_count
                             : r->type < t->operations_count && r->protocol == IMAGE_NONE;
  predicate rule_flow{L}(struct policy_tables *t, integer i) = flow_ok(t, t->rules + i);
  predicate rules_pass{L}(struct policy_tables *t, integer n) = \forall integer i; 0 <= i < n ==> rule_ok(t, i);
  predicate rules_flow{L}(struct policy_tables *t, integer n) = \forall integer i; 0 <= i < n ==> rule_flow(t, i);

  predicate operation_ok{L}(struct policy_tables *t, integer i) =
    t->operations[i].subject < t->subjects_count && t->operations[i].kind < IMAGE_OPERATION_KINDS &&
    t->operations[i].object < (t->operations[i].kind == IMAGE_OPERATION_SWITCH ? t->plans_count : t->subjects_count) &&
    t->operations[i].allow < t->rules_count;
  predicate operations_pass{L}(struct policy_tables *t, integer n) = \forall integer i; 0 <= i < n ==> operation_ok(t, i);

  predicate protocols_pass{L}(struct policy_tables *t, integer n) =
    \forall integer i; 0 <= i < n ==> protocol_ok(t, t->protocols + i);
  predicate reset_ok{L}(struct policy_tables *t, integer i) =
    t->resets[i].protocol < t->protocols_count && t->resets[i].subject < t->subjects_count;
  predicate resets_pass{L}(struct policy_tables *t, integer n) = \forall integer i; 0 <= i < n ==> reset_ok(t, i);
*/

/*@ terminates \true; assigns \nothing;
    ensures \result <==> offset + size <= total; */
static inline bool check_inside(uint64_t offset, uint64_t size, uint64_t total);

/*@ requires \valid(taken);
    terminates \true;
    assigns *taken;
    ensures \result <==> first + count <= total && (count == 0 || first >= \old(*taken));
    ensures *taken == (\result && count != 0 ? first + count : \old(*taken)); */
static inline bool check_slice(uint32_t *taken, uint32_t first, uint32_t count, uint32_t total);

/*@ requires tables_open(t);
    terminates \true; assigns \nothing;
    ensures \result <==> subject < t->subjects_count && t->subjects[subject].serves == IMAGE_NONE; */
static inline bool check_stands_alone(const struct policy_tables *t, uint32_t subject);

/*@ terminates \true; assigns \nothing;
    ensures \result <==> IMAGE_RULE_NONE < rule < IMAGE_BUILTIN_COUNT ||
      IMAGE_RULE_FIRST <= rule < IMAGE_RULE_FIRST + IMAGE_MAX_TABLE; */
static inline bool check_rule_index(uint32_t rule);

/*@ requires tables_open(t) && first + count <= t->atoms_count && size <= PAYLOAD_MOST;
    terminates \true; assigns \nothing;
    ensures \result.code == 0 ==> atoms_pass(t->atoms + first, count); */
struct image_check_result check_atoms(const struct policy_tables *t, uint32_t first, uint32_t count, uint32_t size);

/*@ requires \valid_read(name + (0 .. size - 1));
    terminates \true; assigns \nothing; */
bool check_name(const char *name, uint32_t size);

/*@ requires tables_open(t) && \valid_read(s) && own_ports_pass(t, s);
    terminates \true; assigns \nothing; */
static inline uint32_t policy_lines(const struct policy_tables *t, const struct image_subject *s);

/*@ requires \valid_read(header);
    terminates \true; assigns \nothing;
    ensures \result == components_of(header); */
static inline const struct image_component *policy_components(const struct image_header *header);

/*@ requires \valid_read(h) && \valid_read(r);
    terminates \true; assigns \nothing;
    ensures r->colour_count == 0 ==> \result == r->size; */
static inline uint64_t policy_region_span(const struct image_header *h, const struct image_region *r);

/*@ requires image_readable((struct image_header *)image); terminates \true; assigns \nothing; */
uint64_t image_pool_pages(const void *image);
