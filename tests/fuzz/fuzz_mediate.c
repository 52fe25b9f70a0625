/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way of messages through the monitor onto the audit rings themselves. Senders write their outboxes before any load of the
 * kernel's, all arguments of calls may be anything, subjects start again, and so is the audit subject, which acknowledges what
 * it likes: the input says what. First byte: whether a full reservation blocks or drops, by class, and whether the ring has
 * come round by then; then calls.
 * What has been loaded is spoiled at its source (fake_core.c), and is what must have been judged: as all checks judge it
 * without a line, and its fields one by one. What must hold besides, behind each message: the inbox has it as it was loaded,
 * or not at all, and not a byte more; what is to be on record is, before the next one; and the rings say what told.h demands.
 */
#include <string.h>
#include "input.h"
#include "audit/kernel/ring.h"
#include "channels/abi.h"
#include "core/audit.h"
#include "core/monitor.h"
#include "fake_core.h"
#include "gateway.h"
#include "monitor/kernel/state.h"
#include "mediated.h"
#include "plain_fields.h"
#include "told.h"

#define WAYS(X)                                                                                                                \
    X(LINE_PASSES, "a line lets a message with fields pass")                                                                   \
    X(LINE_NO_FIELDS, "one without fields")                                                                                    \
    X(LINE_SIGNED, "a line's plain signed value is bad")                                                                       \
    X(LINE_BIG, "a line's big-endian value is bad")                                                                            \
    X(LINE_SET, "a line's value of a set is bad")                                                                              \
    X(LINE_TAGGED, "a line's tagged value is bad")                                                                             \
    X(LINE_PADDING, "a line's padding is bad")                                                                                 \
    X(LINE_NO_TOKEN, "a line without a token")                                                                                 \
    X(LINE_NO_PLAN, "a line in another plan")                                                                                  \
    X(NO_LINE, "a message passes without a line")                                                                              \
    X(PROTOCOL, "a message passes under a protocol")                                                                           \
    X(CHANGED, "a message passes that its sender changed between two loads")                                                   \
    X(UNRECORDED, "a message passes that need not be on record")                                                               \
    X(IN_PLACE, "a record is made where it stands, by what is known to be free")                                               \
    X(LOOKED, "by a look at what is free")                                                                                     \
    X(IN_DRAFT, "in the draft, since something waits")                                                                         \
    X(OVER_PAYLOAD, "where a payload stood, without one")                                                                      \
    X(OTHER_RING, "on the other CPU's ring")                                                                                   \
    X(WITHHELD, "a message is withheld for want of room")                                                                      \
    X(DENIAL_WITHHELD, "a denial's reason is")                                                                                 \
    X(DROPPED, "a message finds its inbox full")                                                                               \
    X(ROW, "a record stands for several events")                                                                               \
    X(LOST, "events are lost and counted")                                                                                     \
    X(REFUSED, "a call is refused")                                                                                            \
    X(RESTARTED, "a sender starts again")                                                                                      \
    X(RESTARTED_SLOWLY, "in several windows")                                                                                  \
    X(ACKNOWLEDGED, "the audit subject acknowledges")                                                                          \
    X(FALSE_ACKNOWLEDGEMENT, "what it cannot")                                                                                 \
    X(LAPS, "a ring comes round")
#include "ways.h"

enum { CALLS = 96, CHANNELS = MEDIATED_CHANNELS, BATCH = 8, INBOX_BYTES = 1024 };

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct channel {
    uint64_t sent, accepted, published, taken;
    uint8_t slots[INBOX_BYTES];               /* as the inbox must have them */
} channels[CHANNELS];

/* The message under way. */
static struct {
    bool begun, judged, changed, by_line, was_full, was_open, was_sure;
    uint32_t channel, first_load;
    struct decide_message copy;
    struct decide_verdict verdict;            /* by all checks */
} now;
static struct monitor_send job;

static const struct image_channel *channel_of(uint32_t channel)
{
    return &gateway.policy.channels[channel];
}

static struct inbox_header *inbox(uint32_t channel)
{
    return core_region(channel_of(channel)->inbox_region);
}

