/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What decide.c means. Each check of a verdict is a predicate of its own; the order in which they are asked is stated once, in
 * the contract of check_all().
 */
#pragma once

#include "below_spec.h"
#include "flow_spec.h"
#include "line_spec.h"

/*@ terminates \true; assigns \nothing; ensures \result <==> set_holds(bits, value); */
static bool set_has(uint64_t bits, uint64_t value);

/*@ requires \exists integer n, i; fields_ok(fields, n) && 0 <= i < n && field == fields + i;
    requires payload_ok(payload);
    terminates \true;
    assigns \nothing;
    ensures \forall integer i; field == fields + i ==> (\result <==> present(fields, i, payload)); */
static bool field_exists(const struct image_field *fields, const struct image_field *field, const uint8_t *payload);

/*@ requires \exists integer n, i; fields_ok(fields, n) && 0 <= i < n && field == fields + i;
    requires payload_ok(payload);
    terminates \true;
    assigns \nothing;
    ensures \forall integer i; field == fields + i ==> (\result <==> !field_bad(fields, i, payload)); */
static bool field_is_good(const struct image_field *fields, const struct image_field *field, const uint8_t *payload);

/*@ requires \valid_read(field) && lies_inside(field->offset, field->unused);
    requires payload_ok(payload);
    terminates \true;
    assigns \nothing;
    ensures \result ==> field_good(field, payload); */
static bool field_is_plain_and_good(const struct image_field *field, const uint8_t *payload);

/*@ requires \exists integer n, i; fields_ok(fields, n) && 0 <= i <= n && f == fields + i && end == fields + n &&
      all_padding_good(fields, i, payload) && all_values_good(fields, i, payload);
    requires payload_ok(payload);
    terminates \true;
    assigns \nothing;
    ensures \forall integer n; end == fields + n ==>
      (\result == end ? all_padding_good(fields, n, payload) && all_values_good(fields, n, payload) :
        \exists integer i; \result == fields + i && first_bad(fields, i, n, payload)); */
static const struct image_field *find_bad(const struct image_field *fields, const struct image_field *f,
                                          const struct image_field *end, const uint8_t *payload);

/*@ requires \valid(v) && tables_ok(policy) && payload_ok(payload);
    requires \exists integer i; 0 <= i < policy->fields_count && bad == policy->fields + i;
    requires lies_inside(bad->offset, bad->unused);
    terminates \true;
    assigns v->field, v->rule, v->value;
    ensures !\result;
    ensures policy->fields + v->field == bad;
    ensures v->rule == bad->rule && (is_padding(bad) ==> v->value == 0) &&
      (!is_padding(bad) ==> v->value == field_number(word_at(bad, payload), bad->unused, bad->kind)); */
static bool deny_field(const struct policy_tables *policy, const struct image_field *bad, const uint8_t *payload,
                       struct decide_verdict *v);

/*@ requires atoms_ok(atoms, count) && payload_ok(payload);
    terminates \true;
    assigns \nothing;
    ensures \result <==> conditions_met(atoms, count, payload); */
static bool conditions_hold(const struct image_atom *atoms, uint32_t count, const uint8_t *payload);

