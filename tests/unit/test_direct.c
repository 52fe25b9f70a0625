/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Direct channels: in order, no message torn, doubled or lost uncounted, in single messages and in batches; and two ends that
 * nothing in the channel can lead astray, also where the peer writes between any two loads. The memory is as large as the
 * layout says to the byte, so that the sanitizer sees whoever leaves it.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

static void peer_acts(const void *address, uint64_t size);
#define SHARED_BEFORE_LOAD(address, size) peer_acts(address, size)
#include "guest/direct.h"

enum { TYPE = 3, WORDS_MAX = 510, SLOTS = 8, RACES = 100000, ATTACKS = 100000, BATCH = 5 };

static struct subject_info writer_info, reader_info;
static uint8_t *region;
static struct direct_acknowledgement *page;
static struct direct_sender sender;
static struct direct_receiver receiver;
static uint32_t slots, length;                /* of this test's channel; bytes of its messages, a multiple of 8 */
static __thread uint64_t loads_left;          /* in a call under observation */
static __thread bool observed;
static void (*attack)(void);                  /* what the peer does before a load; NULL: nothing */
static __thread bool acting;                  /* what the peer does is not interrupted itself */
static uint8_t *seen;                         /* how often each byte of the region was loaded in this call; NULL: not counted */

static size_t region_size(void)
{
    return direct_memory_size(direct_slot_payload(length), slots);
}

static void peer_acts(const void *address, uint64_t size)
{
    const uint8_t *bytes = address;

    if (observed) {
        assert_true(loads_left > 0);
        loads_left--;
    }
    if (seen != NULL && bytes >= region && bytes < region + region_size()) {
        for (uint64_t i = 0; i < size; i++) seen[bytes - region + (ptrdiff_t)i]++;
    }
    if (attack != NULL && !acting) {
        acting = true;
        attack();
        acting = false;
    }
}

static void make_channel(uint32_t message, uint32_t depth, bool acknowledged)
{
    length = message;
    slots = direct_slots(depth);
    region = malloc(region_size());
    page = acknowledged ? calloc(1, sizeof *page) : NULL;
    memset(region, 0, region_size());
    struct info_channel channel = { .gpa = (uintptr_t)region, .slot_size = direct_slot_payload(length),
                                    .slots = (uint16_t)slots, .direction = INFO_WRITES, .name = "beams",
                                    .acknowledgement_gpa = (uintptr_t)page };
    writer_info = (struct subject_info){ .channel_count = 1, .channels = { channel } };
    channel.direction = INFO_READS;
    reader_info = (struct subject_info){ .channel_count = 1, .channels = { channel } };
    assert_true(direct_sender_open(&sender, &writer_info, "beams"));
    assert_true(direct_receiver_open(&receiver, &reader_info, "beams"));
}

static void drop_channel(void)
{
    free(region);
    free(page);
    free(seen);
    seen = NULL;
    attack = NULL;
}

static uint64_t *stamp(uint64_t number)
{
    return direct_stamp(&receiver.ring, number * DIRECT_ONE);
}

/* Every word of message `number` tells which it is. */
static void fill(uint64_t *words, uint64_t number)
{
    for (uint32_t i = 0; i < length / 8; i++) words[i] = number * WORDS_MAX + i;
}

static void is_number(const uint64_t *words, uint64_t number)
{
    for (uint32_t i = 0; i < length / 8; i++) assert_int_equal(words[i], number * WORDS_MAX + i);
}

static bool send_number(uint64_t number)
{
    uint64_t words[WORDS_MAX];

    fill(words, number);
    return direct_push(&sender, TYPE, words, length);
}

/* The number of the next message, whole; UINT64_MAX if there is none. Counts on the receiver's own count. */
static uint64_t take_number(void)
{
    uint64_t words[WORDS_MAX];
    enum direct_result result;

    while ((result = direct_pop(&receiver, TYPE, words, length)) == DIRECT_LOST) {}
    if (result != DIRECT_TAKEN) return UINT64_MAX;
    uint64_t number = direct_number(&receiver.ring) - 1;
    is_number(words, number);
    return number;
}

/* ---- friendly ends ---- */
static void ends_are_found_by_direction(void **state)
{
    (void)state;
    make_channel(88, SLOTS, false);
    assert_false(direct_sender_open(&sender, &reader_info, "beams"));
    assert_false(direct_receiver_open(&receiver, &writer_info, "beams"));
    assert_false(direct_receiver_open(&receiver, &reader_info, "beam"));
    drop_channel();
}

