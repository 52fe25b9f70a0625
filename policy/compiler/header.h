/* SPDX-License-Identifier: Apache-2.0 */
/* The C header that guests include: message structures, validators with the meaning of the image's tables, numbers. */
#pragma once

#include "compiler/build.h"
#include "compiler/output.h"

/* After build_types() and build_flows(), which number the rules. */
void header_write(const struct build *b, struct text *out);
