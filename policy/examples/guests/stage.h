/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stage of a line: messages come in on one channel and go out on another. Channels are found by place: the first that the
 * subject receives on belongs with the first that it sends on, the second with the second; the policy's order decides.
 *
 * The monitor has judged what comes in. If it is of another type or size all the same, the monitor is broken and the subject
 * fails.
 */
#ifndef EXAMPLES_STAGE_H
#define EXAMPLES_STAGE_H

#include <stdbool.h>
#include "guest/receiver.h"
#include "guest/sender.h"

struct stage {
    struct receiver in;
    struct sender out;
};

/* Opens the subject's channel at that place among those of its direction; the subject fails if it has none there. */
void stage_open_in(struct receiver *in, const struct subject_info *info, uint32_t place);
void stage_open_out(struct sender *out, const struct subject_info *info, uint32_t place);

/* Both ends of one way through the subject. */
void stage_open(struct stage *stage, const struct subject_info *info, uint32_t place);

/* Takes the next message, of `size` bytes. False if there is none. */
bool stage_take(struct receiver *in, uint16_t type, void *message, uint32_t size);

/* Sends one message as soon as the rate allows; waits until then. What becomes of it, the sender does not look at. */
void stage_send(struct sender *out, uint16_t type, uint16_t version, const void *message, uint32_t size);

#endif