static void layouts_hold_what_they_say(void **state)
{
    (void)state;
    assert_int_equal(direct_slots(1), 1);
    assert_int_equal(direct_slots(64), 64);
    assert_int_equal(direct_slots(65), 128);
    assert_int_equal(direct_slots(32768), 32768);
    assert_int_equal(direct_slots(40000), 32768);
    for (uint32_t payload = 1; payload <= 4096; payload++) {
        uint32_t slot = direct_slot_payload(payload);
        struct direct_ring ring;
        direct_ring_set(&ring, NULL, slot, 4);
        assert_true(slot >= payload);
        assert_int_equal(direct_slot_payload(slot), slot);
        assert_true(slot > 56 || DIRECT_LINE % (slot + 8) == 0);
        assert_int_equal((uintptr_t)ring.payloads + 3 * ring.payload_stride + slot, direct_memory_size(slot, 4));
    }
}

static void in_order_and_once(uint32_t message, uint32_t depth, bool acknowledged)
{
    make_channel(message, depth, acknowledged);
    assert_int_equal(take_number(), UINT64_MAX);
    for (uint64_t n = 0; n < 5 * SLOTS; n++) {
        assert_true(send_number(n));
        if (depth >= 3 && n % 3 != 2) continue;
        for (uint64_t k = depth >= 3 ? n - 2 : n; k <= n; k++) assert_int_equal(take_number(), k);
        assert_int_equal(take_number(), UINT64_MAX);
    }
    assert_int_equal(receiver.lost + receiver.corrupt + receiver.refused + sender.corrupt, 0);
    drop_channel();
}

static void messages_come_in_order_and_once(void **state)
{
    static const uint32_t messages[] = { 8, 16, 24, 32, 56, 64, 88, 1024, 4080 };

    (void)state;
    for (uint32_t i = 0; i < sizeof messages / sizeof messages[0]; i++) {
        in_order_and_once(messages[i], SLOTS, false);
        in_order_and_once(messages[i], SLOTS, true);
        in_order_and_once(messages[i], 1, true);
    }
}

static void batches(uint32_t message, bool acknowledged)
{
    uint64_t words[BATCH * WORDS_MAX], sent = 0, taken = 0;
    enum direct_result result;

    make_channel(message, SLOTS, acknowledged);
    while (taken < 20 * SLOTS) {
        for (uint64_t i = 0; i < BATCH; i++) fill(words + i * length / 8, sent + i);
        sent += direct_push_batch(&sender, TYPE, words, length, BATCH);
        for (uint32_t count = 1; count > 0; taken += count) {
            memset(words, 0, sizeof words);
            count = direct_pop_batch(&receiver, TYPE, words, length, BATCH, &result);
            for (uint64_t i = 0; i < count; i++) is_number(words + i * length / 8, taken + i);
            assert_int_equal(result, count > 0 ? DIRECT_TAKEN : DIRECT_EMPTY);
        }
    }
    assert_int_equal(receiver.lost + receiver.corrupt + receiver.refused + sender.corrupt, 0);
    drop_channel();
}

static void batches_come_in_order_and_once(void **state)
{
    (void)state;
    batches(8, true);
    batches(64, true);
    batches(88, true);
    batches(8, false);
    batches(64, false);
}

static void a_slow_receiver_counts_each_loss(void **state)
{
    (void)state;
    make_channel(88, SLOTS, false);
    for (uint64_t n = 0; n < 3 * SLOTS + 1; n++) send_number(n);
    assert_int_equal(take_number(), 2 * SLOTS + 1);
    assert_int_equal(receiver.lost, 2 * SLOTS + 1);
    for (uint64_t n = 0; n < SLOTS; n++) send_number(3 * SLOTS + 1 + n);
    uint64_t taken = 1;
    while (take_number() != UINT64_MAX) taken++;
    assert_int_equal(taken + receiver.lost, 4 * SLOTS + 1);
    assert_int_equal(receiver.corrupt, 0);
    drop_channel();
}

/* Great messages are fetched beforehand where they are there already: one by one, and in batches of more than it is worth. */
static void great_messages_come_from_a_full_ring(void **state)
{
    static uint64_t words[2 * SLOTS * WORDS_MAX];
    enum direct_result result;

    (void)state;
    make_channel(1024, 4 * SLOTS, false);
    for (uint64_t n = 0; n < slots; n++) assert_true(send_number(n));
    for (uint64_t n = 0; n < SLOTS; n++) assert_int_equal(take_number(), n);
    assert_int_equal(direct_pop_batch(&receiver, TYPE, words, length, 0, &result), 0);
    assert_int_equal(result, DIRECT_EMPTY);
    assert_int_equal(direct_pop_batch(&receiver, TYPE, words, length, 2, &result), 2);
    is_number(words + length / 8, SLOTS + 1);
    assert_int_equal(direct_push_batch(&sender, TYPE, words, length, SLOTS), SLOTS);
    drop_channel();
}