/* ---- messages ---- */
static struct audit_record event_of(uint16_t event, uint32_t rule, uint32_t class_)
{
    return (struct audit_record){ .event = event, .subject = channel_of(now.channel)->sender, .channel = (uint16_t)now.channel,
                                  .type = now.copy.header.type, .field = now.verdict.field, .rule = rule, .class_ = class_,
                                  .value = now.verdict.value };
}

static struct audit_record denial(uint32_t rule)
{
    struct audit_record e = event_of(AUDIT_EVENT_DENIED, rule, IMAGE_CLASS_SECURITY);
    e.other = channels[now.channel].sent;
    return e;
}

/* As the policy asks for it; an event of 0: not at all. */
static struct audit_record passage(void)
{
    const struct image_rule *rule = &gateway.policy.rules[now.verdict.allow];
    bool downgrades = (rule->flags & IMAGE_RULE_DOWNGRADE) != 0, records = (rule->flags & IMAGE_RULE_RECORD) != 0;
    struct audit_record e = event_of(downgrades ? AUDIT_EVENT_DOWNGRADE : records ? AUDIT_EVENT_ALLOWED : 0, rule->rule,
                                     downgrades ? IMAGE_CLASS_SECURITY : IMAGE_CLASS_FLOW);
    e.other = channels[now.channel].accepted;
    if (!(rule->flags & IMAGE_RULE_PAYLOAD)) return e;
    e.payload_length = now.copy.header.length;
    memcpy(e.payload, now.copy.payload, e.payload_length);
    return e;
}

/* What is to become of the message, if its record has room. */
static struct audit_record judgement(void)
{
    if (!now.verdict.allowed) return denial(now.verdict.rule);
    if (!now.was_full) return passage();
    struct audit_record e = event_of(AUDIT_EVENT_DROPPED, IMAGE_RULE_FULL, IMAGE_CLASS_FLOW);
    e.other = channels[now.channel].accepted;
    return e;
}

/* Without room for its record no message passes, and with room each goes its way. */
static bool is_withheld(const struct audit_record *event)
{
    bool withheld = job.rule == IMAGE_RULE_AUDIT;
    if (event->event == 0 || !told_blocks(event->class_)) {
        require(!withheld, "what need not be on record is withheld");
        return false;
    }
    uint32_t free_slots = told_room(fake_core.cpu, event->subject, event->class_);
    uint32_t waiting = told_all(event->subject, event->class_) ? 0 : 2;
    require(withheld || free_slots > 0, "a message goes its way without room for its record");
    require(!withheld || free_slots <= waiting, "a message is withheld in spite of room");     /* a row and losses come first */
    return withheld;
}

static void deliver(void)
{
    const struct image_channel *c = channel_of(now.channel);
    struct channel *channel = &channels[now.channel];
    uint8_t *slot = &channel->slots[channel->published++ % c->depth * c->slot_size];

    require(channel->published - channel->taken <= c->depth, "more lies in the inbox than it holds");
    now.copy.header.sequence = channel->accepted;
    memcpy(slot, &now.copy, sizeof now.copy.header + now.copy.header.length);
}

static void inboxes_are_right(void)
{
    for (uint32_t i = 0; i < CHANNELS; i++) {
        uint32_t size = channel_of(i)->depth * channel_of(i)->slot_size;
        require(size <= INBOX_BYTES && memcmp(inbox(i) + 1, channels[i].slots, size) == 0, "an inbox has something else");
        require(inbox(i)->published == channels[i].published, "the inbox says what is not so");
    }
}

