/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subject `sink`: takes whatever comes on its channels, so that inboxes do not fill, and says nothing. One that
 * has a parameter gives the rest of its windows away instead of waiting, by the privilege of that number.
 */
#include "channels/abi.h"
#include "guest/call.h"
#include "guest/guest.h"
#include "guest/receiver.h"

static void sink_empty(struct receiver *receiver)
{
    struct message_header header;
    uint8_t payload[1];

    while (receiver_take(receiver, &header, payload, sizeof payload)) continue;
    receiver_free(receiver);
}

void guest_main(const struct subject_info *info)
{
    static struct receiver receivers[INFO_MAX_CHANNELS];
    uint32_t count = 0;

    for (uint32_t i = 0; i < info->channel_count && i < INFO_MAX_CHANNELS; i++) {
        if (info->channels[i].direction != INFO_RECEIVES) continue;
        if (receiver_open(&receivers[count], info, info->channels[i].name)) count++;
    }
    for (;;) {
        for (uint32_t i = 0; i < count; i++) sink_empty(&receivers[i]);
        if (info->param_count > 0) call_make(ABI_CALL_OPERATE, (uint64_t)info->params[0], 0, 0);
        else call_make(ABI_CALL_WAIT, 0, 0, 0);
    }
}
