/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The functions that are generated for the channels of tests/golden/functions.policy, on a stand-in for the kernel that
 * delivers whatever is sent: what goes in comes out, in the wire's byte order in between, and nothing else comes out.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "guest/call.h"
#include "functions_channels.h"

enum { SLOTS = 4, DEPTH = 8, SLOT_SIZE = 64, DIRECT_DEPTH = 8, DIRECT_PAYLOAD = 24, CHANNELS = 3, DIRECTS = 2 };

static _Alignas(64) uint8_t outboxes[CHANNELS][SLOTS * SLOT_SIZE];
static _Alignas(64) struct { struct inbox_header header; uint8_t slots[DEPTH * SLOT_SIZE]; } inboxes[CHANNELS];
static _Alignas(64) uint8_t rings[DIRECTS][(DIRECT_PAYLOAD + 8) * DIRECT_DEPTH];
static struct direct_acknowledgement page;
static struct subject_info info;
static uint32_t sends;

/* ---- the kernel's side ---- */
struct call_answer call_make(uint32_t call, uint64_t channel, uint64_t first, uint64_t count)
{
    if (call != ABI_CALL_SEND) return (struct call_answer){ ABI_OK, 0 };
    sends++;
    for (uint64_t i = 0; i < count; i++) {
        uint64_t number = inboxes[channel].header.published++;
        uint8_t *slot = inboxes[channel].slots + number % DEPTH * SLOT_SIZE;
        memcpy(slot, outboxes[channel] + (first + i) % SLOTS * SLOT_SIZE, SLOT_SIZE);
        memcpy(slot + offsetof(struct message_header, sequence), &number, sizeof number);
    }
    return (struct call_answer){ ABI_OK, ((1ull << count) - 1) << 32 };
}

static void add_channel(const char *name, uint64_t gpa, uint32_t channel, uint32_t slots, uint8_t direction)
{
    struct info_channel *c = &info.channels[info.channel_count++];

    *c = (struct info_channel){ .gpa = gpa, .channel = channel, .slot_size = SLOT_SIZE, .slots = (uint16_t)slots,
                                .direction = direction };
    strncpy(c->name, name, sizeof c->name);
    if (direction == INFO_WRITES || direction == INFO_READS) c->slot_size = DIRECT_PAYLOAD;
    if (strcmp(name, "rays") == 0) c->acknowledgement_gpa = (uintptr_t)&page;
}

static int setup(void **state)
{
    static const char *const mediated[] = { "many", "up", "on" }, *const direct[] = { "beams", "rays" };

    (void)state;
    memset(outboxes, 0, sizeof outboxes);
    memset(inboxes, 0, sizeof inboxes);
    memset(rings, 0, sizeof rings);
    memset(&page, 0, sizeof page);
    sends = 0;
    info = (struct subject_info){ .tsc_khz = 1000 };
    for (uint32_t i = 0; i < CHANNELS; i++) {
        add_channel(mediated[i], (uintptr_t)outboxes[i], i, SLOTS, INFO_SENDS);
        add_channel(mediated[i], (uintptr_t)&inboxes[i], i, DEPTH, INFO_RECEIVES);
    }
    for (uint32_t i = 0; i < DIRECTS; i++) {
        add_channel(direct[i], (uintptr_t)rings[i], i, DIRECT_DEPTH, INFO_WRITES);
        add_channel(direct[i], (uintptr_t)rings[i], i, DIRECT_DEPTH, INFO_READS);
    }
    return 0;
}

static const struct Wide wide = { .id = 0x0102, .kind = 2, .y = -3 };
static const struct Text text = { .kind = Kind__call, .name = "<B", .size = 2, .bytes = { 7, 8 } };

/* ---- mediated ---- */
static void ends_are_opened_by_the_channels_names(void **state)
{
    struct sender sender;
    struct receiver receiver;
    struct direct_sender direct_sender;
    struct direct_receiver direct_receiver;

    (void)state;
    assert_true(open_sender_many(&sender, &info));
    assert_int_equal(sender.channel->channel, 0);
    assert_true(open_receiver_up(&receiver, &info));
    assert_int_equal(receiver.channel->channel, 1);
    assert_true(open_sender_rays(&direct_sender, &info));
    assert_non_null(direct_sender.acknowledgement);
    assert_true(open_receiver_beams(&direct_receiver, &info));
    assert_null(direct_receiver.acknowledgement);
    info.channel_count = 0;
    assert_false(open_sender_many(&sender, &info));
    assert_false(open_receiver_up(&receiver, &info));
    assert_false(open_sender_rays(&direct_sender, &info));
    assert_false(open_receiver_beams(&direct_receiver, &info));
}

