/* SPDX-License-Identifier: Apache-2.0 */
/* Subject `low`: takes AIS sentences from the world and sends each position report up. */
#include "guest/guest.h"
#include "low_gateway.h"

void guest_main(const struct subject_info *info)
{
    static struct low low;

    low_open(&low, info);
    low_run(&low);
}
