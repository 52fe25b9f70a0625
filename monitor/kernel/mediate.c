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
SEALED uint16_t monitor_events[IMAGE_MAX_RULES];

static struct decide_message copies[IMAGE_MAX_CPUS];      /* the message under judgement; a CPU judges one at a time */

/* One message on its way. */
struct passage {
    const struct image_channel *channel;
    struct monitor_sender *sender;
    struct decide_message *message;   /* the private copy */
    struct decide_request request;
    struct decide_verdict verdict;
    uint32_t event;                   /* of a message that may pass: how it is recorded; AUDIT_NONE: not at all */
    uint32_t shown;                   /* the rule that the sender is told; IMAGE_RULE_NONE: that it passed */
};

/* Reads the slot once. A length beyond the slot is not followed: check_type() refuses it before it looks at the payload. */
static void copy_in(const struct passage *p, uint32_t slot)
{
    uint32_t size = p->channel->slot_size;
    const uint8_t *from = p->sender->outbox + (uint64_t)slot * size;
    struct message_header *header = &p->message->header;
    arch_copy_once(header, from, sizeof *header);
    if (header->length <= size - sizeof *header) arch_copy_once(p->message->payload, from + sizeof *header, header->length);
}

static bool recorded(uint32_t always)
{
    return (core_policy()->header->audit_always & always) != 0;
}

/* What the monitor let through, and what overran its reader, tells of the flow; all else is a matter of security. */
static uint32_t event_class(uint32_t event)
{
    return event == AUDIT_EVENT_ALLOWED || event == AUDIT_EVENT_DROPPED ? IMAGE_CLASS_FLOW : IMAGE_CLASS_SECURITY;
}

/* A refusal that others have brought about. */
static void refuse(struct passage *p, uint32_t rule)
{
    p->verdict.allowed = false;
    p->verdict.rule = rule;
    p->verdict.feedback = IMAGE_FEEDBACK_FULL;
}

/* Sets what the sender learns of a verdict: the rule of a denial that the channel's feedback shows, else that it passed. */
static void show(struct passage *p)
{
    bool hidden = p->verdict.allowed || p->verdict.feedback > p->channel->feedback;
    p->shown = hidden ? IMAGE_RULE_NONE : p->verdict.rule;
}

/*
 * The audit has no room for what must be on record, so the message does not pass. The sender pays for it as if it had, and
 * unless feedback is full it is told the same: how fast its records are read is not its to know.
 */
static void withhold(struct passage *p)
{
    show(p);
    if (p->verdict.allowed) decide_charge(core_policy(), &monitor_state, &p->verdict, p->request.now);
    p->verdict.field = IMAGE_NONE;
    p->verdict.value = 0;
    refuse(p, IMAGE_RULE_AUDIT);
    if (p->channel->feedback == IMAGE_FEEDBACK_FULL) show(p);
}

/* Whether the record that the verdict leads to has room, or need not be kept. */
static bool can_record(struct passage *p)
{
    if (!p->verdict.allowed) return !recorded(IMAGE_AUDIT_DENIED) || audit_admits(p->request.subject, IMAGE_CLASS_SECURITY);
    uint64_t consumed = __atomic_load_n(&monitor_consumed[p->request.channel], __ATOMIC_ACQUIRE);
    bool is_full = p->sender->published - consumed >= p->channel->depth;
    p->event = is_full ? AUDIT_EVENT_DROPPED : monitor_events[p->verdict.allow];
    return p->event == AUDIT_NONE || audit_admits(p->request.subject, event_class(p->event));
}

/* Judges the copy; commits if it may pass and will be on record. */
static void judge(struct passage *p)
{
    for (uint32_t i = 0; i < IMAGE_COMMIT_TRIES; i++) {
        p->request.now = arch_now();
        decide(core_policy(), &monitor_state, &p->request, &p->verdict);
        if (!can_record(p)) {
            withhold(p);
            return;
        }
        if (!p->verdict.allowed || decide_commit(core_policy(), &monitor_state, &p->verdict, p->request.now)) {
            show(p);
            return;
        }
    }
    refuse(p, core_policy()->protocols[core_policy()->rules[p->verdict.allow].protocol].rule);
    if (can_record(p)) show(p);
    else withhold(p);
}

