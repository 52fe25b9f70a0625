/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subject `filter`, the second stage: passes a measurement on only if it differs from the one before. It has a fault, planted
 * to show what happens then: at 666 degrees it crashes.
 */
#include "channels/abi.h"
#include "guest/call.h"
#include "guest/guest.h"
#include "stage.h"
#include "pipeline.h"

enum { FILTER_FAULT = 6660 };

void guest_main(const struct subject_info *info)
{
    static struct stage stage;
    struct Measured measured;
    int32_t last = INT32_MIN;         /* no measurement */

    stage_open(&stage, info, "");
    for (;;) {
        while (stage_take(&stage.in, Measured_TYPE, &measured, sizeof measured)) {
            if (!Measured_valid(&measured, sizeof measured) || measured.value == FILTER_FAULT) guest_fail();
            if (measured.value == last) continue;
            last = measured.value;
            struct Changed changed = { .number = measured.number, .value = last };
            stage_send(&stage.out, Changed_TYPE, Changed_VERSION, &changed, sizeof changed);
        }
        call_make(ABI_CALL_WAIT, 0, 0, 0);
    }
}
