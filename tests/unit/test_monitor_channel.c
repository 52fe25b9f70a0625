/* SPDX-License-Identifier: Apache-2.0 */
/* Around a message: two CPUs that move one protocol, events, receiving, restarts of either end. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <string.h>
#include "monitored.h"
#include "stepped.h"

static struct decide_message message;

/* ---- two CPUs and one protocol ---- */
static uint32_t moves;

static void move_protocol_once(void)
{
    if (moves++ == 0) monitor_protocols[0] = decide_protocol_word(0, 3, 5ull << 20);
}

static void move_protocol_away(void)
{
    monitor_protocols[0] = decide_protocol_word(1, 3, fake_core.now);
}

static void move_protocol_each_time(void)
{
    monitor_protocols[0] = decide_protocol_word(0, (uint16_t)++moves, 0);
}

static void ask_while(void (*other_cpu)(void))
{
    gateway.builder.rules[BUILDER_NOTICE_ASK].flags = IMAGE_RULE_RECORD;
    gateway.builder.channels[BUILDER_ASKS].feedback = IMAGE_FEEDBACK_FULL;
    monitored_start();
    moves = 0;
    monitored.before_commit = other_cpu;
    gateway_request(&message, 7);
}

static void test_lost_race_is_judged_anew(void **unused)
{
    (void)unused;
    ask_while(move_protocol_once);                    /* still idle: the second try commits */
    assert_int_equal(send_one(BUILDER_HIGH, BUILDER_ASKS, &message).accepted, 1);
    assert_int_equal(moves, 2);
    assert_int_equal(monitor_protocols[0] >> 56, 1);
    assert_int_equal((uint16_t)(monitor_protocols[0] >> 40), 7);
    assert_int_equal(inbox(BUILDER_ASKS)->published, 1);

    ask_while(move_protocol_away);                    /* no longer idle: denied */
    assert_int_equal(send_one(BUILDER_HIGH, BUILDER_ASKS, &message).rule, IMAGE_RULE_FIRST + 11);
    assert_int_equal(inbox(BUILDER_ASKS)->published, 0);

    ask_while(move_protocol_each_time);               /* never wins: gives up */
    assert_int_equal(send_one(BUILDER_HIGH, BUILDER_ASKS, &message).rule, IMAGE_RULE_FIRST + 11);
    assert_int_equal(inbox(BUILDER_ASKS)->published, 0);
    assert_int_equal(moves, 8);
}

/* A race that is given up must be on record as well: without room for that, the audit stands for the denial. */
static void test_lost_race_without_room_is_withheld(void **unused)
{
    (void)unused;
    for (uint8_t feedback = IMAGE_FEEDBACK_RULE; feedback <= IMAGE_FEEDBACK_FULL; feedback++) {
        ask_while(move_protocol_each_time);
        gateway.builder.channels[BUILDER_ASKS].feedback = feedback;
        monitored_start();
        monitored.before_commit = move_protocol_each_time;
        monitored.admits[IMAGE_CLASS_SECURITY] = false;
        struct monitor_send job = send_one(BUILDER_HIGH, BUILDER_ASKS, &message);
        assert_int_equal(job.accepted, feedback == IMAGE_FEEDBACK_FULL ? 0 : 1);
        assert_int_equal(job.rule, feedback == IMAGE_FEEDBACK_FULL ? IMAGE_RULE_AUDIT : IMAGE_RULE_NONE);
        assert_int_equal(inbox(BUILDER_ASKS)->published, 0);
        assert_int_equal(monitored.record_count, 1);
        expect_record(0, AUDIT_EVENT_DENIED, IMAGE_RULE_AUDIT, IMAGE_CLASS_SECURITY);
    }
}

