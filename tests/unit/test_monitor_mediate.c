/* SPDX-License-Identifier: Apache-2.0 */
/* The way of a message through the monitor: copy, verdict, record, delivery, and what the sender learns of it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "monitored.h"

static struct decide_message message;

/* ---- delivery ---- */
static void test_message_is_delivered(void **unused)
{
    (void)unused;
    gateway_position(&message);
    message.header.sequence = 0xdead;
    struct monitor_send job = send_one(BUILDER_LOW, BUILDER_REPORTS, &message);
    assert_int_equal(job.rule, IMAGE_RULE_NONE);
    assert_int_equal(job.rule, 0);
    assert_int_equal(job.accepted, 1);
    assert_int_equal(inbox(BUILDER_REPORTS)->published, 1);
    assert_int_equal(inbox_slot(BUILDER_REPORTS, 0)->sequence, 0);
    assert_int_equal(inbox_slot(BUILDER_REPORTS, 0)->type, BUILDER_POSITION);
    assert_int_equal(inbox_slot(BUILDER_REPORTS, 0)->length, 24);
    assert_memory_equal(inbox_payload(BUILDER_REPORTS, 0), message.payload, 24);
    assert_int_equal(inbox_payload(BUILDER_REPORTS, 0)[24], 0);   /* nothing behind the message */
    assert_int_equal(monitored.record_count, 0);
}

/* What an earlier message, of another subject, left in the copy is not published behind a shorter one. */
static void test_nothing_of_another_is_published_behind(void **unused)
{
    (void)unused;
    gateway_position(&message);
    message.payload[22] = 1;
    for (uint32_t i = 8; i < 24; i++) message.payload[i] = 0xee;
    assert_int_equal(send_one(BUILDER_LOW, BUILDER_REPORTS, &message).accepted, 0);
    gateway_request(&message, 7);
    assert_int_equal(send_one(BUILDER_HIGH, BUILDER_ASKS, &message).accepted, 1);
    for (uint32_t i = message.header.length; i < 32; i++) assert_int_equal(inbox_payload(BUILDER_ASKS, 0)[i], 0);
}

static void test_denied_message_leaves_no_trace_at_receiver(void **unused)
{
    (void)unused;
    gateway_position(&message);
    gateway_put(&message, 0, 4, 91 * DEGREE);
    struct monitor_send job = send_one(BUILDER_LOW, BUILDER_REPORTS, &message);
    assert_int_not_equal(job.rule, IMAGE_RULE_NONE);
    assert_int_equal(job.rule, gateway_field_rule(BUILDER_POSITION, 0));
    assert_int_equal(job.accepted, 0);
    uint8_t zero[48 * 256 + 64] = { 0 };
    assert_memory_equal(inbox(BUILDER_REPORTS), zero, sizeof zero);
    expect_record(0, AUDIT_EVENT_DENIED, job.rule, IMAGE_CLASS_SECURITY);
    assert_int_equal(monitored.records[0].subject, BUILDER_LOW);
    assert_int_equal(monitored.records[0].channel, BUILDER_REPORTS);
    assert_int_equal(monitored.records[0].type, BUILDER_POSITION);
    assert_int_equal(monitored.records[0].field, 0);
    assert_int_equal(monitored.records[0].value, 91 * DEGREE);
    assert_int_equal(monitored.records[0].other, 0);
    assert_int_equal(monitored.records[0].payload_length, 0);
}

static void load_is_inside(uint8_t *from, uint32_t size)
{
    const uint8_t *slot = outbox(BUILDER_REPORTS, 31);
    assert_true(from >= slot && from + size <= slot + 48);
}

/*
 * A claimed length beyond the slot: not followed, and what an earlier message left in the copy is not judged either. What lies
 * within the slot is read by quadwords, whatever length is claimed (arch_copy_once()).
 */