static void note_ways(const struct audit_record *event, bool passes)
{
    const struct image_field *f = now.verdict.field == IMAGE_NONE ? NULL : &gateway.policy.fields[now.verdict.field];
    const struct image_type *type = now.verdict.allowed ? &gateway.policy.types[now.copy.header.type] : NULL;
    bool by_line_bad = now.by_line && f != NULL;
    bool is_recorded = passes && event->event != 0;

    way(LINE_PASSES, passes && now.by_line && type->field_count > 0);
    way(LINE_NO_FIELDS, passes && now.by_line && type->field_count == 0);
    way(LINE_SIGNED, by_line_bad && f->flags == 0 && f->tag == IMAGE_NONE && f->kind & IMAGE_FIELD_SIGNED);
    way(LINE_BIG, by_line_bad && f->flags & IMAGE_FIELD_BIG);
    way(LINE_SET, by_line_bad && f->flags & IMAGE_FIELD_SET);
    way(LINE_TAGGED, by_line_bad && f->tag != IMAGE_NONE);
    way(LINE_PADDING, by_line_bad && f->kind & IMAGE_FIELD_ZERO);
    way(NO_LINE, passes && !now.by_line);
    way(PROTOCOL, passes && gateway.policy.rules[now.verdict.allow].protocol != IMAGE_NONE);
    way(CHANGED, passes && now.changed);
    way(UNRECORDED, passes && event->event == 0);
    way(IN_PLACE, is_recorded && now.was_sure);
    way(LOOKED, is_recorded && !now.was_sure && !now.was_open);
    way(IN_DRAFT, is_recorded && now.was_open);
    way(OTHER_RING, is_recorded && fake_core.cpu == 1);
}

/* What the message has become. */
static void end_message(void)
{
    struct channel *channel = &channels[now.channel];
    struct audit_record event = judgement();
    bool withheld = is_withheld(&event), passes = now.verdict.allowed && !now.was_full && !withheld;

    way(WITHHELD, withheld && now.verdict.allowed);
    way(DENIAL_WITHHELD, withheld && !now.verdict.allowed);
    way(DROPPED, event.event == AUDIT_EVENT_DROPPED);
    require(now.begun && now.judged, "a message is judged without being looked at");
    if (withheld) {
        event = denial(IMAGE_RULE_AUDIT);
        event.type = event.field = AUDIT_NONE;
        event.value = 0;
    }
    require(job.rule == (passes ? IMAGE_RULE_NONE : event.rule), "the sender is told something else");
    if (passes) deliver();
    channel->accepted += passes || event.event == AUDIT_EVENT_DROPPED;
    channel->sent++;
    inboxes_are_right();
    note_ways(&event, passes);
    if (event.event != 0) told_happened(fake_core.cpu, event, withheld);
    told_look();
    bool must_be_told = passes && event.event != 0 && told_blocks(event.class_);
    require(!must_be_told || told_all(event.subject, event.class_), "a message passes before its record");
    job.rule = IMAGE_RULE_NONE;       /* a job keeps the first: each is looked at */
    now.begun = false;
}

/* The private copy as it must be by now: what has been loaded of this message. */
static void gather(void)
{
    for (uint32_t i = now.first_load; i < fake_core.load_count; i++) {
        const struct fake_load *load = &fake_core.loads[i];
        uint8_t *to = i == now.first_load ? (uint8_t *)&now.copy.header : now.copy.payload;
        memcpy(to, load->was, load->size);
    }
}

/* As decide.c has it: whether the line says all but the fields. */
static bool line_speaks(const struct decide_request *r)
{
    const struct decide_line *line = &monitor_lines[r->channel];
    if (line->plans == 0 || line->sender != r->subject || line->header != decide_header_word(&r->message->header)) return false;
    uint64_t due = monitor_due[line->allow], ahead = due > r->now ? due - r->now : 0;
    bool has_plan = (line->plans >> r->plan & 1) != 0, has_token = ahead <= line->tolerance;
    way(LINE_NO_PLAN, !has_plan);
    way(LINE_NO_TOKEN, !has_token);
    return has_plan && has_token;
}

