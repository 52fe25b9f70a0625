/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sends a whole document over a channel, chunk by chunk, as fast as the rate allows; waits in between. Clerk and censor each
 * have a channel of their own for it, with the functions that are generated for it.
 */
#pragma once

#include "guest/call.h"
#include "papers.h"

typedef struct sender_result papers_first(struct sender *sender, const struct Document *document);
typedef struct sender_result papers_chunk(struct sender *sender, const struct Chunk *chunk);

/* A window's beginning ends the wait: on a CPU without windows, a dedicated one, nothing would. */
static inline void papers_wait(struct sender *out)
{
    while (sender_allowance(out) == 0) call_make(ABI_CALL_WAIT, 0, 0, 0);
}

/* `length` is 1 to PAPERS_LONGEST. What becomes of it the sender is not told. */
static inline void papers_send(struct sender *out, uint32_t transfer, const void *data, uint32_t length, papers_first *first,
                               papers_chunk *next)
{
    static struct large_sender sender;
    static struct Chunk chunk;
    struct Document document = { .transfer = transfer, .length = length };

    if (!large_begin(&sender, transfer, data, length, PAPERS_CHUNK)) return;
    for (uint32_t i = 0; i < DIGEST_SIZE; i++) document.digest[i] = sender.digest[i];
    papers_wait(out);
    first(out, &document);
    chunk.transfer = transfer;
    while (large_next(&sender, &chunk.number, chunk.data)) {
        papers_wait(out);
        next(out, &chunk);
    }
}
