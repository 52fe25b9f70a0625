/* SPDX-License-Identifier: Apache-2.0 */
/* The matrix itself: trace.c collects it, trace_write.c says it in four forms. */
#pragma once

#include "compiler/trace.h"
#include "language/requirements.h"

/* One expectation that concerns a statement. */
struct trace_test {
    const struct test *test;
    const struct test_step *step;
};

/* One statement. */
struct trace_row {
    const struct meeting *of;
    const char *file;                 /* as the root names it */
    uint32_t line;
    LIST(struct trace_test) tests;
};

/* One requirement that a statement meets. */
struct trace_pair {
    const char *requirement;          /* "": it names none */
    const struct trace_row *row;
    bool threatened;                  /* a threat names the requirement */
};

/* One line of the matrix. */
struct trace_entry {
    const struct threat *threat;      /* NULL: none names the requirement */
    const char *requirement;
    const struct trace_row *row;      /* NULL: nothing meets it; with the requirement "" the threat names none */
};

struct trace {
    const struct policy *policy;
    struct text *out;
    LIST(struct trace_row) rows;
    LIST(struct trace_pair) pairs;    /* by requirement, then as they stand in the policy */
    LIST(struct trace_entry) entries; /* by threat, then as the pairs */
    LIST(const struct threat) threats;/* by number */
};

/* Whether a test is missing that there could be. */
static inline bool trace_is_bare(const struct trace_row *row)
{
    return row->tests.count == 0 && row->of->kind != MEETING_UNJUDGED && row->of->kind != MEETING_PROVED;
}

/* The pairs of a requirement, from the first on; returns how many. */
uint32_t trace_find(const struct trace *t, const char *requirement, uint32_t *first);

/* Whether it names requirements, and each of them is met. */
bool trace_is_countered(const struct trace *t, const struct threat *threat);

void trace_write_text(const struct trace *t);
void trace_write_csv(const struct trace *t);
void trace_write_html(const struct trace *t);
void trace_write_json(const struct trace *t);
