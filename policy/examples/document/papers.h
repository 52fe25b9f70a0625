/* SPDX-License-Identifier: Apache-2.0 */
/* What the three subjects agree on beside the policy. */
#pragma once

#include "document_channels.h"
#include "guest/large.h"

enum { PAPERS_LONGEST = 65536, PAPERS_CHUNK = sizeof((struct Chunk *)0)->data };

static_assert(DIGEST_SIZE == sizeof((struct Document *)0)->digest, "a document's digest is a digest");