/* Who starts late begins with the oldest message, or behind the newest that does not belong there. */
static void a_late_receiver_begins_with_the_oldest(void **state)
{
    (void)state;
    make_channel(88, SLOTS, false);
    for (uint64_t n = 0; n < 2 * SLOTS; n++) assert_true(send_number(n));
    assert_true(direct_receiver_open(&receiver, &reader_info, "beams"));
    for (uint64_t n = SLOTS; n < 2 * SLOTS; n++) assert_int_equal(take_number(), n);
    *stamp(SLOTS + 4) = 4 * DIRECT_ONE | direct_kind(TYPE, 88);
    assert_true(direct_receiver_open(&receiver, &reader_info, "beams"));
    for (uint64_t n = SLOTS + 5; n < 2 * SLOTS; n++) assert_int_equal(take_number(), n);
    assert_int_equal(receiver.lost + receiver.corrupt, 0);
    drop_channel();
}

static void a_full_channel_says_so(void **state)
{
    (void)state;
    make_channel(88, SLOTS, true);
    for (uint64_t n = 0; n < SLOTS; n++) assert_true(send_number(n));
    for (uint32_t i = 0; i < 3; i++) assert_false(send_number(SLOTS));
    for (uint64_t n = 0; n <= SLOTS / 4; n++) assert_int_equal(take_number(), n);      /* a quarter is not said yet */
    assert_true(send_number(SLOTS));
    for (uint64_t n = SLOTS / 4 + 1; n <= SLOTS; n++) assert_int_equal(take_number(), n);
    assert_int_equal(take_number(), UINT64_MAX);
    assert_true(send_number(SLOTS + 1));
    assert_int_equal(take_number(), SLOTS + 1);
    assert_int_equal(take_number(), UINT64_MAX);      /* who finds nothing more says how far it is */
    assert_int_equal(page->acknowledged, (SLOTS + 2) * DIRECT_ONE);
    drop_channel();
}

static void lives_go_on_where_earlier_ones_were(bool acknowledged)
{
    make_channel(88, SLOTS, acknowledged);
    for (uint64_t n = 0; n < SLOTS; n++) send_number(n);
    assert_int_equal(take_number(), 0);
    assert_int_equal(take_number(), 1);
    assert_int_equal(take_number(), 2);
    assert_true(send_number(SLOTS));
    *stamp(SLOTS + 1) = (SLOTS + 1) * DIRECT_ONE | DIRECT_BUSY;      /* the sender ended within a write */
    assert_true(direct_sender_open(&sender, &writer_info, "beams"));
    assert_true(direct_receiver_open(&receiver, &reader_info, "beams"));
    assert_true(send_number(SLOTS + 1));
    for (uint64_t n = acknowledged ? 3 : 2; n <= SLOTS + 1; n++) assert_int_equal(take_number(), n);
    assert_int_equal(receiver.lost + receiver.corrupt + sender.corrupt, 0);
    drop_channel();
}

static void lives_go_on(void **state)
{
    (void)state;
    lives_go_on_where_earlier_ones_were(false);
    lives_go_on_where_earlier_ones_were(true);
}

/* A life that ends when all slots are marked busy: by a batch as long as the ring, or by one message of a ring of one slot. */
static void a_life_that_ends_while_all_is_busy_keeps_its_place(void **state)
{
    (void)state;
    for (uint32_t depth = 1; depth <= SLOTS; depth *= SLOTS) {
        make_channel(88, depth, false);
        for (uint64_t n = 0; n < 3 * SLOTS; n++) assert_true(send_number(n) && take_number() == n);
        for (uint64_t n = 3 * SLOTS; n < 3 * SLOTS + slots; n++) *stamp(n) = n * DIRECT_ONE | DIRECT_BUSY;
        assert_true(direct_sender_open(&sender, &writer_info, "beams"));
        for (uint64_t n = 3 * SLOTS; n < 4 * SLOTS; n++) assert_true(send_number(n) && take_number() == n);
        assert_int_equal(receiver.lost + receiver.corrupt, 0);
        drop_channel();
    }
}

