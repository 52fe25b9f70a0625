/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way of a message: copied once out of the sender's outbox, judged, recorded, published into the receiver's inbox. Verdict
 * and record are one step: what the audit cannot take does not happen. Nothing fails after decide_commit().
 *
 * Untrusted: the call's arguments and every byte of the outbox, which the sender (and whoever shares it) may be writing.
 */
#include "channels/abi.h"
#include "core/arch.h"
#include "core/audit.h"
#include "core/core.h"
#include "core/monitor.h"
#include "core/compiler.h"
#include "state.h"

struct monitor_sender monitor_senders[IMAGE_MAX_CHANNELS];
struct decide_pace monitor_paces[IMAGE_MAX_RULES];
struct decide_line monitor_lines[IMAGE_MAX_CHANNELS] __attribute__((aligned(64)));
uint64_t monitor_due[IMAGE_MAX_RULES];
uint64_t monitor_protocols[IMAGE_MAX_PROTOCOLS];
SEALED struct decide_state monitor_state;
SEALED struct monitor_record monitor_records[MONITOR_RECORDS];

static struct decide_message copies[IMAGE_MAX_CPUS];      /* the message under judgement; a CPU judges one at a time */

/* One message on its way. */
struct passage {
    const struct image_channel *channel;
    struct monitor_sender *sender;
    struct decide_message *message;   /* the private copy */
    struct audit_record *record;      /* what it will be recorded in, if it is */
    struct decide_request request;
    struct decide_verdict verdict;
    const struct monitor_record *how; /* it is recorded */
    struct ring_writer *ring;         /* of this CPU */
    uint32_t shown;                   /* the rule that the sender is told; IMAGE_RULE_NONE: that it passed */
};

/*
 * Reads the slot once. A length beyond the slot is not followed: check_type() refuses it before it looks at the payload. Whole
 * quadwords are read, as a slot is made of; nothing looks at what lies behind the length.
 */
static void copy_in(const struct passage *p, uint32_t slot)
{
    uint32_t size = p->channel->slot_size;
    const uint8_t *from = p->sender->outbox + (uint64_t)slot * size;
    //@ assert from == p->sender->outbox + area(slot, size);
    const struct message_header *header = &p->message->header;
    *(uint64_t *)(void *)p->message = arch_load_once((const uint64_t *)(const void *)from);       /* all but the sequence */
    if (header->length <= size - sizeof *header) {
        arch_copy_once(p->message->payload, from + sizeof *header, (header->length + 7) & ~7u);
    }
}

/* A refusal that others have brought about. */
static void refuse(struct passage *p, uint32_t rule)
{
    p->verdict.allowed = false;
    p->verdict.rule = rule;
    p->verdict.feedback = IMAGE_FEEDBACK_FULL;
}

/* What may join a row of its like is made in the draft. */
static APART bool can_repeat(struct passage *p, uint32_t how)
{
    p->how = &monitor_records[how];
    p->record = audit_draft(p->ring);
    if (p->how->event == 0) return true;
    return audit_admits(p->request.subject, p->how->class_);
}

/* Whether the record that the verdict leads to has room, or need not be kept. */
static bool can_record(struct passage *p)
{
    if (!p->verdict.allowed) return can_repeat(p, MONITOR_DENIED);
    uint64_t consumed = __atomic_load_n(&monitor_consumed[p->request.channel], __ATOMIC_ACQUIRE);
    if (p->sender->published - consumed >= p->channel->depth) return can_repeat(p, MONITOR_DROPPED);
    p->how = &monitor_records[p->verdict.allow];
    if (p->how->event == 0) return true;
    p->record = audit_begin(p->ring, p->request.subject, p->how->class_);
    return p->record != 0;
}

static APART void record(const struct passage *p, uint64_t number)
{
    const struct monitor_record *how = p->how;
    struct audit_record *r = p->record;
    if (how->event == 0) return;
    r->tsc = p->request.now;
    r->event = how->event;
    r->subject = (uint16_t)p->request.subject;
    r->channel = (uint16_t)p->request.channel;
    r->type = p->message->header.type;
    r->field = p->verdict.field;
    r->rule = p->verdict.rule;
    r->class_ = how->class_;
    r->value = p->verdict.value;
    r->other = number;
    if (how->payload || r->payload_length != 0) {         /* of what stood in its place nothing stays */
        uint32_t length = how->payload ? p->message->header.length : 0;
        arch_fill_zero(r->payload, sizeof r->payload);
        r->payload_length = length < AUDIT_PAYLOAD_MAX ? length : AUDIT_PAYLOAD_MAX;
        arch_copy(r->payload, p->message->payload, r->payload_length);
    }
    audit_end(p->ring, r);
}

