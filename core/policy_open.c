/* SPDX-License-Identifier: Apache-2.0 */
/* Opening the policy's tables. Start-up code, erased before the first subject runs. */
#include "core/start.h"

void core_policy_open(const void *image)
{
    core_policy_tables = policy_tables_open(image);
}