/* ---- events ---- */
static void expect_events(uint32_t notify_each, uint32_t count, uint32_t wanted)
{
    gateway.builder.channels[BUILDER_REPORTS].notify_each = (uint16_t)notify_each;
    gateway.builder.channels[BUILDER_REPORTS].event = 9;
    monitored_start();
    gateway_position(&message);
    for (uint32_t i = 0; i < count; i++) outbox_put(BUILDER_REPORTS, i, &message);
    send_batch(BUILDER_LOW, BUILDER_REPORTS, 0, count);
    assert_int_equal(fake_core.raised_count, wanted);
    for (uint32_t i = 0; i < wanted; i++) {
        assert_int_equal(fake_core.raised[i].subject, BUILDER_GUARD);
        assert_int_equal(fake_core.raised[i].event, 9);
    }
}

static void test_events(void **unused)
{
    (void)unused;
    expect_events(0, 10, 0);
    expect_events(1, 10, 10);
    expect_events(4, 10, 3);          /* 4, 8, end of batch */
    expect_events(5, 10, 2);
    expect_events(32, 10, 1);
}

static void test_denied_message_raises_no_event(void **unused)
{
    (void)unused;
    gateway.builder.channels[BUILDER_REPORTS].notify_each = 1;
    monitored_start();
    gateway_position(&message);
    message.payload[22] = 1;
    send_one(BUILDER_LOW, BUILDER_REPORTS, &message);
    assert_int_equal(fake_core.raised_count, 0);
}

/* Every channel has events. */
static int notified_setup(void **unused)
{
    int status = monitored_setup(unused);
    for (uint32_t i = 0; i < gateway.policy.channels_count; i++) gateway.builder.channels[i].notify_each = 1;
    monitored_start();
    return status;
}

static void test_channel_without_notify_has_no_event(void **unused)
{
    (void)unused;
    gateway.builder.channels[BUILDER_REPORTS].notify_each = 0;
    monitored_start();
    assert_int_equal(monitor_notify(BUILDER_LOW, BUILDER_REPORTS), ABI_DENIED);
    assert_int_equal(fake_core.raised_count, 0);
    expect_record(0, AUDIT_EVENT_DENIED, IMAGE_RULE_DEFAULT, IMAGE_CLASS_SECURITY);
}

static void test_notify(void **unused)
{
    (void)unused;
    assert_int_equal(monitor_notify(BUILDER_LOW, BUILDER_REPORTS), ABI_OK);
    assert_int_equal(fake_core.raised_count, 1);
    assert_int_equal(fake_core.raised[0].subject, BUILDER_GUARD);
    assert_int_equal(monitor_notify(BUILDER_GUARD, BUILDER_REPORTS), ABI_CHANNEL);
    assert_int_equal(monitor_notify(BUILDER_LOW, BUILDER_NOTICES), ABI_CHANNEL);
    assert_int_equal(monitor_notify(BUILDER_LOW, 1ull << 32), ABI_CHANNEL);
    assert_int_equal(fake_core.raised_count, 1);
    assert_int_equal(monitored.record_count, 3);
}

/* An event alone is paced like a message, and there is none where only a protocol or a downgrade lets messages pass. */
static void test_notify_is_judged(void **unused)
{
    (void)unused;
    gateway.builder.rules[BUILDER_POSITION_IN].rate_count = 1;
    gateway.builder.rules[BUILDER_POSITION_IN].rate_ms = 1000;
    gateway.builder.rules[BUILDER_POSITION_IN].burst = 2;
    monitored_start();
    assert_int_equal(monitor_notify(BUILDER_LOW, BUILDER_REPORTS), ABI_OK);
    assert_int_equal(monitor_notify(BUILDER_LOW, BUILDER_REPORTS), ABI_OK);
    assert_int_equal(monitor_notify(BUILDER_LOW, BUILDER_REPORTS), ABI_DENIED);
    assert_int_equal(fake_core.raised_count, 2);
    assert_int_equal(monitored.records[0].rule, gateway.policy.rules[BUILDER_POSITION_IN].rate_rule);
    assert_int_equal(monitor_notify(BUILDER_GUARD, BUILDER_NOTICES), ABI_DENIED);
    assert_int_equal(monitor_notify(BUILDER_HIGH, BUILDER_ASKS), ABI_DENIED);
    assert_int_equal(fake_core.raised_count, 2);
    assert_int_equal(monitored.records[1].rule, IMAGE_RULE_DEFAULT);
}