static void one_type_goes_through(void **state)
{
    const struct Report report = { .x = 100, .kind = 2 };
    struct Report got;
    struct sender sender;
    struct receiver receiver;

    (void)state;
    assert_true(open_sender_up(&sender, &info) && open_receiver_up(&receiver, &info));
    assert_int_equal(receive_up(&receiver, &got), RECEIVE_EMPTY);
    for (uint64_t i = 0; i < 3 * DEPTH; i++) {
        struct sender_result result = send_up(&sender, &report);
        assert_int_equal(result.status, ABI_OK);
        assert_int_equal(result.accepted, 1);
        assert_int_equal(receive_up(&receiver, &got), RECEIVE_TAKEN);
        assert_int_equal(receiver.sequence, i);
        assert_memory_equal(&got, &report, sizeof got);
        assert_int_equal(receive_up(&receiver, &got), RECEIVE_EMPTY);
    }
    assert_int_equal(sends, 3 * DEPTH);
}

static void queued_messages_go_together(void **state)
{
    struct Report report = { .x = 0, .kind = 1 }, got;
    struct sender sender;
    struct receiver receiver;

    (void)state;
    assert_true(open_sender_up(&sender, &info) && open_receiver_up(&receiver, &info));
    for (report.x = 0; report.x < SLOTS - 1; report.x++) assert_true(queue_up(&sender, &report));
    assert_int_equal(sends, 0);
    assert_int_equal(send_up(&sender, &report).count, SLOTS);
    assert_int_equal(sends, 1);
    for (uint32_t i = 0; i < SLOTS; i++) {
        assert_int_equal(receive_up(&receiver, &got), RECEIVE_TAKEN);
        assert_int_equal(got.x, i);
        assert_true(queue_up(&sender, &got));
    }
    assert_false(queue_up(&sender, &report));
    struct sender_result full = send_up(&sender, &report);
    assert_int_equal(full.status, ABI_SLOT);
    assert_int_equal(full.count, 0);
    assert_int_equal(sends, 1);
    assert_int_equal(sender.waiting, SLOTS);
}

static void several_types_are_told_apart(void **state)
{
    static const uint8_t on_the_wire[] = { 1, 2, 2, 0, 0xff, 0xff, 0xff, 0xfd };
    struct receive_many got;
    struct sender sender;
    struct receiver receiver;

    (void)state;
    assert_true(open_sender_many(&sender, &info) && open_receiver_many(&receiver, &info));
    assert_true(queue_many__Wide(&sender, &wide));
    assert_int_equal(send_many__Text(&sender, &text).accepted, 2);
    assert_memory_equal(outboxes[0] + sizeof(struct message_header), on_the_wire, sizeof on_the_wire);
    assert_int_equal(receive_many(&receiver, &got), RECEIVE_TAKEN);
    assert_int_equal(got.type, Wide_TYPE);
    assert_memory_equal(&got.as.Wide, &wide, sizeof wide);
    assert_int_equal(receive_many(&receiver, &got), RECEIVE_TAKEN);
    assert_int_equal(got.type, Text_TYPE);
    assert_memory_equal(&got.as.Text, &text, sizeof text);
    assert_int_equal(receive_many(&receiver, &got), RECEIVE_EMPTY);
}

