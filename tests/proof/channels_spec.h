/* SPDX-License-Identifier: Apache-2.0 */
/* What check_channels.c means. */
#pragma once

#include "channels/message.h"
#include "check_spec.h"

/*@ requires tables_open(t);
    terminates \true; assigns \nothing;
    ensures \result ==> index < t->regions_count; */
static bool holds(const struct policy_tables *t, uint32_t index, uint32_t kind, uint32_t channel, uint64_t size);

/*@ predicate ends_pass{L}(struct policy_tables *t, integer i) =
      t->channels[i].sender < t->subjects_count && t->channels[i].receiver < t->subjects_count &&
      sizeof(struct message_header) <= t->channels[i].slot_size <= IMAGE_MAX_MESSAGE;
    predicate channels_pass{L}(struct policy_tables *t, integer n) = \forall integer i; 0 <= i < n ==> channel_ok(t, i); */

/*@ requires tables_open(t) && i < t->channels_count;
    terminates \true; assigns \nothing;
    ensures \result.code == 0 ==> ends_pass(t, i); */
static struct image_check_result check_ends(const struct policy_tables *t, uint32_t i);

/*@ requires tables_open(t) && i < t->channels_count;
    requires t->channels[i].first_rule + t->channels[i].rule_count <= t->rules_count;
    terminates \true; assigns \nothing; */
static struct image_check_result check_allows(const struct policy_tables *t, uint32_t i);

/*@ requires tables_open(t) && t->subjects_count <= IMAGE_MAX_SUBJECTS;
    terminates \true; assigns \nothing;
    ensures \result.code == 0 ==> channels_pass(t, t->channels_count); */
struct image_check_result check_channels(const struct policy_tables *t);

/*@ requires tables_open(t); terminates \true; assigns \nothing; */
struct image_check_result check_directs(const struct policy_tables *t);