static void test_claimed_length_is_not_followed(void **unused)
{
    (void)unused;
    gateway_position(&message);
    send_one(BUILDER_LOW, BUILDER_REPORTS, &message);
    fake_core.before_load = load_is_inside;
    static const uint32_t lengths[] = { 1, 23, 31, 33, 40, 47, 48, 49, 4080, 4096, 0x10000, UINT32_MAX };
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        message.header.length = lengths[i];
        outbox_put(BUILDER_REPORTS, 31, &message);        /* the last slot: nothing lies behind it */
        struct monitor_send job = send_batch(BUILDER_LOW, BUILDER_REPORTS, 31, 1);
        assert_int_equal(job.rule, IMAGE_RULE_LENGTH);
        expect_record((uint32_t)i, AUDIT_EVENT_DENIED, IMAGE_RULE_LENGTH, IMAGE_CLASS_SECURITY);
        assert_int_equal(monitored.records[i].value, lengths[i]);
        assert_int_equal(monitored.records[i].other, i + 1);
    }
    assert_int_equal(inbox(BUILDER_REPORTS)->published, 1);
}

static void spoil_outbox(void)
{
    memset(outbox(BUILDER_REPORTS, 0), 0x5a, 48);
}

/* What is judged is what is delivered, whatever the outbox holds by then. */
static void test_copied_once(void **unused)
{
    (void)unused;
    gateway_position(&message);
    fake_core.before_verdict = spoil_outbox;
    struct monitor_send job = send_one(BUILDER_LOW, BUILDER_REPORTS, &message);
    assert_int_equal(job.accepted, 1);
    assert_memory_equal(inbox_payload(BUILDER_REPORTS, 0), message.payload, 24);
    assert_int_equal(outbox(BUILDER_REPORTS, 0)[0], 0x5a);
}

static void test_batch_wraps_and_reports_each(void **unused)
{
    (void)unused;
    for (uint32_t i = 0; i < 4; i++) {
        gateway_position(&message);
        gateway_put(&message, 12, 2, 10 + i);
        if (i == 1) gateway_put(&message, 16, 2, 512);
        if (i == 2) message.payload[23] = 1;
        outbox_put(BUILDER_REPORTS, (30 + i) % 32, &message);
    }
    struct monitor_send job = send_batch(BUILDER_LOW, BUILDER_REPORTS, 30, 4);
    assert_int_equal(job.accepted, 9);
    assert_int_not_equal(job.rule, IMAGE_RULE_NONE);
    assert_int_equal(job.rule, gateway_field_rule(BUILDER_POSITION, 5));  /* the first of the two */
    assert_int_equal(inbox(BUILDER_REPORTS)->published, 2);
    assert_int_equal(inbox_payload(BUILDER_REPORTS, 0)[12], 10);
    assert_int_equal(inbox_payload(BUILDER_REPORTS, 1)[12], 13);
    assert_int_equal(inbox_slot(BUILDER_REPORTS, 1)->sequence, 1);        /* denied ones are not counted */
    assert_int_equal(monitored.records[0].other, 1);
    assert_int_equal(monitored.records[1].other, 2);
}

static void test_long_batch_is_resumed(void **unused)
{
    (void)unused;
    struct monitor_send job;
    gateway_position(&message);
    for (uint32_t i = 0; i < 32; i++) outbox_put(BUILDER_REPORTS, i, &message);
    assert_int_equal(monitor_send_begin(BUILDER_LOW, BUILDER_REPORTS, 0, 32, &job), ABI_OK);
    fake_core.looks = 0;              /* no time at all: one message all the same, so that it ends */
    assert_false(monitor_send_continue(BUILDER_LOW, &job));
    assert_int_equal(inbox(BUILDER_REPORTS)->published, 1);
    fake_core.looks = 10;
    assert_false(monitor_send_continue(BUILDER_LOW, &job));
    assert_int_equal(inbox(BUILDER_REPORTS)->published, 12);
    fake_core.looks = UINT32_MAX;
    assert_true(monitor_send_continue(BUILDER_LOW, &job));
    assert_int_equal(inbox(BUILDER_REPORTS)->published, 32);
    assert_int_equal(job.accepted, UINT32_MAX);
}

