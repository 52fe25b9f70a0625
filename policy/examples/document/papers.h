/* SPDX-License-Identifier: Apache-2.0 */
/* What the three subjects agree on beside the policy. */
#pragma once

#include "document_channels.h"
#include "guest/large.h"

enum { PAPERS_LONGEST = 65536, PAPERS_CHUNK = sizeof((struct Chunk *)0)->data };

static_assert(DIGEST_SIZE == sizeof((struct Document *)0)->digest, "a document's digest is a digest");

/* One message of a transfer, of `type`, which is at both pointers: they are the union of what a channel carries. */
static inline enum large_result papers_take(struct large_receiver *held, uint32_t type, const struct Document *first,
                                            const struct Chunk *chunk)
{
    if (type == Document_TYPE) return large_receive_first(held, first->transfer, first->length, first->digest);
    return large_receive_chunk(held, chunk->transfer, chunk->number, chunk->data, sizeof chunk->data);
}
