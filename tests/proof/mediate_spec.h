/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What mediate.c calls and others prove or do: the clock, the audit, copies, the state that it works on. What its own functions
 * do stands in mediate_unit.c, behind their definitions.
 */
#pragma once

#include "channels/abi.h"
#include "core/arch.h"
#include "core/audit.h"
#include "core/core.h"
#include "core/monitor.h"
#include "monitor/kernel/state.h"
#include "below_spec.h"
#include "models.h"

/*
 * Of one message, from where it is read on: what the audit has said last, 1 if there is room for such a record, and how many it
 * has taken; `judgements` counts verdicts, `committed` is 1 if its tokens and its move are taken, `charged` if its tokens
 * alone are.
 */
extern uint32_t room_subject, room_class;
extern int room, records, judgements, committed, charged;

/*
 * What of a slot has not been read yet; `loads` counts slots, the last is at `loaded`. The load fills the header but for the
 * sequence, which is never read. It does so here: WP's model keeps a word apart from its halves and would let these stay what
 * they were.
 */
extern const uint8_t *unread, *loaded;
extern int loads;
/*@ requires \valid(to) && \valid_read(from + (0 .. 7));
    terminates \true;
    assigns to->type, to->version, to->length, unread, loaded, loads, room, records, judgements, committed, charged;
    ensures unread == from + sizeof(uint64_t) && loaded == from && loads == \old(loads) + 1;
    ensures room == 0 && records == 0 && judgements == 0 && committed == 0 && charged == 0; */
uint64_t model_load_header(struct message_header *to, const uint8_t *from);

/*@ requires size % 8 == 0 && from == unread + sizeof(uint64_t);
    requires size > 0 ==> \valid(to + (0 .. size - 1)) && \valid_read(from + (0 .. size - 1));
    terminates \true; assigns to[0 .. size - 1], unread;
    ensures unread == from + size; */
void model_copy_payload(uint8_t *to, const uint8_t *from, uint32_t size);
#define arch_load_once(from) model_load_header(&p->message->header, (const uint8_t *)from)
#define arch_copy_once(to, from, size) model_copy_payload(to, from, size)

/* bits.smt2 has it of all words of 32 bits. */
/*@ axiomatic quadwords {
      axiom whole_quadwords: \forall integer n; 0 <= n < 0x100000000 ==> (n & 0xfffffff8) == n - n % 8;
    } */

/*@ requires size <= AUDIT_PAYLOAD_MAX && \valid((uint8_t *)to + (0 .. size - 1));
    terminates \true; assigns ((uint8_t *)to)[0 .. size - 1]; */
void arch_fill_zero(void *to, uint64_t size);

/*
 * A copy is of bytes within the kernel's own memory, or of a whole message into an inbox: `sent` counts these, the last with
 * this number. WP's model has a header as its parts and no bytes of theirs. Bytes with a sign are memory of their own there:
 * an inbox is.
 */
extern int sent, filled;
extern uint64_t sent_number;
/*@ requires whole == 0 ==>
      size <= AUDIT_PAYLOAD_MAX && \valid(to + (0 .. size - 1)) && \valid_read(from + (0 .. size - 1));
    requires whole == 1 ==>
      \valid_read(message) && sizeof(struct message_header) <= size <= IMAGE_MAX_MESSAGE && \valid(slot + (0 .. size - 1));
    terminates \true;
    assigns to[0 .. (whole == 1 ? 0 : size) - 1], slot[0 .. (whole == 1 ? size : 0) - 1], (&sent)[0 .. whole - 1],
      (&filled)[0 .. whole - 1], (&sent_number)[0 .. whole - 1];
    ensures whole == 1 ==> sent == \old(sent) + 1 && filled == 1 && sent_number == message->header.sequence;
    ensures whole == 1 ==> \forall integer i; 0 <= i < size - sizeof(struct message_header) ==>
      slot[sizeof(struct message_header) + i] == (int8_t)message->payload[i]; */
void model_copy(uint8_t *to, const uint8_t *from, int8_t *slot, const struct decide_message *message, uint64_t size, int whole);
#define arch_copy(to, from, size) model_copy((uint8_t *)(to), (const uint8_t *)(from), (int8_t *)(to), \
    (const struct decide_message *)(from), size, sizeof *(from) == sizeof(struct decide_message))

/* A count that another CPU moves: anything. */
/*@ requires \valid_read(p); terminates \true; assigns \nothing; */
uint64_t model_load_count(const uint64_t *p);
/*@ requires \valid(p); terminates \true; assigns *p; */
uint64_t model_add(uint64_t *p, uint64_t n);
/* What is counted as published stands in its slot. */
/*@ requires \valid(p) && filled == 1; terminates \true; assigns *p; ensures *p == value; */
void model_store_count(uint64_t *p, uint64_t value);
#define __atomic_fetch_add(p, n, order) model_add(p, n)
#define __atomic_store_n(p, value, order) model_store_count(p, value)
#undef __atomic_load_n
#define __atomic_load_n(p, order) model_load_count(p)