static void test_arguments_of_send(void **unused)
{
    static const struct { uint16_t subject; uint64_t channel, first, count; uint32_t status; } cases[] = {
        { BUILDER_LOW, BUILDER_TRACKS, 0, 1, ABI_CHANNEL },       { BUILDER_GUARD, BUILDER_REPORTS, 0, 1, ABI_CHANNEL },
        { BUILDER_LOW, 5, 0, 1, ABI_CHANNEL },                    { BUILDER_LOW, 1ull << 32, 0, 1, ABI_CHANNEL },
        { BUILDER_LOW, UINT64_MAX, 0, 1, ABI_CHANNEL },           { BUILDER_LOW, BUILDER_REPORTS, 32, 1, ABI_SLOT },
        { BUILDER_LOW, BUILDER_REPORTS, 1ull << 32, 1, ABI_SLOT }, { BUILDER_LOW, BUILDER_REPORTS, 0, 0, ABI_SLOT },
        { BUILDER_LOW, BUILDER_REPORTS, 0, 33, ABI_SLOT },        { BUILDER_LOW, BUILDER_REPORTS, 0, 1ull << 32 | 1, ABI_SLOT },
    };
    (void)unused;
    struct monitor_send job;
    for (uint32_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(monitor_send_begin(cases[i].subject, cases[i].channel, cases[i].first, cases[i].count, &job),
                         cases[i].status);
        bool channel = cases[i].status == ABI_CHANNEL;
        expect_record(i, AUDIT_EVENT_DENIED, channel ? IMAGE_RULE_DEFAULT : IMAGE_RULE_CALL, IMAGE_CLASS_SECURITY);
        assert_int_equal(monitored.records[i].channel, cases[i].channel < 5 ? cases[i].channel : AUDIT_NONE);
    }
    assert_int_equal(monitored.records[0].value, BUILDER_TRACKS);
    assert_int_equal(monitored.records[5].value, 32);
    assert_int_equal(monitored.records[8].value, 33);
}

static void test_batch_is_no_longer_than_outbox(void **unused)
{
    (void)unused;
    struct monitor_send job;
    gateway.builder.channels[BUILDER_REPORTS].slots = 8;
    monitored_start();
    assert_int_equal(monitor_send_begin(BUILDER_LOW, BUILDER_REPORTS, 7, 9, &job), ABI_SLOT);
    assert_int_equal(monitor_send_begin(BUILDER_LOW, BUILDER_REPORTS, 7, 8, &job), ABI_OK);
    gateway.builder.channels[BUILDER_REPORTS].slots = 64;
    monitored_start();
    assert_int_equal(monitor_send_begin(BUILDER_LOW, BUILDER_REPORTS, 40, 33, &job), ABI_SLOT);
    assert_int_equal(monitor_send_begin(BUILDER_LOW, BUILDER_REPORTS, 40, 32, &job), ABI_OK);
}

/* ---- a full inbox ---- */
static void test_full_inbox_drops_and_counts(void **unused)
{
    (void)unused;
    gateway_position(&message);
    fill_inbox(&message);
    struct monitor_send job = send_one(BUILDER_LOW, BUILDER_REPORTS, &message);
    assert_int_equal(job.rule, IMAGE_RULE_NONE);             /* not the sender's to know */
    assert_int_equal(job.accepted, 1);
    assert_int_equal(inbox(BUILDER_REPORTS)->published, 2);
    assert_int_equal(inbox(BUILDER_REPORTS)->lost, 1);
    assert_int_equal(monitored.record_count, 1);
    expect_record(0, AUDIT_EVENT_DROPPED, IMAGE_RULE_FULL, IMAGE_CLASS_FLOW);
    assert_int_equal(monitored.records[0].other, 2);

    assert_int_equal(monitor_receive(BUILDER_GUARD, BUILDER_REPORTS, 1), ABI_OK);
    gateway_put(&message, 12, 2, 99);
    send_one(BUILDER_LOW, BUILDER_REPORTS, &message);
    assert_int_equal(inbox(BUILDER_REPORTS)->published, 3);
    assert_int_equal(inbox_payload(BUILDER_REPORTS, 0)[12], 99);              /* third published: slot 0 again */
    assert_int_equal(inbox_slot(BUILDER_REPORTS, 0)->sequence, 3);            /* the dropped one is counted */
}