/* The monitor asks for the time, then judges: all that it judges by is as it is now. */
static void judge(void)
{
    static const struct decide_line none[IMAGE_MAX_CHANNELS];
    struct decide_state all_checks = monitor_state;
    const struct image_channel *c = channel_of(now.channel);
    struct decide_request request = { .message = &now.copy, .now = fake_core.now + 1, .plan = fake_core.plan,
                                      .channel = now.channel, .subject = c->sender };

    if (!now.begun || now.judged) return;
    gather();
    all_checks.lines = none;
    now.judged = true;
    now.by_line = line_speaks(&request);
    decide(&gateway.policy, &all_checks, &request, &now.verdict);
    bool has_type = now.verdict.allowed || now.verdict.field != IMAGE_NONE;
    uint32_t bad = has_type ? plain_bad_field(&gateway.policy, now.copy.header.type, now.copy.payload) : IMAGE_NONE;
    require(now.verdict.field == bad, "another field is bad");
    now.was_full = channels[now.channel].published - channels[now.channel].taken >= c->depth;
    if (!now.verdict.allowed || now.was_full) return;
    const struct monitor_record *how = &monitor_records[now.verdict.allow];
    const struct ring_credit *credit = &ring_credits[c->sender][how->class_];
    now.was_sure = credit->taken < credit->sure;
    now.was_open = credit->row.open || credit->lost != 0;
    bool stood = ring_writers[fake_core.cpu].next->payload_length != 0;
    way(OVER_PAYLOAD, stood && !now.was_open && how->event != 0 && !how->payload);
}

/* Bytes of this message that were loaded before are loaded again, or the sender writes some of what comes next. */
static void sender_acts(uint8_t *from, uint32_t size)
{
    for (uint32_t i = 0; i < fake_core.load_count; i++) {
        const struct fake_load *load = &fake_core.loads[i];
        require(from >= load->at + load->size || load->at >= from + size, "a byte is loaded twice");
    }
    uint8_t *outbox = core_region(channel_of(now.channel)->outbox_region);
    bool is_header = (uint64_t)(from - outbox) % channel_of(now.channel)->slot_size == 0;
    if (is_header) {
        if (now.begun) end_message();
        memset(&now.copy, 0, sizeof now.copy);
        now.begun = true;
        now.judged = now.changed = now.was_sure = now.was_open = false;
        now.first_load = fake_core.load_count;
    }
    for (uint32_t writes = next_byte() % 4; size > 0 && writes > 0; writes--) {
        uint32_t at = next_byte() % size;
        from[at] = next_byte();
        now.changed |= !is_header;
    }
}

/* ---- calls ---- */
/* A message that may pass, at the beginning; the input changes it later. */
static void put(uint32_t channel, uint32_t slot)
{
    static void (*const reports[])(struct decide_message *, uint16_t) = { gateway_request, gateway_ack, gateway_notice };
    static const uint8_t usual[CHANNELS] = { 3, 3, 0, 1, 2 };
    struct decide_message m;
    uint8_t which = next_byte(), kind = which % 8 == 7 ? which >> 3 & 3 : usual[channel];

    memset(&m, 0, sizeof m);
    if (kind == 3) gateway_position(&m);
    else reports[kind](&m, which >> 3);
    if (kind == 3) gateway_put(&m, 8, 4, which);
    const struct image_channel *c = channel_of(channel);
    memcpy((uint8_t *)core_region(c->outbox_region) + slot * c->slot_size, &m, c->slot_size);
}

static void refused(uint32_t subject, uint64_t channel, uint32_t rule, uint64_t what)
{
    way(REFUSED, true);
    told_happened(fake_core.cpu, (struct audit_record){ .event = AUDIT_EVENT_DENIED, .subject = (uint16_t)subject,
                                                   .channel = channel < CHANNELS ? (uint16_t)channel : AUDIT_NONE,
                                                   .type = AUDIT_NONE, .field = AUDIT_NONE, .rule = rule,
                                                   .class_ = IMAGE_CLASS_SECURITY, .value = what }, true);
}

static void act_as(uint32_t subject)
{
    fake_core.cpu = gateway.policy.subjects[subject].cpu;
    fake_core.raised_count = 0;
}

/* Now and then a number that is none of those expected. */
static uint64_t next_number(uint64_t expected)
{
    uint8_t how = next_byte();
    if (how < 224) return expected;
    return how < 240 ? expected + how - 232 : (uint64_t)(int64_t)(int8_t)(how << 3) << (how & 1 ? 0 : 32);
}

