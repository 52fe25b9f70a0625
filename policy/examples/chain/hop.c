/* SPDX-License-Identifier: Apache-2.0 */
/* Subject `hop`: puts its stamp on each token, by adding 1 to its value, and passes it on. */
#include "channels/abi.h"
#include "guest/call.h"
#include "guest/guest.h"
#include "stage.h"
#include "chain.h"

void guest_main(const struct subject_info *info)
{
    static struct stage stage;
    struct Reading token;

    stage_open(&stage, info, "");
    for (;;) {
        while (stage_take(&stage.in, Reading_TYPE, &token, sizeof token)) {
            token.value++;
            stage_send(&stage.out, Reading_TYPE, Reading_VERSION, &token, sizeof token);
        }
        call_make(ABI_CALL_WAIT, 0, 0, 0);
    }
}
