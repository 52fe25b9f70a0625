/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Choosing among receiving ends: every end gets its turn however full the others are, nothing is missed between a look and a
 * wait, and a hostile sender spends no turn but its own. On a stand-in for the kernel.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "channels/abi.h"
#include "guest/call.h"
#include "guest/direct.h"
#include "guest/select_sleep.h"

enum { INBOXES = 5, DIRECTS = 3, ENDS = INBOXES + DIRECTS, DEPTH = 4, SLOT_SIZE = 32, PAYLOAD = 8, TYPE = 2, TURNS = 20000 };

static struct subject_info info, writer_info;
static _Alignas(64) struct { struct inbox_header header; uint8_t slots[DEPTH * SLOT_SIZE]; } inboxes[INBOXES];
static _Alignas(64) uint8_t rings[DIRECTS][(PAYLOAD + 8) * DEPTH];
static struct direct_acknowledgement page;            /* of the last direct channel */
static struct receiver receivers[INBOXES];
static struct direct_sender senders[DIRECTS];
static struct direct_receiver directs[DIRECTS];
static struct select chosen;
static uint32_t waits;
static void (*while_waiting)(void);
static uint64_t next_events;

struct call_answer call_make(uint32_t call, uint64_t a, uint64_t b, uint64_t c)
{
    (void)a, (void)b, (void)c;
    if (call != ABI_CALL_WAIT) return (struct call_answer){ ABI_OK, 0 };
    waits++;
    if (while_waiting != NULL) while_waiting();
    uint64_t events = next_events;
    next_events = 0;
    return (struct call_answer){ ABI_OK, events };
}

static void add_channel(struct subject_info *to, uint64_t gpa, uint32_t slot_size, uint8_t direction, char letter,
                        struct direct_acknowledgement *acknowledgement)
{
    to->channels[to->channel_count++] = (struct info_channel){ .gpa = gpa, .slot_size = slot_size, .slots = DEPTH,
        .direction = direction, .name = { letter }, .acknowledgement_gpa = (uintptr_t)acknowledgement };
}

static int setup(void **state)
{
    (void)state;
    memset(inboxes, 0, sizeof inboxes);
    memset(rings, 0, sizeof rings);
    memset(&page, 0, sizeof page);
    info = writer_info = (struct subject_info){ .tsc_khz = 1 };
    waits = 0;
    next_events = 0;
    while_waiting = NULL;
    select_start(&chosen);
    for (uint32_t i = 0; i < INBOXES; i++) {
        const char name[2] = { (char)('a' + i) };
        add_channel(&info, (uintptr_t)&inboxes[i], SLOT_SIZE, INFO_RECEIVES, name[0], NULL);
        assert_true(receiver_open(&receivers[i], &info, name));
        assert_int_equal(select_add(&chosen, &receivers[i]), i);
    }
    for (uint32_t i = 0; i < DIRECTS; i++) {
        const char name[2] = { (char)('k' + i) };
        struct direct_acknowledgement *acknowledgement = i == DIRECTS - 1 ? &page : NULL;
        add_channel(&info, (uintptr_t)rings[i], PAYLOAD, INFO_READS, name[0], acknowledgement);
        add_channel(&writer_info, (uintptr_t)rings[i], PAYLOAD, INFO_WRITES, name[0], acknowledgement);
        assert_true(direct_sender_open(&senders[i], &writer_info, name));
        assert_true(direct_receiver_open(&directs[i], &info, name));
        assert_int_equal(select_add_direct(&chosen, &directs[i]), INBOXES + i);
    }
    return 0;
}

static bool is_full(uint32_t end)
{
    if (end >= INBOXES) return false;
    return inboxes[end].header.published - receivers[end].next == DEPTH;
}

static void give(uint32_t end)
{
    uint64_t number = 7;

    if (is_full(end)) return;
    if (end < INBOXES) inboxes[end].header.published++;
    else direct_push(&senders[end - INBOXES], TYPE, &number, sizeof number);
}

static bool take(uint32_t end)
{
    struct message_header header;
    uint64_t number;

    if (end < INBOXES) return receiver_take(&receivers[end], &header, &number, sizeof number);
    return direct_pop(&directs[end - INBOXES], TYPE, &number, sizeof number) == DIRECT_TAKEN;
}

static void nothing_to_tell_is_nobodys_turn(void **state)
{
    (void)state;
    assert_int_equal(select_poll(&chosen), SELECT_NONE);
    memset(rings[0], 0, sizeof rings[0]);                 /* whose sender has not begun */
    assert_int_equal(select_poll(&chosen), SELECT_NONE);
    for (uint32_t end = 0; end < ENDS; end++) {
        give(end);
        assert_int_equal(select_poll(&chosen), end);
        assert_int_equal(select_poll(&chosen), end);      /* until it is taken */
        assert_true(take(end));
        assert_int_equal(select_poll(&chosen), SELECT_NONE);
    }
    assert_int_equal(waits, 0);
}

/* Whichever are never empty: each is served as often as any other, to one message. */
static void busy_ends_are_served_equally(void **state)
{
    (void)state;
    for (uint32_t busy = 1; busy < 1u << ENDS; busy += 7) {
        uint32_t served[ENDS] = { 0 }, rounds = 10;
        setup(NULL);
        for (uint32_t turn = 0; turn < rounds * (uint32_t)__builtin_popcount(busy); turn++) {
            for (uint32_t end = 0; end < ENDS; end++) {
                if (busy >> end & 1) give(end);
            }
            uint32_t end = select_poll(&chosen);
            assert_true(end < ENDS && (busy >> end & 1));
            while (end >= INBOXES && !take(end)) {}
            if (end < INBOXES) assert_true(take(end));
            served[end]++;
        }
        for (uint32_t end = 0; end < ENDS; end++) assert_int_equal(served[end], busy >> end & 1 ? rounds : 0);
    }
}

