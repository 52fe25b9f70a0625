/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subject `guard`: the only way between low and high. Upwards it drops positions inside the exclusion box; downwards it
 * releases notices, one a second, each asked for, granted and submitted first.
 *
 * The monitor has checked every message that arrives. One that does not pass its type's validator means that the monitor is
 * broken: the guard then ends itself, and nothing passes any more.
 */
#include "ais_gateway_channels.h"
#include "guest/call.h"
#include "guest/guest.h"
#include "track.h"

enum guard_params { GUARD_BOX_LAT_LO, GUARD_BOX_LAT_HI, GUARD_BOX_LON_LO, GUARD_BOX_LON_HI, GUARD_PARAMS };

enum guard_release { GUARD_IDLE, GUARD_GRANTED, GUARD_HELD };

struct guard {
    struct track_box box;
    struct receiver reports, asks, race;
    struct sender tracks, grants, notices;
    bool has_race;                    /* only in the policy of the race test */
    enum guard_release release;
    uint16_t id;                      /* GRANTED: of the request */
    struct Notice held;               /* HELD: what is to be released */
};

/* Whether there was a message. */
static bool guard_is_taken(enum receive_result result)
{
    if (result == RECEIVE_REFUSED) guest_fail();
    return result == RECEIVE_TAKEN;
}

static void guard_send_up(struct guard *guard, const struct PositionReport *report)
{
    if (!queue_tracks(&guard->tracks, report)) guest_fail();
    if (guard->tracks.waiting == guard->tracks.channel->slots) sender_flush(&guard->tracks, ABI_BATCH_MAX);
}

/* One batch upwards, as large as the rate allows: its slots are given back only when its reports are on their way. */
static bool guard_pass_reports(struct guard *guard)
{
    uint32_t allowed = sender_allowance(&guard->tracks), taken = 0;
    struct PositionReport report;

    if (allowed > ABI_BATCH_MAX) allowed = ABI_BATCH_MAX;
    while (taken < allowed && guard_is_taken(receive_reports(&guard->reports, &report))) {
        taken++;
        if (!track_is_inside(&guard->box, &report)) guard_send_up(guard, &report);
    }
    while (guard->tracks.waiting > 0) sender_flush(&guard->tracks, ABI_BATCH_MAX);
    receiver_free(&guard->reports);
    return taken > 0;
}

/* The monitor let the request pass, so the release begins anew, whatever became of the one before. */
static void guard_grant(struct guard *guard, const struct NoticeRequest *request)
{
    const struct NoticeAck ack = { .id = request->id };

    guard->id = request->id;
    guard->release = send_grants(&guard->grants, &ack).accepted != 0 ? GUARD_GRANTED : GUARD_IDLE;
}

static void guard_hold(struct guard *guard, const struct Notice *notice)
{
    if (guard->release != GUARD_GRANTED || notice->id != guard->id) return;
    guard->held = *notice;
    guard->release = GUARD_HELD;
}

static void guard_take_asks(struct guard *guard)
{
    struct receive_asks message;

    while (guard_is_taken(receive_asks(&guard->asks, &message))) {
        switch (message.type) {
        case NoticeRequest_TYPE: guard_grant(guard, &message.as.NoticeRequest); break;
        case Notice_TYPE: guard_hold(guard, &message.as.Notice); break;
        }
    }
    receiver_free(&guard->asks);
}

/* Lets the held notice go as soon as the rate allows. */
static void guard_release_notice(struct guard *guard)
{
    if (guard->release != GUARD_HELD || sender_allowance(&guard->notices) == 0) return;
    send_notices(&guard->notices, &guard->held);
    guard->release = GUARD_IDLE;
}

/* The race test, whose channel carries what `reports` does: what comes through it is checked and goes nowhere. */
static void guard_check_race(struct guard *guard)
{
    struct PositionReport report;

    while (guard_is_taken(receive_reports(&guard->race, &report))) continue;
    receiver_free(&guard->race);
}

static void guard_open(struct guard *guard, const struct subject_info *info)
{
    if (info->param_count < GUARD_PARAMS) guest_fail();
    guard->box = (struct track_box){ info->params[GUARD_BOX_LAT_LO], info->params[GUARD_BOX_LAT_HI],
                                     info->params[GUARD_BOX_LON_LO], info->params[GUARD_BOX_LON_HI] };
    if (!open_receiver_reports(&guard->reports, info) || !open_receiver_asks(&guard->asks, info) ||
        !open_sender_tracks(&guard->tracks, info) || !open_sender_grants(&guard->grants, info) ||
        !open_sender_notices(&guard->notices, info)) {
        guest_fail();
    }
    guard->has_race = receiver_open(&guard->race, info, "race");
}

void guest_main(const struct subject_info *info)
{
    static struct guard guard;

    guard_open(&guard, info);
    for (;;) {
        while (guard_pass_reports(&guard)) continue;
        if (guard.has_race) guard_check_race(&guard);
        guard_take_asks(&guard);
        guard_release_notice(&guard);
        call_make(ABI_CALL_WAIT, 0, 0, 0);
    }
}
