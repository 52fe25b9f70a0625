/* SPDX-License-Identifier: Apache-2.0 */
/* mediate.c and, behind it because they name its structures, the contracts of its functions. */
#include "monitor/kernel/mediate.c"

/*@
  // A message between its copy and its verdict.
  predicate apart{L}(struct passage *p) =
    \separated(p, p->message) && \separated(p, p->channel) && \separated(p, p->sender) && \separated(p, p->sender->inbox) &&
    \separated(p, &audit_place) && \separated(p, &audit_drafted) && \separated(p, &monitor_state) &&
    \separated(p, monitor_records + (0 .. MONITOR_RECORDS - 1)) &&
    \separated(p, monitor_consumed + (0 .. IMAGE_MAX_CHANNELS - 1)) && \separated(p, &core_policy_tables) &&
    \separated(p, core_policy_tables.rules + (0 .. core_policy_tables.rules_count - 1)) &&
    \separated(p, core_policy_tables.protocols + (0 .. core_policy_tables.protocols_count - 1));
  predicate under_way{L}(struct passage *p) =
    \valid(p) && p->request.message == p->message && p->request.channel < IMAGE_MAX_CHANNELS && apart(p) &&
    places_known(p->message, p->channel, p->sender);
  predicate rule_known{L}(struct passage *p) = p->verdict.allowed ==> p->verdict.allow < core_policy_tables.rules_count;

  // How it is recorded, and where.
  predicate how_known{L}(struct passage *p) =
    (\exists integer i; 0 <= i < MONITOR_RECORDS && p->how == monitor_records + i) &&
    (p->how->event != 0 ==> p->record == &audit_place || p->record == &audit_drafted);
  predicate how_fits{L}(struct passage *p) =
    p->verdict.allowed ? p->how == monitor_records + MONITOR_DROPPED || p->how == monitor_records + p->verdict.allow
                       : p->how == monitor_records + MONITOR_DENIED;
  // The audit has been asked for room for this very record and has it, or none need be kept.
  predicate has_room{L}(struct passage *p) =
    p->how->event == 0 || (room == 1 && room_subject == p->request.subject && room_class == p->how->class_);
  logic integer told{L}(struct passage *p) =
    p->verdict.allowed || p->verdict.feedback > p->channel->feedback ? IMAGE_RULE_NONE : p->verdict.rule;

  predicate can_deliver{L}(struct passage *p) =
    has_inbox(p->sender, p->channel) && p->channel == core_policy_tables.channels + p->request.channel;
  predicate fits{L}(struct passage *p) =
    sizeof(struct message_header) + p->message->header.length <= p->channel->slot_size;
  logic integer length_of{L}(struct passage *p) = sizeof(struct message_header) + p->message->header.length;
*/

/*@ requires \valid_read(p) && \valid_read(p->channel) && \valid_read(p->sender) && \valid(p->message);
    requires \separated(p->message, p, p->channel, p->sender);
    requires slot < p->channel->slots && p->channel->slot_size % 16 == 0;
    requires sizeof(struct message_header) <= p->channel->slot_size <= IMAGE_MAX_MESSAGE;
    requires \valid_read(p->sender->outbox + area(slot, p->channel->slot_size) + (0 .. p->channel->slot_size - 1));
    terminates \true;
    assigns p->message->header, p->message->payload[0 .. sizeof(p->message->payload) - 1], unread, loaded, loads,
      room, records, judgements, committed, charged;
    ensures loads == \old(loads) + 1 && loaded == p->sender->outbox + area(slot, p->channel->slot_size);
    ensures room == 0 && records == 0 && judgements == 0 && committed == 0 && charged == 0;
    // Nothing but the slot is known to be readable. Read are the first word and, if they fit, the payload's quadwords.
    ensures p->message->header.length <= p->channel->slot_size - sizeof(struct message_header) ==>
      (p->message->header.length + 7) / 8 * 8 <= p->channel->slot_size - sizeof(struct message_header) &&
      unread == p->sender->outbox + area(slot, p->channel->slot_size) + sizeof(struct message_header) +
        (p->message->header.length + 7) / 8 * 8;
    ensures p->message->header.length > p->channel->slot_size - sizeof(struct message_header) ==>
      unread == p->sender->outbox + area(slot, p->channel->slot_size) + sizeof(uint64_t); */
static void copy_in(const struct passage *p, uint32_t slot);

/*@ requires \valid(p);
    terminates \true; assigns p->verdict.allowed, p->verdict.rule, p->verdict.feedback;
    ensures !p->verdict.allowed && p->verdict.rule == rule && p->verdict.feedback == IMAGE_FEEDBACK_FULL; */
static void refuse(struct passage *p, uint32_t rule);