static void send(void)
{
    uint8_t which = next_byte();
    uint32_t at = which % CHANNELS, slots = channel_of(at)->slots;
    uint64_t channel = next_number(at), first = next_number(which % slots), count = next_number(1 + which / 32 % BATCH);
    uint32_t subject = channel_of(at)->sender;

    act_as(subject);
    if (count > BATCH && count <= ABI_BATCH_MAX) count = BATCH;
    bool holds = channel < CHANNELS && channel_of((uint32_t)channel)->sender == subject;
    if (holds) at = (uint32_t)channel;
    bool is_right = first < slots && count >= 1 && count <= BATCH;
    uint32_t status = monitor_send_begin(subject, channel, first, count, &job);
    require(status == (!holds ? ABI_CHANNEL : is_right ? ABI_OK : ABI_SLOT), "a call's arguments are taken for others");
    if (!holds) refused(subject, channel, IMAGE_RULE_DEFAULT, channel);
    else if (!is_right) refused(subject, channel, IMAGE_RULE_CALL, first < slots ? count : first);
    told_look();
    if (status != ABI_OK) return;
    for (uint32_t i = 0; i < count; i++) put(at, (uint32_t)(first + i) % slots);
    now.channel = at;
    fake_core.looks = next_byte() % 4 ? UINT32_MAX : 1;
    while (!monitor_send_continue(subject, &job)) fake_core.looks = UINT32_MAX;
    end_message();
    fake_core.looks = UINT32_MAX;
    fake_core_restore();
}

static void receive(void)
{
    uint8_t which = next_byte();
    uint32_t at = which % CHANNELS;
    struct channel *c = &channels[at];
    uint64_t channel = next_number(at), sequence = next_number(c->taken + (c->published - c->taken) * (which / 8 % 4) / 3);
    uint32_t subject = channel_of(at)->receiver;

    act_as(subject);
    bool holds = channel < CHANNELS && channel_of((uint32_t)channel)->receiver == subject;
    if (holds) c = &channels[channel];
    bool is_right = holds && sequence >= c->taken && sequence <= c->published;
    uint32_t status = monitor_receive(subject, channel, sequence);
    require(status == (!holds ? ABI_CHANNEL : is_right ? ABI_OK : ABI_SEQUENCE), "a receiver takes what is not there");
    if (is_right) c->taken = sequence;
    else refused(subject, channel, holds ? IMAGE_RULE_CALL : IMAGE_RULE_DEFAULT, holds ? sequence : channel);
}

static void acknowledge(void)
{
    uint8_t which = next_byte();
    uint64_t cpu = next_number(which & 1), before = told_acknowledged(which & 1);
    uint64_t sequence = next_number(before + (ring_writers[which & 1].shared->sealed - before) * (which / 2 % 4) / 3), sealed;
    uint32_t known = cpu < TOLD_CPUS ? (uint32_t)cpu : 0;
    uint64_t acked = told_acknowledged(known), is_sealed = ring_writers[known].shared->sealed;

    act_as(BUILDER_AUDIT);
    fake_core.looks = which & 0x80 ? which >> 3 & 15 : UINT32_MAX;
    uint32_t status = audit_ack(cpu, sequence, &sealed);
    fake_core.looks = UINT32_MAX;
    bool is_right = cpu < TOLD_CPUS && sequence >= acked && sequence <= is_sealed && sequence - acked <= ABI_AUDIT_ACK_MAX;
    require(status == (is_right ? ABI_OK : cpu < TOLD_CPUS ? ABI_ACK : ABI_RING), "an acknowledgement is taken for another");
    way(ACKNOWLEDGED, is_right && sequence > acked);
    way(FALSE_ACKNOWLEDGEMENT, !is_right);
    if (!is_right) return;
    told_acknowledge(known, sequence);
    require(sealed == ring_writers[cpu].shared->sealed, "another end is sealed than is said");
}

/* All that is sealed by now, in two rounds: the first seals what was written. */
static void acknowledge_all(uint32_t cpu)
{
    act_as(BUILDER_AUDIT);
    for (uint32_t i = 0; i < 2; i++) {
        uint64_t sequence = ring_writers[cpu].shared->sealed, sealed;
        require(audit_ack(cpu, sequence, &sealed) == ABI_OK, "what is sealed is not taken");
        told_acknowledge(cpu, sequence);
    }
}