/*@
  // ---- a message's verdict ----

  // A channel has one `allow` for each type that it may carry: rule `i` is the one for this type.
  predicate none_of{L}(struct image_rule *rules, integer first, integer end, integer type) =
    \forall integer k; first <= k < end ==> rules[k].type != type;
  predicate grants{L}(struct policy_tables *t, struct image_channel *c, integer type, integer i) =
    c->first_rule <= i < c->first_rule + c->rule_count && t->rules[i].type == type &&
    none_of(t->rules, c->first_rule, i, type);
  predicate granted{L}(struct policy_tables *t, struct image_channel *c, integer type) =
    !none_of(t->rules, c->first_rule, c->first_rule + c->rule_count, type);
  lemma none_more{L}: \forall struct image_rule *r, integer first, end, type;
    none_of(r, first, end - 1, type) && r[end - 1].type != type ==> none_of(r, first, end, type);

  predicate rule_met{L}(struct policy_tables *t, integer i, uint8_t *p) =
    conditions_met(t->atoms + t->rules[i].first_atom, t->rules[i].atom_count, p);

  axiomatic where {
    // Every rule of the flow from `i` on has its conditions met; and the first that has not.
    predicate where_met{L}(struct policy_tables *t, integer i, uint8_t *p)
      reads t->rules, t->rules[0 ..], t->atoms, t->atoms[0 ..], p[0 ..];
    axiom where_met_by_all{L}: \forall struct policy_tables *t, uint8_t *p, integer i;
      where_met(t, i, p) <==> rule_met(t, i, p) && (t->rules[i].next == 0 || where_met(t, t->rules[i].next, p));
    logic integer where_fault{L}(struct policy_tables *t, integer i, uint8_t *p)
      reads t->rules, t->rules[0 ..], t->atoms, t->atoms[0 ..], p[0 ..];
    axiom where_fault_here{L}: \forall struct policy_tables *t, uint8_t *p, integer i;
      !rule_met(t, i, p) ==> where_fault(t, i, p) == i;
    axiom where_fault_behind{L}: \forall struct policy_tables *t, uint8_t *p, integer i;
      rule_met(t, i, p) ==> where_fault(t, i, p) == where_fault(t, t->rules[i].next, p);
  }
*/

/*@ requires \valid(v) && tables_ok(policy);
    requires \valid_read(channel) && channel->first_rule + channel->rule_count <= policy->rules_count;
    terminates \true;
    assigns v->allow, v->rule, v->value;
    ensures \result <==> granted(policy, channel, type);
    ensures \result ==> v->allow < policy->rules_count && v->rule == \old(v->rule) && v->value == \old(v->value) &&
      grants(policy, channel, type, v->allow);
    ensures !\result ==> v->allow == \old(v->allow) && v->rule == IMAGE_RULE_DEFAULT && v->value == 0; */
static bool check_grant(const struct policy_tables *policy, const struct image_channel *channel, uint16_t type,
                        struct decide_verdict *v);

/*@ requires \valid(v) && tables_ok(policy) && payload_ok(payload);
    requires v->allow < policy->rules_count && rule == policy->rules + v->allow;
    terminates \true;
    assigns v->rule, v->value;
    ensures \result <==> where_met(policy, v->allow, payload);
    ensures \result ==> v->rule == \old(v->rule) && v->value == \old(v->value);
    ensures !\result ==> v->rule == policy->rules[where_fault(policy, v->allow, payload)].where_rule && v->value == 0; */
static bool check_where(const struct policy_tables *policy, const struct image_rule *rule, const uint8_t *payload,
                        struct decide_verdict *v);

/*@ // ---- an operation's verdict ----
    predicate may_ask{L}(struct policy_tables *t, integer operation, integer subject) =
      operation < t->operations_count && t->operations[operation].subject == subject;
    predicate operation_plan_met{L}(struct policy_tables *t, integer operation, integer plan) =
      plan_met(t->rules[t->operations[operation].allow].plan_mask, plan);
*/

/*@ requires \valid(v) && \valid_read(request) && tables_ok(policy) && state_ok(policy, state);
    terminates \true;
    assigns v->allow, v->rule, v->value, v->feedback;
    ensures \let o = request->operation; \let asks = may_ask(policy, o, request->subject);
      \let allow = policy->operations[o].allow;
      (!asks ==> !\result && v->rule == IMAGE_RULE_PRIVILEGE && v->value == 0 && v->allow == \old(v->allow)) &&
      (asks ==> v->allow == allow) && (!asks || \result ==> v->feedback == \old(v->feedback)) &&
      (asks && !operation_plan_met(policy, o, request->plan) ==>
        !\result && v->rule == IMAGE_RULE_PLAN && v->value == request->plan && v->feedback == IMAGE_FEEDBACK_FULL) &&
      (asks && operation_plan_met(policy, o, request->plan) ==>
        (\result <==> rate_met(policy, state, allow, request->now))) &&
      (asks && operation_plan_met(policy, o, request->plan) && !\result ==>
        v->rule == policy->rules[rate_fault(policy, state, allow, request->now)].rate_rule &&
        v->feedback == (\old(v->feedback) < IMAGE_FEEDBACK_RULE ? IMAGE_FEEDBACK_RULE : \old(v->feedback))); */
static bool check_operation(const struct policy_tables *policy, const struct decide_state *state,
                            const struct decide_operation *request, struct decide_verdict *v);

