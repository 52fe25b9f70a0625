/* SPDX-License-Identifier: Apache-2.0 */
/* Subject `flip`: has the plan switched in each third of its windows, to the second and back. */
#include "channels/abi.h"
#include "guest/call.h"
#include "guest/guest.h"

enum { EACH = 3 };

void guest_main(const struct subject_info *info)
{
    (void)info;
    for (uint64_t window = 0;; window++) {
        call_make(ABI_CALL_WAIT, 0, 0, 0);
        if (window % EACH == 0) call_make(ABI_CALL_OPERATE, window / EACH % 2, 0, 0);
    }
}
