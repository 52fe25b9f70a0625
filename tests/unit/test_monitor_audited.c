/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages on their way into the log: mediate.c on the ring of audit/kernel itself, where records are made in the slots that
 * earlier ones have left. In many lives with little room, what became of each message is compared with what stands in the ring,
 * byte for byte, in order and number; what the audit subject reads with what stood there, and the chain with that.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "boxes.h"
#include "heads.h"
#include "told.h"

enum { LIVES = 120, SENDS = 800, DEPTH = 4, SENDERS = 2 };

static const struct way {
    uint16_t channel, sender, receiver, type;
    uint16_t allow, event, class_;    /* by which entry of the rule table it passes, and how that is recorded */
    uint16_t payload;                 /* bytes of it on record */
} ways[] = {
    { BUILDER_REPORTS, BUILDER_LOW, BUILDER_GUARD, BUILDER_POSITION,
      BUILDER_POSITION_IN, AUDIT_EVENT_ALLOWED, IMAGE_CLASS_FLOW, 24 },
    { BUILDER_TRACKS, BUILDER_GUARD, BUILDER_HIGH, BUILDER_POSITION,
      BUILDER_POSITION_UP, AUDIT_EVENT_ALLOWED, IMAGE_CLASS_FLOW, 0 },
    { BUILDER_NOTICES, BUILDER_GUARD, BUILDER_LOW, BUILDER_NOTICE,
      BUILDER_NOTICE_OUT, AUDIT_EVENT_DOWNGRADE, IMAGE_CLASS_SECURITY, 8 },
};

static struct channel { uint32_t sent, accepted, published, taken; } channels[BUILDER_NOTICES + 1];
static struct { uint32_t passed, withheld, dropped; } happened;        /* over all lives of a test */
static struct decide_message message;
static uint64_t random_state;

static uint32_t any(uint32_t below)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 33) % below;
}

/* ---- messages ---- */
/* Puts what differs from message to message into one that passes; with a fault, into its first field. */
static int64_t make(const struct way *way, bool is_faulty)
{
    int64_t most = way->type == BUILDER_POSITION ? 90 * DEGREE : 9000, value = most + 1 + any(3);
    if (way->type == BUILDER_POSITION) {
        gateway_position(&message);
        gateway_put(&message, 8, 4, any(999999999));
    } else {
        gateway_notice(&message, (uint16_t)any(65536));
    }
    if (is_faulty) gateway_put(&message, 0, way->type == BUILDER_POSITION ? 4 : 2, value);
    return value;
}

static struct audit_record denial(const struct way *way, uint32_t rule, uint16_t type, uint32_t field, uint64_t value)
{
    return (struct audit_record){ .event = AUDIT_EVENT_DENIED, .subject = way->sender, .channel = way->channel, .type = type,
                                  .field = (uint16_t)field, .rule = rule, .class_ = IMAGE_CLASS_SECURITY, .value = value,
                                  .other = channels[way->channel].sent };
}

static struct audit_record passage(const struct way *way, bool is_full)
{
    struct audit_record e = { .event = way->event, .subject = way->sender, .channel = way->channel, .type = way->type,
                              .field = AUDIT_NONE, .rule = gateway.policy.rules[way->allow].rule, .class_ = way->class_,
                              .other = channels[way->channel].accepted, .payload_length = way->payload };
    memcpy(e.payload, message.payload, way->payload);
    if (!is_full) return e;
    memset(e.payload, 0, sizeof e.payload);
    e.event = AUDIT_EVENT_DROPPED;
    e.rule = IMAGE_RULE_FULL;
    e.class_ = IMAGE_CLASS_FLOW;
    e.payload_length = 0;
    return e;
}

/* What is to become of the message, if its record has room. */
static struct audit_record judge(const struct way *way)
{
    bool is_faulty = any(4) == 0;
    int64_t value = make(way, is_faulty);
    if (!is_faulty) return passage(way, channels[way->channel].published - channels[way->channel].taken == DEPTH);
    return denial(way, gateway_field_rule(way->type, 0), way->type, gateway.policy.types[way->type].first_field,
                  (uint64_t)value);
}

/* Without room for its record no message passes, and with room each goes its way. */
static bool is_withheld(const struct audit_record *event, const struct monitor_send *job)
{
    uint32_t free_slots = told_room(0, event->subject, event->class_);
    uint32_t waiting = told_all(event->subject, event->class_) ? 0 : 2;
    if (!told_blocks(event->class_)) return false;
    if (job->rule != IMAGE_RULE_AUDIT) assert_true(free_slots > 0);
    else assert_true(free_slots <= waiting);          /* at most a row and a record of losses come first */
    return job->rule == IMAGE_RULE_AUDIT;
}

static void expect_delivered(const struct way *way)
{
    uint32_t slot = channels[way->channel].published++ % DEPTH;
    assert_int_equal(inbox(way->channel)->published, channels[way->channel].published);
    assert_int_equal(inbox_slot(way->channel, slot)->sequence, channels[way->channel].accepted);
    assert_memory_equal(inbox_payload(way->channel, slot), message.payload, message.header.length);
}

