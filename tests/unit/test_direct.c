/* SPDX-License-Identifier: Apache-2.0 */
/* Direct channels: in order, no message torn, each loss counted, and a receiver that nothing in the channel can lead astray. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "guest/direct.h"

enum { DEPTH = 8, WORDS = 11, PAYLOAD = 8 * WORDS, RACES = 400000, ATTACKS = 200000 };

static struct subject_info writer_info, reader_info;
static uint8_t *region;
static struct direct_sender sender;
static struct direct_receiver receiver;

static size_t region_size(void)
{
    return sizeof(struct direct_header) + DEPTH * direct_slot_size(PAYLOAD);
}

static int setup(void **state)
{
    (void)state;
    region = aligned_alloc(64, (region_size() + 63) / 64 * 64);
    memset(region, 0, region_size());
    struct info_channel channel = { .gpa = (uintptr_t)region, .slot_size = direct_slot_size(PAYLOAD), .slots = DEPTH,
                                    .direction = INFO_WRITES, .name = "beams" };
    writer_info = (struct subject_info){ .channel_count = 1, .channels = { channel } };
    channel.direction = INFO_READS;
    reader_info = (struct subject_info){ .channel_count = 1, .channels = { channel } };
    assert_true(direct_sender_open(&sender, &writer_info, "beams"));
    assert_true(direct_receiver_open(&receiver, &reader_info, "beams"));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    free(region);
    return 0;
}

static struct direct_slot *slot(uint64_t number)
{
    return (struct direct_slot *)(void *)(region + sizeof(struct direct_header) + number % DEPTH * direct_slot_size(PAYLOAD));
}

static struct direct_header *header(void)
{
    return (struct direct_header *)(void *)region;
}

/* Every word of message `number` tells which it is. */
static void send_number(uint64_t number)
{
    uint64_t words[WORDS];

    for (uint32_t i = 0; i < WORDS; i++) words[i] = number * WORDS + i;
    assert_true(direct_send(&sender, 3, 1, words, sizeof words));
}

/* The number of the next message, whole; UINT64_MAX if there is none. */
static uint64_t take_number(void)
{
    uint64_t words[WORDS];
    struct message_header h;

    if (!direct_take(&receiver, &h, words, sizeof words)) return UINT64_MAX;
    assert_int_equal(h.type, 3);
    assert_int_equal(h.length, PAYLOAD);
    for (uint32_t i = 0; i < WORDS; i++) assert_int_equal(words[i], h.sequence * WORDS + i);
    return h.sequence;
}

/* ---- friendly ends ---- */
static void ends_are_found_by_direction(void **state)
{
    (void)state;
    assert_false(direct_sender_open(&sender, &reader_info, "beams"));
    assert_false(direct_receiver_open(&receiver, &writer_info, "beams"));
    assert_false(direct_receiver_open(&receiver, &reader_info, "beam"));
}

static void messages_come_in_order_and_once(void **state)
{
    (void)state;
    assert_int_equal(take_number(), UINT64_MAX);
    for (uint64_t n = 0; n < 5 * DEPTH; n++) {
        send_number(n);
        if (n % 3 != 2) continue;
        for (uint64_t k = n - 2; k <= n; k++) assert_int_equal(take_number(), k);
        assert_int_equal(take_number(), UINT64_MAX);
    }
    assert_int_equal(receiver.lost + receiver.corrupt, 0);
}

static void a_slow_receiver_counts_each_loss(void **state)
{
    (void)state;
    for (uint64_t n = 0; n < 3 * DEPTH + 1; n++) send_number(n);
    assert_int_equal(take_number(), 2 * DEPTH + 1);
    assert_int_equal(receiver.lost, 2 * DEPTH + 1);
    for (uint64_t n = 0; n < DEPTH; n++) send_number(3 * DEPTH + 1 + n);
    while (take_number() != UINT64_MAX) {}
    assert_int_equal(receiver.taken + receiver.lost, 4 * DEPTH + 1);
    assert_int_equal(receiver.corrupt, 0);
}

static void lives_go_on_where_earlier_ones_were(void **state)
{
    (void)state;
    for (uint64_t n = 0; n < DEPTH + 2; n++) send_number(n);
    slot(DEPTH + 2)->stamp = 2 * (DEPTH + 2) + 1;     /* the sender ended within a write */
    assert_true(direct_sender_open(&sender, &writer_info, "beams"));
    assert_true(direct_receiver_open(&receiver, &reader_info, "beams"));
    send_number(DEPTH + 2);
    assert_int_equal(take_number(), 3);
    assert_int_equal(receiver.lost, 1);               /* number 2, which the sender had begun to overwrite */
}

