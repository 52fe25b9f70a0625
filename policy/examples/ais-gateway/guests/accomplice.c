/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subject `accomplice`: on another CPU, with low's outbox of the channel `race` mapped writable. Flips message bytes between
 * valid and invalid values for ever. One kind of flip at a time, for a while: equal denials make one audit record, so that the
 * record of the race stays short enough to be forwarded.
 */
#include "channels/message.h"
#include "guest/clock.h"
#include "guest/guest.h"
#include "ais_gateway.h"

enum { ACCOMPLICE_KIND_MS = 200 };

struct accomplice_message {
    struct message_header header;
    struct PositionReport report;
};

typedef void accomplice_flip(volatile struct accomplice_message *message, bool valid);

static void accomplice_flip_status(volatile struct accomplice_message *message, bool valid)
{
    message->report.status = valid ? 0 : 16;
}

static void accomplice_flip_latitude(volatile struct accomplice_message *message, bool valid)
{
    message->report.lat = valid ? 36000000 : 54600000;
}

static void accomplice_flip_number(volatile struct accomplice_message *message, bool valid)
{
    message->report.msg = valid ? 1 : 0;
}

static void accomplice_flip_length(volatile struct accomplice_message *message, bool valid)
{
    message->header.length = valid ? sizeof(struct PositionReport) : UINT32_MAX;
}

static accomplice_flip *const accomplice_flips[] = { accomplice_flip_status, accomplice_flip_latitude, accomplice_flip_number,
                                                     accomplice_flip_length };

static void accomplice_flip_all(const struct info_channel *outbox, accomplice_flip *flip, bool valid)
{
    for (uint32_t slot = 0; slot < outbox->slots; slot++) {
        flip((volatile struct accomplice_message *)(outbox->gpa + (uint64_t)slot * outbox->slot_size), valid);
    }
}

/* All slots invalid, all valid, again and again until the time of this kind is over. */
static void accomplice_run(const struct info_channel *outbox, accomplice_flip *flip, uint64_t ticks)
{
    uint64_t begun = clock_now();

    while (clock_now() - begun < ticks) {
        accomplice_flip_all(outbox, flip, false);
        accomplice_flip_all(outbox, flip, true);
    }
}

void guest_main(const struct subject_info *info)
{
    const struct info_channel *outbox = guest_find_channel(info, "race", INFO_SENDS);
    uint32_t kinds = sizeof accomplice_flips / sizeof accomplice_flips[0];

    if (outbox == 0) guest_fail();
    for (uint32_t kind = 0;; kind = (kind + 1) % kinds) {
        accomplice_run(outbox, accomplice_flips[kind], clock_ticks(info->tsc_khz, ACCOMPLICE_KIND_MS));
    }
}
