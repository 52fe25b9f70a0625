/* SPDX-License-Identifier: Apache-2.0 */
/* Collecting the matrix of threats, requirements, statements and tests. */
#include "compiler/trace_matrix.h"

#include <stdlib.h>
#include <string.h>

/* ---- statements and their tests ---- */
/* What narrows has a part in every verdict on its flow; what shows it is a verdict in its name. */
static bool concerns(const struct meeting *m, const struct test_step *s)
{
    if (m->kind == MEETING_PROVED || m->kind == MEETING_UNJUDGED) return false;
    if (m->privilege != NULL && (s->kind != TEST_OPERATE || s->privilege != m->privilege)) return false;
    const struct allow *flow = m->allow;
    if (flow != NULL && (s->kind != TEST_SEND || s->channel != flow->channel || s->message.type != flow->type)) return false;
    if (m->kind != MEETING_NARROWS) return true;
    size_t length = strlen(m->name);
    return s->rule.text != NULL && strncmp(s->rule.text, m->name, length) == 0 && strchr(".", s->rule.text[length]) != NULL;
}

/* A test that shows the same of a rule twice shows it once. */
static void row_add_test(struct arena *a, struct trace_row *row, const struct test *test, const struct test_step *step)
{
    const struct trace_test *other;
    LIST_EACH(other, &row->tests) {
        if (other->test == test && other->step->expects_allow == step->expects_allow &&
            strcmp(other->step->rule.text, step->rule.text) == 0)
            return;
    }
    *LIST_NEW(a, &row->tests) = (struct trace_test){ test, step };
}

static void row_add(struct trace *t, const struct meeting *m)
{
    const struct test *test;
    const struct test_step *step;
    const struct sources *sources = &t->policy->sources;
    struct arena *a = t->policy->arena;
    struct trace_row *row = LIST_NEW(a, &t->rows);
    *row = (struct trace_row){ .of = m, .file = sources->files.items[m->at.file]->shown,
                               .line = source_line_number(sources, m->at) };
    LIST_EACH(test, &t->policy->tests) {
        LIST_EACH(step, &test->steps) {
            if (concerns(m, step)) row_add_test(a, row, test, step);
        }
    }
    const struct name *n;
    LIST_EACH(n, m->requirements) *LIST_NEW(a, &t->pairs) = (struct trace_pair){ .requirement = n->text, .row = row };
    if (m->requirements->count == 0) *LIST_NEW(a, &t->pairs) = (struct trace_pair){ .requirement = "", .row = row };
}

/* ---- order ---- */
/* Statements without one come at the end. */
static int requirement_order(const char *a, const char *b)
{
    if ((*a == '\0') != (*b == '\0')) return *a == '\0' ? 1 : -1;
    return strcmp(a, b);
}

static int pair_order(const void *left, const void *right)
{
    const struct trace_pair *a = *(struct trace_pair *const *)left, *b = *(struct trace_pair *const *)right;
    int order = requirement_order(a->requirement, b->requirement);
    return order != 0 ? order : place_compare(a->row->of->at, b->row->of->at);
}

static int threat_order(const void *left, const void *right)
{
    return strcmp((*(const struct threat *const *)left)->name.text, (*(const struct threat *const *)right)->name.text);
}

uint32_t trace_find(const struct trace *t, const char *requirement, uint32_t *first)
{
    uint32_t low = 0, high = t->pairs.count, count = 0;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (requirement_order(t->pairs.items[middle]->requirement, requirement) < 0) low = middle + 1;
        else high = middle;
    }
    *first = low;
    while (low + count < t->pairs.count && strcmp(t->pairs.items[low + count]->requirement, requirement) == 0) count++;
    return count;
}

/* ---- threats ---- */
bool trace_is_countered(const struct trace *t, const struct threat *threat)
{
    const struct name *n;
    uint32_t first;
    LIST_EACH(n, &threat->countered_by) {
        if (trace_find(t, n->text, &first) == 0) return false;
    }
    return threat->countered_by.count > 0;
}

static void entry_add(struct trace *t, const struct threat *threat, const char *requirement, const struct trace_row *row)
{
    *LIST_NEW(t->policy->arena, &t->entries) = (struct trace_entry){ threat, requirement, row };
}

static void threat_add(struct trace *t, const struct threat *threat)
{
    const struct name *n;
    uint32_t first;
    if (threat->countered_by.count == 0) entry_add(t, threat, "", NULL);
    LIST_EACH(n, &threat->countered_by) {
        uint32_t count = trace_find(t, n->text, &first);
        if (count == 0) entry_add(t, threat, n->text, NULL);
        for (uint32_t i = first; i < first + count; i++) {
            t->pairs.items[i]->threatened = true;
            entry_add(t, threat, n->text, t->pairs.items[i]->row);
        }
    }
}

static bool threats_add(struct trace *t)
{
    const struct threat *threat;
    const struct trace_pair *pair;
    bool all = true;
    LIST_EACH(threat, &t->policy->threats) LIST_ADD(t->policy->arena, &t->threats, threat);
    if (t->threats.count > 1) qsort(t->threats.items, t->threats.count, sizeof *t->threats.items, threat_order);
    LIST_EACH(threat, &t->threats) {
        threat_add(t, threat);
        all &= trace_is_countered(t, threat);
    }
    LIST_EACH(pair, &t->pairs) {
        if (!pair->threatened) entry_add(t, NULL, pair->requirement, pair->row);
    }
    return all;
}

bool trace_write(const struct policy *p, enum trace_form form, struct text *out)
{
    static void (*const writers[])(const struct trace *t) = {
        [TRACE_TEXT] = trace_write_text, [TRACE_CSV] = trace_write_csv,
        [TRACE_HTML] = trace_write_html, [TRACE_JSON] = trace_write_json,
    };
    struct trace t = { .policy = p, .out = out };
    meeting_list all = { 0 };
    const struct meeting *m;
    requirements_collect(p, &all);
    LIST_EACH(m, &all) row_add(&t, m);
    if (t.pairs.count > 1) qsort(t.pairs.items, t.pairs.count, sizeof *t.pairs.items, pair_order);
    bool countered = threats_add(&t);
    writers[form](&t);
    return countered;
}