/* Nor where a message's content decides, or where each one goes on record: an event has nothing to show. */
static void test_notify_needs_a_rule_without_conditions(void **unused)
{
    (void)unused;
    assert_int_equal(monitor_notify(BUILDER_GUARD, BUILDER_TRACKS), ABI_DENIED);
    assert_int_equal(monitored.records[0].rule, IMAGE_RULE_DEFAULT);
    gateway.builder.rules[BUILDER_POSITION_IN].flags |= IMAGE_RULE_RECORD;
    monitored_start();
    assert_int_equal(monitor_notify(BUILDER_LOW, BUILDER_REPORTS), ABI_DENIED);
    gateway.builder.rules[BUILDER_POSITION_IN].flags = 0;
    gateway.builder.header.audit_always |= IMAGE_AUDIT_ALLOWED;
    monitored_start();
    assert_int_equal(monitor_notify(BUILDER_LOW, BUILDER_REPORTS), ABI_DENIED);
    gateway.builder.header.audit_always &= ~(uint32_t)IMAGE_AUDIT_ALLOWED;
    monitored_start();
    assert_int_equal(monitor_notify(BUILDER_LOW, BUILDER_REPORTS), ABI_OK);
    assert_int_equal(fake_core.raised_count, 1);
}

/* A channel on which events pass by the rate of one rule alone: the short way. */
static void make_plain(uint32_t rate_count, uint16_t burst)
{
    struct image_rule *rule = &gateway.builder.rules[BUILDER_POSITION_IN];
    rule->plan_mask = UINT32_MAX;
    rule->next = 0;
    rule->rate_count = rate_count;
    rule->burst = burst;
    monitored_start();
}

/* An event is no message that a subject is trusted to release. */
static void test_notify_needs_a_rule_without_release(void **unused)
{
    (void)unused;
    gateway.builder.rules[BUILDER_POSITION_IN].flags = IMAGE_RULE_DOWNGRADE;
    gateway.builder.rules[BUILDER_POSITION_IN].released = 1;
    monitored_start();
    assert_int_equal(monitor_notify(BUILDER_LOW, BUILDER_REPORTS), ABI_DENIED);
    expect_record(0, AUDIT_EVENT_DENIED, IMAGE_RULE_DEFAULT, IMAGE_CLASS_SECURITY);
    assert_int_equal(fake_core.raised_count, 0);
}

static void test_plain_notify_is_paced(void **unused)
{
    (void)unused;
    make_plain(1, 2);
    uint64_t step = monitor_paces[BUILDER_POSITION_IN].step;
    for (uint32_t i = 0; i < 2; i++) assert_int_equal(monitor_notify(BUILDER_LOW, BUILDER_REPORTS), ABI_OK);
    uint64_t due = monitor_due[BUILDER_POSITION_IN];
    assert_true(due > fake_core.now + step);
    assert_int_equal(monitor_notify(BUILDER_LOW, BUILDER_REPORTS), ABI_DENIED);
    expect_record(0, AUDIT_EVENT_DENIED, gateway.policy.rules[BUILDER_POSITION_IN].rate_rule, IMAGE_CLASS_SECURITY);
    assert_int_equal(monitor_due[BUILDER_POSITION_IN], due);          /* a denial takes no token */
    fake_core.now += step;
    assert_int_equal(monitor_notify(BUILDER_LOW, BUILDER_REPORTS), ABI_OK);
    assert_int_equal(fake_core.raised_count, 3);
    make_plain(0, 0);                 /* no rate: any number */
    for (uint32_t i = 0; i < 100; i++) assert_int_equal(monitor_notify(BUILDER_LOW, BUILDER_REPORTS), ABI_OK);
    assert_int_equal(fake_core.raised_count, 100);
}

