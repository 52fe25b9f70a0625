/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words of statements that could not be read. What such a statement would have declared is not missed elsewhere: one mistake of
 * form is one message.
 */
#pragma once

#include "language/arena.h"

#include <stdbool.h>

#define LOST_BUCKETS 1024u

struct lost_word { const char *text; size_t length; struct lost_word *next; };
struct lost { struct lost_word *buckets[LOST_BUCKETS]; bool any; };

/* Remembers the first `most` words in `size` bytes, which stay in use. */
void lost_add(struct arena *a, struct lost *l, const char *text, size_t size, size_t most);
/* Whether a message quotes one of them: `word`. */
bool lost_is_quoted(const struct lost *l, const char *message);
