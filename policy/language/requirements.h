/* SPDX-License-Identifier: Apache-2.0 */
/* Which statements can meet requirements, `req "..."`: one list, for all who look at them. They change no flow. */
#pragma once

#include "language/model.h"

/* How it is shown that the statement holds. */
enum meeting_kind {
    MEETING_FLOW, MEETING_PRIVILEGE,  /* by a test of it */
    MEETING_NARROWS,                  /* by a test that is denied in its name */
    MEETING_UNJUDGED,                 /* by no test: a rule of a direct channel */
    MEETING_PROVED                    /* by the compiler, each time that it reads the policy */
};

struct meeting {
    enum meeting_kind kind;
    const char *word;                 /* that the statement begins with */
    const char *name;                 /* an assertion that has none: what it says */
    struct place at;
    const name_list *requirements;
    const struct allow *allow;        /* the rule, or what it narrows */
    const struct privilege *privilege;
};

typedef LIST(struct meeting) meeting_list;

/* Rules, orders and protocols; of assertions those that meet any. As they stand in the policy, kind by kind. */
void requirements_collect(const struct policy *p, meeting_list *all);

/* The requirements in the order of their bytes, "A, B"; "": none. */
const char *requirements_text(struct arena *a, const name_list *list);
