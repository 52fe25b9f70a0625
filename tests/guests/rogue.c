/* SPDX-License-Identifier: Apache-2.0 */
/* Subject `rogue`: asks in every window for what only others may, and says nothing. */
#include "channels/abi.h"
#include "guest/call.h"
#include "guest/guest.h"

enum { ROGUE_PRIVILEGES = 6 };        /* one more than the policy has */

void guest_main(const struct subject_info *info)
{
    (void)info;
    for (;;) {
        for (uint32_t i = 0; i < ROGUE_PRIVILEGES; i++) {
            if (call_make(ABI_CALL_OPERATE, i, 0, 0).status == ABI_OK) guest_fail();
        }
        call_make(ABI_CALL_WAIT, 0, 0, 0);
    }
}
