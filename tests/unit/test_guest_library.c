/* SPDX-License-Identifier: Apache-2.0 */
/* The guest library on a stand-in for the kernel: text, pacing, outbox, inbox. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "channels/abi.h"
#include "channels/message.h"
#include "guest/call.h"
#include "guest/guest.h"
#include "guest/pace.h"
#include "guest/receiver.h"
#include "guest/sender.h"
#include "guest/text.h"
#include "stepped.h"

enum { SLOTS = 40, DEPTH = 4, SLOT_SIZE = 48, PAYLOAD = SLOT_SIZE - sizeof(struct message_header), OUT = 5, IN = 9 };

static _Alignas(16) uint8_t outbox[SLOTS * SLOT_SIZE];
static _Alignas(16) struct { struct inbox_header header; uint8_t slots[DEPTH * SLOT_SIZE]; } inbox;
static struct subject_info info;

/* ---- the kernel's side ---- */
static struct { uint64_t call, a, b, c; } calls[8];
static uint32_t call_count;
static uint64_t next_status, next_result;

struct call_answer call_make(uint32_t call, uint64_t a, uint64_t b, uint64_t c)
{
    assert_in_range(call_count, 0, 7);
    calls[call_count].call = call;
    calls[call_count].a = a;
    calls[call_count].b = b;
    calls[call_count++].c = c;
    return (struct call_answer){ next_status, next_result };
}

static void publish(uint32_t number)
{
    uint8_t *slot = inbox.slots + number % DEPTH * SLOT_SIZE;
    const struct message_header header = { .type = 3, .version = 1, .length = sizeof number, .sequence = number };

    memcpy(slot, &header, sizeof header);
    memcpy(slot + sizeof header, &number, sizeof number);
    inbox.header.published = number + 1;
}

static int setup(void **state)
{
    (void)state;
    memset(&inbox, 0, sizeof inbox);
    memset(outbox, 0, sizeof outbox);
    info = (struct subject_info){ .tsc_khz = 1000, .channel_count = 2, .channels = {
        { .gpa = (uintptr_t)outbox, .channel = OUT, .slot_size = SLOT_SIZE, .slots = SLOTS, .direction = INFO_SENDS,
          .name = "sixteen-letters!" },
        { .gpa = (uintptr_t)&inbox, .channel = IN, .slot_size = SLOT_SIZE, .slots = DEPTH, .direction = INFO_RECEIVES,
          .name = "in" } } };
    call_count = 0;
    next_status = next_result = 0;
    return 0;
}

/* ---- text ---- */
static void text_agrees_with_printf(void **state)
{
    static const long numbers[] = { 0, 1, -1, 9, 10, 4096, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN };
    char expected[256], buffer[256];
    struct text text;

    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        long n = numbers[i];
        snprintf(expected, sizeof expected, "%ld %lu %lx|%d %u %x|%c%%%s|%.3s", n, (unsigned long)n, (unsigned long)n, (int)n,
                 (unsigned)n, (unsigned)n, 'c', "string", "cut short");
        text_start(&text, buffer, sizeof buffer);
        text_print(&text, "%ld %lu %lx|%d %u %x|%c%%%s|%.3s", n, (unsigned long)n, (unsigned long)n, (int)n, (unsigned)n,
                   (unsigned)n, 'c', "string", "cut short");
        assert_string_equal(buffer, expected);
        assert_int_equal(text.length, strlen(expected));
    }
}

static void text_never_leaves_its_buffer(void **state)
{
    char buffer[6] = "?????";
    struct text text;

    (void)state;
    text_start(&text, buffer, 5);
    text_print(&text, "%s", "1234");
    assert_false(text.cut);
    text_print(&text, "%d", 56);
    text_hex(&text, "x", 1);
    assert_true(text.cut);
    assert_string_equal(buffer, "1234");
    assert_int_equal(buffer[5], '\0');                    /* as it was */
    text_start(&text, buffer, 1);
    text_character(&text, 'x');
    assert_true(text.cut);
    assert_string_equal(buffer, "");
}

