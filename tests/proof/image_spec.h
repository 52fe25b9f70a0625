/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What image_check.c and image_pool.c mean, and tables.h where it opens an image: the header, the components and where tables
 * lie, then the parts one behind the other. Bytes of the image are one object; sizes and offsets are those of the layout.
 */
#pragma once

#include "policy/image.h"
#include "policy/tables.h"

/* WP has no literal strings, but arrays that are made of them. */
static const char image_magic[] = IMAGE_MAGIC;
#undef IMAGE_MAGIC
#define IMAGE_MAGIC image_magic

#define TABLE_LIES(id, type, member, size, most) && table_lies(h, IMAGE_##id, sizeof(struct type), most)
#define TABLE_OPENED(id, type, member, size, most)                                                                         \
    && t.member == (struct type *)((uint8_t *)h + h->tables[IMAGE_##id].offset)                                            \
    && t.member##_count == h->tables[IMAGE_##id].count

/*@
  logic struct image_component *components_of(struct image_header *h) = (struct image_component *)(h + 1);

  // In integers: no table is longer than it may be, and each lies in the image.
  predicate table_lies{L}(struct image_header *h, integer i, integer size, integer most) =
    h->tables[i].count <= most && h->tables[i].offset % 8 == 0 &&
    h->tables[i].offset + h->tables[i].count * size <= h->image_size;
  predicate tables_lie{L}(struct image_header *h) = \true POLICY_TABLES(TABLE_LIES);
  predicate tables_opened{L}(struct policy_tables t, struct image_header *h) = t.header == h POLICY_TABLES(TABLE_OPENED);
  predicate bytes_readable{L}(struct image_header *h, integer size) = \valid_read((uint8_t *)h + (0 .. size - 1));
  predicate image_readable{L}(struct image_header *h) =
    \valid_read(h) && bytes_readable(h, h->image_size) && tables_lie(h);
*/

#include "channels_spec.h"
#include "memory_spec.h"
#include "ports_spec.h"
#include "rules_spec.h"
#include "subjects_spec.h"
#include "time_spec.h"
#include "types_spec.h"

/*@ requires image_readable((struct image_header *)image);
    terminates \true; assigns \nothing;
    ensures tables_opened(\result, (struct image_header *)image);
    ensures \valid_read(\result.cpus + (0 .. \result.cpus_count - 1));
    ensures \valid_read(\result.plans + (0 .. \result.plans_count - 1));
    ensures \valid_read(\result.windows + (0 .. \result.windows_count - 1));
    ensures \valid_read(\result.subjects + (0 .. \result.subjects_count - 1));
    ensures \valid_read(\result.regions + (0 .. \result.regions_count - 1));
    ensures \valid_read(\result.mappings + (0 .. \result.mappings_count - 1));
    ensures \valid_read(\result.loads + (0 .. \result.loads_count - 1));
    ensures \valid_read(\result.ports + (0 .. \result.ports_count - 1));
    ensures \valid_read(\result.cpuids + (0 .. \result.cpuids_count - 1));
    ensures \valid_read(\result.types + (0 .. \result.types_count - 1));
    ensures \valid_read(\result.fields + (0 .. \result.fields_count - 1));
    ensures \valid_read(\result.atoms + (0 .. \result.atoms_count - 1));
    ensures \valid_read(\result.channels + (0 .. \result.channels_count - 1));
    ensures \valid_read(\result.rules + (0 .. \result.rules_count - 1));
    ensures \valid_read(\result.protocols + (0 .. \result.protocols_count - 1));
    ensures \valid_read(\result.steps + (0 .. \result.steps_count - 1));
    ensures \valid_read(\result.timeouts + (0 .. \result.timeouts_count - 1));
    ensures \valid_read(\result.resets + (0 .. \result.resets_count - 1));
    ensures \valid_read(\result.operations + (0 .. \result.operations_count - 1));
    ensures \valid_read(\result.directs + (0 .. \result.directs_count - 1));
    ensures \valid_read(\result.digests + (0 .. \result.digests_count - 1)); */
static inline struct policy_tables policy_tables_open(const void *image);

/* What provers find only one by one: that the tables are open, and that what the parts say of them is what the monitor asks. */
/*@ ghost
  /@ requires \valid_read(t) && \valid_read(t->header);
      requires t->cpus_count <= IMAGE_MAX_TABLE;
      requires \valid_read(t->cpus + (0 .. t->cpus_count - 1));
      requires t->plans_count <= IMAGE_MAX_TABLE;
      requires \valid_read(t->plans + (0 .. t->plans_count - 1));
      requires t->windows_count <= IMAGE_MAX_TABLE;
      requires \valid_read(t->windows + (0 .. t->windows_count - 1));
      requires t->subjects_count <= IMAGE_MAX_TABLE;
      requires \valid_read(t->subjects + (0 .. t->subjects_count - 1));
      requires t->regions_count <= IMAGE_MAX_TABLE;
      requires \valid_read(t->regions + (0 .. t->regions_count - 1));
      requires t->mappings_count <= IMAGE_MAX_TABLE;
      requires \valid_read(t->mappings + (0 .. t->mappings_count - 1));
      requires t->loads_count <= IMAGE_MAX_TABLE;
      requires \valid_read(t->loads + (0 .. t->loads_count - 1));
      requires t->ports_count <= IMAGE_MAX_TABLE;
      requires \valid_read(t->ports + (0 .. t->ports_count - 1));
      requires t->cpuids_count <= IMAGE_MAX_TABLE;
      requires \valid_read(t->cpuids + (0 .. t->cpuids_count - 1));
      requires t->types_count <= IMAGE_MAX_TABLE;
      requires \valid_read(t->types + (0 .. t->types_count - 1));
      requires t->fields_count <= IMAGE_MAX_TABLE;
      requires \valid_read(t->fields + (0 .. t->fields_count - 1));
      requires t->atoms_count <= IMAGE_MAX_TABLE;
      requires \valid_read(t->atoms + (0 .. t->atoms_count - 1));
      requires t->channels_count <= IMAGE_MAX_CHANNELS;
      requires \valid_read(t->channels + (0 .. t->channels_count - 1));
      requires t->rules_count <= IMAGE_MAX_RULES;
      requires \valid_read(t->rules + (0 .. t->rules_count - 1));
      requires t->protocols_count <= IMAGE_MAX_PROTOCOLS;
      requires \valid_read(t->protocols + (0 .. t->protocols_count - 1));
      requires t->steps_count <= IMAGE_MAX_TABLE;
      requires \valid_read(t->steps + (0 .. t->steps_count - 1));
      requires t->timeouts_count <= IMAGE_MAX_TABLE;
      requires \valid_read(t->timeouts + (0 .. t->timeouts_count - 1));
      requires t->resets_count <= IMAGE_MAX_TABLE;
      requires \valid_read(t->resets + (0 .. t->resets_count - 1));
      requires t->operations_count <= IMAGE_MAX_TABLE;
      requires \valid_read(t->operations + (0 .. t->operations_count - 1));
      requires t->directs_count <= IMAGE_MAX_CHANNELS;
      requires \valid_read(t->directs + (0 .. t->directs_count - 1));
      requires t->digests_count <= IMAGE_MAX_TABLE;
      requires \valid_read(t->digests + (0 .. t->digests_count - 1));
      terminates \true; assigns \nothing;
      ensures tables_open(t); @/
void tables_are_open(const struct policy_tables *t)
{
}
*/

/*@ ghost
  /@ requires tables_open(t);
      requires t->subjects_count <= IMAGE_MAX_SUBJECTS;
      requires types_pass(t, t->types_count);
      requires channels_pass(t, t->channels_count);
      requires rules_pass(t, t->rules_count);
      requires protocols_pass(t, t->protocols_count);
      requires operations_pass(t, t->operations_count);
      terminates \true; assigns \nothing;
      ensures tables_ok(t); @/
void tables_are_ok(const struct policy_tables *t)
{
    /@ assert \forall integer i; 0 <= i < t->operations_count ==>
         operation_ok(t, i) && t->operations[i].allow < t->rules_count; @/
    ;
}
*/

/*@ requires \valid_read(h) && \valid_read(r); terminates \true; assigns \nothing; */
static inline uint64_t policy_region_place(const struct image_header *h, const struct image_region *r, uint64_t offset);

/*@ requires \valid_read(h); terminates \true; assigns \nothing; */
static bool io_apic_agrees(const struct image_header *h);

/*@ predicate header_holds{L}(struct image_header *h, integer size) =
      header_checked(h) && h->image_size <= size && 1 <= h->component_count <= IMAGE_MAX_TABLE &&
      sizeof(struct image_header) + h->component_count * sizeof(struct image_component) <= h->image_size; */

/*@ requires bytes_readable(h, size);
    terminates \true; assigns \nothing;
    ensures \result.code == 0 ==> \valid_read(h) && header_holds(h, size); */
static struct image_check_result check_header(const struct image_header *h, uint64_t size);

/*@ requires \valid_read(h) && header_holds(h, h->image_size) && bytes_readable(h, h->image_size);
    terminates \true; assigns \nothing;
    ensures \result.code == 0 ==> components_checked(h); */
static struct image_check_result check_components(const struct image_header *h);

/*@ requires \valid_read(h) && header_holds(h, h->image_size) && components_checked(h);
    terminates \true; assigns \nothing;
    ensures \result.code == 0 ==> tables_lie(h); */
static struct image_check_result check_tables(const struct image_header *h);

/*@ requires bytes_readable((struct image_header *)image, size);
    terminates \true; assigns \nothing; */
struct image_check_result image_check(const void *image, uint64_t size);

/*@ terminates \true; assigns \nothing; */
const char *image_check_name(uint32_t code);
