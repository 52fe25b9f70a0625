/* SPDX-License-Identifier: Apache-2.0 */
/* What flow.h and flow.c mean: labels, plans, protocols and rates. */
#pragma once

#include "tables_spec.h"
#include "monitor/kernel/flow.h"

/*@
  // ---- a flow: an `allow` and the `restrict`s behind it, each one's `next` ----

  // The plan that runs is one in which the rule holds.
  predicate plan_met(integer mask, integer plan) = ((mask >> (plan % IMAGE_MAX_PLANS)) & 1) != 0;

  // Bits of labels: of those that the sender's greatest label has, the rule releases some; the rest, and what both ends always
  // have, the label has to have; and the receiver handles the label. Both at once by one equation: `between` in bits.smt2.
  predicate label_met{L}(struct image_subject *from, struct image_subject *to, struct image_rule *rule) =
    \let needed = ((from->label_high & (uint64_t)(~rule->released)) | from->label_low) | to->label_low;
    (rule->label & to->label_high) == (rule->label | needed);

  // How far beyond the full rate a message at `now` is.
  logic integer early(integer due, integer now) = due > now ? due - now : 0;
  predicate rate_kept{L}(struct decide_state *s, integer i, integer now) = early(s->due[i], now) <= s->paces[i].tolerance;

  axiomatic rates {
    predicate rate_met{L}(struct policy_tables *t, struct decide_state *s, integer i, integer now)
      reads t->rules, t->rules[0 ..], s->due, s->due[0 ..], s->paces, s->paces[0 ..];
    axiom rate_met_by_all{L}: \forall struct policy_tables *t, struct decide_state *s, integer i, now;
      rate_met(t, s, i, now) <==>
      rate_kept(s, i, now) && (t->rules[i].next == 0 || rate_met(t, s, t->rules[i].next, now));

    // The first rule of the flow that is not kept.
    logic integer rate_fault{L}(struct policy_tables *t, struct decide_state *s, integer i, integer now)
      reads t->rules, t->rules[0 ..], s->due, s->due[0 ..], s->paces, s->paces[0 ..];
    axiom rate_fault_here{L}: \forall struct policy_tables *t, struct decide_state *s, integer i, now;
      !rate_kept(s, i, now) ==> rate_fault(t, s, i, now) == i;
    axiom rate_fault_behind{L}: \forall struct policy_tables *t, struct decide_state *s, integer i, now;
      rate_kept(s, i, now) ==> rate_fault(t, s, i, now) == rate_fault(t, s, t->rules[i].next, now);
  }
*/

