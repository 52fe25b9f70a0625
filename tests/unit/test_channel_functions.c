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

static void peer_acts(const void *at);
#define SHARED_BEFORE_LOAD(address, size) peer_acts(address)
#include "functions_channels.h"

enum { SLOTS = 4, DEPTH = 8, SLOT_SIZE = 64, DIRECT_DEPTH = 8, DIRECT_PAYLOAD = 24, CHANNELS = 3, DIRECTS = 2,
    MANY_SLOTS = 40, MANY = 100, RULE = 77, X_VALUES = 101, DEEP = 32 };

static _Alignas(64) uint8_t outboxes[CHANNELS][MANY_SLOTS * SLOT_SIZE];
static _Alignas(64) struct { struct inbox_header header; uint8_t slots[DEPTH * SLOT_SIZE]; } inboxes[CHANNELS];
static _Alignas(64) uint8_t rings[DIRECTS][(DIRECT_PAYLOAD + 8) * DIRECT_DEPTH];
static struct direct_acknowledgement page;
static struct subject_info info;
static uint32_t sends, calls, denied;                 /* of the next batch these bits are denied */
static uint32_t refusal;                              /* the status of the next batch, which is refused whole */

/* ---- the kernel's side ---- */
/* The last channel's outbox has more slots than a batch has messages. */
static uint32_t slots_of(uint64_t channel)
{
    return channel == CHANNELS - 1 ? MANY_SLOTS : SLOTS;
}