static void send_any(void)
{
    const struct way *way = &ways[any(sizeof ways / sizeof *ways)];
    struct audit_record event = judge(way);
    uint32_t slot = any(32);
    outbox_put(way->channel, slot, &message);
    struct monitor_send job = send_batch(way->sender, way->channel, slot, 1);
    if (is_withheld(&event, &job)) {
        event = denial(way, IMAGE_RULE_AUDIT, AUDIT_NONE, AUDIT_NONE, 0);
        happened.withheld++;
    }
    bool passes = event.event == way->event, accepted = passes || event.event == AUDIT_EVENT_DROPPED;
    assert_int_equal(job.rule, passes ? IMAGE_RULE_NONE : event.rule);
    if (passes) expect_delivered(way);
    assert_int_equal(monitor_senders[way->channel].published, channels[way->channel].published);
    channels[way->channel].sent++;
    channels[way->channel].accepted += accepted;
    happened.passed += passes;
    happened.dropped += accepted && !passes;

    told_happened(0, event, event.rule == IMAGE_RULE_AUDIT);
    told_look();
    bool must_be_told = passes && told_blocks(event.class_);
    if (must_be_told) assert_true(told_all(event.subject, event.class_));     /* verdict and record are one step */
}

/* ---- lives ---- */
static void begin(uint8_t security, uint8_t flow)
{
    struct image_builder *b = &gateway.builder;
    gateway_start();
    b->header.class_full[IMAGE_CLASS_SECURITY] = security;
    b->header.class_full[IMAGE_CLASS_FLOW] = flow;
    b->rules[BUILDER_POSITION_IN].flags = IMAGE_RULE_RECORD | IMAGE_RULE_PAYLOAD;
    b->rules[BUILDER_POSITION_UP].flags = IMAGE_RULE_RECORD;
    b->rules[BUILDER_POSITION_IN].rate_count = b->rules[BUILDER_NOTICE_OUT].rate_count = 0;
    b->rules[BUILDER_POSITION_IN].next = 0;
    b->rules[BUILDER_NOTICE_OUT].protocol = IMAGE_NONE;
    b->protocols[0].step_count = 3;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        b->channels[ways[i].channel].depth = DEPTH;
        b->channels[ways[i].channel].feedback = IMAGE_FEEDBACK_FULL;
    }
    audited_start();
    boxes_start();
    told_begin(RESERVE);
    memset(channels, 0, sizeof channels);
    for (uint32_t s = 0; s < SENDERS; s++) fake_core.epochs[s] = 3 + s;
}

/* What others do meanwhile, some more often than in other lives: receivers take, the audit subject reads, time goes by. */
static void go_on(uint32_t reads, uint32_t takes)
{
    const struct way *way = &ways[any(sizeof ways / sizeof *ways)];
    uint32_t unread = channels[way->channel].published - channels[way->channel].taken;
    if (any(takes) == 0) {
        channels[way->channel].taken += any(unread + 1);
        assert_int_equal(monitor_receive(way->receiver, way->channel, channels[way->channel].taken), ABI_OK);
    }
    if (any(reads) == 0) {
        told_acknowledge(0, audited.count[0]);
        read_ring(0);
    }
    if (any(20) == 0) audit_flush(0);
    if (any(30) == 0) fake_core.now += 200000000;     /* a row is told of, late as it is */
    fake_core.raised_count = 0;
    told_look();
}

/* In the end all is told, and the log is what stood in the ring. */
static void end(void)
{
    for (uint32_t i = 0; i < 3; i++) {
        read_all(0);
        told_acknowledge(0, audited.count[0]);
        audit_flush(0);
        told_look();
    }
    for (uint32_t s = 0; s < SENDERS; s++) {
        for (uint32_t c = 0; c < IMAGE_CLASS_COUNT; c++) assert_true(told_all(s, c));
    }
    audit_close();
    read_rest(0);
    told_end();
    told_read(0, audited.logged[0], audited.count[0]);
    expect_head("audit cpu=0 written=", 0, 0, audited.count[0]);
}

static void live(uint8_t security, uint8_t flow)
{
    memset(&happened, 0, sizeof happened);
    told_counts = (struct told_counts){ 0 };
    random_state = 1;
    for (uint32_t i = 0; i < LIVES; i++) {
        begin(security, flow);
        uint32_t reads = 2 + i % 5 * 10, takes = 1 + i % 3;
        for (uint32_t k = 0; k < SENDS; k++) {
            send_any();
            go_on(reads, takes);
        }
        end();
    }
    assert_true(happened.passed > 1000 && happened.dropped > 1000 && told_counts.rows > 100 && told_counts.losses > 100);
}

/* A full ring withholds what must be on record. */
static void test_full_ring_blocks(void **unused)
{
    (void)unused;
    live(IMAGE_FULL_BLOCK, IMAGE_FULL_BLOCK);
    assert_true(happened.withheld > 1000);
}

/* What need not be on record passes, and is counted in its place. */
static void test_full_ring_drops(void **unused)
{
    (void)unused;
    live(IMAGE_FULL_DROP, IMAGE_FULL_DROP);
    assert_int_equal(happened.withheld, 0);
}

static void test_classes_are_apart(void **unused)
{
    (void)unused;
    live(IMAGE_FULL_BLOCK, IMAGE_FULL_DROP);
    assert_true(happened.withheld > 1000);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, audited_setup, audited_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_full_ring_blocks),
        TEST(test_full_ring_drops),
        TEST(test_classes_are_apart),
    };
    return cmocka_run_group_tests_name("monitor on the audit ring", tests, NULL, NULL);
}