/* What narrows the rule narrows the events: its rate, also in each plan. */
static void test_restrict_narrows_notify(void **unused)
{
    (void)unused;
    gateway.builder.rules[BUILDER_POSITION_IN].plan_mask = UINT32_MAX;
    gateway.builder.rules[BUILDER_SITE_LOAD].burst = 1;
    gateway.builder.rules[BUILDER_SITE_LOAD].rate_rule = 203;
    monitored_start();
    assert_int_equal(monitor_notify(BUILDER_LOW, BUILDER_REPORTS), ABI_OK);
    assert_int_equal(monitor_notify(BUILDER_LOW, BUILDER_REPORTS), ABI_DENIED);
    expect_record(0, AUDIT_EVENT_DENIED, 203, IMAGE_CLASS_SECURITY);
    assert_int_equal(fake_core.raised_count, 1);
}

/* An event is a flow: none to who does not handle the label. */
static void test_notify_keeps_to_labels(void **unused)
{
    (void)unused;
    gateway.builder.rules[BUILDER_POSITION_IN].label = 2;
    make_plain(0, 0);
    assert_int_equal(monitor_notify(BUILDER_LOW, BUILDER_REPORTS), ABI_DENIED);
    expect_record(0, AUDIT_EVENT_DENIED, IMAGE_RULE_LABEL, IMAGE_CLASS_SECURITY);
    assert_int_equal(fake_core.raised_count, 0);
}

/* Which plan runs is not the sender's to know, unless feedback is full. */
static void test_notify_keeps_to_plans(void **unused)
{
    (void)unused;
    for (uint8_t feedback = IMAGE_FEEDBACK_RULE; feedback <= IMAGE_FEEDBACK_FULL; feedback++) {
        gateway.builder.channels[BUILDER_REPORTS].feedback = feedback;
        gateway.builder.rules[BUILDER_POSITION_IN].next = 0;
        monitored_start();
        assert_int_equal(monitor_notify(BUILDER_LOW, BUILDER_REPORTS), ABI_OK);
        assert_int_equal(fake_core.raised_count, 1);
        fake_core.plan = 1;
        uint32_t shown = feedback == IMAGE_FEEDBACK_FULL ? ABI_DENIED : ABI_OK;
        assert_int_equal(monitor_notify(BUILDER_LOW, BUILDER_REPORTS), shown);
        assert_int_equal(fake_core.raised_count, 1);
        expect_record(0, AUDIT_EVENT_DENIED, IMAGE_RULE_PLAN, IMAGE_CLASS_SECURITY);
        assert_int_equal(monitored.records[0].value, 1);
    }
}

/* ---- receiving ---- */
static void test_receive_is_range_checked(void **unused)
{
    (void)unused;
    gateway_position(&message);
    fill_inbox(&message);
    assert_int_equal(monitor_receive(BUILDER_GUARD, BUILDER_REPORTS, 3), ABI_SEQUENCE);
    assert_int_equal(monitor_receive(BUILDER_GUARD, BUILDER_REPORTS, UINT64_MAX), ABI_SEQUENCE);
    assert_int_equal(monitor_receive(BUILDER_GUARD, BUILDER_REPORTS, 2), ABI_OK);
    assert_int_equal(monitor_receive(BUILDER_GUARD, BUILDER_REPORTS, 2), ABI_OK);
    assert_int_equal(monitor_receive(BUILDER_GUARD, BUILDER_REPORTS, 1), ABI_SEQUENCE);
    assert_int_equal(monitor_receive(BUILDER_LOW, BUILDER_REPORTS, 2), ABI_CHANNEL);
    assert_int_equal(monitor_receive(BUILDER_HIGH, BUILDER_REPORTS, 2), ABI_CHANNEL);
    assert_int_equal(monitor_receive(BUILDER_GUARD, 1ull << 32, 2), ABI_CHANNEL);
    assert_int_equal(monitored.record_count, 6);
    expect_record(0, AUDIT_EVENT_DENIED, IMAGE_RULE_CALL, IMAGE_CLASS_SECURITY);
    assert_int_equal(monitored.records[0].value, 3);
    expect_record(3, AUDIT_EVENT_DENIED, IMAGE_RULE_DEFAULT, IMAGE_CLASS_SECURITY);
    assert_int_equal(monitor_consumed[BUILDER_REPORTS], 2);
}