/*@
  // ---- protocols: bits.h has what the word of one is ----

  logic integer state_of(integer word) = (uint32_t)(word >> 56);
  logic integer kept_of(integer word) = (uint16_t)(word >> 40);

  // Units since the state was entered; none if that seems to be later than now.
  logic integer elapsed_of(integer word, integer now) =
    \let units = (uint64_t)((now >> 20) - word) & 0xffffffffff; (units >> 39) != 0 ? 0 : units;
  logic integer units_of(integer ms, integer khz) = ((ms * khz) >> 20) + 2;

  predicate runs_out{L}(struct image_timeout *o, integer word, integer now, integer khz) =
    ((o->from_mask >> state_of(word)) & 1) != 0 && elapsed_of(word, now) >= units_of(o->after_ms, khz);
  predicate none_out{L}(struct image_timeout *o, integer from, integer to, integer word, integer now, integer khz) =
    \forall integer k; from <= k < to ==> !runs_out(o + k, word, now, khz);
  lemma none_out_more{L}: \forall struct image_timeout *o, integer from, to, word, now, khz;
    none_out(o, from, to - 1, word, now, khz) && !runs_out(o + (to - 1), word, now, khz) ==>
    none_out(o, from, to, word, now, khz);
  predicate first_out{L}(struct image_timeout *o, integer from, integer to, integer k, integer word, integer now,
                         integer khz) =
    from <= k < to && runs_out(o + k, word, now, khz) && none_out(o, from, k, word, now, khz);
  logic integer moved{L}(struct image_timeout *o, integer word, integer khz) =
    word_of(o->to, kept_of(word), (uint64_t)((uint64_t)((word & 0xffffffffff) + units_of(o->after_ms, khz)) << 20));

  axiomatic timeouts {
    // What a word has become: of the timeouts `from` to `to` the first that has run out leads on, `hops` times at most.
    logic integer word_after{L}(struct image_timeout *o, integer from, integer to, integer word, integer now, integer khz,
                                integer hops) reads o[0 ..];
    axiom word_stays{L}: \forall struct image_timeout *o, integer from, to, word, now, khz, hops;
      hops <= 0 || none_out(o, from, to, word, now, khz) ==> word_after(o, from, to, word, now, khz, hops) == word;
    axiom word_moves{L}: \forall struct image_timeout *o, integer from, to, word, now, khz, hops, k;
      hops > 0 && first_out(o, from, to, k, word, now, khz) ==>
      word_after(o, from, to, word, now, khz, hops) ==
      word_after(o, from, to, moved(o + k, word, khz), now, khz, hops - 1);
  }

  logic integer step_value{L}(struct image_step *s, uint8_t *p) =
    \let unused = 64 - 8 * s->width;
    (uint16_t)(field_word(p + s->offset, unused, (s->flags & IMAGE_STEP_BIG) != 0 ? IMAGE_FIELD_BIG : 0) >> unused);
  // The step leaves the state for a message under this `allow`, whose field is the register's if it must be.
  predicate takes{L}(struct image_step *s, integer word, integer allow, uint8_t *p) =
    s->allow == allow && ((s->from_mask >> state_of(word)) & 1) != 0 &&
    ((s->flags & IMAGE_STEP_MATCH) == 0 || step_value(s, p) == kept_of(word));
  predicate none_takes{L}(struct image_step *s, integer from, integer to, integer word, integer allow, uint8_t *p) =
    \forall integer k; from <= k < to ==> !takes(s + k, word, allow, p);
  lemma none_takes_more{L}: \forall struct image_step *s, uint8_t *p, integer from, to, word, allow;
    none_takes(s, from, to - 1, word, allow, p) && !takes(s + (to - 1), word, allow, p) ==>
    none_takes(s, from, to, word, allow, p);
  predicate first_takes{L}(struct image_step *s, integer from, integer to, integer k, integer word, integer allow,
                           uint8_t *p) =
    from <= k < to && takes(s + k, word, allow, p) && none_takes(s, from, k, word, allow, p);
  logic integer word_next{L}(struct image_step *s, integer word, integer now, uint8_t *p) =
    word_of(s->to, (s->flags & IMAGE_STEP_KEEP) != 0 ? step_value(s, p) : kept_of(word), now);

  // What the protocol's word `seen` is at `now`.
  logic integer present_word{L}(struct policy_tables *t, struct image_protocol *q, integer seen, integer now,
                                integer khz) =
    word_after(t->timeouts, q->first_timeout, q->first_timeout + q->timeout_count, seen, now, khz, IMAGE_MAX_STATES);
  predicate protocol_met{L}(struct policy_tables *t, struct image_protocol *q, integer word, integer allow, uint8_t *p) =
    !none_takes(t->steps, q->first_step, q->first_step + q->step_count, word, allow, p);
  // The word `next` is where the first step that the message may take leads.
  predicate leads{L}(struct policy_tables *t, struct image_protocol *q, integer word, integer allow, integer now,
                     uint8_t *p, integer next) =
    \exists integer k; first_takes(t->steps, q->first_step, q->first_step + q->step_count, k, word, allow, p) &&
      next == word_next(t->steps + k, word, now, p);
*/

/*@ requires state <= DECIDE_NO_STATE;
    terminates \true;
    assigns \nothing;
    ensures \result == word_of(state, kept, now);
    ensures state_of(\result) == state; */
static inline uint64_t decide_protocol_word(uint32_t state, uint16_t kept, uint64_t now);

/*@ terminates \true; assigns \nothing; ensures \result == state_of(word); */
static uint32_t word_state(uint64_t word);
/*@ requires state_of(word) <= DECIDE_NO_STATE; terminates \true; assigns \nothing;
    ensures \result <==> ((from_mask >> state_of(word)) & 1) != 0; */