static void what_no_slot_holds_is_not_sent(void **state)
{
    uint64_t large[WORDS_MAX] = { 0 };

    (void)state;
    make_channel(88, SLOTS, false);
    assert_false(direct_push(&sender, TYPE, large, 136));
    assert_int_equal(direct_push_batch(&sender, TYPE, large, 136, 2), 0);
    assert_int_equal(direct_number(&sender.ring), 0);
    drop_channel();
}

/* Nor taken, whatever its stamp says: in the last slot, a byte more would be out of the ring. */
static void what_no_slot_holds_is_not_taken(void **state)
{
    enum direct_result result;

    (void)state;
    for (uint32_t message = 56; message <= 1024; message += 968) {
        uint64_t large[2 * WORDS_MAX] = { 0 };
        uint32_t beyond = direct_slot_payload(message) + 8;

        make_channel(message, SLOTS, true);
        for (uint64_t n = 0; n < SLOTS - 1; n++) assert_true(send_number(n) && take_number() == n);
        *stamp(SLOTS - 1) = (SLOTS - 1) * DIRECT_ONE | direct_kind(TYPE, beyond);
        assert_int_equal(direct_pop(&receiver, TYPE, large, beyond), DIRECT_EMPTY);
        assert_int_equal(direct_pop_batch(&receiver, TYPE, large, beyond, 1, &result), 0);
        assert_int_equal(result, DIRECT_EMPTY);
        for (uint32_t i = 0; i < 2 * WORDS_MAX; i++) assert_int_equal(large[i], 0);
        assert_int_equal(direct_number(&receiver.ring), SLOTS - 1);
        drop_channel();
    }
}

static void a_message_half_written_is_not_taken(void **state)
{
    (void)state;
    make_channel(88, SLOTS, false);
    send_number(0);
    *stamp(0) = SLOTS * DIRECT_ONE | DIRECT_BUSY;     /* message SLOTS is on its way */
    assert_int_equal(take_number(), UINT64_MAX);
    assert_int_equal(receiver.lost, 1);
    drop_channel();
}

/* ---- one end acts just before a load of the other ---- */
static uint32_t before_load, act_count;       /* how many loads are let go by; what then is done */

static void act_later(void (*act)(void), uint32_t loads)
{
    attack = act;
    before_load = loads;
}

static bool is_time(void)
{
    if (before_load-- > 0) return false;
    attack = NULL;
    return true;
}

static void sender_acts(void)
{
    if (!is_time()) return;
    for (uint32_t i = 0; i < act_count; i++) send_number(direct_number(&sender.ring));
}

/* The ring is full, and while the receiver takes one or several messages some are overwritten. */
static void overwritten(uint32_t message, bool in_batch, uint32_t loads, uint32_t count)
{
    uint64_t words[BATCH * WORDS_MAX];
    enum direct_result result;

    make_channel(message, 4 * SLOTS, false);
    for (uint64_t n = 0; n < slots; n++) send_number(n);
    act_count = count;
    act_later(sender_acts, loads);
    uint32_t taken = 1;
    if (in_batch)
        taken = direct_pop_batch(&receiver, TYPE, words, length, BATCH, &result);
    else if ((result = direct_pop(&receiver, TYPE, words, length)) != DIRECT_TAKEN)
        taken = 0;
    attack = NULL;
    uint64_t first = direct_number(&receiver.ring) - taken, all = taken;
    for (uint64_t i = 0; i < taken; i++) is_number(words + i * length / 8, first + i);
    while ((first = take_number()) != UINT64_MAX) all++;
    assert_int_equal(all + receiver.lost, direct_number(&sender.ring));
    assert_int_equal(receiver.corrupt + receiver.refused, 0);
    drop_channel();
}

static void what_is_overwritten_meanwhile_is_lost(void **state)
{
    (void)state;
    for (uint32_t loads = 0; loads < 60; loads++) {
        for (uint32_t count = 1; count <= 4 * SLOTS + 2; count += count < BATCH ? 1 : SLOTS) {
            overwritten(88, false, loads, count);
            overwritten(24, false, loads, count);
            overwritten(88, true, loads, count);
            overwritten(24, true, loads, count);
        }
    }
}

static uint64_t within;                       /* what the receiver found while the sender wrote */

static void receiver_acts(void)
{
    if (is_time()) within = take_number();
}