/*@ requires under_way(p) && MONITOR_DENIED <= how < MONITOR_RECORDS;
    terminates \true; assigns p->how, p->record, room, room_subject, room_class;
    ensures p->how == monitor_records + how && how_known(p);
    ensures \result ==> has_room(p); */
static bool can_repeat(struct passage *p, uint32_t how);

/*@ requires under_way(p) && rule_known(p);
    terminates \true; assigns p->how, p->record, room, room_subject, room_class;
    ensures \result ==> has_room(p) && how_known(p);
    ensures how_fits(p); */
static bool can_record(struct passage *p);

/*@ requires under_way(p) && how_known(p);
    terminates \true; assigns audit_place, audit_drafted, records;
    ensures records == \old(records) + (p->how->event != 0 ? 1 : 0); */
static void record(const struct passage *p, uint64_t number);

/*@ requires under_way(p) && can_deliver(p) && fits(p);
    terminates \true;
    assigns p->sender->slot, p->sender->published, p->sender->inbox->published, p->message->header.sequence, sent, filled,
      sent_number, slot_of(p->sender, p->channel)[0 .. length_of(p) - 1];
    ensures sent == \old(sent) + 1 && sent_number == sequence;
    // The slot has all of the copy that was judged, whatever the sender writes.
    ensures \forall integer i; 0 <= i < p->message->header.length ==>
      \old(slot_of(p->sender, p->channel))[sizeof(struct message_header) + i] == (int8_t)p->message->payload[i];
    ensures p->sender->slot == (\old(p->sender->slot) + 1 == p->channel->depth ? 0 : \old(p->sender->slot) + 1);
    ensures p->sender->published == (uint64_t)(\old(p->sender->published) + 1);
    ensures p->sender->inbox->published == p->sender->published && p->sender->slot < p->channel->depth; */
static void publish(const struct passage *p, uint64_t sequence);

/*@ requires under_way(p) && how_known(p) && !p->verdict.allowed;
    terminates \true; assigns p->shown, audit_place, audit_drafted, records;
    ensures p->shown == (p->verdict.feedback <= p->channel->feedback ? p->verdict.rule : \old(p->shown));
    ensures records == \old(records) + (p->how->event != 0 ? 1 : 0); */
static void deny(struct passage *p, uint64_t number);

/*@ requires under_way(p) && rule_known(p) && p->shown == IMAGE_RULE_NONE;
    terminates \true;
    assigns p->shown, p->verdict.allowed, p->verdict.rule, p->verdict.feedback, p->verdict.field, p->verdict.value,
      p->message->header.type, p->how, p->record, room, room_subject, room_class, charged, audit_place, audit_drafted, records;
    ensures !p->verdict.allowed && p->verdict.rule == IMAGE_RULE_AUDIT;
    ensures p->verdict.field == AUDIT_NONE && p->verdict.value == 0;
    ensures charged == \old(charged) + (\old(p->verdict.allowed) ? 1 : 0);
    ensures records == \old(records) + (p->how->event != 0 ? 1 : 0);
    // Who is not told everything cannot see that the audit is full.
    ensures p->shown == (p->channel->feedback >= IMAGE_FEEDBACK_FULL ? IMAGE_RULE_AUDIT : \old(told(p))); */
static void withhold(struct passage *p);

/*@ requires under_way(p) && how_known(p) && how_fits(p) && has_room(p) && rule_known(p);
    requires p->verdict.allowed && p->shown == IMAGE_RULE_NONE && can_deliver(p) && fits(p);
    terminates \true;
    assigns p->shown, p->verdict.allowed, p->verdict.rule, p->verdict.feedback, p->message->header.sequence, p->sender->slot,
      p->sender->accepted, p->sender->published, p->sender->inbox->published, p->sender->inbox->lost,
      audit_place, audit_drafted, records, sent, filled, sent_number,
      slots_of(p->sender)[0 .. area(p->channel->depth, p->channel->slot_size) - 1];
    ensures p->sender->slot < p->channel->depth;
    ensures sent == \old(sent) + (p->verdict.allowed ? 1 : 0);
    ensures p->verdict.allowed ==> sent_number == \old(p->sender->accepted);
    ensures p->sender->accepted == (uint64_t)(\old(p->sender->accepted) + 1);
    ensures records == \old(records) + (p->how->event != 0 ? 1 : 0);
    // Delivered, or the inbox was full: nobody without full feedback is told.
    ensures p->verdict.allowed <==> p->how->event != AUDIT_EVENT_DROPPED;
    ensures p->sender->published == (uint64_t)(\old(p->sender->published) + (p->verdict.allowed ? 1 : 0));
    ensures p->shown == (p->verdict.allowed || p->channel->feedback < IMAGE_FEEDBACK_FULL ? IMAGE_RULE_NONE : IMAGE_RULE_FULL);
*/
static void pass(struct passage *p);