/* What no monitor lets pass: of another type, version or length, or of values that the type does not have. */
static void what_is_wrong_is_refused(void **state)
{
    struct message_header headers[] = {
        { .type = Text_TYPE, .version = Text_VERSION, .length = sizeof text }, { .type = Text_TYPE, .length = sizeof text },
        { .type = Text_TYPE, .version = Text_VERSION, .length = sizeof text - 1 },
        { .type = Text_TYPE, .version = Text_VERSION, .length = UINT32_MAX },
        { .type = Wide_TYPE, .version = Wide_VERSION, .length = sizeof wide },
        { .type = Report_TYPE, .version = Report_VERSION, .length = sizeof(struct Report) },
    };
    struct receive_many got;
    struct receiver receiver;

    (void)state;
    assert_true(open_receiver_many(&receiver, &info));
    for (uint32_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        uint8_t *slot = inboxes[0].slots + i % DEPTH * SLOT_SIZE;
        memcpy(slot, &headers[i], sizeof headers[i]);
        memcpy(slot + sizeof headers[i], &text, sizeof text);
        inboxes[0].header.published++;
        assert_int_equal(receive_many(&receiver, &got), i == 0 ? RECEIVE_TAKEN : RECEIVE_REFUSED);
    }
    assert_int_equal(receive_many(&receiver, &got), RECEIVE_EMPTY);
    struct Report report = { .x = 5, .kind = 1 };
    headers[4].version = Report_VERSION;                  /* of a type as long as the expected one, and valid as that */
    memcpy(inboxes[1].slots, &headers[4], sizeof headers[4]);
    memcpy(inboxes[1].slots + sizeof headers[4], &report, sizeof report);
    inboxes[1].header.published = 1;
    assert_true(open_receiver_up(&receiver, &info));
    assert_int_equal(receive_up(&receiver, &report), RECEIVE_REFUSED);
}

/* ---- direct ---- */
static void a_direct_channel_of_one_type(void **state)
{
    struct Report report = { .x = 5, .kind = 1 }, got;
    struct direct_sender sender;
    struct direct_receiver receiver;

    (void)state;
    assert_true(open_sender_beams(&sender, &info) && open_receiver_beams(&receiver, &info));
    assert_int_equal(receive_beams(&receiver, &got), RECEIVE_EMPTY);
    assert_true(send_beams(&sender, &report));
    report.kind = 3;                                      /* nobody judges it on its way */
    assert_true(send_beams(&sender, &report));
    assert_true(direct_push(&sender, Wide_TYPE, &wide, sizeof wide));
    assert_int_equal(receive_beams(&receiver, &got), RECEIVE_TAKEN);
    assert_int_equal(got.x, 5);
    assert_int_equal(receive_beams(&receiver, &got), RECEIVE_REFUSED);
    assert_int_equal(receive_beams(&receiver, &got), RECEIVE_REFUSED);
    assert_int_equal(receiver.refused, 2);
    assert_int_equal(receive_beams(&receiver, &got), RECEIVE_EMPTY);
    for (uint32_t i = 0; i <= DIRECT_DEPTH; i++) assert_true(send_beams(&sender, &report));
    assert_int_equal(receive_beams(&receiver, &got), RECEIVE_LOST);
    assert_int_equal(sends, 0);
}

static void a_direct_channel_of_several_types(void **state)
{
    struct Text bad = text;
    struct receive_rays got;
    struct direct_sender sender;
    struct direct_receiver receiver;

    (void)state;
    assert_true(open_sender_rays(&sender, &info) && open_receiver_rays(&receiver, &info));
    bad.bytes[2] = 1;                                     /* behind what `size` says */
    assert_true(send_rays__Text(&sender, &text));
    assert_true(send_rays__Text(&sender, &bad));
    assert_true(send_rays__Wide(&sender, &wide));
    assert_int_equal(receive_rays(&receiver, &got), RECEIVE_TAKEN);
    assert_int_equal(got.type, Text_TYPE);
    assert_memory_equal(&got.as.Text, &text, sizeof text);
    assert_int_equal(receive_rays(&receiver, &got), RECEIVE_REFUSED);
    assert_int_equal(receive_rays(&receiver, &got), RECEIVE_TAKEN);
    assert_int_equal(got.type, Wide_TYPE);
    assert_memory_equal(&got.as.Wide, &wide, sizeof wide);
    assert_int_equal(receive_rays(&receiver, &got), RECEIVE_EMPTY);
    for (uint32_t i = 0; i < DIRECT_DEPTH; i++) assert_true(send_rays__Wide(&sender, &wide));
    assert_false(send_rays__Wide(&sender, &wide));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(ends_are_opened_by_the_channels_names, setup),
        cmocka_unit_test_setup(one_type_goes_through, setup),
        cmocka_unit_test_setup(queued_messages_go_together, setup),
        cmocka_unit_test_setup(several_types_are_told_apart, setup),
        cmocka_unit_test_setup(what_is_wrong_is_refused, setup),
        cmocka_unit_test_setup(a_direct_channel_of_one_type, setup),
        cmocka_unit_test_setup(a_direct_channel_of_several_types, setup),
    };
    return cmocka_run_group_tests_name("channel_functions", tests, NULL, NULL);
}
