/* SPDX-License-Identifier: Apache-2.0 */
/* Subject `triple`: shuts its processor down at once, in every life. */
#include "guest/guest.h"

void guest_main(const struct subject_info *info)
{
    (void)info;
    guest_fail();
}
