/* SPDX-License-Identifier: Apache-2.0 */
/* Looking up channels by name in the info page. */
#include "guest/guest.h"
#include "guest/memory.h"

const struct info_channel *guest_find_channel(const struct subject_info *info, const char *name, enum info_direction direction)
{
    for (uint32_t i = 0; i < info->channel_count && i < INFO_MAX_CHANNELS; i++) {
        const struct info_channel *channel = &info->channels[i];
        if (channel->direction == direction && strncmp(channel->name, name, sizeof channel->name) == 0) return channel;
    }
    return 0;
}