static void publish(const struct passage *p, uint64_t sequence)
{
    struct monitor_sender *sender = p->sender;
    uint64_t slot = sender->slot, next = slot + 1;
    //@ assert 0 <= slot * p->channel->slot_size <= (p->channel->depth - 1) * p->channel->slot_size <= 0xfffffff;
    sender->slot = next == p->channel->depth ? 0 : next;
    p->message->header.sequence = sequence;
    arch_copy((uint8_t *)(sender->inbox + 1) + slot * p->channel->slot_size, p->message,
              sizeof p->message->header + p->message->header.length);
    uint64_t published = sender->published + 1;
    __atomic_store_n(&sender->published, published, __ATOMIC_RELEASE);
    __atomic_store_n(&sender->inbox->published, published, __ATOMIC_RELEASE);
}

/* The sender learns the rule, if the channel's feedback shows it, else that its message passed. */
static APART void deny(struct passage *p, uint64_t number)
{
    if (p->verdict.feedback <= p->channel->feedback) p->shown = p->verdict.rule;
    record(p, number);
}

/*
 * The audit has no room for what must be on record, so the message does not pass. The sender pays for it as if it had, and
 * unless feedback is full it is told the same: how fast its records are read is not its to know.
 */
static APART void withhold(struct passage *p)
{
    if (p->verdict.allowed) decide_charge(core_policy(), &monitor_state, &p->verdict, p->request.now);
    else if (p->verdict.feedback <= p->channel->feedback) p->shown = p->verdict.rule;
    p->verdict.field = AUDIT_NONE;
    p->verdict.value = 0;
    p->message->header.type = AUDIT_NONE;     /* what is withheld makes one row, whatever it was */
    refuse(p, IMAGE_RULE_AUDIT);
    can_repeat(p, MONITOR_DENIED);
    deny(p, p->sender->turns / 2);
}

/* Accepted; delivered, if the inbox is not full. */
static void pass(struct passage *p)
{
    uint64_t number = p->sender->accepted++;
    if (p->how->event == AUDIT_EVENT_DROPPED) {
        __atomic_fetch_add(&p->sender->inbox->lost, 1, __ATOMIC_RELAXED);    /* for the reader; the kernel never uses it */
        refuse(p, IMAGE_RULE_FULL);
        deny(p, number);
    } else {
        record(p, number);
        publish(p, number);
    }
}

/*
 * Judges the copy; carries the verdict out if that will be on record. A protocol that others have moved after each verdict,
 * until no try is left, lets nothing pass.
 */
static void judge(struct passage *p)
{
    const struct policy_tables *policy = core_policy();
    uint32_t left = IMAGE_COMMIT_TRIES;
    bool fits;
    /*@ loop invariant 0 <= left <= IMAGE_COMMIT_TRIES && judgements == IMAGE_COMMIT_TRIES - left;
        loop invariant left < IMAGE_COMMIT_TRIES ==>
          judged_allowed && p->verdict.allowed && moved_by_another(p->verdict.allow);
        loop invariant committed == 0;
        loop assigns left, fits, p->request.now, p->verdict, p->how, p->record, room, room_subject, room_class, committed,
          judgements, judged_allowed, judged_rule, judged_feedback;
        loop variant left; */
    do {
        if (left-- != 0) {
            p->request.now = arch_now();
            decide(policy, &monitor_state, &p->request, &p->verdict);
        } else {
            refuse(p, policy->protocols[policy->rules[p->verdict.allow].protocol].rule);
        }
        fits = can_record(p);
    } while (fits && p->verdict.allowed && !decide_commit(policy, &monitor_state, &p->verdict, p->request.now));
    if (!fits) withhold(p);
    else if (p->verdict.allowed) pass(p);
    else deny(p, p->sender->turns / 2);
}

/* Whether a message is on its way, for a restart to see: channel.c. */
static void turn(struct monitor_sender *sender)
{
    __atomic_fetch_add(&sender->turns, 1, __ATOMIC_SEQ_CST);
}

static void tell(struct monitor_send *job, const struct passage *p)
{
    if (p->shown == IMAGE_RULE_NONE) job->accepted |= job->bit;
    else if (job->rule == IMAGE_RULE_NONE) job->rule = p->shown;
    job->bit <<= 1;
}

