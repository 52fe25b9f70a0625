/* SPDX-License-Identifier: Apache-2.0 */
/* Verdicts of the kernel's own code on the tables that the compiler wrote: what policy tests and `explain` ask. */
#pragma once

#include "compiler/build.h"
#include "decide.h"

#define JUDGE_TSC_KHZ 1000000u        /* a clock of 1 GHz */

struct judge {
    struct build *build;
    struct policy_tables tables;
    struct decide_state state;
    struct decide_message *message;   /* the one that is judged next */
    uint64_t now;
    uint32_t plan;                    /* the plan that runs */
};

/* `b` has types, flows and subjects. */
void judge_open(struct judge *j, struct build *b);

/* The initial state: protocols in their first states, rates with all their tokens. */
void judge_reset(struct judge *j);

/* The message that a test or a person writes down. */
void judge_make_message(struct decide_message *m, const struct message_text *text);

/* The verdict on j->message; nothing changes. */
struct decide_verdict judge_decide(const struct judge *j, uint32_t subject, uint32_t channel);

/* The verdict on the use of a privilege; nothing changes. */
struct decide_verdict judge_operation(const struct judge *j, uint32_t subject, uint32_t operation);

/* A rule's name; where it stands, or PLACE_NOWHERE for a built-in one. */
const char *judge_rule_name(const struct build *b, uint32_t rule);
/* The name of what decided; of joined orders, that of the one that denies. */
const char *judge_verdict_name(const struct judge *j, const struct decide_verdict *v);
struct place judge_verdict_place(const struct judge *j, const struct decide_verdict *v);
/* The role by whose rule the message is granted, whatever denies it then; NULL: none. */
const char *judge_role(const struct judge *j, const struct decide_verdict *v);
/* The order that denies, or NULL; the rule that it denies. */
const struct order *judge_order(const struct judge *j, const struct decide_verdict *v, const struct allow **denied);
struct place judge_rule_place(const struct build *b, uint32_t rule);