/* As the core tells of it; a window may end before all is done. */
static void restart(void)
{
    uint8_t which = next_byte();
    uint32_t subject = which % 3;

    act_as(subject);
    fake_core.epochs[subject]++;
    told_happened(fake_core.cpu, (struct audit_record){ .event = AUDIT_EVENT_RESTART, .subject = (uint16_t)subject,
                                                   .channel = AUDIT_NONE, .type = AUDIT_NONE, .field = AUDIT_NONE,
                                                   .class_ = AUDIT_CLASS_KERNEL, .value = which }, true);
    audit_note(subject, 0, which, 0, AUDIT_NONE, AUDIT_EVENT_RESTART);
    for (uint32_t next = 1; next != 0; way(RESTARTED_SLOWLY, next != 0)) {
        fake_core.looks = which & 0x80 ? 1 + (which >> 2 & 3) : UINT32_MAX;
        next = monitor_restarted(subject, next);
    }
    fake_core.looks = UINT32_MAX;
    for (uint32_t i = 0; i < CHANNELS; i++) {
        if (channel_of(i)->receiver == subject) channels[i].taken = channels[i].published;
    }
    way(RESTARTED, true);
}

static void call(uint8_t how)
{
    switch (how % 16) {
    case 0: restart(); break;
    case 1: case 2: case 3: receive(); break;
    case 4: case 5: acknowledge(); break;
    case 6: acknowledge_all(how >> 7); break;
    case 7: audit_flush(how >> 7); break;
    case 8: fake_core.now += (uint64_t)(how >> 4) << 24; break;
    case 9: fake_core.plan = how >> 6 == 3; break;
    default: send(); break;
    }
    told_look();
}

/* ---- lives ---- */
/* Reports that pass and are read, on record with their payloads: so many that the ring has come round. */
static void come_round(uint32_t rounds)
{
    size_t left = input_left;
    input_left = 0;
    for (uint32_t i = 0; i < rounds; i++) {
        fake_core.now += 1 << 24;
        send();
        channels[BUILDER_REPORTS].taken = channels[BUILDER_REPORTS].published;
        act_as(BUILDER_GUARD);
        uint32_t status = monitor_receive(BUILDER_GUARD, BUILDER_REPORTS, channels[BUILDER_REPORTS].taken);
        require(status == ABI_OK && channels[BUILDER_REPORTS].taken == i + 1, "a good report does not pass");
        acknowledge_all(0);
    }
    input_left = left;
}

/* In the end all is told. */
static void end(void)
{
    for (uint32_t i = 0; i < 4 * TOLD_CPUS; i++) {
        for (uint32_t k = 0; k < 3; k++) acknowledge_all(i % TOLD_CPUS);
        audit_flush(i % TOLD_CPUS);
        told_look();
    }
    audit_close();
    told_end();
    way(ROW, told_counts.rows > 0);
    way(LOST, told_counts.losses > 0);
    way(LAPS, told_counts.laps > 0);
    told_counts = (struct told_counts){ 0 };
}

static void begin(const void *image)
{
    gateway.policy = policy_tables_open(image);
    fake_core_open(image);
    memset(monitor_senders, 0, sizeof monitor_senders);
    memset(monitor_consumed, 0, sizeof monitor_consumed);
    memset(monitor_first, 0, sizeof monitor_first);
    memset(monitor_due, 0, sizeof monitor_due);
    memset(monitor_protocols, 0, sizeof monitor_protocols);
    memset(ring_writers, 0, sizeof ring_writers);
    memset(ring_readers, 0, sizeof ring_readers);
    memset(ring_credits, 0, sizeof ring_credits);
    memset(channels, 0, sizeof channels);
    memset(&now, 0, sizeof now);
    monitor_start();
    audit_start();
    told_begin(MEDIATED_RESERVE);
    fake_core.before_load = sender_acts;
    fake_core.before_verdict = judge;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    mediated_build();
    ways_start();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    input = data;
    input_left = size;
    uint8_t shape = next_byte();
    begin(mediated_image(shape & 3));
    if ((shape >> 2 & 7) == 7) come_round(26 + 4 * (shape >> 5));
    for (uint32_t i = 0; i < CALLS && input_left > 0; i++) call(next_byte());
    end();
    fake_core_close();
    return 0;
}
