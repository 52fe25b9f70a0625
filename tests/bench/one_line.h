/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a verdict on channel, type and label would cost if the policy were laid out for it: a cache line for each channel holds
 * all that the verdict asks of the policy where the channel's first rule allows the message and its type has nothing to check.
 * The kernel has no such lines; this is what to hold decide() against. Verdicts are the same: what a line does not allow goes
 * the long way.
 */
#pragma once

#include "decide.h"

struct one_line {
    uint64_t header;                  /* type, version and length, as the message has them */
    uint32_t plans;                   /* in which plans it passes; 0: labels forbid it, or more than the line has decides */
    uint32_t rule;                    /* what an allowed message is reported by */
    uint64_t tolerance;               /* of the rule's pace */
    uint16_t sender, allow;
    uint8_t unused[36];
};
static_assert(sizeof(struct one_line) == 64, "a cache line");

/* The lines of all channels of the policy. */
void one_line_start(const struct policy_tables *policy, const struct decide_pace *paces, struct one_line *lines);

/* As decide(). */
void one_line_decide(const struct policy_tables *policy, const struct decide_state *state, const struct decide_request *request,
                     struct decide_verdict *verdict, const struct one_line *lines);