/* ---- restarts ---- */
/* In windows that have time for one step each. */
static void restart(uint32_t subject)
{
    uint32_t next = 1;
    do fake_core.looks = 1; while ((next = monitor_restarted(subject, next)) != 0);
    fake_core.looks = UINT32_MAX;
}

static void test_restart_of_receiver_frees_and_counts(void **unused)
{
    (void)unused;
    gateway_position(&message);
    fill_inbox(&message);
    monitor_receive(BUILDER_GUARD, BUILDER_REPORTS, 1);
    restart(BUILDER_GUARD);
    assert_int_equal(inbox(BUILDER_REPORTS)->epoch, 1);
    assert_int_equal(inbox(BUILDER_REPORTS)->lost, 1);
    assert_int_equal(inbox(BUILDER_REPORTS)->first, 2);
    assert_int_equal(inbox(BUILDER_TRACKS)->epoch, 1);    /* it sends there */
    assert_int_equal(inbox(BUILDER_NOTICES)->epoch, 1);
    send_one(BUILDER_LOW, BUILDER_REPORTS, &message);
    send_one(BUILDER_LOW, BUILDER_REPORTS, &message);
    assert_int_equal(inbox(BUILDER_REPORTS)->published, 4);
    assert_int_equal(monitor_receive(BUILDER_GUARD, BUILDER_REPORTS, 1), ABI_SEQUENCE);   /* of the epoch before */
}

/* The receiver may be reading: slots stay its own until it frees them itself. */
static void test_restart_of_sender_frees_nothing(void **unused)
{
    (void)unused;
    gateway_position(&message);
    fill_inbox(&message);
    restart(BUILDER_LOW);
    assert_int_equal(inbox(BUILDER_REPORTS)->epoch, 1);
    assert_int_equal(inbox(BUILDER_REPORTS)->first, 2);
    assert_int_equal(inbox(BUILDER_REPORTS)->lost, 2);
    restart(BUILDER_LOW);                       /* nothing more to lose */
    assert_int_equal(inbox(BUILDER_REPORTS)->lost, 2);
    send_one(BUILDER_LOW, BUILDER_REPORTS, &message);
    assert_int_equal(inbox(BUILDER_REPORTS)->published, 2);
    assert_int_equal(inbox(BUILDER_REPORTS)->lost, 3);
    assert_int_equal(monitor_receive(BUILDER_GUARD, BUILDER_REPORTS, 2), ABI_OK);
    send_one(BUILDER_LOW, BUILDER_REPORTS, &message);
    assert_int_equal(inbox(BUILDER_REPORTS)->published, 3);
    restart(BUILDER_GUARD);                     /* counts each lost message once */
    assert_int_equal(inbox(BUILDER_REPORTS)->lost, 4);
    restart(BUILDER_LOW);
    assert_int_equal(inbox(BUILDER_REPORTS)->lost, 4);
    assert_int_equal(inbox(BUILDER_REPORTS)->epoch, 4);
    assert_int_equal(inbox(BUILDER_ASKS)->epoch, 1);      /* the guard's alone */
}

static void test_restart_resets_protocols_that_name_it(void **unused)
{
    (void)unused;
    gateway_request(&message, 7);
    send_one(BUILDER_HIGH, BUILDER_ASKS, &message);
    uint64_t asked = monitor_protocols[0];
    assert_int_equal(asked >> 56, 1);
    restart(BUILDER_LOW);
    assert_int_equal(monitor_protocols[0], asked);
    restart(BUILDER_HIGH);
    assert_int_equal(monitor_protocols[0] >> 40, 0);
}