static bool leaves(uint32_t from_mask, uint64_t word);
/*@ terminates \true; assigns \nothing; ensures \result == kept_of(word); */
static uint16_t word_kept(uint64_t word);
/*@ terminates \true; assigns \nothing; ensures \result == elapsed_of(word, now); */
static uint64_t elapsed(uint64_t word, uint64_t now);
/*@ terminates \true; assigns \nothing; ensures \result == units_of(ms, tsc_khz); */
static uint64_t timeout_units(uint32_t ms, uint32_t tsc_khz);

/*@ requires tables_ok(policy) && state_of(word) <= DECIDE_NO_STATE;
    requires \valid_read(protocol) && protocol_ok(policy, protocol);
    terminates \true;
    assigns \nothing;
    ensures \result == \null ==> none_out(policy->timeouts, protocol->first_timeout,
      protocol->first_timeout + protocol->timeout_count, word, now, tsc_khz);
    ensures \result != \null ==> \exists integer k; \result == policy->timeouts + k && first_out(policy->timeouts,
      protocol->first_timeout, protocol->first_timeout + protocol->timeout_count, k, word, now, tsc_khz); */
static const struct image_timeout *find_timeout(const struct policy_tables *policy, const struct image_protocol *protocol,
                                                uint64_t word, uint64_t now, uint32_t tsc_khz);

/*@ requires tables_ok(policy) && state_of(word) <= DECIDE_NO_STATE;
    requires \valid_read(protocol) && protocol_ok(policy, protocol);
    terminates \true;
    assigns \nothing;
    ensures state_of(\result) <= DECIDE_NO_STATE;
    ensures \result == present_word(policy, protocol, word, now, tsc_khz); */
static uint64_t follow_timeouts(const struct policy_tables *policy, const struct image_protocol *protocol, uint64_t word,
                                uint64_t now, uint32_t tsc_khz);

/*@ requires \valid_read(step) && payload_ok(payload) && step->offset + step->width <= PAYLOAD_MOST;
    requires step->width == 1 || step->width == 2;
    terminates \true;
    assigns \nothing;
    ensures \result == step_value(step, payload); */
static uint16_t step_field(const struct image_step *step, const uint8_t *payload);

/*@ requires tables_ok(policy) && payload_ok(payload) && state_of(word) <= DECIDE_NO_STATE;
    requires \valid_read(protocol) && protocol_ok(policy, protocol);
    terminates \true;
    assigns \nothing;
    ensures \result == \null ==> !protocol_met(policy, protocol, word, allow, payload);
    ensures \result != \null ==> \exists integer k; \result == policy->steps + k && first_takes(policy->steps,
      protocol->first_step, protocol->first_step + protocol->step_count, k, word, allow, payload); */
static const struct image_step *find_step(const struct policy_tables *policy, const struct image_protocol *protocol,
                                          uint64_t word, uint32_t allow, const uint8_t *payload);

/*@ requires \valid(v) && \valid_read(request) && tables_ok(policy) && state_ok(policy, state);
    requires \valid_read(request->message) && payload_ok(&request->message->payload[0]);
    requires v->allow < policy->rules_count && policy->rules[v->allow].protocol != IMAGE_NONE;
    terminates \true;
    assigns v->rule, v->value, v->feedback, v->protocol_seen, v->protocol_next;
    ensures v->feedback == IMAGE_FEEDBACK_FULL;
    ensures \let q = policy->protocols + policy->rules[v->allow].protocol;
      \let word = present_word(policy, q, v->protocol_seen, request->now, state->tsc_khz);
      \result ==> protocol_met(policy, q, word, v->allow, &request->message->payload[0]) &&
        leads(policy, q, word, v->allow, request->now, &request->message->payload[0], v->protocol_next);
    ensures \let q = policy->protocols + policy->rules[v->allow].protocol;
      \let word = present_word(policy, q, v->protocol_seen, request->now, state->tsc_khz);
      !\result ==> !protocol_met(policy, q, word, v->allow, &request->message->payload[0]) &&
        v->rule == q->rule && v->value == state_of(word);
    ensures \result ==> v->rule == \old(v->rule) && v->value == \old(v->value); */
