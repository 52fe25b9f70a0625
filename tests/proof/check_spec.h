/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of image_check() guarantee of the tables once they have passed: what tables_spec.h demands of them. They
 * themselves rely on nothing but the tables' bounds (`tables_open`) and on the parts before them.
 */
#pragma once

#include "tables_spec.h"
#include "policy/kernel/check.h"

/*@
  predicate tables_open{L}(struct policy_tables *t) =
    \valid_read(t) && \valid_read(t->header) && counts_most(t) && entries_readable(t);

  predicate type_fits{L}(struct policy_tables *t, integer i) = t->types[i].size <= PAYLOAD_MOST;
  predicate types_pass{L}(struct policy_tables *t, integer n) =
    \forall integer i; 0 <= i < n ==> type_ok(t, i) && type_fits(t, i);

  predicate atoms_pass{L}(struct image_atom *a, integer n) =
    \forall integer i; 0 <= i < n ==> lies_inside(a[i].offset, a[i].unused);
  predicate fields_pass{L}(struct image_field *f, integer n) = \forall integer i; 0 <= i < n ==> field_ok(f, i);
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
