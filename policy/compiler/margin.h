/* SPDX-License-Identifier: Apache-2.0 */
/* How much time the kernel keeps ahead of each window's end, for what it has begun by then. */
#pragma once

#include "policy/tables.h"

/*
 * Ticks, one for each instruction: the longest message that the policy allows to be sent, judged to its end, and the way to
 * the next window behind it; at least IMAGE_MARGIN_LEAST. If `channel` is not null: on which channel that message is;
 * IMAGE_NONE: none is longer than the kernel's own work.
 */
uint64_t margin_ticks(const struct policy_tables *t, uint32_t *channel);
