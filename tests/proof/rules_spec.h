/* SPDX-License-Identifier: Apache-2.0 */
/* What check_rules.c means. */
#pragma once

#include "check_spec.h"

/*@ axiomatic flags {
      axiom neither_flag: \forall integer x; (x & 3) == 0 ==> (x & 1) == 0 && (x & 2) == 0;
    }

    predicate steps_pass{L}(struct policy_tables *t, integer from, integer to) =
      \forall integer k; from <= k < to ==> step_ok(t, k);
    predicate timeouts_pass{L}(struct policy_tables *t, integer from, integer to) =
      \forall integer k; from <= k < to ==> timeout_ok(t, k);
*/

/*@ requires \valid_read(r); terminates \true; assigns \nothing; */
static struct image_check_result check_rate(const struct image_rule *r, uint32_t at);

/*@ requires tables_open(t) && at < t->rules_count;
    terminates \true; assigns \nothing;
    ensures \result ==> t->rules[at].next == 0 || at < t->rules[at].next < t->rules_count; */
static bool next_agrees(const struct policy_tables *t, uint32_t at);

/*@ requires tables_open(t) && at < t->rules_count;
    terminates \true; assigns \nothing;
    ensures \result ==> t->rules[at].atom_count <= IMAGE_MAX_CONDITION; */
static bool is_bounded(const struct policy_tables *t, uint32_t at);

/*@ requires tables_open(t) && \valid_read(r);
    terminates \true; assigns \nothing;
    ensures \result ==> flow_ok(t, r); */
static bool flow_exists(const struct policy_tables *t, const struct image_rule *r);

/*@ requires tables_open(t) && types_pass(t, t->types_count) && plans_checked(t) && at < t->rules_count && \valid(atoms_taken);
    terminates \true; assigns *atoms_taken;
    ensures \result.code == 0 ==> rule_ok(t, at);
    ensures \result.code == 0 ==> rule_flow(t, at); */
static struct image_check_result check_rule(const struct policy_tables *t, uint32_t at, uint32_t *atoms_taken);

/*@ requires tables_open(t) && types_pass(t, t->types_count) && plans_checked(t);
    terminates \true; assigns \nothing;
    ensures \result.code == 0 ==> rules_pass(t, t->rules_count) && rules_flow(t, t->rules_count); */
struct image_check_result check_rules(const struct policy_tables *t);

/*@ requires count <= IMAGE_MAX_STATES && 1 <= count; terminates \true; assigns \nothing;
    ensures \result ==> to < count; */
static bool states_agree(uint32_t from_mask, uint64_t to, uint32_t count);

/*@ requires tables_open(t) && types_pass(t, t->types_count) && rules_flow(t, t->rules_count);
    requires protocol < t->protocols_count && 1 <= t->protocols[protocol].state_count <= IMAGE_MAX_STATES;
    requires at < t->steps_count;
    terminates \true; assigns \nothing;
    ensures \result.code == 0 ==> step_ok(t, at); */
static struct image_check_result check_step(const struct policy_tables *t, uint32_t protocol, uint32_t at);

/*@ requires tables_open(t) && at < t->timeouts_count;
    requires protocol < t->protocols_count && 1 <= t->protocols[protocol].state_count <= IMAGE_MAX_STATES;
    terminates \true; assigns \nothing;
    ensures \result.code == 0 ==> timeout_ok(t, at); */
static struct image_check_result check_timeout(const struct policy_tables *t, uint32_t protocol, uint32_t at);

/*@ requires tables_open(t) && types_pass(t, t->types_count) && rules_flow(t, t->rules_count);
    terminates \true; assigns \nothing;
    ensures \result.code == 0 ==> protocols_pass(t, t->protocols_count) && resets_pass(t, t->resets_count); */
struct image_check_result check_protocols(const struct policy_tables *t);

/*@ requires tables_open(t) && \valid_read(o);
    requires o->subject < t->subjects_count && o->object < t->subjects_count && o->allow < t->rules_count;
    terminates \true; assigns \nothing; */
static bool give_agrees(const struct policy_tables *t, const struct image_operation *o);

/*@ requires tables_open(t) && all_ports_pass(t, t->subjects_count);
    terminates \true; assigns \nothing;
    ensures \result.code == 0 ==> operations_pass(t, t->operations_count); */
struct image_check_result check_operations(const struct policy_tables *t);