/*@ requires \valid(v) && \valid_read(request) && tables_ok(policy) && state_ok(policy, state);
    terminates \true;
    assigns v->allow, v->rule, v->value, v->feedback, v->allowed;
    ensures \let o = request->operation;
      v->allowed <==> may_ask(policy, o, request->subject) && operation_plan_met(policy, o, request->plan) &&
        rate_met(policy, state, policy->operations[o].allow, request->now);
    ensures v->allowed ==> v->allow == policy->operations[request->operation].allow &&
      v->rule == policy->rules[v->allow].rule && v->feedback == IMAGE_FEEDBACK_NONE;
    ensures !may_ask(policy, request->operation, request->subject) ==>
      v->rule == IMAGE_RULE_PRIVILEGE && v->allow == IMAGE_NONE && v->feedback == IMAGE_FEEDBACK_NONE;
    ensures may_ask(policy, request->operation, request->subject) &&
      !operation_plan_met(policy, request->operation, request->plan) ==>
      v->rule == IMAGE_RULE_PLAN && v->feedback == IMAGE_FEEDBACK_FULL;
    ensures may_ask(policy, request->operation, request->subject) &&
      operation_plan_met(policy, request->operation, request->plan) && !v->allowed ==>
      v->rule == policy->rules[rate_fault(policy, state, v->allow, request->now)].rate_rule &&
      v->feedback == IMAGE_FEEDBACK_RULE; */
void decide_operation(const struct policy_tables *policy, const struct decide_state *state,
                      const struct decide_operation *request, struct decide_verdict *v);

/*@
  // ---- the checks of a message in their order: each holds if it and all before it are passed ----

  predicate is_sender{L}(struct policy_tables *t, integer c, integer subject) =
    c < t->channels_count && t->channels[c].sender == subject;
  predicate type_known{L}(struct policy_tables *t, struct message_header *h) = h->type < t->types_count;
  predicate version_known{L}(struct policy_tables *t, struct message_header *h) =
    type_known(t, h) && h->version == t->types[h->type].version;
  predicate length_met{L}(struct policy_tables *t, integer slot, struct message_header *h) =
    version_known(t, h) && h->length == t->types[h->type].size && h->length + sizeof(struct message_header) <= slot;
  predicate fields_met{L}(struct policy_tables *t, integer type, uint8_t *p) =
    \let f = t->fields + t->types[type].first_field;
    all_padding_good(f, t->types[type].field_count, p) && all_values_good(f, t->types[type].field_count, p);
  predicate type_conditions_met{L}(struct policy_tables *t, integer type, uint8_t *p) =
    conditions_met(t->atoms + t->types[type].first_atom, t->types[type].atom_count, p);

  predicate type_met{L}(struct policy_tables *t, integer slot, struct message_header *h, uint8_t *p) =
    length_met(t, slot, h) && fields_met(t, h->type, p) && type_conditions_met(t, h->type, p);

  // What is reported of a message that is not as its type says; `was` is the field that was noted before.
  predicate reports_number{L}(struct policy_tables *t, struct message_header *h, integer rule, integer value,
                              integer field, integer was) =
    !type_known(t, h) ==> rule == IMAGE_RULE_TYPE && value == h->type && field == was;
  predicate reports_version{L}(struct policy_tables *t, struct message_header *h, integer rule, integer value,
                               integer field, integer was) =
    type_known(t, h) && !version_known(t, h) ==> rule == IMAGE_RULE_TYPE && value == h->version && field == was;
  predicate reports_length{L}(struct policy_tables *t, integer slot, struct message_header *h, integer rule, integer value,
                              integer field, integer was) =
    version_known(t, h) && !length_met(t, slot, h) ==> rule == IMAGE_RULE_LENGTH && value == h->length && field == was;
  predicate reports_fields{L}(struct policy_tables *t, integer slot, struct message_header *h, uint8_t *p, integer rule,
                              integer value, integer field) =
    length_met(t, slot, h) && !fields_met(t, h->type, p) ==>
      reports_field(field - t->types[h->type].first_field, rule, value, t->fields + t->types[h->type].first_field,
                    t->types[h->type].field_count, p);
  predicate reports_conditions{L}(struct policy_tables *t, integer slot, struct message_header *h, uint8_t *p, integer rule,
                                  integer value, integer field, integer was) =
    length_met(t, slot, h) && fields_met(t, h->type, p) && !type_conditions_met(t, h->type, p) ==>
      rule == t->types[h->type].where_rule && value == 0 && field == was;
  predicate reports_type{L}(struct policy_tables *t, integer slot, struct message_header *h, uint8_t *p,
                            integer rule, integer value, integer field, integer was) =
    reports_number(t, h, rule, value, field, was) && reports_version(t, h, rule, value, field, was) &&
    reports_length(t, slot, h, rule, value, field, was) && reports_fields(t, slot, h, p, rule, value, field) &&
    reports_conditions(t, slot, h, p, rule, value, field, was);
*/