static void test_receiver_cannot_free_by_writing(void **unused)
{
    (void)unused;
    gateway_position(&message);
    fill_inbox(&message);
    memset(inbox(BUILDER_REPORTS), 0, sizeof(struct inbox_header));           /* as if the page were writable */
    send_one(BUILDER_LOW, BUILDER_REPORTS, &message);
    assert_int_equal(inbox(BUILDER_REPORTS)->published, 0);
    assert_int_equal(monitor_senders[BUILDER_REPORTS].published, 2);
}

/* ---- feedback ---- */
static void test_full_feedback_shows_full_inbox(void **unused)
{
    (void)unused;
    gateway.builder.channels[BUILDER_REPORTS].feedback = IMAGE_FEEDBACK_FULL;
    gateway_position(&message);
    fill_inbox(&message);
    struct monitor_send job = send_one(BUILDER_LOW, BUILDER_REPORTS, &message);
    assert_int_not_equal(job.rule, IMAGE_RULE_NONE);
    assert_int_equal(job.rule, IMAGE_RULE_FULL);
    assert_int_equal(job.accepted, 0);
}

static struct monitor_send overrun_rate(uint8_t feedback)
{
    gateway.builder.channels[BUILDER_REPORTS].feedback = feedback;
    gateway.builder.rules[BUILDER_POSITION_IN].burst = 1;
    monitored_start();
    gateway_position(&message);
    send_one(BUILDER_LOW, BUILDER_REPORTS, &message);
    struct monitor_send job = send_one(BUILDER_LOW, BUILDER_REPORTS, &message);
    assert_int_equal(inbox(BUILDER_REPORTS)->published, 1);
    expect_record(0, AUDIT_EVENT_DENIED, IMAGE_RULE_FIRST + 9, IMAGE_CLASS_SECURITY);
    return job;
}

static void test_rate_is_seen_with_rule_feedback(void **unused)
{
    (void)unused;
    assert_int_equal(monitor_paces[BUILDER_POSITION_IN].step, 2000000);   /* 500 a second */
    struct monitor_send job = overrun_rate(IMAGE_FEEDBACK_RULE);
    assert_int_equal(job.rule, IMAGE_RULE_FIRST + 9);
    job = overrun_rate(IMAGE_FEEDBACK_NONE);
    assert_int_equal(job.rule, IMAGE_RULE_NONE);
    assert_int_equal(job.accepted, 1);
}

static struct monitor_send break_protocol(uint8_t feedback)
{
    gateway.builder.channels[BUILDER_NOTICES].feedback = feedback;
    monitored_start();
    gateway_notice(&message, 7);
    struct monitor_send job = send_one(BUILDER_GUARD, BUILDER_NOTICES, &message);
    assert_int_equal(inbox(BUILDER_NOTICES)->published, 0);
    expect_record(0, AUDIT_EVENT_DENIED, IMAGE_RULE_FIRST + 11, IMAGE_CLASS_SECURITY);
    return job;
}

static void test_protocol_is_seen_with_full_feedback_alone(void **unused)
{
    (void)unused;
    assert_int_equal(break_protocol(IMAGE_FEEDBACK_RULE).accepted, 1);
    assert_int_equal(break_protocol(IMAGE_FEEDBACK_RULE).rule, IMAGE_RULE_NONE);
    assert_int_equal(break_protocol(IMAGE_FEEDBACK_FULL).accepted, 0);
    assert_int_equal(break_protocol(IMAGE_FEEDBACK_FULL).rule, IMAGE_RULE_FIRST + 11);
}

static void test_type_is_seen_always(void **unused)
{
    (void)unused;
    gateway.builder.channels[BUILDER_REPORTS].feedback = IMAGE_FEEDBACK_NONE;
    monitored_start();
    gateway_position(&message);
    message.payload[22] = 1;
    assert_int_equal(send_one(BUILDER_LOW, BUILDER_REPORTS, &message).rule, IMAGE_RULE_PADDING);
}