/* One place stands for all in the ring; another is the draft. */
extern struct audit_record audit_place, audit_drafted;
/*@ terminates \true; assigns room, room_subject, room_class;
    ensures \result <==> room == 1;
    ensures room_subject == subject && room_class == class_; */
bool audit_admits(uint32_t subject, uint32_t class_);
/*@ terminates \true; assigns room, room_subject, room_class;
    ensures \result == \null && room != 1 || \result == &audit_place && room == 1;
    ensures room_subject == subject && room_class == class_; */
struct audit_record *audit_begin(struct ring_writer *ring, uint32_t subject, uint32_t class_);
/*@ terminates \true; assigns \nothing; ensures \result == &audit_drafted; */
struct audit_record *audit_draft(struct ring_writer *ring);
/*@ requires record == &audit_place || record == &audit_drafted;
    requires record->payload_length <= AUDIT_PAYLOAD_MAX;
    terminates \true; assigns records; ensures records == \old(records) + 1; */
void audit_end(struct ring_writer *ring, struct audit_record *record);

/*@ terminates \true; assigns \nothing; */
uint64_t arch_now(void);
/*@ terminates \true; assigns \nothing; ensures \result < IMAGE_MAX_CPUS; */
uint32_t arch_cpu(void);
/*@ terminates \true; assigns \nothing; */
struct ring_writer *audit_ring(uint32_t cpu);
/*@ terminates \true; assigns \nothing; */
uint32_t core_plan(void);
/*@ terminates \true; assigns \nothing; */
bool core_time_up(void);

/* Refusals that are on record, by the rule of the last one; what of `sent` the receiver has been told. */
extern int refusals, announced;
extern uint32_t refused_by;
/*@ terminates \true; assigns refusals, refused_by;
    ensures \result == status && refusals == \old(refusals) + 1 && refused_by == rule; */
uint32_t monitor_refuse(uint32_t subject, uint64_t channel, uint32_t rule, uint64_t what, uint32_t status);
/* The const tables, as image_check() leaves them and as far as they are read here. */
/*@ terminates \true; assigns \nothing;
    ensures \result == &core_policy_tables && \valid_read(\result) &&
      \result->rules_count <= IMAGE_MAX_RULES && \result->protocols_count <= IMAGE_MAX_PROTOCOLS &&
      \valid_read(\result->rules + (0 .. \result->rules_count - 1)) &&
      \valid_read(\result->protocols + (0 .. \result->protocols_count - 1)); */
static inline const struct policy_tables *core_policy(void);
/*@ requires \valid_read(channel) && subject == channel->receiver && event == channel->event;
    terminates \true; assigns announced; ensures announced == sent; */
void model_raise(const struct image_channel *channel, uint32_t subject, uint8_t event);
#define core_event_raise(subject, event) model_raise(channel, subject, event)

/* Of what decide_spec.h and flow_spec.h say, what the order is about; the last verdict. */
extern bool judged_allowed;
extern uint32_t judged_rule;
extern uint8_t judged_feedback;
/*@ // The rule moves a protocol that another CPU may have moved meanwhile.
    predicate moved_by_another{L}(integer rule) =
      rule < core_policy_tables.rules_count && core_policy_tables.rules[rule].protocol < core_policy_tables.protocols_count; */
/*@ requires \valid(verdict) && \valid_read(request) && \valid_read(request->message);
    terminates \true; assigns *verdict, judgements, judged_allowed, judged_rule, judged_feedback;
    ensures judgements == \old(judgements) + 1;
    ensures judged_allowed == verdict->allowed && judged_rule == verdict->rule && judged_feedback == verdict->feedback;
    ensures verdict->allowed ==> verdict->allow < policy->rules_count;
    ensures verdict->allowed ==>
      sizeof(struct message_header) + request->message->header.length <= policy->channels[request->channel].slot_size; */
void decide(const struct policy_tables *policy, const struct decide_state *state, const struct decide_request *request,
            struct decide_verdict *verdict);
/*@ requires \valid_read(verdict) && verdict->allowed && verdict->allow < policy->rules_count;
    terminates \true; assigns committed;
    ensures committed == \old(committed) + (\result ? 1 : 0);
    ensures !\result ==> policy->rules[verdict->allow].protocol < policy->protocols_count; */
bool decide_commit(const struct policy_tables *policy, struct decide_state *state, const struct decide_verdict *verdict,
                   uint64_t now);
