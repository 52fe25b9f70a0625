/* SPDX-License-Identifier: Apache-2.0 */
/* Why a message passes or not: the verdict of the kernel's code, step by step, and what would have had to be otherwise. */
#pragma once

#include "compiler/judge.h"

/* The checks, in the order in which the kernel makes them. */
#define EXPLAIN_CHECKS(X)                                                                                                  \
    X(CHANNEL, "channel") X(TYPE, "type") X(LENGTH, "length") X(PADDING, "padding") X(FIELDS, "fields")                    \
    X(TYPE_WHERE, "type's where") X(GRANT, "grant") X(LABEL, "label") X(PLAN, "plan") X(WHERE, "where")                    \
    X(PROTOCOL, "protocol") X(RATE, "rate")
enum explain_check {
#define EXPLAIN_CHECK_ENUM(id, text) EXPLAIN_##id,
    EXPLAIN_CHECKS(EXPLAIN_CHECK_ENUM)
#undef EXPLAIN_CHECK_ENUM
    EXPLAIN_COUNT
};

struct explain_reason { const char *text; struct place at; };
typedef LIST(struct explain_reason) explain_reasons;

struct explanation {
    struct decide_verdict verdict;
    bool unjudged;                    /* nobody makes a verdict: a direct channel */
    const struct name *expects;       /* unjudged: the rule that says that such messages are expected; NULL: none does */
    const char *const *checks;        /* that are made, in the kernel's order */
    uint32_t check_count, failed;     /* failed == check_count: none */
    explain_reasons reasons;          /* why that check fails */
    const char *kind;                 /* what could allow it: "allow" or "privilege" */
    const struct name *nearest;       /* denied: the one that comes nearest to allowing it; NULL: the policy has none */
    explain_reasons nearest_reasons;  /* why it does not */
};

struct explain_question {
    const struct subject *subject;
    const struct message_text *message;
    const struct channel *channel;
};

/* Judges the question's message in the state that `j` has. */
void explain(struct judge *j, const struct explain_question *q, struct explanation *e);

/* ---- explain_direct.c ---- */
/* What the subject may do on a direct channel, and what nobody judges there. */
void explain_direct(struct judge *j, const struct subject *subject, const struct type *t, const struct direct *d,
                    struct explanation *e);

/* ---- explain_operation.c ---- */
/* The use of a privilege: over a subject or a plan, the other is NULL. */
struct explain_use {
    const struct subject *subject;
    enum privilege_kind kind;
    const struct subject *target;
    const struct plan *plan;
};

/* Whether the word is `switch`, `restart`, `stop` or `give`. */
bool explain_act(const char *word, enum privilege_kind *kind);

/* Judges the use in the state that `j` has. */
void explain_operation(struct judge *j, const struct explain_use *q, struct explanation *e);

/* Adds the rule, if it does not hold in the plan that runs. */
void explain_plans(const struct judge *j, const struct name *rule, const struct rule_body *body, explain_reasons *reasons);

/* ---- explain_cond.c ---- */
/* Adds why the condition, judged on the message, is not `wanted`. */
void explain_cond(const struct judge *j, const struct type *t, const struct cond *c, bool wanted, explain_reasons *reasons);
bool explain_cond_holds(const struct judge *j, const struct type *t, const struct cond *c);
/* "54600000 (91 deg)": a field's value in the message, also in the unit that its declaration uses. */
const char *explain_value(const struct judge *j, const struct type *t, const struct field *f);
/* Where the array ends in the message, and what is behind that is not zero. */
const char *explain_array(const struct judge *j, const struct type *t, const struct field *f);
/* What stands in the policy there, at most a line of it. */
const char *explain_source(const struct build *b, struct place at);
__attribute__((format(printf, 4, 5))) void explain_add(struct arena *a, explain_reasons *reasons, struct place at,
                                                       const char *format, ...);