static void what_no_slot_holds_is_not_sent(void **state)
{
    uint8_t large[PAYLOAD + DIRECT_SLOT_ALIGN + 1] = { 0 };

    (void)state;
    assert_false(direct_send(&sender, 1, 1, large, sizeof large));
    assert_int_equal(header()->written, 0);
}

static void a_message_half_written_is_not_taken(void **state)
{
    (void)state;
    send_number(0);
    slot(0)->stamp = 2 * DEPTH + 1;                   /* message DEPTH is on its way */
    assert_int_equal(take_number(), UINT64_MAX);
    assert_int_equal(receiver.lost, 1);
}

static void *write_many(void *unused)
{
    for (uint64_t n = 0; n < RACES; n++) send_number(n);
    return unused;
}

/* No message is torn, doubled or out of order, and none is lost uncounted. */
static void a_race_loses_only_what_it_counts(void **state)
{
    pthread_t thread;
    uint64_t last = UINT64_MAX, number;

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, write_many, NULL), 0);
    while (receiver.taken + receiver.lost < RACES) {
        if ((number = take_number()) == UINT64_MAX) continue;
        assert_true(last == UINT64_MAX || number > last);
        last = number;
    }
    pthread_join(thread, NULL);
    assert_int_equal(receiver.taken + receiver.lost, RACES);
    assert_int_equal(receiver.corrupt, 0);
}

/* ---- a hostile sender ---- */
static void contradictions_are_counted(void **state)
{
    struct message_header h;
    uint8_t payload[PAYLOAD];

    (void)state;
    header()->written = 3;                            /* of which nothing is there */
    assert_false(direct_take(&receiver, &h, payload, sizeof payload));
    assert_int_equal(receiver.corrupt, 3);
    header()->written = 1;                            /* goes back */
    assert_false(direct_take(&receiver, &h, payload, sizeof payload));
    assert_int_equal(receiver.corrupt, 4);
    send_number(0);
    slot(0)->header.length = UINT32_MAX;              /* longer than the slot */
    header()->written = 2;
    slot(0)->stamp = 2 * DEPTH + 2;
    header()->written = DEPTH + 1;
    while (direct_take(&receiver, &h, payload, sizeof payload)) {}
    assert_true(receiver.corrupt > 4);
}

static void no_words_lead_a_receiver_astray(void **state)
{
    static const uint64_t words[] = { 0, 1, 2, DEPTH, 2 * DEPTH + 2, UINT32_MAX, 1ull << 63, UINT64_MAX };
    struct message_header h;
    uint8_t payload[16 + 1], large[4 * PAYLOAD * DEPTH];     /* more than the channel holds */

    (void)state;
    srand(1);
    for (uint32_t i = 0; i < ATTACKS; i++) {
        size_t where = (size_t)rand() % (region_size() / 8);
        ((uint64_t *)(void *)region)[where] = rand() % 4 == 0 ? (uint64_t)rand() : words[rand() % 8];
        if (rand() % 3 == 0) header()->written = receiver.next + (uint64_t)(rand() % (2 * DEPTH));
        if (rand() % 3 == 0) slot(receiver.next)->stamp = 2 * receiver.next + 2;
        payload[16] = 0x5a;
        if (i % 2 == 0 ? direct_take(&receiver, &h, payload, 16) : direct_take(&receiver, &h, large, sizeof large))
            assert_true(h.length <= direct_slot_size(PAYLOAD) - sizeof(struct direct_slot));
        assert_int_equal(payload[16], 0x5a);
    }
    assert_true(receiver.taken > 0 && receiver.lost > 0 && receiver.corrupt > 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(ends_are_found_by_direction),
        TEST(messages_come_in_order_and_once),
        TEST(a_slow_receiver_counts_each_loss),
        TEST(lives_go_on_where_earlier_ones_were),
        TEST(what_no_slot_holds_is_not_sent),
        TEST(a_message_half_written_is_not_taken),
        TEST(a_race_loses_only_what_it_counts),
        TEST(contradictions_are_counted),
        TEST(no_words_lead_a_receiver_astray),
    };
    return cmocka_run_group_tests_name("direct", tests, NULL, NULL);
}
