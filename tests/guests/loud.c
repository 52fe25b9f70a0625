/* SPDX-License-Identifier: Apache-2.0 */
/* Subject `loud`: if its parameter says so, calls that are refused on ever new grounds, which fills its share of the audit. */
#include "channels/abi.h"
#include "guest/call.h"
#include "guest/guest.h"

enum { GROUNDS = 0x400 };

void guest_main(const struct subject_info *info)
{
    for (uint32_t i = 0;; i++) {
        if (info->params[0] != 0) call_make(ABI_CALL_COUNT + i % GROUNDS, i, 0, 0);
    }
}
