/* SPDX-License-Identifier: Apache-2.0 */
/* Pieces of `bulkhead explain`: the state that the question is asked in. The command line is untrusted as any source is. */
#pragma once

#include "compiler/command.h"
#include "compiler/judge.h"
#include "language/parser.h"

/* Reports what stands behind the end. */
void command_need_end(struct parser *p);

/* `PROTOCOL=STATE[:REGISTER],...`; of an order also `ORDER=held` or `ORDER=free`. */
void command_read_states(struct policy *p, struct judge *j, const char *word);
