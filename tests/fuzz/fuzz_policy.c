/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policy compiler on arbitrary text: reading, all checks, diagnostics, and, for a policy without errors, its tables, its
 * own tests, header, catalogue, trace, why each message of its tests passes or not, and what the commands that compare and draw
 * make of it. One input holds several files: the root, then each further one behind a line "@@ NAME".
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "compiler/compare.h"
#include "compiler/explain.h"
#include "compiler/header.h"
#include "compiler/picture.h"
#include "compiler/policy_tests.h"
#include "compiler/trace.h"
#include "language/paths.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *input;
static size_t input_size;

/* The bytes behind the line "@@ NAME", up to the next such line. A relative NAME is looked for without its directories. */
static char *read_section(struct arena *a, const char *path, size_t *size)
{
    const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path, *end = input + input_size;
    bool found = strcmp(path, "root.policy") == 0;
    const char *first = input;
    for (const char *line = input; line < end;) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        size_t length = stop != NULL ? (size_t)(stop - line) : (size_t)(end - line);
        if (length > 3 && memcmp(line, "@@ ", 3) == 0) {
            if (found) {
                *size = (size_t)(line - first);
                return arena_copy_text(a, first, *size);
            }
            found = length - 3 == strlen(name) && memcmp(line + 3, name, length - 3) == 0;
            first = line + length + (stop != NULL);
        }
        line += length + 1;
    }
    if (!found) {
        errno = ENOENT;
        return NULL;
    }
    *size = (size_t)(end - first);
    return arena_copy_text(a, first, *size);
}

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
    policy_tests_run(&b, NULL);
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
    input = (const char *)data;
    input_size = size;
    policy_read(&p, &memory, "root.policy", read_section);
    if (p.diag.errors == 0) use(&p);
    diag_print(&p.diag, nowhere);
    diag_print_json(&p.diag, nowhere);
    arena_release(&memory);
    return 0;
}
