/* SPDX-License-Identifier: Apache-2.0 */
/* The policy that runs: opened once by start-up, const ever after. */
#include "core/core.h"
#include "core/compiler.h"
#include "core/start.h"

static SEALED struct policy_tables policy;

void core_policy_open(const void *image)
{
    policy = policy_tables_open(image);
}

const struct policy_tables *core_policy(void)
{
    return &policy;
}