/*@ requires \valid(v) && tables_ok(policy) && \valid_read(message) && payload_ok(&message->payload[0]);
    requires \valid_read(channel) && sizeof(struct message_header) <= channel->slot_size <= IMAGE_MAX_MESSAGE;
    terminates \true;
    assigns v->field, v->rule, v->value;
    ensures \result <==> type_met(policy, channel->slot_size, &message->header, &message->payload[0]);
    ensures \result ==> v->field == \old(v->field) && v->rule == \old(v->rule) && v->value == \old(v->value);
    ensures !\result ==> reports_number(policy, &message->header, v->rule, v->value, v->field, \old(v->field));
    ensures !\result ==> reports_version(policy, &message->header, v->rule, v->value, v->field, \old(v->field));
    ensures !\result ==> reports_length(policy, channel->slot_size, &message->header, v->rule, v->value, v->field,
      \old(v->field));
    ensures !\result ==> reports_fields(policy, channel->slot_size, &message->header, &message->payload[0],
      v->rule, v->value, v->field);
    ensures !\result ==> reports_conditions(policy, channel->slot_size, &message->header, &message->payload[0],
      v->rule, v->value, v->field, \old(v->field)); */
static bool check_type(const struct policy_tables *policy, const struct image_channel *channel,
                       const struct decide_message *message, struct decide_verdict *v);

