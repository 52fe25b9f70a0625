/* SPDX-License-Identifier: Apache-2.0 */
/* Subject `ping`: raises the event of each channel that it may send on, once a window. */
#include "channels/abi.h"
#include "guest/call.h"
#include "guest/guest.h"

void guest_main(const struct subject_info *info)
{
    for (;;) {
        for (uint32_t i = 0; i < info->channel_count; i++) {
            if (info->channels[i].direction == INFO_SENDS) call_make(ABI_CALL_NOTIFY, info->channels[i].channel, 0, 0);
        }
        call_make(ABI_CALL_WAIT, 0, 0, 0);
    }
}
