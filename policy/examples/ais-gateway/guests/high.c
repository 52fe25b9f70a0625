/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subject `high`: writes the tracks that reach it to COM3 as JSON lines, and now and then asks the guard to release a coarse
 * position: NoticeRequest, wait for NoticeAck, Notice.
 *
 * A message that does not pass its type's validator means that the monitor is broken: high then ends itself.
 */
#include "ais_gateway_channels.h"
#include "guest/call.h"
#include "guest/clock.h"
#include "guest/guest.h"
#include "guest/serial.h"
#include "track.h"

enum {
    HIGH_NOTICE_TRACKS = 200,         /* tracks from one request to the next */
    HIGH_NOTICE_MS = 3000             /* and at least this long: the guard releases one a second, and says nothing of it */
};

struct high {
    const struct subject_info *info;
    struct serial serial;
    struct receiver tracks, grants;
    struct sender asks;
    uint32_t since;                   /* tracks since the last request */
    uint64_t asked;                   /* instant of the last request */
    uint16_t id;                      /* of the last request; 0: none yet */
    bool waits;                       /* for the grant of `id` */
    struct Notice notice;             /* what that request is for */
};

/* Whether there was a message. */
static bool high_is_taken(enum receive_result result)
{
    if (result == RECEIVE_REFUSED) guest_fail();
    return result == RECEIVE_TAKEN;
}

static void high_ask(struct high *high, const struct PositionReport *report)
{
    high->since++;
    if (high->since < HIGH_NOTICE_TRACKS) return;
    if (clock_now() - high->asked < clock_ticks(high->info->tsc_khz, HIGH_NOTICE_MS)) return;
    high->id = high->id == UINT16_MAX ? 1 : (uint16_t)(high->id + 1);
    const struct NoticeRequest request = { .id = high->id };
    high->notice = (struct Notice){ .id = high->id };
    track_coarsen(report, &high->notice);
    high->since = 0;
    high->asked = clock_now();
    high->waits = send_asks__NoticeRequest(&high->asks, &request).accepted != 0;
}

static void high_submit(struct high *high)
{
    send_asks__Notice(&high->asks, &high->notice);
    high->waits = false;
}

static void high_take_grants(struct high *high)
{
    struct NoticeAck ack;

    while (high_is_taken(receive_grants(&high->grants, &ack))) {
        if (high->waits && ack.id == high->id) high_submit(high);
    }
    receiver_free(&high->grants);
}

static void high_write(struct high *high, const struct PositionReport *report)
{
    char buffer[256];
    struct text text;

    text_start(&text, buffer, sizeof buffer);
    track_print(&text, report);
    serial_write(&high->serial, text.data, text.length);
}

static void high_take_tracks(struct high *high)
{
    struct PositionReport report;

    while (high_is_taken(receive_tracks(&high->tracks, &report))) {
        high_write(high, &report);
        receiver_free(&high->tracks);
        high_ask(high, &report);
        high_take_grants(high);
    }
}

void guest_main(const struct subject_info *info)
{
    static struct high high;

    high.info = info;
    high.asked = clock_now();
    serial_open(&high.serial, SERIAL_COM3);
    if (!open_receiver_tracks(&high.tracks, info) || !open_receiver_grants(&high.grants, info) ||
        !open_sender_asks(&high.asks, info)) {
        guest_fail();
    }
    for (;;) {
        high_take_tracks(&high);
        high_take_grants(&high);
        call_make(ABI_CALL_WAIT, 0, 0, 0);
    }
}