/* Whatever peers send while a restart is told: nothing of the new epoch has its protocol's beginning in the old one. */
static void test_protocol_rests_while_a_restart_is_told(void **unused)
{
    (void)unused;
    uint32_t next = 1, resets = gateway.builder.resets_count;
    gateway.builder.channels[BUILDER_ASKS].feedback = IMAGE_FEEDBACK_FULL;
    monitored_start();
    gateway_request(&message, 7);
    for (uint32_t i = 0; i < resets + gateway.builder.channels_count; i++) {
        fake_core.looks = 1;
        next = monitor_restarted(BUILDER_HIGH, next);
        assert_int_equal(next, i + 2);
        fake_core.looks = UINT32_MAX;
        if (next > resets) assert_int_equal(send_one(BUILDER_HIGH, BUILDER_ASKS, &message).rule, IMAGE_RULE_FIRST + 11);
    }
    assert_int_equal(monitor_restarted(BUILDER_HIGH, next), 0);
    assert_int_equal(inbox(BUILDER_ASKS)->published, 0);
    assert_int_equal(inbox(BUILDER_ASKS)->epoch, 1);
    assert_int_equal(send_one(BUILDER_HIGH, BUILDER_ASKS, &message).accepted, 1);
}

/* Two restarts that reset one protocol, begun and ended in either order: it rests until both are told. */
static void test_protocol_rests_until_all_restarts_are_told(void **unused)
{
    (void)unused;
    static const uint32_t ends[] = { BUILDER_GUARD, BUILDER_HIGH };
    gateway.builder.channels[BUILDER_ASKS].feedback = IMAGE_FEEDBACK_FULL;
    monitored_start();
    gateway_request(&message, 7);
    for (uint32_t last = 0; last < 2; last++) {
        uint32_t next[2] = { 1, 1 };
        for (uint32_t i = 0; i < 2; i++) {
            fake_core.looks = 4;
            next[i] = monitor_restarted(ends[i], 1);
            assert_true(next[i] > 2);
        }
        fake_core.looks = UINT32_MAX;
        assert_int_equal(monitor_restarted(ends[!last], next[!last]), 0);
        assert_int_equal(send_one(BUILDER_HIGH, BUILDER_ASKS, &message).rule, IMAGE_RULE_FIRST + 11);
        assert_int_equal(monitor_restarted(ends[last], next[last]), 0);
        assert_int_equal(monitor_protocols[0] >> 40, 0);
        assert_int_equal(send_one(BUILDER_HIGH, BUILDER_ASKS, &message).accepted, 1);
    }
}

static uint32_t told;                 /* the guard's next step */

static void guard_starts_again(void)
{
    monitored.before_publish = NULL;
    fake_core.looks = 100;
    told = monitor_restarted(BUILDER_GUARD, 1);
    fake_core.looks = UINT32_MAX;
}

/* A message that was committed before the receiver's restart is of the old epoch, however late it is published. */
static void test_restart_waits_for_a_message_on_its_way(void **unused)
{
    (void)unused;
    ask_while(guard_starts_again);
    monitored.before_commit = NULL;
    monitored.before_publish = guard_starts_again;
    assert_int_equal(send_one(BUILDER_HIGH, BUILDER_ASKS, &message).accepted, 1);
    assert_true(told > gateway.builder.resets_count);
    assert_int_equal(inbox(BUILDER_ASKS)->published, 1);
    assert_int_equal(inbox(BUILDER_ASKS)->epoch, 0);
    assert_int_equal(monitor_restarted(BUILDER_GUARD, told), 0);
    assert_int_equal(inbox(BUILDER_ASKS)->first, 1);
    assert_int_equal(inbox(BUILDER_ASKS)->lost, 1);
    assert_int_equal(send_one(BUILDER_HIGH, BUILDER_ASKS, &message).accepted, 1);     /* the protocol is at its beginning */
}

