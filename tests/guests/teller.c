/* SPDX-License-Identifier: Apache-2.0 */
/* Subject `teller`: writes its numbers on the direct channel `beams`, some each window. No channel of it is judged. */
#include "channels/abi.h"
#include "guest/call.h"
#include "guest/direct.h"
#include "guest/guest.h"

enum { TELLER_TYPE = 0, TELLER_EACH_WINDOW = 40 };

void guest_main(const struct subject_info *info)
{
    struct direct_sender sender;

    if (!direct_sender_open(&sender, info, "beams")) return;
    for (;;) {
        for (uint32_t i = 0; i < TELLER_EACH_WINDOW; i++) {
            const uint32_t tick[2] = { (uint32_t)direct_number(&sender.ring), 0 };
            direct_push(&sender, TELLER_TYPE, tick, sizeof tick);
        }
        call_make(ABI_CALL_SEND, 0, 0, 1);      /* there is nothing to send on by the kernel: denied */
        call_make(ABI_CALL_WAIT, 0, 0, 0);
    }
}
