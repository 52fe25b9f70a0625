/* SPDX-License-Identifier: Apache-2.0 */
/* What line.c means: which lines of channels decide() may believe. */
#pragma once

#include "flow_spec.h"

/*@
  // Which types, versions and lengths a number stands for: only one of each.
  logic integer header_word{L}(struct message_header *h) = h->type + 65536 * h->version + 4294967296 * h->length;

  lemma one_word: \forall integer a, b, c, d, e, f;
    0 <= a < 65536 && 0 <= d < 65536 && 0 <= b < 65536 && 0 <= e < 65536 && 0 <= c && 0 <= f &&
    a + 65536 * b + 4294967296 * c == d + 65536 * e + 4294967296 * f ==> a == d && b == e && c == f;

  // What a line says is so: of the channel's first rule and its type, which nothing but fields, plan and one rate can deny.
  predicate line_tells{L}(struct policy_tables *t, struct decide_pace *paces, struct image_channel *c, struct decide_line *l) =
    \let rule = t->rules + c->first_rule; \let type = t->types + rule->type;
    0 < c->rule_count && l->allow == c->first_rule && l->sender == c->sender && l->rule == rule->rule &&
    l->plans == rule->plan_mask && l->tolerance == paces[c->first_rule].tolerance && rule->next == 0 && rule->atom_count == 0 &&
    rule->protocol == IMAGE_NONE && label_met(t->subjects + c->sender, t->subjects + c->receiver, rule) &&
    rule->type < t->types_count && type->atom_count == 0 && type->size + sizeof(struct message_header) <= c->slot_size &&
    l->header == rule->type + 65536 * type->version + 4294967296 * type->size &&
    l->field_count == type->field_count && l->fields == t->fields + type->first_field &&
    l->fields_end == t->fields + type->first_field + type->field_count;
  predicate lines_ok{L}(struct policy_tables *t, struct decide_state *s) =
    \valid_read(s->lines + (0 .. IMAGE_MAX_CHANNELS - 1)) &&
    \forall integer i; 0 <= i < IMAGE_MAX_CHANNELS && s->lines[i].plans != 0 ==>
      i < t->channels_count && line_tells(t, s->paces, t->channels + i, s->lines + i);
*/

/*@ requires \valid_read(header);
    terminates \true;
    assigns \nothing;
    ensures \result == header_word(header); */
static inline uint64_t decide_header_word(const struct message_header *header);

/*@ requires \valid_read(rule) && \valid_read(type);
    terminates \true;
    assigns \nothing;
    ensures \result <==> type->atom_count == 0 && rule->atom_count == 0 && rule->protocol == IMAGE_NONE && rule->next == 0; */
static bool is_plain(const struct image_rule *rule, const struct image_type *type);

/*@ predicate channel_readable{L}(struct policy_tables *t, struct image_channel *c) =
      \valid_read(c) && c->first_rule + c->rule_count <= t->rules_count && c->sender < t->subjects_count &&
      c->receiver < t->subjects_count && sizeof(struct message_header) <= c->slot_size <= IMAGE_MAX_MESSAGE &&
      (c->rule_count != 0 ==> t->rules[c->first_rule].type < t->types_count); */

/*@ requires tables_ok(policy) && channel_readable(policy, channel);
    terminates \true;
    assigns \nothing;
    ensures \let rule = policy->rules + channel->first_rule; \let type = policy->types + rule->type;
      \result ==> 0 < channel->rule_count && type->atom_count == 0 && rule->atom_count == 0 && rule->protocol == IMAGE_NONE &&
        rule->next == 0 && type->size + sizeof(struct message_header) <= channel->slot_size &&
        label_met(policy->subjects + channel->sender, policy->subjects + channel->receiver, rule); */
static bool is_settled(const struct policy_tables *policy, const struct image_channel *channel);

/*@ requires \valid_read(type);
    terminates \true;
    assigns \nothing;
    ensures \result == number + 65536 * type->version + 4294967296 * type->size; */
static uint64_t header_of(uint16_t number, const struct image_type *type);

/*@ requires tables_ok(policy) && channel_readable(policy, channel) && \valid(line);
    requires \valid_read(paces + (0 .. policy->rules_count - 1));
    requires \separated(line, policy, channel, paces + (0 .. policy->rules_count - 1),
      policy->rules + (0 .. policy->rules_count - 1), policy->types + (0 .. policy->types_count - 1),
      policy->subjects + (0 .. policy->subjects_count - 1));
    terminates \true;
    assigns *line;
    ensures line->plans != 0 ==> line_tells(policy, paces, channel, line); */
void decide_line(const struct policy_tables *policy, const struct decide_pace *paces, const struct image_channel *channel,
                 struct decide_line *line);
