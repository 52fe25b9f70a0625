/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policy compiler on arbitrary text: reading, all checks, diagnostics, and, for a policy without errors, its tables, its
 * own tests, header, catalogue, trace, why each message of its tests passes or not, and what the commands that compare and draw
 * make of it. The input holds several files: sections.h.
 */
#include <stdlib.h>
#include "compiler/compare.h"
#include "compiler/explain.h"
#include "compiler/header.h"
#include "compiler/picture.h"
#include "compiler/policy_tests.h"
#include "compiler/trace.h"
#include "language/paths.h"
#include "sections.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The privilege, of the one who uses it and of its object; in the last plan. */
static void explain_uses(struct judge *j, const struct test_step *s)
{
    struct explanation e;
    const struct privilege *v = s->privilege;
    struct explain_use use = { s->actor, v->kind, v->target, v->plan };
    j->plan = j->build->policy->plans.count - 1;
    explain_operation(j, &use, &e);
    if (v->target != NULL) use.subject = v->target;
    explain_operation(j, &use, &e);
    j->plan = 0;
}

static void explain_tests(struct build *b)
{
    struct judge j;
    struct explanation e;
    const struct test *t;
    const struct test_step *s;
    judge_open(&j, b);
    LIST_EACH(t, &b->policy->tests) {
        LIST_EACH(s, &t->steps) {
            struct explain_question q = { s->actor, &s->message, s->channel };
            if (s->kind == TEST_SEND) explain(&j, &q, &e);
            if (s->kind == TEST_OPERATE) explain_uses(&j, s);
        }
    }
}

/* What a policy means equals what it means; pictures and paths of it end. */
static void answer(struct policy *p)
{
    struct changes changes;
    struct picture picture;
    struct graph graph;
    struct path_search search;
    struct text text = { .arena = p->arena };
    compare_policies(&changes, p, p);
    if (changes.all.count > 0) abort();
    picture_build(&picture, p);
    picture_dot(&picture, &text);
    if (picture_arrange(&picture)) {
        picture_place(&picture);
        picture_svg(&picture, &text);
    }
    graph_build(&graph, p);
    path_start(&search, &graph, 0, graph.nodes.count - 1, false, 1000);
    while (path_next(&search)) {}
}

static void use(struct policy *p)
{
    struct build b;
    struct text header = { .arena = p->arena };
    build_start(&b, p);
    build_types(&b);
    build_flows(&b);
    build_subjects(&b);
    if (p->diag.errors > 0) return;
    policy_tests_run(&b);
    header_write(&b, &header);
    build_catalogue(&b);
    explain_tests(&b);
    for (unsigned form = TRACE_TEXT; form <= TRACE_JSON; form++) trace_write(p, (enum trace_form)form, &header);
    answer(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static FILE *nowhere;
    struct arena memory = { 0 };
    struct policy p;
    if (nowhere == NULL) nowhere = fopen("/dev/null", "w");
    sections_start((const char *)data, size, "root.policy");
    policy_read(&p, &memory, "root.policy", sections_read);
    if (p.diag.errors == 0) use(&p);
    diag_print(&p.diag, nowhere);
    diag_print_json(&p.diag, nowhere);
    arena_release(&memory);
    return 0;
}