/*@ requires under_way(p) && p->channel->feedback <= IMAGE_FEEDBACK_FULL && p->shown == IMAGE_RULE_NONE;
    requires room == 0 && committed == 0 && charged == 0 && judgements == 0 && records == 0 && can_deliver(p);
    terminates \true;
    assigns p->request.now, p->verdict, p->how, p->record, p->shown, p->message->header, p->sender->slot,
      p->sender->accepted, p->sender->published, p->sender->inbox->published, p->sender->inbox->lost,
      slots_of(p->sender)[0 .. area(p->channel->depth, p->channel->slot_size) - 1], sent, filled, sent_number,
      room, room_subject, room_class, records, audit_place, audit_drafted, judgements, committed, charged,
      judged_allowed, judged_rule, judged_feedback;
    ensures 1 <= judgements <= IMAGE_COMMIT_TRIES && p->sender->slot < p->channel->depth;
    // What passes is sent on, once, and nothing else.
    ensures sent == \old(sent) + (p->verdict.allowed ? 1 : 0);
    // What passes is committed, once, and what is committed has room for its record; what is withheld is not committed.
    ensures p->verdict.allowed ==> committed == 1 && p->verdict.allow < core_policy_tables.rules_count;
    ensures committed == 1 ==> has_room(p) && charged == 0;
    ensures 0 <= committed <= 1 && 0 <= charged <= 1;
    ensures p->sender->accepted == (uint64_t)(\old(p->sender->accepted) + committed);
    ensures p->sender->published == (uint64_t)(\old(p->sender->published) + (p->verdict.allowed ? 1 : 0));
    ensures records == (p->how->event != 0 ? 1 : 0);
    // What the sender is told, if it is not told everything, is the verdict's, whatever the audit has room for.
    ensures p->channel->feedback != IMAGE_FEEDBACK_FULL && judged_allowed ==> p->shown == IMAGE_RULE_NONE;
    ensures p->channel->feedback != IMAGE_FEEDBACK_FULL && !judged_allowed && judged_feedback > p->channel->feedback ==>
      p->shown == IMAGE_RULE_NONE;
    ensures p->channel->feedback != IMAGE_FEEDBACK_FULL && !judged_allowed && judged_feedback <= p->channel->feedback ==>
      p->shown == judged_rule; */
static void judge(struct passage *p);

/*@ requires \valid(sender); terminates \true; assigns sender->turns; */
static void turn(struct monitor_sender *sender);

/*@ requires \valid(job) && \valid_read(p) && \separated(job, p);
    terminates \true; assigns job->accepted, job->rule, job->bit;
    // The sender hears of the first denial that it may know, and of none as accepted.
    ensures p->shown != IMAGE_RULE_NONE ==> job->accepted == \old(job->accepted) &&
      job->rule == (\old(job->rule) == IMAGE_RULE_NONE ? p->shown : \old(job->rule));
    ensures p->shown == IMAGE_RULE_NONE ==> job->accepted == (\old(job->accepted) | \old(job->bit)) &&
      job->rule == \old(job->rule);
    ensures job->bit == (uint32_t)(2 * \old(job->bit)); */
static void tell(struct monitor_send *job, const struct passage *p);

/*@
  predicate may_send{L}(integer subject, integer channel) =
    channel < core_policy_tables.channels_count && core_policy_tables.channels[channel].sender == subject;
  predicate in_outbox{L}(integer channel, integer first, integer count) =
    first < core_policy_tables.channels[channel].slots && 1 <= count <= core_policy_tables.channels[channel].slots &&
    count <= ABI_BATCH_MAX;
*/

/*@ requires \valid(job) && policy_known && refusals == 0;
    requires \separated(job, &core_policy_tables, core_policy_tables.channels + (0 .. core_policy_tables.channels_count - 1));
    terminates \true; assigns *job, refusals, refused_by;
    ensures \result == ABI_OK <==> may_send(subject, channel) && in_outbox(channel, first, count);
    ensures \result == ABI_OK || \result == ABI_SLOT && may_send(subject, channel) || \result == ABI_CHANNEL;
    ensures \result == ABI_CHANNEL <==> !may_send(subject, channel);
    ensures \result == ABI_OK ==>
      job->channel == channel && job->next == first && job->count == count && job->rule == IMAGE_RULE_NONE &&
      job->accepted == 0 && job->bit == 1 && refusals == 0;
    // What is refused is on record and leaves the job as it was.
    ensures \result != ABI_OK ==> *job == \old(*job) && refusals == 1 &&
      refused_by == (\result == ABI_CHANNEL ? IMAGE_RULE_DEFAULT : IMAGE_RULE_CALL); */
