/* SPDX-License-Identifier: Apache-2.0 */
/* Subject `twice`: once `sleeper` is up, raises its event in two windows, one soon after the other, and never again. */
#include "channels/abi.h"
#include "guest/call.h"
#include "guest/guest.h"

enum { TWICE_FIRST = 100, TWICE_SECOND = 105 };       /* windows */

void guest_main(const struct subject_info *info)
{
    for (uint32_t window = 0;; window++) {
        if (window == TWICE_FIRST || window == TWICE_SECOND) call_make(ABI_CALL_NOTIFY, info->channels[0].channel, 0, 0);
        call_make(ABI_CALL_WAIT, 0, 0, 0);
    }
}