/*@
  predicate at_grant{L}(struct policy_tables *t, struct decide_request *r) =
    is_sender(t, r->channel, r->subject) &&
    type_met(t, t->channels[r->channel].slot_size, &r->message->header, &r->message->payload[0]);
  predicate at_label{L}(struct policy_tables *t, struct decide_request *r) =
    at_grant(t, r) && granted(t, t->channels + r->channel, r->message->header.type);
  // From here on `a` is the rule that grants the flow.
  predicate at_plan{L}(struct policy_tables *t, struct decide_request *r, integer a) =
    at_label(t, r) && label_met(t->subjects + t->channels[r->channel].sender, t->subjects + t->channels[r->channel].receiver,
                                t->rules + a);
  predicate at_where{L}(struct policy_tables *t, struct decide_request *r, integer a) =
    at_plan(t, r, a) && plan_met(t->rules[a].plan_mask, r->plan);
  predicate at_protocol{L}(struct policy_tables *t, struct decide_request *r, integer a) =
    at_where(t, r, a) && where_met(t, a, &r->message->payload[0]);
  // `word`: what the protocol's word is when the message comes.
  predicate at_rate{L}(struct policy_tables *t, struct decide_request *r, integer a, integer word) =
    at_protocol(t, r, a) && (t->rules[a].protocol == IMAGE_NONE ||
      protocol_met(t, t->protocols + t->rules[a].protocol, word, a, &r->message->payload[0]));
  predicate allows{L}(struct policy_tables *t, struct decide_state *s, struct decide_request *r, integer a, integer word) =
    at_rate(t, r, a, word) && rate_met(t, s, a, r->now);

  logic integer word_met{L}(struct policy_tables *t, struct decide_state *s, struct decide_request *r, integer a,
                            integer seen) = present_word(t, t->protocols + t->rules[a].protocol, seen, r->now, s->tsc_khz);

  // What is reported of a denial: the first check that fails. `field` is IMAGE_NONE where no field is at fault.
  // The first two stages, those up to the plan, conditions and protocol, the rate.
  predicate denies_type{L}(struct policy_tables *t, struct decide_request *r, integer rule, integer value, integer field,
                           integer feedback) =
    (!is_sender(t, r->channel, r->subject) ==>
      rule == IMAGE_RULE_DEFAULT && value == 0 && field == IMAGE_NONE && feedback == IMAGE_FEEDBACK_NONE) &&
    (is_sender(t, r->channel, r->subject) && !at_grant(t, r) ==> feedback == IMAGE_FEEDBACK_NONE &&
      reports_type(t, t->channels[r->channel].slot_size, &r->message->header, &r->message->payload[0], rule, value, field,
                   IMAGE_NONE));
  predicate denies_grant{L}(struct policy_tables *t, struct decide_request *r, integer a, integer rule, integer value,
                            integer field, integer feedback) =
    (at_grant(t, r) ==> field == IMAGE_NONE) &&
    (at_grant(t, r) && !at_label(t, r) ==> rule == IMAGE_RULE_DEFAULT && value == 0 && feedback == IMAGE_FEEDBACK_NONE) &&
    (at_label(t, r) ==> grants(t, t->channels + r->channel, r->message->header.type, a));
  predicate denies_flow{L}(struct policy_tables *t, struct decide_request *r, integer a, integer rule, integer value,
                           integer feedback) =
    (at_label(t, r) && !at_plan(t, r, a) ==> rule == IMAGE_RULE_LABEL && value == 0 && feedback == IMAGE_FEEDBACK_NONE) &&
    (at_plan(t, r, a) && !at_where(t, r, a) ==>
      rule == IMAGE_RULE_PLAN && value == r->plan && feedback == IMAGE_FEEDBACK_FULL);
  predicate denies_where{L}(struct policy_tables *t, struct decide_request *r, integer a, integer rule, integer value,
                            integer feedback) =
    at_where(t, r, a) && !at_protocol(t, r, a) ==> value == 0 && feedback == IMAGE_FEEDBACK_NONE &&
      rule == t->rules[where_fault(t, a, &r->message->payload[0])].where_rule;
  predicate denies_protocol{L}(struct policy_tables *t, struct decide_request *r, integer a, integer word, integer rule,
                               integer value, integer feedback) =
    at_protocol(t, r, a) && !at_rate(t, r, a, word) ==>
      rule == t->protocols[t->rules[a].protocol].rule && value == state_of(word) && feedback == IMAGE_FEEDBACK_FULL;
  predicate denies_rate{L}(struct policy_tables *t, struct decide_state *s, struct decide_request *r, integer a,
                           integer word, integer rule, integer value, integer feedback) =
    at_rate(t, r, a, word) && !rate_met(t, s, a, r->now) ==>
      \let i = rate_fault(t, s, a, r->now);
      rule == t->rules[i].rate_rule && value == early(s->due[i], r->now) - s->paces[i].tolerance &&
      feedback == (t->rules[a].protocol == IMAGE_NONE ? IMAGE_FEEDBACK_RULE : IMAGE_FEEDBACK_FULL);
*/

/*@ requires \valid(v) && \valid_read(request) && tables_ok(policy) && state_ok(policy, state);
    requires \valid_read(request->message) && payload_ok(&request->message->payload[0]);
    requires v->field == IMAGE_NONE && v->feedback == IMAGE_FEEDBACK_NONE && v->allow == IMAGE_NONE;
    terminates \true;
    assigns v->allow, v->field, v->rule, v->value, v->feedback, v->protocol_seen, v->protocol_next;
    ensures \result ==>
      allows(policy, state, request, v->allow, word_met(policy, state, request, v->allow, v->protocol_seen));
    ensures \result ==> v->field == IMAGE_NONE && v->allow < policy->rules_count &&
      grants(policy, policy->channels + request->channel, request->message->header.type, v->allow) &&
      (policy->rules[v->allow].protocol != IMAGE_NONE ==>
        leads(policy, policy->protocols + policy->rules[v->allow].protocol,
              word_met(policy, state, request, v->allow, v->protocol_seen), v->allow,
              request->now, &request->message->payload[0], v->protocol_next));
    ensures !\result ==>
      !allows(policy, state, request, v->allow, word_met(policy, state, request, v->allow, v->protocol_seen));
    ensures !\result ==> denies_type(policy, request, v->rule, v->value, v->field, v->feedback);
    ensures !\result ==> denies_grant(policy, request, v->allow, v->rule, v->value, v->field, v->feedback);
    ensures !\result ==> denies_flow(policy, request, v->allow, v->rule, v->value, v->feedback);
    ensures !\result ==> denies_where(policy, request, v->allow, v->rule, v->value, v->feedback);
    ensures !\result ==> denies_protocol(policy, request, v->allow,
      word_met(policy, state, request, v->allow, v->protocol_seen), v->rule, v->value, v->feedback);
    ensures !\result ==> denies_rate(policy, state, request, v->allow,
      word_met(policy, state, request, v->allow, v->protocol_seen), v->rule, v->value, v->feedback); */