static void hex_has_two_digits_a_byte(void **state)
{
    const uint8_t bytes[] = { 0, 0x0f, 0xa0, 0xff };
    char buffer[16];
    struct text text;

    (void)state;
    text_start(&text, buffer, sizeof buffer);
    text_hex(&text, bytes, sizeof bytes);
    assert_string_equal(buffer, "000fa0ff");
}

/* ---- pace ---- */

/* The monitor's bucket: a message is due one step after the one before; up to burst - 1 steps early. */
struct bucket { uint64_t step, tolerance, due; };

static bool bucket_takes(struct bucket *bucket, uint64_t now)
{
    if (now + bucket->tolerance < bucket->due) return false;
    bucket->due = (bucket->due > now ? bucket->due : now) + bucket->step;
    return true;
}

/* A sender that always sends all that it may, preempted at random within its calls, is never denied and loses little. */
static void run_pace(uint32_t count, uint32_t ms, uint32_t burst, uint32_t longest_call)
{
    const uint32_t khz = 999983;
    uint64_t period = (uint64_t)ms * khz, now = 12345, end = now + 1000 * period, sent = 0, in_calls = 0;
    struct bucket bucket = { .step = (period + count - 1) / count };
    struct pace pace;

    bucket.tolerance = (burst - 1) * bucket.step;
    pace_start(&pace, count, ms, burst, khz, now);
    assert_int_equal(pace_allows(&pace, now), 0);
    while (now < end) {
        uint64_t allowed = pace_allows(&pace, now), before = now;
        assert_true(allowed <= burst);
        if (allowed > 0) {
            now += (uint64_t)rand() % longest_call;       /* preempted before the verdicts */
            for (uint64_t i = 0; i < allowed; i++) assert_true(bucket_takes(&bucket, now));
            now += (uint64_t)rand() % longest_call;       /* and after them */
            pace_spend(&pace, allowed, before, now);
            sent += allowed;
            in_calls += now - before;
        }
        now += (uint64_t)rand() % (bucket.step / 100);
    }
    uint64_t ideal = (end - 12345 - in_calls) / bucket.step;
    assert_true(sent > ideal - ideal / 50);
}

static void a_paced_sender_is_never_denied(void **state)
{
    (void)state;
    srand(1);
    run_pace(200, 1000, 32, 1000);
    run_pace(200, 1000, 32, 7000000);
    run_pace(1, 1000, 1, 10000000);
    run_pace(7, 100, 3, 100000);
}

static void no_rate_is_no_limit(void **state)
{
    struct pace pace;

    (void)state;
    pace_start(&pace, 0, 0, 0, 1000, 5);
    assert_true(pace_allows(&pace, 5) == UINT64_MAX);
    pace_spend(&pace, 1000, 5, 6);
    assert_true(pace_allows(&pace, 6) == UINT64_MAX);
}

/* ---- sender ---- */
static void channels_are_found_by_name_and_direction(void **state)
{
    struct receiver receiver;
    struct sender sender;

    (void)state;
    assert_true(sender_open(&sender, &info, "sixteen-letters!"));
    assert_int_equal(sender.channel->channel, OUT);
    assert_false(sender_open(&sender, &info, "sixteen-letters"));
    assert_false(sender_open(&sender, &info, "in"));
    assert_false(receiver_open(&receiver, &info, "sixteen-letters!"));
    assert_true(receiver_open(&receiver, &info, "in"));
    info.channel_count = 1;
    assert_false(receiver_open(&receiver, &info, "in"));
}

static void claimed_messages_stand_in_the_outbox(void **state)
{
    struct sender sender;
    struct message_header header;

    (void)state;
    assert_true(sender_open(&sender, &info, "sixteen-letters!"));
    assert_null(sender_claim(&sender, 1, 1, PAYLOAD + 1));
    assert_ptr_equal(sender_claim(&sender, 7, 2, PAYLOAD), outbox + sizeof header);
    memcpy(&header, outbox, sizeof header);
    assert_int_equal(header.type, 7);
    assert_int_equal(header.version, 2);
    assert_int_equal(header.length, PAYLOAD);
    assert_ptr_equal(sender_claim(&sender, 7, 2, 0), outbox + SLOT_SIZE + sizeof header);
    for (uint32_t i = 2; i < SLOTS; i++) assert_non_null(sender_claim(&sender, 7, 2, 0));
    assert_null(sender_claim(&sender, 7, 2, 0));          /* full */
    assert_int_equal(call_count, 0);
}