uint32_t monitor_send_begin(uint32_t subject, uint64_t channel, uint64_t first, uint64_t count, struct monitor_send *job);

/*@ requires \valid(job) && sending(job, p->channel, p->sender) && sending_apart(job, p->message, p->channel, p->sender);
    requires under_way(p) && \separated(job, p) && p->request.channel == job->channel && p->channel == channel;
    requires job->count >= 1;
    terminates \true;
    assigns job->next, job->count, job->rule, job->accepted, job->bit, p->request.now, p->verdict, p->how, p->record, p->shown,
      p->message->header, p->message->payload[0 .. sizeof(p->message->payload) - 1], p->sender->turns, p->sender->slot,
      p->sender->accepted, p->sender->published, p->sender->inbox->published, p->sender->inbox->lost,
      slots_of(p->sender)[0 .. area(p->channel->depth, p->channel->slot_size) - 1], unread, loaded, loads, sent, filled,
      sent_number, room, room_subject, room_class, records, audit_place, audit_drafted, judgements, committed, charged,
      judged_allowed, judged_rule, judged_feedback;
    // The next one may follow.
    ensures sending(job, p->channel, p->sender);
    ensures sending_apart(job, p->message, p->channel, p->sender);
    // Its slot is read once, and the next one is the slot behind it.
    ensures job->count == \old(job->count) - 1 && loads == \old(loads) + 1;
    ensures loaded == p->sender->outbox + area(\old(job->next), channel->slot_size);
    ensures job->next == (\old(job->next) + 1 == channel->slots ? 0 : \old(job->next) + 1);
    ensures sent == \old(sent) + (p->verdict.allowed ? 1 : 0);
    ensures p->verdict.allowed ==> committed == 1;
    ensures p->sender->published == (uint64_t)(\old(p->sender->published) + (p->verdict.allowed ? 1 : 0));
    // The first denial that the sender may know stays.
    ensures \old(job->rule) != IMAGE_RULE_NONE ==> job->rule == \old(job->rule);
    ensures job->rule == \old(job->rule) || job->rule == p->shown;
    ensures p->shown != IMAGE_RULE_NONE ==> job->accepted == \old(job->accepted); */
static void send_next(struct monitor_send *job, struct passage *p, const struct image_channel *channel);

/*@ requires \valid(job);
    requires sending(job, core_policy_tables.channels + job->channel, monitor_senders + job->channel);
    requires \forall integer i; 0 <= i < IMAGE_MAX_CPUS ==>
      sending_apart(job, copies + i, core_policy_tables.channels + job->channel, monitor_senders + job->channel);
    requires 1 <= job->count <= core_policy_tables.channels[job->channel].slots && job->count <= ABI_BATCH_MAX;
    requires loads == 0 && sent == 0 && announced == 0;
    terminates \true;
    assigns job->next, job->count, job->rule, job->accepted, job->bit, copies[0 .. IMAGE_MAX_CPUS - 1],
      monitor_senders[job->channel].turns, monitor_senders[job->channel].slot, monitor_senders[job->channel].accepted,
      monitor_senders[job->channel].published, monitor_senders[job->channel].inbox->published,
      monitor_senders[job->channel].inbox->lost,
      slots_of(monitor_senders + job->channel)[0 .. area(core_policy_tables.channels[job->channel].depth,
                                                         core_policy_tables.channels[job->channel].slot_size) - 1],
      unread, loaded, loads, sent, filled, sent_number, room, room_subject, room_class, records, audit_place, audit_drafted,
      judgements, committed, charged, judged_allowed, judged_rule, judged_feedback, announced;
    ensures \result <==> job->count == 0;
    // Of each message the slot is read once, and the next call goes on behind it.
    ensures 1 <= loads == \old(job->count) - job->count;
    ensures job->next == next_slot(\old(job->next), loads, core_policy_tables.channels[job->channel].slots);
    ensures \old(job->rule) != IMAGE_RULE_NONE ==> job->rule == \old(job->rule);
    ensures 0 <= sent <= loads;
    ensures monitor_senders[job->channel].published == (uint64_t)(\old(monitor_senders[job->channel].published) + sent);
    // What can go on is what a call asks for.
    ensures sending(job, core_policy_tables.channels + job->channel, monitor_senders + job->channel);
    ensures \forall integer i; 0 <= i < IMAGE_MAX_CPUS ==>
      sending_apart(job, copies + i, core_policy_tables.channels + job->channel, monitor_senders + job->channel);
    // The receiver is told of all that was sent, if the channel says so.
    ensures announced == (core_policy_tables.channels[job->channel].notify_each != 0 ? sent : 0); */
bool monitor_send_continue(uint32_t subject, struct monitor_send *job);