/* ---- audit ---- */
static void test_allowed_is_recorded_if_wanted(void **unused)
{
    (void)unused;
    gateway.builder.rules[BUILDER_POSITION_IN].flags = IMAGE_RULE_RECORD;
    monitored_start();
    gateway_position(&message);
    send_one(BUILDER_LOW, BUILDER_REPORTS, &message);
    expect_record(0, AUDIT_EVENT_ALLOWED, gateway.policy.rules[BUILDER_POSITION_IN].rule, IMAGE_CLASS_FLOW);
    assert_int_equal(monitored.records[0].payload_length, 0);
    assert_int_equal(monitored.records[0].field, AUDIT_NONE);

    gateway.builder.rules[BUILDER_POSITION_IN].flags = IMAGE_RULE_RECORD | IMAGE_RULE_PAYLOAD;
    monitored_start();
    send_one(BUILDER_LOW, BUILDER_REPORTS, &message);
    send_one(BUILDER_LOW, BUILDER_REPORTS, &message);
    assert_int_equal(monitored.records[1].payload_length, 24);
    assert_memory_equal(monitored.records[1].payload, message.payload, 24);
    assert_int_equal(monitored.records[1].other, 1);

    gateway.builder.rules[BUILDER_POSITION_IN].flags = 0;
    gateway.builder.header.audit_always |= IMAGE_AUDIT_ALLOWED;
    monitored_start();
    send_one(BUILDER_LOW, BUILDER_REPORTS, &message);
    expect_record(0, AUDIT_EVENT_ALLOWED, gateway.policy.rules[BUILDER_POSITION_IN].rule, IMAGE_CLASS_FLOW);
    const uint8_t zero[AUDIT_PAYLOAD_MAX] = { 0 };
    assert_int_equal(monitored.records[0].payload_length, 0);
    assert_memory_equal(monitored.records[0].payload, zero, sizeof zero);     /* of the one before nothing is left */
}

/* What a denied message left behind does not get into the next one's record. */
static void test_verdicts_of_a_batch_are_apart(void **unused)
{
    (void)unused;
    gateway.builder.rules[BUILDER_POSITION_IN].flags = IMAGE_RULE_RECORD;
    monitored_start();
    gateway_position(&message);
    outbox_put(BUILDER_REPORTS, 1, &message);
    gateway_put(&message, 0, 4, 91 * DEGREE);
    outbox_put(BUILDER_REPORTS, 0, &message);
    send_batch(BUILDER_LOW, BUILDER_REPORTS, 0, 2);
    expect_record(0, AUDIT_EVENT_DENIED, gateway_field_rule(BUILDER_POSITION, 0), IMAGE_CLASS_SECURITY);
    expect_record(1, AUDIT_EVENT_ALLOWED, gateway.policy.rules[BUILDER_POSITION_IN].rule, IMAGE_CLASS_FLOW);
    assert_int_equal(monitored.records[1].value, 0);
    assert_int_equal(monitored.records[1].field, AUDIT_NONE);
}

static void free_notice(void)
{
    gateway.builder.rules[BUILDER_NOTICE_OUT].protocol = IMAGE_NONE;
    gateway.builder.protocols[0].step_count = 3;
    monitored_start();
    gateway_notice(&message, 7);
    send_one(BUILDER_GUARD, BUILDER_NOTICES, &message);
}

static void test_downgrade_is_one_record(void **unused)
{
    (void)unused;
    free_notice();
    assert_int_equal(monitored.record_count, 1);
    expect_record(0, AUDIT_EVENT_DOWNGRADE, gateway.policy.rules[BUILDER_NOTICE_OUT].rule, IMAGE_CLASS_SECURITY);
    assert_int_equal(monitored.records[0].payload_length, 8);
    gateway.builder.header.audit_always = 0;          /* `record notice_out with payload` still stands */
    free_notice();
    expect_record(0, AUDIT_EVENT_ALLOWED, gateway.policy.rules[BUILDER_NOTICE_OUT].rule, IMAGE_CLASS_FLOW);
    assert_int_equal(monitored.records[0].payload_length, 8);
}

