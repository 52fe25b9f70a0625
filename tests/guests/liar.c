/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subject `liar`: fills its audit reservation with refused calls, each of another kind, then shuts its processor down. That it
 * stopped must be on record all the same.
 */
#include "guest/call.h"
#include "guest/guest.h"

enum { LIAR_CALLS = 5000, LIAR_FIRST_CALL = 1000 };

void guest_main(const struct subject_info *info)
{
    (void)info;
    for (uint32_t i = 0; i < LIAR_CALLS; i++) call_make(LIAR_FIRST_CALL + i, 0, 0, 0);
    guest_fail();
}
