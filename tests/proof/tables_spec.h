/* SPDX-License-Identifier: Apache-2.0 */
/* What image_check() guarantees of the tables, as far as the monitor relies on it: the preconditions of decide(). */
#pragma once

#include "fields_spec.h"
#include "policy/tables.h"
#include "monitor/kernel/decide.h"

/*@
  predicate type_ok{L}(struct policy_tables *t, integer i) =
    t->types[i].first_field + t->types[i].field_count <= t->fields_count &&
    fields_ok(t->fields + t->types[i].first_field, t->types[i].field_count) &&
    t->types[i].first_atom + t->types[i].atom_count <= t->atoms_count &&
    atoms_ok(t->atoms + t->types[i].first_atom, t->types[i].atom_count);

  predicate channel_ok{L}(struct policy_tables *t, integer i) =
    t->channels[i].sender < t->subjects_count && t->channels[i].receiver < t->subjects_count &&
    t->channels[i].first_rule + t->channels[i].rule_count <= t->rules_count &&
    sizeof(struct message_header) <= t->channels[i].slot_size <= IMAGE_MAX_MESSAGE;

  predicate rule_ok{L}(struct policy_tables *t, integer i) =
    (t->rules[i].next == 0 || i < t->rules[i].next < t->rules_count) &&
    t->rules[i].first_atom + t->rules[i].atom_count <= t->atoms_count &&
    atoms_ok(t->atoms + t->rules[i].first_atom, t->rules[i].atom_count) &&
    (t->rules[i].protocol == IMAGE_NONE || t->rules[i].protocol < t->protocols_count);

  predicate step_ok{L}(struct policy_tables *t, integer i) =
    t->steps[i].offset + t->steps[i].width <= PAYLOAD_MOST && t->steps[i].to < IMAGE_MAX_STATES &&
    ((t->steps[i].flags & IMAGE_STEP_KEEP) != 0 || (t->steps[i].flags & IMAGE_STEP_MATCH) != 0 ==>
      t->steps[i].width == 1 || t->steps[i].width == 2);
  predicate timeout_ok{L}(struct policy_tables *t, integer i) = t->timeouts[i].to < IMAGE_MAX_STATES;
  predicate protocol_ok{L}(struct policy_tables *t, struct image_protocol *q) =
    q->first_step + q->step_count <= t->steps_count && q->first_timeout + q->timeout_count <= t->timeouts_count &&
    (\forall integer k; q->first_step <= k < q->first_step + q->step_count ==> step_ok(t, k)) &&
    (\forall integer k; q->first_timeout <= k < q->first_timeout + q->timeout_count ==> timeout_ok(t, k));

  // Bounds of the tables in the image: policy/tables.h.
  predicate counts_most{L}(struct policy_tables *t) =
    t->cpus_count <= IMAGE_MAX_TABLE && t->plans_count <= IMAGE_MAX_TABLE && t->windows_count <= IMAGE_MAX_TABLE &&
    t->subjects_count <= IMAGE_MAX_TABLE && t->regions_count <= IMAGE_MAX_TABLE && t->mappings_count <= IMAGE_MAX_TABLE &&
    t->loads_count <= IMAGE_MAX_TABLE && t->ports_count <= IMAGE_MAX_TABLE && t->cpuids_count <= IMAGE_MAX_TABLE &&
    t->types_count <= IMAGE_MAX_TABLE && t->fields_count <= IMAGE_MAX_TABLE && t->atoms_count <= IMAGE_MAX_TABLE &&
    t->channels_count <= IMAGE_MAX_CHANNELS && t->rules_count <= IMAGE_MAX_RULES &&
    t->protocols_count <= IMAGE_MAX_PROTOCOLS && t->steps_count <= IMAGE_MAX_TABLE && t->timeouts_count <= IMAGE_MAX_TABLE &&
    t->resets_count <= IMAGE_MAX_TABLE && t->operations_count <= IMAGE_MAX_TABLE && t->directs_count <= IMAGE_MAX_CHANNELS &&
    t->digests_count <= IMAGE_MAX_TABLE;
  predicate entries_readable{L}(struct policy_tables *t) =
    \valid_read(t->cpus + (0 .. t->cpus_count - 1)) && \valid_read(t->plans + (0 .. t->plans_count - 1)) &&
    \valid_read(t->windows + (0 .. t->windows_count - 1)) && \valid_read(t->subjects + (0 .. t->subjects_count - 1)) &&
    \valid_read(t->regions + (0 .. t->regions_count - 1)) && \valid_read(t->mappings + (0 .. t->mappings_count - 1)) &&
    \valid_read(t->loads + (0 .. t->loads_count - 1)) && \valid_read(t->ports + (0 .. t->ports_count - 1)) &&
    \valid_read(t->cpuids + (0 .. t->cpuids_count - 1)) && \valid_read(t->types + (0 .. t->types_count - 1)) &&
    \valid_read(t->fields + (0 .. t->fields_count - 1)) && \valid_read(t->atoms + (0 .. t->atoms_count - 1)) &&
    \valid_read(t->channels + (0 .. t->channels_count - 1)) && \valid_read(t->rules + (0 .. t->rules_count - 1)) &&
    \valid_read(t->protocols + (0 .. t->protocols_count - 1)) && \valid_read(t->steps + (0 .. t->steps_count - 1)) &&
    \valid_read(t->timeouts + (0 .. t->timeouts_count - 1)) && \valid_read(t->resets + (0 .. t->resets_count - 1)) &&
    \valid_read(t->operations + (0 .. t->operations_count - 1)) && \valid_read(t->directs + (0 .. t->directs_count - 1)) &&
    \valid_read(t->digests + (0 .. t->digests_count - 1));

  predicate counts_ok{L}(struct policy_tables *t) =
    t->types_count <= IMAGE_MAX_TABLE && t->fields_count <= IMAGE_MAX_TABLE && t->atoms_count <= IMAGE_MAX_TABLE &&
    t->channels_count <= IMAGE_MAX_CHANNELS && t->rules_count <= IMAGE_MAX_RULES &&
    t->protocols_count <= IMAGE_MAX_PROTOCOLS && t->steps_count <= IMAGE_MAX_TABLE &&
    t->timeouts_count <= IMAGE_MAX_TABLE && t->operations_count <= IMAGE_MAX_TABLE &&
    t->subjects_count <= IMAGE_MAX_SUBJECTS;

  predicate tables_ok{L}(struct policy_tables *t) =
    \valid_read(t) && counts_ok(t) &&
    \valid_read(t->types + (0 .. t->types_count - 1)) && \valid_read(t->fields + (0 .. t->fields_count - 1)) &&
    \valid_read(t->atoms + (0 .. t->atoms_count - 1)) && \valid_read(t->channels + (0 .. t->channels_count - 1)) &&
    \valid_read(t->rules + (0 .. t->rules_count - 1)) && \valid_read(t->protocols + (0 .. t->protocols_count - 1)) &&
    \valid_read(t->steps + (0 .. t->steps_count - 1)) && \valid_read(t->timeouts + (0 .. t->timeouts_count - 1)) &&
    \valid_read(t->operations + (0 .. t->operations_count - 1)) &&
    \valid_read(t->subjects + (0 .. t->subjects_count - 1)) &&
    (\forall integer i; 0 <= i < t->types_count ==> type_ok(t, i)) &&
    (\forall integer i; 0 <= i < t->channels_count ==> channel_ok(t, i)) &&
    (\forall integer i; 0 <= i < t->rules_count ==> rule_ok(t, i)) &&
    (\forall integer i; 0 <= i < t->protocols_count ==> protocol_ok(t, t->protocols + i)) &&
    (\forall integer i; 0 <= i < t->operations_count ==> t->operations[i].allow < t->rules_count);

  predicate state_ok{L}(struct policy_tables *t, struct decide_state *s) =
    \valid_read(s) && \valid_read(s->paces + (0 .. t->rules_count - 1)) &&
    \valid_read(s->due + (0 .. t->rules_count - 1)) && \valid_read(s->protocols + (0 .. t->protocols_count - 1));
*/