/* Each release by its own word of `always audit`; a rule that does both is recorded as the one that leads downwards. */
static void test_endorsement_is_one_record(void **unused)
{
    const uint32_t denied = IMAGE_AUDIT_DENIED, down = IMAGE_AUDIT_DOWNGRADE, up = IMAGE_AUDIT_ENDORSE;
    const struct { uint8_t flags; uint32_t always; uint16_t event; } cases[] = {
        { IMAGE_RULE_ENDORSE, denied | up, AUDIT_EVENT_ENDORSE },
        { IMAGE_RULE_ENDORSE | IMAGE_RULE_DOWNGRADE, down | up, AUDIT_EVENT_DOWNGRADE },
        { IMAGE_RULE_ENDORSE | IMAGE_RULE_DOWNGRADE, up, AUDIT_EVENT_ENDORSE },
        { IMAGE_RULE_ENDORSE, denied | down, AUDIT_NONE },
        { IMAGE_RULE_DOWNGRADE, denied | up, AUDIT_NONE },
    };
    (void)unused;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gateway.builder.rules[BUILDER_NOTICE_OUT].flags = cases[i].flags;
        gateway.builder.header.audit_always = cases[i].always;
        free_notice();
        assert_int_equal(monitored.record_count, cases[i].event == AUDIT_NONE ? 0 : 1);
        if (cases[i].event == AUDIT_NONE) continue;
        expect_record(0, cases[i].event, gateway.policy.rules[BUILDER_NOTICE_OUT].rule, IMAGE_CLASS_SECURITY);
    }
}

/* Recorded payloads are cut at what a record holds. */
static void test_long_payload_is_cut(void **unused)
{
    (void)unused;
    struct image_builder *b = &gateway.builder;
    b->types[BUILDER_POSITION].size = 80;
    b->channels[BUILDER_REPORTS].slot_size = b->channels[BUILDER_TRACKS].slot_size = 96;
    b->channels[BUILDER_REPORTS].depth = b->channels[BUILDER_TRACKS].depth = 16;
    b->rules[BUILDER_POSITION_IN].flags = IMAGE_RULE_RECORD | IMAGE_RULE_PAYLOAD;
    monitored_start();
    gateway_position(&message);
    message.header.length = 80;
    for (uint32_t i = 24; i < 80; i++) message.payload[i] = (uint8_t)i;
    assert_int_equal(send_one(BUILDER_LOW, BUILDER_REPORTS, &message).accepted, 1);
    assert_int_equal(monitored.records[0].payload_length, AUDIT_PAYLOAD_MAX);
    assert_memory_equal(monitored.records[0].payload, message.payload, AUDIT_PAYLOAD_MAX);
    assert_memory_equal(inbox_payload(BUILDER_REPORTS, 0), message.payload, 80);
}

/* Without room for a record, what must be on record does not happen; what need not be goes on. */
static void test_full_reservation_stops_what_must_be_recorded(void **unused)
{
    (void)unused;
    gateway.builder.channels[BUILDER_REPORTS].feedback = IMAGE_FEEDBACK_FULL;
    monitored_start();
    monitored.admits[IMAGE_CLASS_SECURITY] = false;
    gateway_position(&message);
    assert_int_equal(send_one(BUILDER_LOW, BUILDER_REPORTS, &message).accepted, 1);
    assert_int_equal(monitored.record_count, 0);
    message.payload[22] = 1;
    assert_int_equal(send_one(BUILDER_LOW, BUILDER_REPORTS, &message).rule, IMAGE_RULE_AUDIT);
    assert_int_equal(inbox(BUILDER_REPORTS)->published, 1);
    expect_record(0, AUDIT_EVENT_DENIED, IMAGE_RULE_AUDIT, IMAGE_CLASS_SECURITY);
    assert_int_equal(monitored.records[0].field, AUDIT_NONE);
    assert_int_equal(monitored.records[0].type, AUDIT_NONE);
}

