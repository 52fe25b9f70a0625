/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The C headers that guests include: SYSTEM.h has message structures, validators with the meaning of the image's tables, and
 * numbers, and includes nothing but standard headers; SYSTEM_channels.h has typed functions over the guest library.
 */
#pragma once

#include "compiler/build.h"
#include "compiler/output.h"

/* After build_types() and build_flows(), which number the rules. */
void header_write(const struct build *b, struct text *out);
void header_channels_write(const struct build *b, struct text *out);

/* Whether a type has other bytes on the wire than in the guest: then there are NAME_decode() and NAME_encode(). */
bool header_swaps(const struct type *t);
/* The macro that keeps the header of that name from being read twice. */
const char *header_guard(struct arena *a, const char *name);
