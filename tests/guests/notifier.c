/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subject `notifier`: raises the event of `notified`, which has another CPU, again and again, and then writes on the direct
 * channel `instants` when it began and when it went on. `notified` says what it comes to.
 */
#include "channels/abi.h"
#include "count.h"
#include "guest/direct.h"
#include "guest/guest.h"

enum {
    NOTIFIER_TYPE = 0,
    NOTIFIER_PAUSE = 10000,           /* instructions: `notified` is ready again by then */
    NOTIFIER_ODD = 997                /* more in each round: it begins anywhere in a step of the counter */
};

static uint32_t notifier_channel(const struct subject_info *info)
{
    for (uint32_t i = 0; i < info->channel_count; i++) {
        if (info->channels[i].direction == INFO_SENDS) return info->channels[i].channel;
    }
    guest_fail();
}

void guest_main(const struct subject_info *info)
{
    struct direct_sender instants;
    uint32_t channel = notifier_channel(info);

    if (!direct_sender_open(&instants, info, "instants")) guest_fail();
    for (uint64_t round = 0;; round++) {
        count_spend(NOTIFIER_PAUSE + round * NOTIFIER_ODD % NOTIFIER_PAUSE);
        struct counted counted = count_call(info->call, ABI_CALL_NOTIFY, channel, 0, 0);
        if (counted.status != ABI_OK) guest_fail();
        const uint64_t instant[2] = { counted.before, counted.after };
        direct_push(&instants, NOTIFIER_TYPE, instant, sizeof instant);
    }
}