/* The receiver looks for the oldest message while the sender overwrites it, at every moment of that. */
static void a_message_is_not_taken_while_it_is_overwritten(void **state)
{
    uint64_t words[BATCH * WORDS_MAX];

    (void)state;
    for (uint32_t loads = 0; loads < 60; loads++) {
        for (uint32_t way = 0; way < 4; way++) {
            make_channel(way % 2 == 0 ? 88 : 24, SLOTS, false);
            for (uint64_t n = 0; n < SLOTS; n++) send_number(n);
            for (uint64_t i = 0; i < BATCH; i++) fill(words + i * length / 8, SLOTS + i);
            act_later(receiver_acts, loads);
            if (way < 2)
                send_number(SLOTS);
            else
                assert_int_equal(direct_push_batch(&sender, TYPE, words, length, BATCH), BATCH);
            attack = NULL;
            uint64_t taken = receiver.ring.next != 0 && within != UINT64_MAX;
            while (take_number() != UINT64_MAX) taken++;
            assert_int_equal(taken + receiver.lost, direct_number(&sender.ring));
            drop_channel();
        }
    }
}

static void sender_runs(void)
{
    send_number(direct_number(&sender.ring));
}

/* A sender that is always there first: the receiver goes to newer messages until it gets one. */
static void a_receiver_gets_away_from_a_fast_sender(void **state)
{
    uint64_t words[WORDS_MAX];
    uint32_t taken = 0;

    (void)state;
    make_channel(24, SLOTS, false);
    for (uint64_t n = 0; n < 2 * SLOTS; n++) send_number(n);
    attack = sender_runs;
    for (uint32_t i = 0; i < 6; i++) taken += direct_pop(&receiver, TYPE, words, length) == DIRECT_TAKEN;
    assert_true(taken > 0);
    drop_channel();
}

/* ---- two threads ---- */
static void *write_many(void *unused)
{
    for (uint64_t n = 0; n < RACES;) {
        if (send_number(n)) n++;
        else sched_yield();
    }
    return unused;
}

static void *write_batches(void *unused)
{
    uint64_t words[BATCH * WORDS_MAX];

    for (uint64_t n = 0, now; n < RACES; n += now) {
        uint32_t most = RACES - n < BATCH ? (uint32_t)(RACES - n) : BATCH;
        for (uint64_t i = 0; i < BATCH; i++) fill(words + i * length / 8, n + i);
        now = direct_push_batch(&sender, TYPE, words, length, most);
        if (now == 0) sched_yield();
    }
    return unused;
}

/* Takes until all have come or gone; returns how many came. */
static uint64_t take_all(bool in_batches)
{
    uint64_t words[BATCH * WORDS_MAX], taken = 0, last = 0;
    enum direct_result result;

    while (taken + receiver.lost < RACES) {
        uint32_t count = 0;
        if (in_batches)
            count = direct_pop_batch(&receiver, TYPE, words, length, BATCH, &result);
        else if (direct_pop(&receiver, TYPE, words, length) == DIRECT_TAKEN)
            count = 1;
        uint64_t first = direct_number(&receiver.ring) - count;
        for (uint64_t i = 0; i < count; i++) is_number(words + i * length / 8, first + i);
        assert_true(count == 0 || first >= last);
        if (count > 0) last = first + count;
        if (count == 0) sched_yield();
        taken += count;
    }
    return taken;
}

/* No message is torn, doubled or out of order, and none is lost uncounted. */
static void race(uint32_t message, bool acknowledged, void *(*write)(void *), bool in_batches)
{
    pthread_t thread;

    make_channel(message, SLOTS, acknowledged);
    assert_int_equal(pthread_create(&thread, NULL, write, NULL), 0);
    uint64_t taken = take_all(in_batches);
    pthread_join(thread, NULL);
    assert_int_equal(taken + receiver.lost, RACES);
    assert_int_equal(receiver.corrupt + receiver.refused + sender.corrupt, 0);
    assert_true(taken > 0 && (!acknowledged || receiver.lost == 0));
    drop_channel();
}

static void races_lose_only_what_they_count(void **state)
{
    (void)state;
    race(88, false, write_many, false);
    race(24, false, write_many, false);
    race(88, false, write_batches, true);
    race(24, false, write_many, true);
    race(88, true, write_many, false);
    race(24, true, write_batches, true);
}

