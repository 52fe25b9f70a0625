/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Message types as a DFDL 1.0 schema (OGF GFD.240), which is an XML Schema with annotations: so that other guards' tools read
 * the same messages by the same rules. Each type becomes a global element of its name, for a payload without its header.
 */
#pragma once

#include "compiler/output.h"
#include "language/model.h"

typedef LIST(struct type) dfdl_types;

/* Of a checked policy without errors. */
void dfdl_write(const struct policy *p, const dfdl_types *types, struct text *out);