/* Against a model: who has something to tell is not passed over by any other twice. */
static void nobody_is_passed_over_twice(void **state)
{
    uint32_t passed[ENDS][ENDS] = { { 0 } };

    (void)state;
    srand(3);
    for (uint32_t turn = 0; turn < TURNS; turn++) {
        for (int i = rand() % 4; i > 0; i--) give((uint32_t)rand() % ENDS);
        uint32_t end = select_poll(&chosen);
        if (end == SELECT_NONE) continue;
        for (uint32_t other = 0; other < ENDS; other++) {
            bool waiting = other < INBOXES ? receiver_is_ready(&receivers[other]) : direct_is_ready(&directs[other - INBOXES]);
            if (waiting && other != end) assert_true(++passed[other][end] <= 1);
            else if (!waiting) memset(passed[other], 0, sizeof passed[other]);
        }
        memset(passed[end], 0, sizeof passed[end]);
        take(end);
    }
}

/* A sender that writes anything into its ring, and changes it between the look and the receiving. */
static void a_hostile_sender_spends_its_own_turns(void **state)
{
    uint32_t honest = 0;

    (void)state;
    srand(4);
    for (uint32_t turn = 0; turn < TURNS; turn++) {
        for (size_t i = 0; i < sizeof rings[0] / 8; i++)
            ((uint64_t *)(void *)rings[0])[i] = (uint64_t)rand() << 40 ^ (uint64_t)rand() << 20 ^ (uint64_t)rand();
        give(0);
        uint32_t end = select_poll(&chosen);
        assert_true(end == 0 || end == INBOXES);
        if (end == 0) assert_true(take(0));
        else rings[0][rand() % (int)sizeof rings[0]] ^= 1, take(end);
        honest += end == 0;
    }
    assert_true(honest >= TURNS / 2);
}

static void gives_second(void)
{
    give(1);
    next_events = 2;
}

static void waiting_is_for_those_with_nothing_to_do(void **state)
{
    (void)state;
    give(3);
    assert_int_equal(select_wait(&chosen), 3);
    assert_int_equal(waits, 0);
    assert_true(take(3));
    while_waiting = gives_second;
    assert_int_equal(select_wait(&chosen), 1);
    assert_int_equal(waits, 1);
    assert_int_equal(select_take_events(&chosen), 2);
    assert_int_equal(select_take_events(&chosen), 0);
    assert_true(take(1));
    while_waiting = NULL;
    next_events = 1ull << 40;
    assert_int_equal(select_wait(&chosen), SELECT_NONE);      /* once, and not until somebody has something to tell */
    assert_int_equal(waits, 2);
    next_events = 1;
    assert_int_equal(select_wait(&chosen), SELECT_NONE);
    assert_int_equal(select_take_events(&chosen), 1ull << 40 | 1);      /* gathered */
}

static void interrupts_are_events_too(void **state)
{
    (void)state;
    select_note(&chosen, 0);
    select_note(&chosen, 40);
    next_events = 2;
    assert_int_equal(select_wait(&chosen), SELECT_NONE);
    assert_int_equal(select_take_events(&chosen), 1ull << 40 | 3);
    give(1);
    assert_int_equal(select_sleep(&chosen), 1);               /* with something to tell it does not sleep */
    assert_int_equal(waits, 1);
}

/* What an ended epoch left unread is lost: nobody's turn. */
static void a_new_epoch_is_followed(void **state)
{
    (void)state;
    give(2);
    inboxes[2].header.epoch = 1;
    inboxes[2].header.first = 1;
    assert_int_equal(select_poll(&chosen), SELECT_NONE);
    give(2);
    assert_int_equal(select_poll(&chosen), 2);
}

/* A sender that waits for room gets it, though nobody receives from an empty ring. */
static void what_was_taken_is_acknowledged(void **state)
{
    (void)state;
    for (uint64_t count = 1; count <= 3 * DEPTH; count++) {
        give(ENDS - 1);
        assert_int_equal(select_poll(&chosen), ENDS - 1);
        assert_true(take(ENDS - 1));
        assert_int_equal(select_poll(&chosen), SELECT_NONE);
        assert_int_equal(page.acknowledged, count * DIRECT_ONE);
    }
}

static void there_are_no_more_ends_than_places(void **state)
{
    (void)state;
    for (uint32_t i = ENDS; i < SELECT_MOST; i++) assert_int_equal(select_add(&chosen, &receivers[0]), i);
    assert_int_equal(select_add(&chosen, &receivers[0]), SELECT_NONE);
    assert_int_equal(select_add_direct(&chosen, &directs[0]), SELECT_NONE);
    assert_int_equal(select_poll(&chosen), SELECT_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(nothing_to_tell_is_nobodys_turn, setup),
        cmocka_unit_test_setup(busy_ends_are_served_equally, setup),
        cmocka_unit_test_setup(nobody_is_passed_over_twice, setup),
        cmocka_unit_test_setup(a_hostile_sender_spends_its_own_turns, setup),
        cmocka_unit_test_setup(waiting_is_for_those_with_nothing_to_do, setup),
        cmocka_unit_test_setup(interrupts_are_events_too, setup),
        cmocka_unit_test_setup(a_new_epoch_is_followed, setup),
        cmocka_unit_test_setup(what_was_taken_is_acknowledged, setup),
        cmocka_unit_test_setup(there_are_no_more_ends_than_places, setup),
    };
    return cmocka_run_group_tests_name("guest_select", tests, NULL, NULL);
}
