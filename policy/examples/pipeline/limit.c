/* SPDX-License-Identifier: Apache-2.0 */
/* Subject `limit`, the third stage: brings each value into the range that the plant can stand. */
#include "channels/abi.h"
#include "guest/call.h"
#include "guest/guest.h"
#include "stage.h"
#include "pipeline.h"

enum { LIMIT_LEAST = -400, LIMIT_MOST = 850 };

static int32_t limit_value(int32_t value)
{
    if (value < LIMIT_LEAST) return LIMIT_LEAST;
    return value > LIMIT_MOST ? LIMIT_MOST : value;
}

void guest_main(const struct subject_info *info)
{
    static struct stage stage;
    struct Changed changed;

    stage_open(&stage, info, "");
    for (;;) {
        while (stage_take(&stage.in, Changed_TYPE, &changed, sizeof changed)) {
            if (!Changed_valid(&changed, sizeof changed)) guest_fail();
            struct Limited limited = { .number = changed.number, .value = limit_value(changed.value) };
            stage_send(&stage.out, Limited_TYPE, Limited_VERSION, &limited, sizeof limited);
        }
        call_make(ABI_CALL_WAIT, 0, 0, 0);
    }
}