/* How fast the audit is read must not show: verdict and rate are as they would be with room. */
static void test_full_reservation_is_not_seen(void **unused)
{
    (void)unused;
    uint64_t due[2];
    for (int room = 0; room < 2; room++) {
        gateway.builder.rules[BUILDER_POSITION_IN].flags = IMAGE_RULE_RECORD;
        gateway.builder.channels[BUILDER_REPORTS].feedback = IMAGE_FEEDBACK_RULE;
        monitored_start();
        monitored.admits[IMAGE_CLASS_SECURITY] = monitored.admits[IMAGE_CLASS_FLOW] = room;
        gateway_position(&message);
        assert_int_equal(send_one(BUILDER_LOW, BUILDER_REPORTS, &message).accepted, 1);
        assert_int_equal(inbox(BUILDER_REPORTS)->published, room);
        due[room] = monitor_due[BUILDER_POSITION_IN];
        message.payload[22] = 1;
        struct monitor_send job = send_one(BUILDER_LOW, BUILDER_REPORTS, &message);
        assert_int_equal(job.accepted, 0);
        assert_int_equal(job.rule, IMAGE_RULE_PADDING);
    }
    assert_true(due[0] > 0);
    assert_int_equal(due[0], due[1]);
}

static void test_unrecordable_message_takes_no_step(void **unused)
{
    (void)unused;
    gateway.builder.rules[BUILDER_NOTICE_ASK].flags = IMAGE_RULE_RECORD;
    gateway.builder.channels[BUILDER_ASKS].feedback = IMAGE_FEEDBACK_RULE;
    monitored_start();
    uint64_t before = monitor_protocols[0];
    monitored.admits[IMAGE_CLASS_FLOW] = false;
    gateway_request(&message, 7);
    struct monitor_send job = send_one(BUILDER_HIGH, BUILDER_ASKS, &message);
    assert_int_equal(job.accepted, 1);                /* back-pressure is others' doing: not told */
    assert_int_equal(inbox(BUILDER_ASKS)->published, 0);
    assert_int_equal(monitor_protocols[0], before);
    expect_record(0, AUDIT_EVENT_DENIED, IMAGE_RULE_AUDIT, IMAGE_CLASS_SECURITY);
}

static void test_nothing_recorded_if_policy_says_so(void **unused)
{
    (void)unused;
    struct monitor_send job;
    gateway.builder.header.audit_always = 0;
    monitored_start();
    monitored.admits[IMAGE_CLASS_SECURITY] = false;             /* nothing to be recorded, so nothing to wait for */
    gateway_position(&message);
    assert_int_equal(send_one(BUILDER_LOW, BUILDER_REPORTS, &message).accepted, 1);
    message.payload[22] = 1;
    assert_int_equal(send_one(BUILDER_LOW, BUILDER_REPORTS, &message).accepted, 0);
    assert_int_equal(monitor_send_begin(BUILDER_LOW, 99, 0, 1, &job), ABI_CHANNEL);
    assert_int_equal(monitored.record_count, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, monitored_setup, monitored_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_message_is_delivered),
        TEST(test_nothing_of_another_is_published_behind),
        TEST(test_denied_message_leaves_no_trace_at_receiver),
        TEST(test_claimed_length_is_not_followed),
        TEST(test_copied_once),
        TEST(test_batch_wraps_and_reports_each),
        TEST(test_long_batch_is_resumed),
        TEST(test_arguments_of_send),
        TEST(test_batch_is_no_longer_than_outbox),
        TEST(test_full_inbox_drops_and_counts),
        TEST(test_receiver_cannot_free_by_writing),
        TEST(test_full_feedback_shows_full_inbox),
        TEST(test_rate_is_seen_with_rule_feedback),
        TEST(test_protocol_is_seen_with_full_feedback_alone),
        TEST(test_type_is_seen_always),
        TEST(test_allowed_is_recorded_if_wanted),
        TEST(test_verdicts_of_a_batch_are_apart),
        TEST(test_downgrade_is_one_record),
        TEST(test_endorsement_is_one_record),
        TEST(test_long_payload_is_cut),
        TEST(test_full_reservation_stops_what_must_be_recorded),
        TEST(test_full_reservation_is_not_seen),
        TEST(test_unrecordable_message_takes_no_step),
        TEST(test_nothing_recorded_if_policy_says_so),
    };
    return cmocka_run_group_tests_name("monitor mediate", tests, NULL, NULL);
}