struct call_answer call_make(uint32_t call, uint64_t channel, uint64_t first, uint64_t count)
{
    calls++;
    if (call != ABI_CALL_SEND) return (struct call_answer){ ABI_OK, 0 };
    sends++;
    if (refusal != 0) return (struct call_answer){ refusal, RULE };
    for (uint64_t i = 0; i < count; i++) {
        if (denied >> i & 1) continue;
        uint64_t number = inboxes[channel].header.published++;
        uint8_t *slot = inboxes[channel].slots + number % DEPTH * SLOT_SIZE;
        memcpy(slot, outboxes[channel] + (first + i) % slots_of(channel) * SLOT_SIZE, SLOT_SIZE);
        memcpy(slot + offsetof(struct message_header, sequence), &number, sizeof number);
    }
    uint64_t accepted = ((1ull << count) - 1) & ~(uint64_t)denied;
    if (denied == 0) return (struct call_answer){ ABI_OK, accepted << 32 };
    denied = 0;
    return (struct call_answer){ ABI_DENIED, accepted << 32 | RULE };
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
    sends = calls = denied = refusal = 0;
    info = (struct subject_info){ .tsc_khz = 1000 };
    for (uint32_t i = 0; i < CHANNELS; i++) {
        add_channel(mediated[i], (uintptr_t)outboxes[i], i, slots_of(i), INFO_SENDS);
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
    for (uint32_t i = 0; i < info.channel_count; i++) {   /* of an image in which the messages were shorter */
        bool is_direct = info.channels[i].direction == INFO_WRITES || info.channels[i].direction == INFO_READS;
        info.channels[i].slot_size = is_direct ? 8 : sizeof(struct message_header) + 8;
    }
    assert_false(open_sender_many(&sender, &info));       /* `Text` has 12 bytes, `Report` 8 */
    assert_false(open_receiver_many(&receiver, &info));
    assert_false(open_sender_rays(&direct_sender, &info));
    assert_false(open_receiver_rays(&direct_receiver, &info));
    assert_true(open_receiver_up(&receiver, &info));
    assert_true(open_receiver_beams(&direct_receiver, &info));
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

/* Each type's pace is that of its own rule and what restricts it: 10 a second, one at once; 50 a second, 3 at once. */
static void types_have_paces_of_their_own(void **state)
{
    struct pace wides, texts;

    (void)state;
    pace_many__Wide(&wides, &info);
    pace_many__Text(&texts, &info);
    uint64_t now = texts.last;
    assert_int_equal(pace_allows(&texts, now), 0);
    assert_int_equal(pace_allows(&texts, now + 19999), 0);        /* ticks: 1,000 a millisecond */
    assert_int_equal(pace_allows(&texts, now + 20100), 1);
    assert_int_equal(pace_allows(&texts, now + 1000000), 3);
    assert_int_equal(pace_allows(&wides, wides.last + 99999), 0);
    assert_int_equal(pace_allows(&wides, wides.last + 1000000), 1);
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

/* ---- batches ---- */
static void fill(struct Report *reports, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) reports[i] = (struct Report){ .x = i, .kind = 1 };
}

static void expect_results(const enum send_result *results, const char *letters)
{
    for (uint32_t i = 0; letters[i] != '\0'; i++)
        assert_int_equal(results[i], letters[i] == 'd' ? SEND_DONE : letters[i] == 'i' ? SEND_INVALID : SEND_DENIED);
}

/* What is not valid is told and takes neither a slot nor another one's verdict; what waited before has its own. */
static void a_batch_tells_of_each_message(void **state)
{
    struct Report reports[6], got[6];
    enum send_result results[6];
    enum receive_result taken[6];
    struct sender sender;
    struct receiver receiver;

    (void)state;
    assert_true(open_sender_up(&sender, &info) && open_receiver_up(&receiver, &info));
    fill(reports, 6);
    reports[1].kind = 9;
    reports[3].kind = 9;
    assert_true(queue_up(&sender, &reports[5]));
    denied = 1 << 0 | 1 << 2;                             /* of what waited, and of messages[2] */
    struct send_batch batch = send_up__batch(&sender, reports, 6, results);
    assert_int_equal(batch.tried, 5);                     /* four slots, of which one was taken, and two that took none */
    assert_int_equal(batch.sent, 2);
    assert_int_equal(batch.status, ABI_DENIED);
    assert_int_equal(batch.rule, RULE);
    expect_results(results, "dinid");
    assert_int_equal(sends, 1);
    assert_int_equal(sender.waiting, 0);
    batch = send_up__batch(&sender, reports + 5, 1, results);
    assert_int_equal(batch.tried, 1);
    assert_int_equal(batch.sent, 1);
    assert_int_equal(batch.status, ABI_OK);
    calls = 0;
    assert_int_equal(receive_up__batch(&receiver, got, 6, taken), 3);
    assert_int_equal(calls, 1);                           /* that gave the slots back */
    for (uint32_t i = 0; i < 3; i++) assert_int_equal(taken[i], RECEIVE_TAKEN);
    assert_int_equal(got[0].x, 0);
    assert_int_equal(got[1].x, 4);
    assert_int_equal(got[2].x, 5);
    assert_int_equal(receive_up__batch(&receiver, got, 6, taken), 0);
    assert_int_equal(calls, 1);
}

static void a_batch_goes_by_one_call(void **state)
{
    struct Report reports[MANY];
    enum send_result results[MANY];
    struct sender sender;

    (void)state;
    assert_true(open_sender_on(&sender, &info));
    fill(reports, MANY);
    struct send_batch batch = send_on__batch(&sender, reports, MANY, results);
    assert_int_equal(batch.tried, ABI_BATCH_MAX);
    assert_int_equal(batch.sent, ABI_BATCH_MAX);
    assert_int_equal(sends, 1);
    for (uint32_t i = 0; i < ABI_BATCH_MAX + 3; i++) assert_true(queue_on(&sender, &reports[i]));
    batch = send_on__batch(&sender, reports, MANY, results);
    assert_int_equal(batch.tried, 0);                     /* only what waited went */
    assert_int_equal(sends, 2);
    assert_int_equal(sender.waiting, 3);
    batch = send_on__batch(&sender, reports, MANY, results);
    assert_int_equal(batch.tried, ABI_BATCH_MAX - 3);
    assert_int_equal(batch.sent, ABI_BATCH_MAX - 3);
    assert_int_equal(sends, 3);
    for (uint32_t i = 0; i < ABI_BATCH_MAX; i++) assert_true(queue_on(&sender, &reports[i]));
    assert_int_equal(send_on(&sender, &reports[MANY - 1]).count, ABI_BATCH_MAX);
    assert_int_equal(sender.waiting, 1);                  /* its own message */
    assert_int_equal(sender_flush(&sender, MANY).count, 1);
    sends = 3;
    reports[0].kind = reports[1].kind = 9;
    batch = send_on__batch(&sender, reports, 2, results);
    expect_results(results, "ii");
    assert_int_equal(batch.tried, 2);
    assert_int_equal(batch.sent, 0);
    assert_int_equal(sends, 3);                           /* nothing to send is no call */
    refusal = ABI_CHANNEL;
    batch = send_on__batch(&sender, reports, 4, results);
    expect_results(results, "iinn");
    assert_int_equal(batch.status, ABI_CHANNEL);
    assert_int_equal(batch.sent, 0);
}

static void a_batch_is_turned_and_refused_in_the_wires_form(void **state)
{
    static const uint8_t on_the_wire[] = { 1, 2, 2, 0, 0xff, 0xff, 0xff, 0xfd };
    struct Wide wides[3] = { wide, wide, wide };
    enum send_result results[3];
    struct receive_many got[DEPTH];
    enum receive_result taken[DEPTH];
    static const struct receive_many nothing;
    struct sender sender;
    struct receiver receiver;

    (void)state;
    assert_true(open_sender_many(&sender, &info) && open_receiver_many(&receiver, &info));
    wides[1].y = -6;
    send_many__Wide__batch(&sender, wides, 3, results);
    expect_results(results, "did");
    assert_memory_equal(outboxes[0] + sizeof(struct message_header), on_the_wire, sizeof on_the_wire);
    assert_int_equal(send_many__Text__batch(&sender, &text, 1, results).sent, 1);
    inboxes[0].slots[SLOT_SIZE + sizeof(struct message_header) + 2] = 5;      /* what no monitor lets pass */
    assert_int_equal(receive_many__batch(&receiver, got, 2, taken), 2);
    assert_int_equal(taken[0], RECEIVE_TAKEN);
    assert_memory_equal(&got[0].as.Wide, &wide, sizeof wide);
    assert_int_equal(taken[1], RECEIVE_REFUSED);
    assert_memory_equal(&got[1], &nothing, sizeof nothing);
    assert_int_equal(receive_many__batch(&receiver, got, DEPTH, taken), 1);
    assert_int_equal(got[0].type, Text_TYPE);
}

/* Across the ring's end, again and again, in batches of any size. */
static void direct_batches_bring_what_single_ones_do(void **state)
{
    struct Report reports[DIRECT_DEPTH], got[DIRECT_DEPTH + 1];
    enum send_result results[DIRECT_DEPTH];
    enum receive_result taken[DIRECT_DEPTH + 1];
    struct direct_sender sender;
    struct direct_receiver receiver;
    uint32_t next = 0;

    (void)state;
    assert_true(open_sender_beams(&sender, &info) && open_receiver_beams(&receiver, &info));
    for (uint32_t round = 0; round < 64; round++) {
        uint32_t count = round % (DIRECT_DEPTH + 1), bad = round % 3, valid = 0, place = 0;
        fill(reports, DIRECT_DEPTH);
        for (uint32_t i = 0; i < count; i++) {
            reports[i].x = (next + i) % X_VALUES;
            reports[i].kind = i % 3 == bad ? 9 : 1;
            valid += i % 3 != bad;
        }
        struct send_batch batch = send_beams__batch(&sender, reports, count, results);
        assert_int_equal(batch.tried, count);
        assert_int_equal(batch.sent, valid);
        assert_int_equal(batch.status, ABI_OK);
        assert_int_equal(receive_beams__batch(&receiver, got, DIRECT_DEPTH + 1, taken), valid);
        for (uint32_t i = 0; i < count; i++) {
            assert_int_equal(results[i], i % 3 == bad ? SEND_INVALID : SEND_DONE);
            if (i % 3 == bad) continue;
            assert_int_equal(taken[place], RECEIVE_TAKEN);
            assert_int_equal(got[place++].x, (next + i) % X_VALUES);
        }
        next += count;
    }
    assert_int_equal(receiver.lost + receiver.refused + receiver.corrupt, 0);
    assert_int_equal(calls, 0);
}

/* What the peer wrote wrong costs one result each, in its place, and leaves nothing behind. */
static void a_direct_batch_tells_what_is_wrong(void **state)
{
    struct Report report = { .x = 5, .kind = 1 }, got[DIRECT_DEPTH + 2];
    static const struct Report nothing;
    enum receive_result taken[DIRECT_DEPTH + 2];
    static const enum receive_result expected[] = { RECEIVE_TAKEN, RECEIVE_REFUSED, RECEIVE_TAKEN, RECEIVE_REFUSED,
                                                    RECEIVE_TAKEN };
    struct direct_sender sender;
    struct direct_receiver receiver;

    (void)state;
    assert_true(open_sender_beams(&sender, &info) && open_receiver_beams(&receiver, &info));
    for (uint32_t i = 0; i < 5; i++) {
        report.kind = i == 1 ? 3 : 1;
        if (i == 3) direct_push(&sender, Wide_TYPE, &wide, sizeof wide);
        else direct_push(&sender, Report_TYPE, &report, sizeof report);
    }
    memset(got, 0xaa, sizeof got);
    assert_int_equal(receive_beams__batch(&receiver, got, 3, taken), 3);
    assert_int_equal(receive_beams__batch(&receiver, got + 3, DIRECT_DEPTH, taken + 3), 2);
    for (uint32_t i = 0; i < 5; i++) {
        assert_int_equal(taken[i], expected[i]);
        if (taken[i] != RECEIVE_TAKEN) assert_memory_equal(&got[i], &nothing, sizeof nothing);
        else assert_int_equal(got[i].x, 5);
    }
    assert_int_equal(receiver.refused, 2);
    report.kind = 1;
    for (uint32_t i = 0; i < DIRECT_DEPTH + 1; i++) assert_true(send_beams(&sender, &report));
    assert_int_equal(receive_beams__batch(&receiver, got, DIRECT_DEPTH + 2, taken), DIRECT_DEPTH + 1);
    assert_int_equal(taken[0], RECEIVE_LOST);
    assert_int_equal(receiver.lost, 1);
    for (uint32_t i = 1; i <= DIRECT_DEPTH; i++) assert_int_equal(taken[i], RECEIVE_TAKEN);
}

/*
 * The sender of a lossy channel gets ahead between a batch's copy and its second look at the stamps: what it overwrote is told
 * where it was, before what is left, and nothing else is missing.
 */
static struct direct_sender *fast;
static const void *fast_at;                           /* where the receiver looks as the sender acts */
static uint32_t fast_looks, fast_sends;               /* at so many looks there; messages */

static void peer_acts(const void *at)
{
    if (fast == NULL || at != fast_at || --fast_looks > 0) return;
    struct direct_sender *sender = fast;
    struct Report report = { .kind = 1 };

    fast = NULL;
    for (uint32_t i = 0; i < fast_sends; i++) {
        report.x = DEEP + i;
        direct_push(sender, Report_TYPE, &report, sizeof report);
    }
}

static void a_direct_batch_tells_what_was_lost_meanwhile(void **state)
{
    static _Alignas(64) uint8_t ring[(DIRECT_PAYLOAD + 8) * DEEP];
    static const struct Report nothing;
    struct Report reports[DEEP], got[3 * DEEP];
    enum send_result results[DEEP];
    enum receive_result taken[3 * DEEP];

    (void)state;
    for (fast_sends = 1; fast_sends <= 2 * DEEP; fast_sends++) {
        struct direct_sender sender;
        struct direct_receiver receiver;
        uint32_t next = 0, messages = 0;
        memset(ring, 0, sizeof ring);
        direct_sender_start(&sender, ring, DIRECT_PAYLOAD, DEEP, NULL);
        direct_receiver_start(&receiver, ring, DIRECT_PAYLOAD, DEEP, NULL);
        fill(reports, DEEP);
        assert_int_equal(send_beams__batch(&sender, reports, DEEP, results).sent, DEEP);
        fast = &sender;
        fast_at = receiver.ring.stamp;
        fast_looks = 2;
        uint32_t count = receive_beams__batch(&receiver, got, 3 * DEEP, taken);
        assert_null(fast);
        for (uint32_t i = 0; i < count; i++) {
            if (taken[i] != RECEIVE_LOST) {
                assert_int_equal(taken[i], RECEIVE_TAKEN);
                assert_true(got[i].kind == 1 && (i > 0 && taken[i - 1] == RECEIVE_LOST ? got[i].x > next : got[i].x == next));
                next = got[i].x + 1;
                messages++;
            } else {
                assert_memory_equal(&got[i], &nothing, sizeof nothing);
            }
        }
        assert_int_equal(next, DEEP + fast_sends);        /* up to the last one */
        assert_int_equal(messages + receiver.lost, next);
        assert_true(messages < count);
    }
}

static void an_acknowledged_batch_stops_where_there_is_no_room(void **state)
{
    struct Wide wides[MANY];
    struct receive_rays got[MANY];
    enum send_result results[MANY];
    enum receive_result taken[MANY];
    struct direct_sender sender;
    struct direct_receiver receiver;
    uint32_t at = 0, received = 0;

    (void)state;
    assert_true(open_sender_rays(&sender, &info) && open_receiver_rays(&receiver, &info));
    for (uint32_t i = 0; i < MANY; i++) wides[i] = (struct Wide){ .id = (uint16_t)i, .kind = i % 10 == 9 ? 3 : 1, .y = 7 };
    struct send_batch batch = send_rays__Wide__batch(&sender, wides, MANY, results);
    assert_int_equal(batch.tried, DIRECT_DEPTH);
    assert_int_equal(batch.status, ABI_SLOT);
    for (at = batch.tried; at < MANY; at += batch.tried) {
        uint32_t count = receive_rays__batch(&receiver, got, MANY, taken);
        for (uint32_t i = 0; i < count; i++, received++) {
            assert_int_equal(taken[i], RECEIVE_TAKEN);
            assert_int_equal(got[i].type, Wide_TYPE);
            assert_int_equal(got[i].as.Wide.id, received / 9 * 10 + received % 9);
        }
        batch = send_rays__Wide__batch(&sender, wides + at, MANY - at, results + at);
        assert_true(batch.tried > 0);
    }
    received += receive_rays__batch(&receiver, got, MANY, taken);
    assert_int_equal(received, MANY - MANY / 10);
    for (uint32_t i = 0; i < MANY; i++) assert_int_equal(results[i], i % 10 == 9 ? SEND_INVALID : SEND_DONE);
    for (uint32_t i = 0; i < MANY; i++) wides[i].kind = 1;        /* more than are turned at once */
    assert_int_equal(send_rays__Wide__batch(&sender, wides, MANY, results).tried, DIRECT_DEPTH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(ends_are_opened_by_the_channels_names, setup),
        cmocka_unit_test_setup(one_type_goes_through, setup),
        cmocka_unit_test_setup(queued_messages_go_together, setup),
        cmocka_unit_test_setup(several_types_are_told_apart, setup),
        cmocka_unit_test_setup(types_have_paces_of_their_own, setup),
        cmocka_unit_test_setup(what_is_wrong_is_refused, setup),
        cmocka_unit_test_setup(a_direct_channel_of_one_type, setup),
        cmocka_unit_test_setup(a_direct_channel_of_several_types, setup),
        cmocka_unit_test_setup(a_batch_tells_of_each_message, setup),
        cmocka_unit_test_setup(a_batch_goes_by_one_call, setup),
        cmocka_unit_test_setup(a_batch_is_turned_and_refused_in_the_wires_form, setup),
        cmocka_unit_test_setup(direct_batches_bring_what_single_ones_do, setup),
        cmocka_unit_test_setup(a_direct_batch_tells_what_is_wrong, setup),
        cmocka_unit_test_setup(a_direct_batch_tells_what_was_lost_meanwhile, setup),
        cmocka_unit_test_setup(an_acknowledged_batch_stops_where_there_is_no_room, setup),
    };
    return cmocka_run_group_tests_name("channel_functions", tests, NULL, NULL);
}