/*@ requires \valid_read(verdict) && verdict->allowed && verdict->allow < policy->rules_count;
    terminates \true; assigns charged; ensures charged == \old(charged) + 1; */
void decide_charge(const struct policy_tables *policy, struct decide_state *state, const struct decide_verdict *verdict,
                   uint64_t now);

/*@
  // A product that provers do not look into unless they have to.
  axiomatic areas {
    logic integer area(integer n, integer size);
    axiom area_all: \forall integer n, size; area(n, size) == n * size;
    // places.smt2 has it proved.
    axiom area_within: \forall integer i, n, size; 0 <= i < n && 0 <= size ==>
      0 <= area(i, size) && area(i, size) + size <= area(n, size);
  }

  // The inbox holds the channel's depth of slots, and `slot` is one of them.
  logic int8_t *slots_of{L}(struct monitor_sender *s) = (int8_t *)(s->inbox + 1);
  logic int8_t *slot_of{L}(struct monitor_sender *s, struct image_channel *c) = slots_of(s) + area(s->slot, c->slot_size);
  predicate has_inbox{L}(struct monitor_sender *s, struct image_channel *c) =
    s->slot < c->depth && sizeof(struct message_header) <= c->slot_size <= IMAGE_MAX_MESSAGE &&
    \valid(slots_of(s) + (0 .. area(c->depth, c->slot_size) - 1));

  lemma one_more: \forall integer n, m; 0 <= n && n + 1 == m ==> (uint64_t)((uint64_t)n + 1) == (uint64_t)m;

  // The slot `n` behind the first, of the outbox, which is a ring.
  logic integer next_slot(integer first, integer n, integer slots) = first + n < slots ? first + n : first + n - slots;
*/

/*@
  // image_check() lets no other channel pass.
  predicate channel_known{L}(struct image_channel *c) =
    c->depth >= 1 && c->slots >= 1 && c->slot_size % 16 == 0 &&
    sizeof(struct message_header) <= c->slot_size <= IMAGE_MAX_MESSAGE && c->feedback <= IMAGE_FEEDBACK_FULL;
  predicate policy_known{L} =
    core_policy_tables.channels_count <= IMAGE_MAX_CHANNELS &&
    \valid_read(core_policy_tables.channels + (0 .. core_policy_tables.channels_count - 1)) &&
    \forall integer i; 0 <= i < core_policy_tables.channels_count ==> channel_known(core_policy_tables.channels + i);

  // A message's copy, its channel and the sender's state are apart from each other, from the policy, from what is known of
  // records and from what the audit says.
  predicate places_apart{L}(struct decide_message *m, struct image_channel *c, struct monitor_sender *s) =
    \separated(m, c, s, s->inbox, &audit_place, &audit_drafted, &monitor_state,
               monitor_records + (0 .. MONITOR_RECORDS - 1), monitor_consumed + (0 .. IMAGE_MAX_CHANNELS - 1),
               &core_policy_tables, core_policy_tables.rules + (0 .. core_policy_tables.rules_count - 1),
               core_policy_tables.protocols + (0 .. core_policy_tables.protocols_count - 1));
  // What is known of the tables of records is monitor_start()'s.
  predicate places_known{L}(struct decide_message *m, struct image_channel *c, struct monitor_sender *s) =
    \valid(m) && \valid_read(c) && \valid(s) && \valid(s->inbox) && places_apart(m, c, s) &&
    core_policy_tables.rules_count <= IMAGE_MAX_RULES && monitor_records[MONITOR_DROPPED].event == AUDIT_EVENT_DROPPED &&
    \forall integer i; 0 <= i < IMAGE_MAX_RULES ==> monitor_records[i].event != AUDIT_EVENT_DROPPED;

  // A job that monitor_send_begin() has made, or one that goes on, of a channel whose regions are there.
  predicate sending{L}(struct monitor_send *job, struct image_channel *c, struct monitor_sender *s) =
    job->channel < IMAGE_MAX_CHANNELS && job->next < c->slots && channel_known(c) && has_inbox(s, c) &&
    c == core_policy_tables.channels + job->channel && s == monitor_senders + job->channel &&
    \valid_read(s->outbox + (0 .. area(c->slots, c->slot_size) - 1));
  // It is apart from what changes with its messages, which this copy is for.
  predicate sending_apart{L}(struct monitor_send *job, struct decide_message *m, struct image_channel *c,
                             struct monitor_sender *s) =
    \separated(job, m) && \separated(job, c) && \separated(job, s) && \separated(job, s->inbox) &&
    \separated(job, &audit_place) && \separated(job, &audit_drafted) && \separated(job, &core_policy_tables) &&
    \separated(job, monitor_records + (0 .. MONITOR_RECORDS - 1)) && places_known(m, c, s);
*/