static void batches_are_bounded_and_wrap(void **state)
{
    struct sender sender;

    (void)state;
    assert_true(sender_open(&sender, &info, "sixteen-letters!"));
    assert_int_equal(sender_flush(&sender, 10).count, 0);
    assert_int_equal(call_count, 0);                      /* nothing to send: no call */
    for (uint32_t i = 0; i < SLOTS; i++) sender_claim(&sender, 1, 1, 0);
    next_status = ABI_DENIED;
    next_result = 77ull | 0x80000005ull << 32;
    struct sender_result result = sender_flush(&sender, UINT32_MAX);
    assert_int_equal(result.count, ABI_BATCH_MAX);
    assert_int_equal(result.status, ABI_DENIED);
    assert_int_equal(result.rule, 77);
    assert_int_equal(result.accepted, 3);
    assert_int_equal(result.verdicts, 0x80000005);
    assert_int_equal(calls[0].call, ABI_CALL_SEND);
    assert_int_equal(calls[0].a, OUT);
    assert_int_equal(calls[0].b, 0);
    assert_int_equal(calls[0].c, ABI_BATCH_MAX);
    for (uint32_t i = 0; i < ABI_BATCH_MAX; i++) assert_non_null(sender_claim(&sender, 1, 1, 0));
    assert_null(sender_claim(&sender, 1, 1, 0));
    assert_int_equal(sender_flush(&sender, 20).count, 20);        /* slots 32 to 39, then 0 to 11 */
    assert_int_equal(calls[1].b, ABI_BATCH_MAX);
    assert_int_equal(calls[1].c, 20);
    assert_int_equal(sender.first, 12);
    assert_int_equal(sender.waiting, SLOTS - 20);
}

static void the_allowance_follows_the_rate(void **state)
{
    struct sender sender;

    (void)state;
    assert_true(sender_open(&sender, &info, "sixteen-letters!"));
    assert_int_equal(sender_allowance(&sender), UINT32_MAX);
    info.channels[0].rate_count = 1;
    info.channels[0].rate_ms = 1000000000;
    info.channels[0].burst = 5;
    assert_true(sender_open(&sender, &info, "sixteen-letters!"));
    assert_int_equal(sender_allowance(&sender), 0);
}

/* ---- receiver ---- */
static uint32_t take(struct receiver *receiver)
{
    struct message_header header = { .type = 0 };
    uint32_t number = UINT32_MAX;

    if (!receiver_take(receiver, &header, &number, sizeof number)) return UINT32_MAX;
    assert_int_equal(header.type, 3);
    assert_int_equal(header.sequence, number);
    return number;
}

static void messages_come_in_order_and_once(void **state)
{
    struct receiver receiver;

    (void)state;
    assert_true(receiver_open(&receiver, &info, "in"));
    assert_int_equal(take(&receiver), UINT32_MAX);
    receiver_free(&receiver);
    assert_int_equal(call_count, 0);                      /* nothing to give back: no call */
    for (uint32_t i = 0; i < 3 * DEPTH; i++) {
        publish(i);
        assert_int_equal(take(&receiver), i);
        assert_int_equal(take(&receiver), UINT32_MAX);
    }
    receiver_free(&receiver);
    receiver_free(&receiver);
    assert_int_equal(call_count, 1);
    assert_int_equal(calls[0].call, ABI_CALL_RECEIVE);
    assert_int_equal(calls[0].a, IN);
    assert_int_equal(calls[0].b, 3 * DEPTH);
    assert_int_equal(receiver.taken, 3 * DEPTH);
}

static void a_long_message_is_cut_to_the_buffer(void **state)
{
    struct receiver receiver;
    struct message_header header = { .length = PAYLOAD };
    uint8_t small[4] = { 1, 2, 3, 4 };

    (void)state;
    memset(inbox.slots, 0xee, SLOT_SIZE);
    memcpy(inbox.slots, &header, sizeof header);
    inbox.header.published = 1;
    assert_true(receiver_open(&receiver, &info, "in"));
    assert_true(receiver_take(&receiver, &header, small, 3));
    assert_int_equal(header.length, PAYLOAD);
    assert_memory_equal(small, "\xee\xee\xee\x04", 4);
}

