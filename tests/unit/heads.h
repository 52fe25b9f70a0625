/* SPDX-License-Identifier: Apache-2.0 */
/* The heads that the audit prints at its close, against the chain of what has been read, by mbedTLS. */
#pragma once

#include "audited.h"

/* The console's line with this beginning; of several, after so many others. */
const char *console_line(const char *prefix, uint32_t nth);

/* The line's head is that of the first `records` of the log. */
void expect_head(const char *prefix, uint32_t nth, uint32_t cpu, uint64_t records);

/* Reads what the close has sealed behind the log's end, so that the last head can be replayed. */
void read_rest(uint32_t cpu);