bool flow_check_protocol(const struct policy_tables *policy, const struct decide_state *state,
                         const struct decide_request *request, struct decide_verdict *v);

/*@ requires tables_ok(policy);
    requires \exists integer i; 0 <= i < policy->rules_count && rule == policy->rules + i;
    terminates \true;
    assigns \nothing;
    ensures \forall integer i; 0 <= i < policy->rules_count && rule == policy->rules + i ==>
      (policy->rules[i].next == 0 ? \result == \null : \result == policy->rules + policy->rules[i].next); */
static inline const struct image_rule *flow_next(const struct policy_tables *policy, const struct image_rule *rule);

/*@ requires \valid(v);
    terminates \true;
    assigns v->rule, v->value;
    ensures !\result && v->rule == rule && v->value == value; */
static inline bool flow_deny(struct decide_verdict *v, uint32_t rule, uint64_t value);

/*@ requires \valid(v) && \valid_read(rule);
    terminates \true;
    assigns v->rule, v->value, v->feedback;
    ensures \result <==> plan_met(rule->plan_mask, plan);
    ensures \result ==> v->rule == \old(v->rule) && v->value == \old(v->value) && v->feedback == \old(v->feedback);
    ensures !\result ==> v->rule == IMAGE_RULE_PLAN && v->value == plan && v->feedback == IMAGE_FEEDBACK_FULL; */
static inline bool flow_check_plan(const struct image_rule *rule, uint32_t plan, struct decide_verdict *v);

/*@ requires \valid(v) && tables_ok(policy);
    requires \valid_read(channel) && \valid_read(rule);
    requires channel->sender < policy->subjects_count && channel->receiver < policy->subjects_count;
    terminates \true;
    assigns v->rule, v->value;
    ensures \result <==>
      label_met(policy->subjects + channel->sender, policy->subjects + channel->receiver, rule);
    ensures \result ==> v->rule == \old(v->rule) && v->value == \old(v->value);
    ensures !\result ==> v->rule == IMAGE_RULE_LABEL && v->value == 0; */
bool flow_check_label(const struct policy_tables *policy, const struct image_channel *channel, const struct image_rule *rule,
                      struct decide_verdict *v);

/*@ requires \valid(v) && tables_ok(policy) && state_ok(policy, state) && v->allow < policy->rules_count;
    terminates \true;
    assigns v->rule, v->value, v->feedback;
    ensures \result <==> rate_met(policy, state, v->allow, now);
    ensures \result ==> v->rule == \old(v->rule) && v->value == \old(v->value) && v->feedback == \old(v->feedback);
    ensures !\result ==> \let i = rate_fault(policy, state, v->allow, now);
      v->rule == policy->rules[i].rate_rule && v->value == early(state->due[i], now) - state->paces[i].tolerance &&
      v->feedback == (\old(v->feedback) < IMAGE_FEEDBACK_RULE ? IMAGE_FEEDBACK_RULE : \old(v->feedback)); */
bool flow_check_rate(const struct policy_tables *policy, const struct decide_state *state, uint64_t now,
                     struct decide_verdict *v);

/*@ terminates \true;
    assigns \nothing;
    ensures \result == early(due, now); */
static inline uint64_t flow_ahead(uint64_t due, uint64_t now);

/*@ requires \valid(v) && \valid_read(rule);
    terminates \true;
    assigns v->rule, v->value, v->feedback;
    ensures !\result && v->rule == rule->rate_rule && v->value == \at(early, Pre) &&
      v->feedback == (\old(v->feedback) < IMAGE_FEEDBACK_RULE ? IMAGE_FEEDBACK_RULE : \old(v->feedback)); */
static bool deny_rate(const struct image_rule *rule, uint64_t early, struct decide_verdict *v);