static void record(const struct passage *p, uint32_t event, uint64_t number)
{
    const struct message_header *header = &p->message->header;
    /* What is withheld for want of room makes one row, whatever it was. */
    uint16_t type = p->verdict.rule == IMAGE_RULE_AUDIT ? (uint16_t)AUDIT_NONE : header->type;
    struct audit_record r = {
        .event = (uint16_t)event, .subject = (uint16_t)p->request.subject, .channel = (uint16_t)p->request.channel,
        .type = type, .field = p->verdict.field, .rule = p->verdict.rule, .class_ = event_class(event),
        .value = p->verdict.value, .other = number
    };
    if (p->verdict.allowed && (core_policy()->rules[p->verdict.allow].flags & IMAGE_RULE_PAYLOAD)) {
        r.payload_length = header->length < AUDIT_PAYLOAD_MAX ? header->length : AUDIT_PAYLOAD_MAX;
        arch_copy(r.payload, p->message->payload, r.payload_length);
    }
    audit_write(arch_cpu(), &r);
}

static void publish(const struct passage *p, uint64_t sequence)
{
    struct monitor_sender *sender = p->sender;
    uint8_t *slot = (uint8_t *)(sender->inbox + 1) + sender->slot * p->channel->slot_size;
    p->message->header.sequence = sequence;
    arch_copy(slot, p->message, sizeof p->message->header + p->message->header.length);
    if (++sender->slot == p->channel->depth) sender->slot = 0;
    uint64_t published = sender->published + 1;
    __atomic_store_n(&sender->published, published, __ATOMIC_RELEASE);
    __atomic_store_n(&sender->inbox->published, published, __ATOMIC_RELEASE);
}

/* Carries out the verdict. */
static void settle(struct passage *p)
{
    if (!p->verdict.allowed) {
        if (recorded(IMAGE_AUDIT_DENIED)) record(p, AUDIT_EVENT_DENIED, p->sender->turns / 2);
        return;
    }
    uint64_t sequence = p->sender->accepted++;
    if (p->event == AUDIT_EVENT_DROPPED) {
        __atomic_fetch_add(&p->sender->inbox->lost, 1, __ATOMIC_RELAXED);    /* for the reader; the kernel never uses it */
        refuse(p, IMAGE_RULE_FULL);
        show(p);
    }
    if (p->event != AUDIT_NONE) record(p, p->event, sequence);
    if (p->verdict.allowed) publish(p, sequence);
}

/* Whether a message is on its way, for a restart to see: channel.c. */
static void turn(struct monitor_sender *sender)
{
    __atomic_fetch_add(&sender->turns, 1, __ATOMIC_SEQ_CST);
}

static void tell(struct monitor_send *job, const struct passage *p)
{
    if (p->shown == IMAGE_RULE_NONE) job->accepted |= 1u << job->next;
    else if (job->rule == IMAGE_RULE_NONE) job->rule = p->shown;
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
        .channel = (uint16_t)known, .first = (uint16_t)below(first, slots), .count = (uint16_t)count
    };
    return ABI_OK;
}

bool monitor_send_continue(uint32_t subject, struct monitor_send *job)
{
    const struct image_channel *channel = &core_policy()->channels[job->channel];
    uint32_t unannounced = 0;         /* messages published since the event was raised */
    struct passage p;
    p.channel = channel;
    p.sender = &monitor_senders[job->channel];
    p.request.message = p.message = &copies[arch_cpu()];
    p.request.channel = job->channel;
    p.request.subject = subject;
    p.request.plan = core_plan();
    do {
        uint32_t slot = job->first + job->next;
        if (slot >= channel->slots) slot -= channel->slots;
        copy_in(&p, slot);
        turn(p.sender);
        judge(&p);
        settle(&p);
        turn(p.sender);
        tell(job, &p);
        job->next++;
        if (p.verdict.allowed && ++unannounced == channel->notify_each) {
            core_event_raise(channel->receiver, channel->event);
            unannounced = 0;
        }
    } while (job->next < job->count && !core_time_up());
    if (unannounced != 0 && channel->notify_each != 0) core_event_raise(channel->receiver, channel->event);
    return job->next == job->count;
}