static sem_t may_publish;
static pthread_t sender_cpu;

static void wait_to_publish(void)
{
    sem_wait(&may_publish);
}

static void *send_a_request(void *unused)
{
    send_one(BUILDER_HIGH, BUILDER_ASKS, &message);
    return unused;
}

static uint32_t looks;                /* that a restart has taken at its time: one before each step, more while it waits */

static void finish_message(void)
{
    if (++looks < gateway.builder.resets_count + BUILDER_ASKS + 2) return;
    assert_int_equal(monitor_senders[BUILDER_ASKS].turns % 2, 1);
    fake_core.before_look = NULL;
    sem_post(&may_publish);
    pthread_join(sender_cpu, NULL);
}

/* The message comes while the restart waits for it: it goes on at once, in the same window. */
static void test_restart_goes_on_when_the_message_is_there(void **unused)
{
    (void)unused;
    ask_while(NULL);
    monitored.before_publish = wait_to_publish;
    assert_int_equal(sem_init(&may_publish, 0, 0), 0);
    assert_int_equal(pthread_create(&sender_cpu, NULL, send_a_request, NULL), 0);
    while (__atomic_load_n(&monitored.record_count, __ATOMIC_ACQUIRE) == 0) sched_yield();
    looks = 0;
    fake_core.before_look = finish_message;
    assert_int_equal(monitor_restarted(BUILDER_GUARD, 1), 0);
    assert_null(fake_core.before_look);
    assert_int_equal(inbox(BUILDER_ASKS)->published, 1);
    assert_int_equal(inbox(BUILDER_ASKS)->first, 1);
    assert_int_equal(inbox(BUILDER_ASKS)->lost, 1);
    assert_int_equal(inbox(BUILDER_ASKS)->epoch, 1);
    sem_destroy(&may_publish);
}

static uint32_t instant;              /* of the step: when the other CPU acts */
static void (*other_cpu)(void);
static uint32_t step;                 /* that the two meet in, the first being 1 */
static bool met;

static void on_other_cpu(void)
{
    void (*before_look)(void) = fake_core.before_look;
    fake_core.before_look = NULL;
    other_cpu();
    fake_core.before_look = before_look;
}

static void meet_in_step(void)
{
    if (++looks == step) stepped_begin(instant, on_other_cpu);
    if (looks != step + 1) return;
    met = stepped_end();
    fake_core.before_look = NULL;
}

/* Restarts `subject`, with what the other CPU does at the next instant of a step, or behind it all. */
static void restart_while(uint32_t subject, uint32_t in_step, void (*other)(void))
{
    step = in_step;
    looks = 0;
    other_cpu = other;
    fake_core.before_look = meet_in_step;
    assert_int_equal(monitor_restarted(subject, 1), 0);
    if (fake_core.before_look != NULL) met = stepped_end();           /* it was the last step */
    fake_core.before_look = NULL;
    if (!met) other();
    instant++;
}

static void guard_restarts(void)
{
    assert_int_equal(monitor_restarted(BUILDER_GUARD, 1), 0);
}

/* Both ends of a channel, and of a protocol, begin anew at once, whatever the moment: what is unread is lost once. */
static void restarts_meet(uint32_t in_step)
{
    instant = 0;
    do {
        ask_while(NULL);
        assert_int_equal(send_one(BUILDER_HIGH, BUILDER_ASKS, &message).accepted, 1);
        restart_while(BUILDER_HIGH, in_step, guard_restarts);
        assert_int_equal(inbox(BUILDER_ASKS)->epoch, 2);
        assert_int_equal(inbox(BUILDER_ASKS)->first, 1);
        assert_int_equal(monitor_consumed[BUILDER_ASKS], 1);
        assert_int_equal(inbox(BUILDER_ASKS)->lost, 1);
        assert_int_equal(monitor_protocols[0] >> 40, 0);
        assert_int_equal(send_one(BUILDER_HIGH, BUILDER_ASKS, &message).accepted, 1);
    } while (instant <= stepped_last());
    assert_true(instant > 20);
}