/* The sender's restart loses what is unread; the receiver goes on behind it, and gives the lost slots back at once. */
static void a_new_epoch_is_followed(void **state)
{
    struct receiver receiver;

    (void)state;
    assert_true(receiver_open(&receiver, &info, "in"));
    for (uint32_t i = 0; i < DEPTH; i++) publish(i);
    assert_int_equal(take(&receiver), 0);
    inbox.header.epoch = 1;
    inbox.header.first = DEPTH;
    inbox.header.lost = DEPTH - 1;
    assert_int_equal(take(&receiver), UINT32_MAX);
    receiver_free(&receiver);
    assert_int_equal(call_count, 1);
    assert_int_equal(calls[0].b, DEPTH);
    publish(DEPTH);
    assert_int_equal(take(&receiver), DEPTH);
    assert_int_equal(receiver_lost(&receiver), DEPTH - 1);
}

/* The sender starts again, all of its messages are lost, and their slots hold others. */
static void begin_epoch(void)
{
    inbox.header.epoch = 1;
    inbox.header.first = inbox.header.published;
    memset(inbox.slots, 0xee, SLOT_SIZE);
}

/* An epoch that begins at any moment within a call: the message is taken whole, or not at all. */
static void a_message_of_an_ended_epoch_is_not_taken(void **state)
{
    struct receiver receiver;
    struct message_header header;
    uint32_t number, whole = 0, refused = 0;

    for (uint32_t instant = 0; instant == 0 || instant <= stepped_last(); instant++) {
        setup(state);
        assert_true(receiver_open(&receiver, &info, "in"));
        publish(0);
        stepped_begin(instant, begin_epoch);
        bool taken = receiver_take(&receiver, &header, &number, sizeof number);
        bool ended = stepped_end();
        if (taken) {
            assert_int_equal(header.length, sizeof number);
            assert_int_equal(number, 0);
            whole++;
        } else {
            assert_true(ended);
            assert_int_equal(receiver.taken, 0);
            assert_false(receiver_is_ready(&receiver));
            refused++;
        }
    }
    assert_true(whole > 0 && refused > 0);
}

static void a_restarted_receiver_begins_with_its_epoch(void **state)
{
    struct receiver receiver;

    (void)state;
    for (uint32_t i = 0; i < DEPTH; i++) publish(i);
    inbox.header.epoch = 3;
    inbox.header.first = DEPTH - 1;
    assert_true(receiver_open(&receiver, &info, "in"));
    assert_int_equal(call_count, 1);                      /* if both ends started again, only this gives lost slots back */
    assert_int_equal(calls[0].call, ABI_CALL_RECEIVE);
    assert_int_equal(calls[0].b, DEPTH - 1);
    assert_int_equal(take(&receiver), DEPTH - 1);
    assert_int_equal(take(&receiver), UINT32_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_agrees_with_printf),
        cmocka_unit_test(text_never_leaves_its_buffer),
        cmocka_unit_test(hex_has_two_digits_a_byte),
        cmocka_unit_test(a_paced_sender_is_never_denied),
        cmocka_unit_test(no_rate_is_no_limit),
        cmocka_unit_test_setup(channels_are_found_by_name_and_direction, setup),
        cmocka_unit_test_setup(claimed_messages_stand_in_the_outbox, setup),
        cmocka_unit_test_setup(batches_are_bounded_and_wrap, setup),
        cmocka_unit_test_setup(the_allowance_follows_the_rate, setup),
        cmocka_unit_test_setup(messages_come_in_order_and_once, setup),
        cmocka_unit_test_setup(a_long_message_is_cut_to_the_buffer, setup),
        cmocka_unit_test_setup(a_new_epoch_is_followed, setup),
        cmocka_unit_test_setup(a_message_of_an_ended_epoch_is_not_taken, setup),
        cmocka_unit_test_setup(a_restarted_receiver_begins_with_its_epoch, setup),
    };
    return cmocka_run_group_tests_name("guest_library", tests, NULL, NULL);
}