static bool check_all(const struct policy_tables *policy, const struct decide_state *state,
                      const struct decide_request *request, struct decide_verdict *v);

/*@ requires \valid(v) && \valid_read(request) && tables_ok(policy) && state_ok(policy, state);
    requires \valid_read(request->message) && payload_ok(&request->message->payload[0]);
    terminates \true;
    assigns *v;
    ensures v->allowed ==>
      allows(policy, state, request, v->allow, word_met(policy, state, request, v->allow, v->protocol_seen));
    ensures v->allowed ==> v->field == IMAGE_NONE && v->value == 0 && v->allow < policy->rules_count &&
      v->rule == policy->rules[v->allow].rule &&
      grants(policy, policy->channels + request->channel, request->message->header.type, v->allow) &&
      (policy->rules[v->allow].protocol != IMAGE_NONE ==>
        leads(policy, policy->protocols + policy->rules[v->allow].protocol,
              word_met(policy, state, request, v->allow, v->protocol_seen), v->allow,
              request->now, &request->message->payload[0], v->protocol_next));
    ensures !v->allowed ==>
      !allows(policy, state, request, v->allow, word_met(policy, state, request, v->allow, v->protocol_seen));
    ensures !v->allowed ==> denies_type(policy, request, v->rule, v->value, v->field, v->feedback);
    ensures !v->allowed ==> denies_grant(policy, request, v->allow, v->rule, v->value, v->field, v->feedback);
    ensures !v->allowed ==> denies_flow(policy, request, v->allow, v->rule, v->value, v->feedback);
    ensures !v->allowed ==> denies_where(policy, request, v->allow, v->rule, v->value, v->feedback);
    ensures !v->allowed ==> denies_protocol(policy, request, v->allow,
      word_met(policy, state, request, v->allow, v->protocol_seen), v->rule, v->value, v->feedback);
    ensures !v->allowed ==> denies_rate(policy, state, request, v->allow,
      word_met(policy, state, request, v->allow, v->protocol_seen), v->rule, v->value, v->feedback); */
static void decide_by_all(const struct policy_tables *policy, const struct decide_state *state,
                          const struct decide_request *request, struct decide_verdict *v);

/*@ // The fields that a line is about are those of a type, the first of which is `first`.
    predicate line_has_fields{L}(struct policy_tables *t, struct decide_line *l, integer first) =
      0 <= first && first + l->field_count <= t->fields_count && fields_ok(t->fields + first, l->field_count) &&
      l->fields == t->fields + first && l->fields_end == t->fields + first + l->field_count;
    predicate line_fields_good{L}(struct decide_line *l, uint8_t *p) =
      all_padding_good(l->fields, l->field_count, p) && all_values_good(l->fields, l->field_count, p); */

/*@ requires \valid(v) && \valid_read(line) && tables_ok(policy) && payload_ok(payload);
    requires \exists integer first, i; line_has_fields(policy, line, first) && 0 <= i < line->field_count &&
      f == line->fields + i && all_padding_good(line->fields, i, payload) && all_values_good(line->fields, i, payload);
    terminates \true;
    assigns v->allowed, v->allow, v->field, v->rule, v->value;
    ensures line_fields_good(line, payload) ==> v->allowed == \old(v->allowed) && v->allow == \old(v->allow) &&
      v->field == \old(v->field) && v->rule == \old(v->rule) && v->value == \old(v->value);
    ensures !line_fields_good(line, payload) ==> v->allowed == 0 && v->allow == IMAGE_NONE;
    ensures \forall integer first; !line_fields_good(line, payload) && line->fields == policy->fields + first ==>
      reports_field(v->field - first, v->rule, v->value, line->fields, line->field_count, payload); */
