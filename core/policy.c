/* SPDX-License-Identifier: Apache-2.0 */
/* The policy that runs: opened by start-up (start.c), const ever after. */
#include "core/compiler.h"
#include "core/core.h"

SEALED struct policy_tables core_policy_tables;