/*@ axiomatic flows {
      // Rule `k` is `i` itself or stands behind it. image_check(): each one's index is larger than the one's before.
      predicate in_flow{L}(struct image_rule *r, integer i, integer k) reads r[0 ..].next;
      axiom in_flow_step{L}: \forall struct image_rule *r, integer i, k;
        in_flow(r, i, k) <==> k == i || (k > i && r[i].next != 0 && in_flow(r, r[i].next, k));
    }

    // When the next message is due once one at `now` has been accepted.
    logic integer due_after(integer due, integer now, integer step) =
      (uint64_t)((uint64_t)(now + early(due, now)) + step);

    predicate state_writable{L}(struct policy_tables *t, struct decide_state *s) =
      state_ok(t, s) && \valid(s->due + (0 .. t->rules_count - 1)) && \valid(s->protocols + (0 .. t->protocols_count - 1)) &&
      \base_addr(s->due) != \base_addr(s->protocols) && \base_addr(s->due) != \base_addr(s->paces) &&
      \base_addr(s->protocols) != \base_addr(s->paces) && \base_addr(s->due) != \base_addr(t->rules) &&
      \base_addr(s->protocols) != \base_addr(t->rules) && \base_addr(s->due) != \base_addr(t->timeouts) &&
      \base_addr(s->protocols) != \base_addr(t->timeouts) && \base_addr(s->due) != \base_addr(t->fields) &&
      \base_addr(s->protocols) != \base_addr(t->fields);
*/

/*@ requires tables_ok(policy) && state_writable(policy, state) && \valid_read(verdict);
    requires \separated(verdict, state->due + (0 .. policy->rules_count - 1));
    requires verdict->allow < policy->rules_count;
    terminates \true;
    assigns state->due[0 .. policy->rules_count - 1];
    ensures \forall integer k; 0 <= k < policy->rules_count ==> (in_flow(policy->rules, verdict->allow, k) ?
      state->due[k] == due_after(\old(state->due[k]), now, state->paces[k].step) : state->due[k] == \old(state->due[k])); */
void decide_charge(const struct policy_tables *policy, struct decide_state *state, const struct decide_verdict *verdict,
                   uint64_t now);

/*@ requires tables_ok(policy) && state_writable(policy, state) && \valid_read(verdict);
    requires \separated(verdict, state->due + (0 .. policy->rules_count - 1),
                        state->protocols + (0 .. policy->protocols_count - 1));
    requires verdict->allow < policy->rules_count;
    requires policy->rules[verdict->allow].protocol != IMAGE_NONE ==> state_of(verdict->protocol_next) <= DECIDE_NO_STATE;
    terminates \true;
    assigns state->due[0 .. policy->rules_count - 1], state->protocols[0 .. policy->protocols_count - 1];
    ensures \let p = policy->rules[verdict->allow].protocol;
      \result <==> p == IMAGE_NONE || \old(state->protocols[policy->rules[verdict->allow].protocol]) == verdict->protocol_seen;
    ensures \result ==> \forall integer k; 0 <= k < policy->rules_count ==> (in_flow(policy->rules, verdict->allow, k) ?
      state->due[k] == due_after(\old(state->due[k]), now, state->paces[k].step) : state->due[k] == \old(state->due[k]));
    ensures \result ==> \forall integer k; 0 <= k < policy->protocols_count ==>
      (k == policy->rules[verdict->allow].protocol ? state->protocols[k] == verdict->protocol_next
                                                   : state->protocols[k] == \old(state->protocols[k]));
    ensures !\result ==> \forall integer k; 0 <= k < policy->rules_count ==> state->due[k] == \old(state->due[k]);
    ensures !\result ==> \forall integer k; 0 <= k < policy->protocols_count ==>
      state->protocols[k] == \old(state->protocols[k]); */
bool decide_commit(const struct policy_tables *policy, struct decide_state *state, const struct decide_verdict *verdict,
                   uint64_t now);

/*@ requires \valid(state) && \valid_read(state->paces + rule) && \valid(state->due + rule);
    requires \separated(state, state->due + rule, state->paces + rule);
    terminates \true;
    assigns state->due[rule];
    ensures \result <==> early(\old(state->due[rule]), now) <= state->paces[rule].tolerance;
    ensures state->due[rule] == (\result ? due_after(\old(state->due[rule]), now, state->paces[rule].step)
                                         : \old(state->due[rule])); */
static inline bool flow_take_alone(struct decide_state *state, uint32_t rule, uint64_t now);