static void decide_by_other_fields(const struct decide_line *line, const uint8_t *payload, struct decide_verdict *v,
                                   const struct policy_tables *policy, const struct image_field *f);

/*@ requires \valid(v) && \valid_read(line) && tables_ok(policy) && payload_ok(payload);
    requires \exists integer first; line_has_fields(policy, line, first) && 0 < line->field_count;
    terminates \true;
    assigns v->allowed, v->allow, v->field, v->rule, v->value;
    ensures line_fields_good(line, payload) ==> v->allowed == \old(v->allowed) && v->allow == \old(v->allow) &&
      v->field == \old(v->field) && v->rule == \old(v->rule) && v->value == \old(v->value);
    ensures !line_fields_good(line, payload) ==> v->allowed == 0 && v->allow == IMAGE_NONE;
    ensures \forall integer first; !line_fields_good(line, payload) && line->fields == policy->fields + first ==>
      reports_field(v->field - first, v->rule, v->value, line->fields, line->field_count, payload); */
static void decide_by_fields(const struct decide_line *line, const uint8_t *payload, struct decide_verdict *v,
                             const struct policy_tables *policy);

/*@ requires \valid_read(line) && \valid_read(request) && \valid_read(request->message);
    terminates \true;
    assigns \nothing;
    ensures \result <==> line->sender == request->subject && line->header == header_word(&request->message->header); */
static inline bool line_knows(const struct decide_line *line, const struct decide_request *request);

/*@ requires \valid_read(line) && \valid_read(request);
    terminates \true;
    assigns \nothing;
    ensures \result <==> plan_met(line->plans, request->plan);
    ensures \result ==> line->plans != 0; */
static inline bool line_has_plan(const struct decide_line *line, const struct decide_request *request);

/*@ requires \valid_read(line) && \valid_read(state) && \valid_read(request) && \valid_read(state->due + line->allow);
    terminates \true;
    assigns \nothing;
    ensures \result <==> early(state->due[line->allow], request->now) <= line->tolerance; */
static inline bool line_has_token(const struct decide_line *line, const struct decide_state *state,
                                  const struct decide_request *request);

/*@ requires \valid(v) && \valid_read(request) && tables_ok(policy) && state_ok(policy, state);
    requires lines_ok(policy, state);
    requires \valid_read(request->message) && payload_ok(&request->message->payload[0]);
    terminates \true;
    assigns *v;
    ensures v->allowed ==>
      allows(policy, state, request, v->allow, word_met(policy, state, request, v->allow, v->protocol_seen));
    ensures v->allowed ==> v->field == IMAGE_NONE && v->value == 0 && v->allow < policy->rules_count &&
      v->rule == policy->rules[v->allow].rule &&
      grants(policy, policy->channels + request->channel, request->message->header.type, v->allow) &&
      (policy->rules[v->allow].protocol != IMAGE_NONE ==>
        leads(policy, policy->protocols + policy->rules[v->allow].protocol,
              word_met(policy, state, request, v->allow, v->protocol_seen), v->allow,
              request->now, &request->message->payload[0], v->protocol_next));
    ensures !v->allowed ==>
      !allows(policy, state, request, v->allow, word_met(policy, state, request, v->allow, v->protocol_seen));
    ensures !v->allowed ==> denies_type(policy, request, v->rule, v->value, v->field, v->feedback);
    ensures !v->allowed ==> denies_grant(policy, request, v->allow, v->rule, v->value, v->field, v->feedback);
    ensures !v->allowed ==> denies_flow(policy, request, v->allow, v->rule, v->value, v->feedback);
    ensures !v->allowed ==> denies_where(policy, request, v->allow, v->rule, v->value, v->feedback);
    ensures !v->allowed ==> denies_protocol(policy, request, v->allow,
      word_met(policy, state, request, v->allow, v->protocol_seen), v->rule, v->value, v->feedback);
    ensures !v->allowed ==> denies_rate(policy, state, request, v->allow,
      word_met(policy, state, request, v->allow, v->protocol_seen), v->rule, v->value, v->feedback); */
void decide(const struct policy_tables *policy, const struct decide_state *state, const struct decide_request *request,
            struct decide_verdict *v);