/* ---- a hostile sender ---- */
static void what_is_not_expected_is_refused(void **state)
{
    uint64_t words[WORDS_MAX] = { 0 };
    static const struct direct_type types[] = { { TYPE + 1, 80 }, { TYPE, 88 } };
    uint32_t which = 9;

    (void)state;
    make_channel(88, SLOTS, false);
    direct_push(&sender, TYPE + 1, words, 88);
    direct_push(&sender, TYPE, words, 80);
    direct_push(&sender, TYPE, words, 88);
    assert_int_equal(direct_pop(&receiver, TYPE, words, 88), DIRECT_REFUSED);
    assert_int_equal(direct_pop(&receiver, TYPE, words, 88), DIRECT_REFUSED);
    assert_int_equal(direct_pop(&receiver, TYPE, words, 88), DIRECT_TAKEN);
    assert_int_equal(receiver.refused, 2);
    direct_push(&sender, TYPE, words, 88);
    assert_int_equal(direct_pop_any(&receiver, types, 2, words, &which), DIRECT_TAKEN);
    assert_int_equal(which, 1);
    direct_push(&sender, TYPE + 1, words, 88);
    assert_int_equal(direct_pop_any(&receiver, types, 2, words, &which), DIRECT_REFUSED);
    assert_int_equal(receiver.refused, 3);
    *stamp(direct_number(&receiver.ring)) = receiver.ring.next | direct_kind(TYPE, 4096);       /* no slot holds that */
    assert_int_equal(direct_pop_any(&receiver, &(struct direct_type){ TYPE, 4096 }, 1, words, &which), DIRECT_REFUSED);
    drop_channel();
}

/* Each is told at once, and after it the channel goes on. */
static void contradictions_are_told(void **state)
{
    static const uint64_t ahead[] = { 3, 5, SLOTS + 1, (uint64_t)-3, (uint64_t)-2 * SLOTS, 1ull << 37 };
    uint64_t words[WORDS_MAX];

    (void)state;
    for (uint32_t i = 0; i < sizeof ahead / sizeof ahead[0]; i++) {
        make_channel(88, SLOTS, false);
        for (uint64_t n = 0; n < 2 * SLOTS; n++) assert_true(send_number(n) && take_number() == n);
        *stamp(0) = (2 * SLOTS + ahead[i]) * DIRECT_ONE | direct_kind(TYPE, 88);
        assert_int_equal(direct_pop(&receiver, TYPE, words, 88), DIRECT_CORRUPT);
        assert_int_equal(receiver.corrupt, 1);
        assert_true(direct_sender_open(&sender, &writer_info, "beams"));
        for (uint32_t tries = 0; tries < 4 * SLOTS; tries++) {
            send_number(direct_number(&sender.ring));
            direct_pop(&receiver, TYPE, words, 88);
        }
        uint64_t corrupt = receiver.corrupt;
        for (uint32_t k = 0; k < SLOTS; k++) {
            send_number(direct_number(&sender.ring));
            while (direct_pop(&receiver, TYPE, words, 88) != DIRECT_EMPTY) {}
        }
        assert_int_equal(receiver.corrupt, corrupt);
        assert_int_equal(receiver.ring.next, sender.ring.next);
        drop_channel();
    }
}

/* A ring that is not what it was is no ring without messages. */
static void a_ring_that_is_wiped_is_told(void **state)
{
    uint64_t words[WORDS_MAX];

    (void)state;
    for (uint64_t sent = SLOTS; sent < 3 * SLOTS; sent++) {
        make_channel(88, SLOTS, false);
        for (uint64_t n = 0; n < sent; n++) assert_true(send_number(n) && take_number() == n);
        memset(region, 0, region_size());
        assert_int_equal(direct_pop(&receiver, TYPE, words, 88), DIRECT_CORRUPT);
        assert_true(direct_sender_open(&sender, &writer_info, "beams"));
        for (uint64_t n = 0; n < 2 * SLOTS; n++) assert_true(send_number(n) && take_number() == n);
        assert_int_equal(receiver.corrupt, 1);
        drop_channel();
    }
}

/* It stays where its page says that it is, for the sender to come there, as long as it finds nothing newer. */
static void an_acknowledged_receiver_waits_for_its_sender(void **state)
{
    uint64_t words[WORDS_MAX], place = 5 * SLOTS + 3;

    (void)state;
    make_channel(88, SLOTS, true);
    for (uint64_t n = 0; n < place; n++) assert_true(send_number(n) && take_number() == n);
    memset(region, 0, region_size());
    for (uint32_t i = 0; i < 3 * SLOTS; i++) assert_int_equal(direct_pop(&receiver, TYPE, words, 88), DIRECT_CORRUPT);
    assert_int_equal(page->taken, place * DIRECT_ONE);
    assert_true(direct_sender_open(&sender, &writer_info, "beams"));
    for (uint64_t n = place; n < place + SLOTS; n++) assert_true(send_number(n) && take_number() == n);
    assert_int_equal(receiver.corrupt, 3 * SLOTS);
    drop_channel();
}

