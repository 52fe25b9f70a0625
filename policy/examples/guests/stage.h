/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stage of a line: messages come in on one channel and go out on another. Channels are found by how their names end, so that
 * one program can be several subjects: "_up" is that of `a_up` and of `b_up`, "" that of any name.
 *
 * The monitor has judged what comes in. If it is of another type or size all the same, the monitor is broken and the subject
 * fails.
 */
#pragma once

#include <stdbool.h>
#include "guest/receiver.h"
#include "guest/sender.h"

struct stage {
    struct receiver in;
    struct sender out;
};

/* Opens the subject's channel of that direction whose name ends so, the first by name; the subject fails if it has none. */
void stage_open_in(struct receiver *in, const struct subject_info *info, const char *end);
void stage_open_out(struct sender *out, const struct subject_info *info, const char *end);
/* Whether it sends on one. */
bool stage_sends(const struct subject_info *info, const char *end);

/* Both ends of one way through the subject. */
void stage_open(struct stage *stage, const struct subject_info *info, const char *end);

/* Takes the next message, of `size` bytes. False if there is none. */
bool stage_take(struct receiver *in, uint16_t type, void *message, uint32_t size);

/* Sends one message as soon as the rate allows; waits until then. What becomes of it, the sender does not look at. */
void stage_send(struct sender *out, uint16_t type, uint16_t version, const void *message, uint32_t size);
