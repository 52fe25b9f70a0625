/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subject `high`: writes the tracks that reach it to COM3 as JSON lines, and now and then asks the guard to release a coarse
 * position: NoticeRequest, wait for NoticeAck, Notice.
 *
 * A message that does not pass its type's validator means that the monitor is broken: high then ends itself.
 */
#include "channels/abi.h"
#include "guest/call.h"
#include "guest/clock.h"
#include "guest/guest.h"
#include "guest/receiver.h"
#include "guest/sender.h"
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

static void high_ask(struct high *high, const struct PositionReport *report)
{
    struct NoticeRequest *request;

    high->since++;
    if (high->since < HIGH_NOTICE_TRACKS) return;
    if (clock_now() - high->asked < clock_ticks(high->info->tsc_khz, HIGH_NOTICE_MS)) return;
    request = sender_claim(&high->asks, NoticeRequest_TYPE, NoticeRequest_VERSION, sizeof *request);
    if (request == 0) guest_fail();
    high->id = high->id == UINT16_MAX ? 1 : (uint16_t)(high->id + 1);
    *request = (struct NoticeRequest){ .id = high->id };
    high->notice = (struct Notice){ .id = high->id };
    track_coarsen(report, &high->notice);
    high->since = 0;
    high->asked = clock_now();
    high->waits = sender_flush(&high->asks, 1).accepted != 0;
}

static void high_submit(struct high *high)
{
    struct Notice *slot = sender_claim(&high->asks, Notice_TYPE, Notice_VERSION, sizeof *slot);

    if (slot == 0) guest_fail();
    *slot = high->notice;
    sender_flush(&high->asks, 1);
    high->waits = false;
}

static void high_take_grants(struct high *high)
{
    struct message_header header;
    struct NoticeAck ack;

    while (receiver_take(&high->grants, &header, &ack, sizeof ack)) {
        if (header.type != NoticeAck_TYPE || !NoticeAck_valid(&ack, header.length)) guest_fail();
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
    struct message_header header;
    struct PositionReport report;

    while (receiver_take(&high->tracks, &header, &report, sizeof report)) {
        if (header.type != PositionReport_TYPE || !PositionReport_valid(&report, header.length)) guest_fail();
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
    if (!receiver_open(&high.tracks, info, "tracks") || !receiver_open(&high.grants, info, "grants") ||
        !sender_open(&high.asks, info, "asks")) {
        guest_fail();
    }
    for (;;) {
        high_take_tracks(&high);
        high_take_grants(&high);
        call_make(ABI_CALL_WAIT, 0, 0, 0);
    }
}