/* ---- peers that write at random between any two loads ---- */
static uint64_t random_state;

static uint64_t any(void)
{
    random_state = random_state * 6364136223846793005ull + 1442695040888963407ull;
    return random_state >> 29;
}

static uint64_t any_number(void)
{
    static const uint64_t far[] = { 0, 1ull << 37, (1ull << 38) - 1, SLOTS };

    return any() % 4 == 0 ? far[any() % 4] : direct_number(&receiver.ring) + any() % (4 * SLOTS) - 2 * SLOTS;
}

static uint64_t any_kind(void)
{
    switch (any() % 6) {
    case 0: return DIRECT_BUSY;
    case 1: return 0;
    case 2: return direct_kind(TYPE, DIRECT_MAX_LENGTH);
    case 3: return direct_kind(TYPE + 1, length);
    default: return direct_kind(TYPE, length);
    }
}

static void attack_ring(void)
{
    if (any() % 3 != 0) return;
    if (any() % 8 == 0) region[any() % region_size()] = (uint8_t)any();
    *stamp(any()) = any() % 16 == 0 ? any() << 29 ^ any() : any_number() * DIRECT_ONE | any_kind();
    if (any() % 2 == 0) *stamp(direct_number(&receiver.ring)) = receiver.ring.next | direct_kind(TYPE, length);
}

/* Each call ends after so many loads, writes no byte behind what it was given, and loads no payload twice. */
static void attacked_call(uint8_t *buffer, uint32_t room, uint32_t batch)
{
    enum direct_result result = DIRECT_TAKEN;
    uint64_t lost = receiver.lost, refused = receiver.refused, corrupt = receiver.corrupt;

    memset(buffer, 0x5a, room);
    memset(seen, 0, region_size());
    loads_left = 1 + batch * (2ull + length);
    observed = true;
    if (batch == 1)
        result = direct_pop(&receiver, TYPE, buffer, length);
    else
        direct_pop_batch(&receiver, TYPE, buffer, length, batch, &result);
    observed = false;
    for (uint32_t i = batch * length; i < room; i++) assert_int_equal(buffer[i], 0x5a);
    for (uint64_t i = 0; i < SLOTS; i++) {
        const uint8_t *payload = receiver.ring.payloads + i * receiver.ring.payload_stride;
        for (uint64_t k = 0; k < length; k++) assert_true(seen[payload - region + (ptrdiff_t)k] <= 1);
        assert_true(seen[(uint8_t *)stamp(i) - region] <= (page == NULL ? 2 : 1) + 1);      /* and one look ahead */
    }
    assert_true(receiver.lost == lost || page == NULL);
    assert_true(result != DIRECT_REFUSED || receiver.refused == refused + 1);
    assert_true(result != DIRECT_CORRUPT || receiver.corrupt == corrupt + 1);
    assert_true(result != DIRECT_LOST || receiver.lost > lost);
}

static void attacked_receiver(uint32_t message, bool acknowledged)
{
    static uint8_t buffer[BATCH * 8 * WORDS_MAX + 64];
    uint64_t taken = 0;

    make_channel(message, SLOTS, acknowledged);
    seen = malloc(region_size());
    random_state = message + acknowledged;
    attack = attack_ring;
    for (uint32_t i = 0; i < ATTACKS; i++) {
        uint32_t batch = i % 3 == 0 ? BATCH : 1;
        uint64_t before = receiver.ring.next;
        attacked_call(buffer, batch * message + 64, batch);
        taken += receiver.ring.next - before == DIRECT_ONE;
        assert_true(receiver.ring.stamp == (uint8_t *)direct_stamp(&receiver.ring, receiver.ring.next));
    }
    assert_true(taken > 0 && receiver.refused > 0 && receiver.corrupt > 0 && (acknowledged || receiver.lost > 0));
    drop_channel();
}

static void no_sender_leads_a_receiver_astray(void **state)
{
    (void)state;
    attacked_receiver(24, false);
    attacked_receiver(88, false);
    attacked_receiver(24, true);
    attacked_receiver(88, true);
}

/* ---- a hostile receiver ---- */
static void attack_page(void)
{
    static const uint64_t far[] = { 1, 1ull << 63, UINT64_MAX, DIRECT_BUSY };

    page->acknowledged = any() % 3 == 0 ? far[any() % 4] : sender.ring.next + (any() % (3 * SLOTS) - 2 * SLOTS) * DIRECT_ONE;
    page->taken = any() % 3 == 0 ? far[any() % 4] : any_number() * DIRECT_ONE;
}