uint32_t monitor_send_begin(uint32_t subject, uint64_t channel, uint64_t first, uint64_t count, struct monitor_send *job)
{
    const struct policy_tables *policy = core_policy();
    uint64_t known = below(channel, policy->channels_count);
    const struct image_channel *c = &policy->channels[known];
    if (channel >= policy->channels_count || c->sender != subject) {
        return monitor_refuse(subject, channel, IMAGE_RULE_DEFAULT, channel, ABI_CHANNEL);
    }
    uint16_t slots = c->slots;
    if (first >= slots || count - 1 >= ABI_BATCH_MAX || count > slots) {
        return monitor_refuse(subject, channel, IMAGE_RULE_CALL, first < slots ? count : first, ABI_SLOT);
    }
    *job = (struct monitor_send){
        .channel = (uint16_t)known, .next = (uint16_t)below(first, slots), .count = (uint16_t)count, .bit = 1
    };
    return ABI_OK;
}

/* One message of the job, from its slot to what the sender hears of it. */
static void send_next(struct monitor_send *job, struct passage *p, const struct image_channel *channel)
{
    copy_in(p, job->next);
    if (++job->next == channel->slots) job->next = 0;
    turn(p->sender);
    p->shown = IMAGE_RULE_NONE;
    /*@ assert p->channel == \at(p->channel, Pre) && p->sender == \at(p->sender, Pre) &&
          p->sender->inbox == \at(p->sender->inbox, Pre) && channel->depth == \at(channel->depth, Pre) &&
          channel->slot_size == \at(channel->slot_size, Pre); */
    judge(p);
    turn(p->sender);
    tell(job, p);
    job->count--;
    /*@ assert channel->depth == \at(channel->depth, Pre) && channel->slots == \at(channel->slots, Pre) &&
          channel->slot_size == \at(channel->slot_size, Pre) && job->channel == \at(job->channel, Pre); */
    //@ assert channel_known(channel) && has_inbox(p->sender, channel) && job->next < channel->slots;
    //@ assert \valid_read(p->sender->outbox + (0 .. area(channel->slots, channel->slot_size) - 1));
}

bool monitor_send_continue(uint32_t subject, struct monitor_send *job)
{
    const struct image_channel *channel = &core_policy()->channels[job->channel];
    uint32_t unannounced = 0;         /* messages published since the event was raised */
    struct passage p;
    p.channel = channel;
    p.sender = &monitor_senders[job->channel];
    uint32_t cpu = arch_cpu();
    p.ring = audit_ring(cpu);
    p.request.message = p.message = &copies[cpu];
    p.request.channel = job->channel;
    p.request.subject = subject;
    p.request.plan = core_plan();
    /*@ loop invariant sending(job, channel, p.sender) && 1 <= job->count <= \at(job->count, Pre);
        loop invariant \forall integer i; 0 <= i < IMAGE_MAX_CPUS ==> sending_apart(job, copies + i, channel, p.sender);
        loop invariant p.sender->inbox == \at(p.sender->inbox, LoopEntry) && channel->depth == \at(channel->depth, LoopEntry);
        loop invariant channel->slot_size == \at(channel->slot_size, LoopEntry) && job->channel == \at(job->channel, Pre);
        loop invariant channel->slots == \at(channel->slots, LoopEntry);
        loop invariant loads == \at(job->count, Pre) - job->count && 0 <= unannounced <= sent <= loads;
        loop invariant job->next == next_slot(\at(job->next, Pre), loads, channel->slots);
        loop invariant \at(job->rule, Pre) != IMAGE_RULE_NONE ==> job->rule == \at(job->rule, Pre);
        loop invariant p.sender->published == (uint64_t)(\at(monitor_senders[job->channel].published, Pre) + sent);
        loop invariant channel->notify_each == 0 ==> announced == 0;
        loop invariant channel->notify_each != 0 && unannounced == 0 ==> announced == sent;
        loop assigns job->next, job->count, job->rule, job->accepted, job->bit, p.request.now, p.verdict, p.how, p.record,
          p.shown, copies[cpu].header, copies[cpu].payload[0 .. sizeof(copies[0].payload) - 1], p.sender->turns,
          p.sender->slot, p.sender->accepted, p.sender->published, p.sender->inbox->published, p.sender->inbox->lost,
          slots_of(p.sender)[0 .. area(channel->depth, channel->slot_size) - 1], unread, loaded, loads, sent, filled,
          sent_number, room, room_subject, room_class, records, audit_place, audit_drafted, judgements, committed, charged,
          judged_allowed, judged_rule, judged_feedback, announced, unannounced;
        loop variant job->count; */
    do {
        send_next(job, &p, channel);
        if (p.verdict.allowed && ++unannounced == channel->notify_each) {
            core_event_raise(channel->receiver, channel->event);
            unannounced = 0;
        }
    } while (job->count != 0 && !core_time_up());
    if (unannounced != 0 && channel->notify_each != 0) core_event_raise(channel->receiver, channel->event);
    return job->count == 0;
}