static void test_restarts_of_both_ends_meet(void **unused)
{
    uint32_t resets = gateway.builder.resets_count;
    (void)unused;
    restarts_meet(1);                                         /* the protocol comes to rest */
    restarts_meet(resets + 1 + BUILDER_ASKS);                 /* the channel begins its epoch */
    restarts_meet(resets + gateway.builder.channels_count + 1);       /* the protocol is told */
}

static void low_sends_and_restarts(void)
{
    assert_int_equal(send_one(BUILDER_LOW, BUILDER_REPORTS, &message).accepted, 1);
    assert_int_equal(monitor_restarted(BUILDER_LOW, 1), 0);
}

/* The rest of a restart that saw one message as it began: the first unread one is the second, if it is not a later one. */
static void guard_goes_on(void)
{
    if (monitor_first[BUILDER_REPORTS] < 1) monitor_first[BUILDER_REPORTS] = 1;
    if (inbox(BUILDER_REPORTS)->first < 1) inbox(BUILDER_REPORTS)->first = 1;
}

/* Of two epochs that begin at once the later one stands, whichever end writes last. */
static void test_epochs_begin_at_the_latest_message(void **unused)
{
    static const struct { uint32_t subject; void (*other)(void); uint32_t sent; } cases[] = {
        { BUILDER_GUARD, low_sends_and_restarts, 1 }, { BUILDER_LOW, guard_goes_on, 2 },
    };
    uint32_t at = gateway.builder.resets_count + 1 + BUILDER_REPORTS;
    (void)unused;
    gateway_position(&message);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        instant = 0;
        do {
            monitored_start();
            for (uint32_t n = 0; n < cases[i].sent; n++) send_one(BUILDER_LOW, BUILDER_REPORTS, &message);
            restart_while(cases[i].subject, at, cases[i].other);
            assert_int_equal(inbox(BUILDER_REPORTS)->published, 2);
            assert_int_equal(inbox(BUILDER_REPORTS)->first, 2);
            assert_int_equal(monitor_first[BUILDER_REPORTS], 2);
        } while (instant <= stepped_last());
        assert_true(instant > 20);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, monitored_setup, monitored_teardown)
#define NOTIFIED(name) cmocka_unit_test_setup_teardown(name, notified_setup, monitored_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_lost_race_is_judged_anew),
        TEST(test_lost_race_without_room_is_withheld),
        TEST(test_events),
        TEST(test_denied_message_raises_no_event),
        NOTIFIED(test_channel_without_notify_has_no_event),
        NOTIFIED(test_notify),
        NOTIFIED(test_notify_is_judged),
        NOTIFIED(test_notify_needs_a_rule_without_conditions),
        NOTIFIED(test_notify_needs_a_rule_without_release),
        NOTIFIED(test_plain_notify_is_paced),
        NOTIFIED(test_restrict_narrows_notify),
        NOTIFIED(test_notify_keeps_to_labels),
        NOTIFIED(test_notify_keeps_to_plans),
        TEST(test_receive_is_range_checked),
        TEST(test_restart_of_receiver_frees_and_counts),
        TEST(test_restart_of_sender_frees_nothing),
        TEST(test_restart_resets_protocols_that_name_it),
        TEST(test_restart_waits_for_a_message_on_its_way),
        TEST(test_restart_goes_on_when_the_message_is_there),
        TEST(test_restarts_of_both_ends_meet),
        TEST(test_epochs_begin_at_the_latest_message),
        TEST(test_protocol_rests_while_a_restart_is_told),
        TEST(test_protocol_rests_until_all_restarts_are_told),
    };
    return cmocka_run_group_tests_name("monitor channel", tests, NULL, NULL);
}