/* Never more on their way than the ring holds, by what the sender has believed, and that goes forward alone. */
static void no_receiver_leads_a_sender_astray(void **state)
{
    uint64_t words[BATCH * WORDS_MAX] = { 0 }, sent = 0, corrupt = 0;

    (void)state;
    make_channel(88, SLOTS, true);
    attack = attack_page;
    for (uint32_t i = 0; i < ATTACKS; i++) {
        uint64_t before = sender.acknowledged, start = sender.ring.next;
        loads_left = 2 + BATCH * length;
        observed = true;
        bool one = i % 2 == 0;
        uint32_t count = one ? direct_push(&sender, TYPE, words, length)
                             : direct_push_batch(&sender, TYPE, words, length, BATCH);
        observed = false;
        sent += count;
        assert_int_equal(sender.ring.next - start, count * DIRECT_ONE);
        assert_true((sender.ring.next - sender.acknowledged) / DIRECT_ONE <= SLOTS);
        assert_true(sender.acknowledged - before <= SLOTS * DIRECT_ONE);
        if (i % 1000 != 999) continue;
        corrupt += sender.corrupt;
        assert_true(direct_sender_open(&sender, &writer_info, "beams"));
    }
    assert_true(sent > ATTACKS / 20 && corrupt > 0);
    drop_channel();
}

/* A receiver that comes to its senses is served again, if need be in the sender's next life. */
static void honest_ends_find_each_other_again(void **state)
{
    (void)state;
    make_channel(24, SLOTS, true);
    random_state = 9;
    for (uint32_t round = 0; round < 200; round++) {
        for (uint32_t i = 0; i < 20; i++) attack_ring();
        attack_page();
        page->taken &= ~DIRECT_KIND_MASK;
        assert_true(direct_receiver_open(&receiver, &reader_info, "beams"));
        uint64_t words[WORDS_MAX];
        for (uint32_t i = 0; i < 3 * SLOTS; i++) direct_pop(&receiver, TYPE, words, length);
        assert_true(direct_sender_open(&sender, &writer_info, "beams"));
        for (uint32_t i = 0; i < 20 * SLOTS; i++) {
            send_number(direct_number(&sender.ring));
            direct_pop(&receiver, TYPE, words, length);
        }
        uint64_t corrupt = receiver.corrupt + sender.corrupt, from = direct_number(&sender.ring);
        for (uint64_t n = from; n < from + 3 * SLOTS; n++) {
            assert_true(send_number(direct_number(&sender.ring)));
            while (direct_pop(&receiver, TYPE, words, length) != DIRECT_EMPTY) {}
        }
        assert_int_equal(receiver.ring.next, sender.ring.next);
        assert_int_equal(receiver.corrupt + sender.corrupt, corrupt);
    }
    drop_channel();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ends_are_found_by_direction),
        cmocka_unit_test(layouts_hold_what_they_say),
        cmocka_unit_test(messages_come_in_order_and_once),
        cmocka_unit_test(batches_come_in_order_and_once),
        cmocka_unit_test(a_slow_receiver_counts_each_loss),
        cmocka_unit_test(great_messages_come_from_a_full_ring),
        cmocka_unit_test(a_late_receiver_begins_with_the_oldest),
        cmocka_unit_test(a_full_channel_says_so),
        cmocka_unit_test(lives_go_on),
        cmocka_unit_test(a_life_that_ends_while_all_is_busy_keeps_its_place),
        cmocka_unit_test(what_no_slot_holds_is_not_sent),
        cmocka_unit_test(what_no_slot_holds_is_not_taken),
        cmocka_unit_test(a_message_half_written_is_not_taken),
        cmocka_unit_test(what_is_overwritten_meanwhile_is_lost),
        cmocka_unit_test(a_message_is_not_taken_while_it_is_overwritten),
        cmocka_unit_test(a_receiver_gets_away_from_a_fast_sender),
        cmocka_unit_test(races_lose_only_what_they_count),
        cmocka_unit_test(what_is_not_expected_is_refused),
        cmocka_unit_test(contradictions_are_told),
        cmocka_unit_test(a_ring_that_is_wiped_is_told),
        cmocka_unit_test(an_acknowledged_receiver_waits_for_its_sender),
        cmocka_unit_test(no_sender_leads_a_receiver_astray),
        cmocka_unit_test(no_receiver_leads_a_sender_astray),
        cmocka_unit_test(honest_ends_find_each_other_again),
    };
    return cmocka_run_group_tests_name("direct", tests, NULL, NULL);
}
