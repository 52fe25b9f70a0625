/* SPDX-License-Identifier: Apache-2.0 */
/* Forbidden messages, a forbidden rate, forbidden calls: each a known number of times. */
#include "channels/abi.h"
#include "channels/message.h"
#include "guest/call.h"
#include "guest/guest.h"
#include "hostile.h"

enum {
    HOSTILE_FLOOD = 3 * ABI_BATCH_MAX,        /* more at once than any burst of the policy */
    HOSTILE_CHANNELS = 8                      /* channel numbers that are tried: all that the gateway has, and some more */
};

struct hostile_message {
    struct message_header *header;
    struct PositionReport *report;
};

/* Spoils a message in the outbox, the way of try `i`. */
typedef void hostile_spoiler(struct hostile_message message, uint32_t i);

#define HOSTILE_COUNT(array) (sizeof(array) / sizeof(array)[0])

static const uint32_t hostile_lengths[] = { 0, 8, sizeof(struct PositionReport) - 1, sizeof(struct PositionReport) + 1, 4096,
                                            UINT32_MAX };
static const uint8_t hostile_statuses[] = { 16, 17, 128, 255 };
static const int32_t hostile_latitudes[] = { 54000001, -54000001, 54600000, INT32_MAX, INT32_MIN };

/* Headers of types that the policy has, but not on this channel. */
static const struct message_header hostile_types[] = {
    { .type = Notice_TYPE, .version = Notice_VERSION, .length = sizeof(struct Notice) },
    { .type = NoticeRequest_TYPE, .version = NoticeRequest_VERSION, .length = sizeof(struct NoticeRequest) },
    { .type = NoticeAck_TYPE, .version = NoticeAck_VERSION, .length = sizeof(struct NoticeAck) }
};

/* Types that it does not have at all, and another version of one that it has. */
static const struct message_header hostile_unknown[] = {
    { .type = UINT16_MAX, .version = PositionReport_VERSION, .length = sizeof(struct PositionReport) },
    { .type = 1000, .version = PositionReport_VERSION, .length = sizeof(struct PositionReport) },
    { .type = PositionReport_TYPE, .version = PositionReport_VERSION + 1, .length = sizeof(struct PositionReport) }
};

static void hostile_spoil_length(struct hostile_message message, uint32_t i)
{
    message.header->length = hostile_lengths[i];
}

static void hostile_spoil_status(struct hostile_message message, uint32_t i)
{
    message.report->status = hostile_statuses[i];
}

static void hostile_spoil_latitude(struct hostile_message message, uint32_t i)
{
    message.report->lat = hostile_latitudes[i];
}

/* The last two bytes are the type's padding. */
static void hostile_spoil_padding(struct hostile_message message, uint32_t i)
{
    uint8_t *end = (uint8_t *)(message.report + 1);

    end[(int)i - 2] = 0x80;
}

/* Status, turn, or both on a class B report, which has neither. */
static void hostile_spoil_union(struct hostile_message message, uint32_t i)
{
    message.report->msg = 18;
    message.report->status = i == 1 ? 0 : 5;
    message.report->turn = i == 0 ? 0 : -1;
}

static void hostile_spoil_type(struct hostile_message message, uint32_t i)
{
    *message.report = (struct PositionReport){ .lat = 0 };
    *message.header = hostile_types[i];
}

static void hostile_spoil_unknown(struct hostile_message message, uint32_t i)
{
    *message.header = hostile_unknown[i];
}

static const struct hostile_spoiling {
    const char *name;
    hostile_spoiler *spoil;
    uint32_t tries;
} hostile_spoilings[] = {
    { "length", hostile_spoil_length, HOSTILE_COUNT(hostile_lengths) },
    { "status", hostile_spoil_status, HOSTILE_COUNT(hostile_statuses) },
    { "latitude", hostile_spoil_latitude, HOSTILE_COUNT(hostile_latitudes) },
    { "padding", hostile_spoil_padding, 2 },
    { "union", hostile_spoil_union, 3 },
    { "type", hostile_spoil_type, HOSTILE_COUNT(hostile_types) },
    { "unknown-type", hostile_spoil_unknown, HOSTILE_COUNT(hostile_unknown) }
};

static struct hostile_message hostile_claim(struct low *low, const struct PositionReport *report)
{
    struct PositionReport *slot = sender_claim(&low->reports, PositionReport_TYPE, PositionReport_VERSION, sizeof *slot);

    if (slot == 0) guest_fail();
    *slot = *report;
    return (struct hostile_message){ (struct message_header *)(void *)slot - 1, slot };
}

static void hostile_send(struct low *low, struct hostile_tally *tally)
{
    struct sender_result result = sender_flush(&low->reports, ABI_BATCH_MAX);

    hostile_count(tally, result.count, result.count - result.accepted, result.status, result.rule);
}

/* One message at a time, so that each try's own rule is known. */
static void hostile_try_spoiling(struct low *low, const struct hostile_spoiling *spoiling)
{
    struct PositionReport report = hostile_report();
    struct hostile_tally tally = { .tries = 0 };

    for (uint32_t i = 0; i < spoiling->tries; i++) {
        spoiling->spoil(hostile_claim(low, &report), i);
        hostile_send(low, &tally);
    }
    hostile_print(low, spoiling->name, &tally);
}

/*
 * Valid messages, faster than allowed. Those within the burst do pass the monitor; they lie inside the exclusion box, so that
 * the guard drops them and none reaches high.
 */
static void hostile_try_rate(struct low *low)
{
    struct PositionReport report = hostile_report();
    struct hostile_tally tally = { .tries = 0 };

    report.lat = 750000;
    report.lon = 62400000;
    while (tally.tries < HOSTILE_FLOOD) {
        for (uint32_t i = 0; i < ABI_BATCH_MAX; i++) hostile_claim(low, &report);
        hostile_send(low, &tally);
    }
    hostile_print(low, "rate", &tally);
}

static bool hostile_holds(const struct low *low, uint32_t number)
{
    for (uint32_t i = 0; i < low->info->channel_count; i++) {
        const struct info_channel *channel = &low->info->channels[i];
        if (channel->direction == INFO_SENDS && channel->channel == number) return true;
    }
    return false;
}

/* Sends on channels that others hold, or nobody. */
static void hostile_try_channels(struct low *low)
{
    struct hostile_tally tally = { .tries = 0 };

    for (uint32_t number = 0; number < HOSTILE_CHANNELS; number++) {
        if (hostile_holds(low, number)) continue;
        struct call_answer answer = call_make(ABI_CALL_SEND, number, 0, 1);
        hostile_count(&tally, 1, answer.status != ABI_OK, (uint32_t)answer.status, (uint32_t)answer.result);
    }
    hostile_print(low, "channel", &tally);
}

/* Calls that the policy gives to the audit subject alone. */
static void hostile_try_call(struct low *low, const char *name, uint32_t call)
{
    struct hostile_tally tally = { .tries = 0 };
    struct call_answer answer = call_make(call, 0, 0, 0);

    hostile_count(&tally, 1, answer.status != ABI_OK, (uint32_t)answer.status, (uint32_t)answer.result);
    hostile_print(low, name, &tally);
}

void hostile_try_messages(struct low *low)
{
    for (uint32_t k = 0; k < HOSTILE_COUNT(hostile_spoilings); k++) hostile_try_spoiling(low, &hostile_spoilings[k]);
    hostile_try_rate(low);
    hostile_try_channels(low);
    hostile_try_call(low, "audit-ack", ABI_CALL_AUDIT_ACK);
    hostile_try_call(low, "shutdown", ABI_CALL_SHUTDOWN);
}
