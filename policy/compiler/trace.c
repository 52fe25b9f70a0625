/* SPDX-License-Identifier: Apache-2.0 */
/* The matrix of requirements, rules and tests: collected once, written in four forms. */
#include "compiler/trace.h"

#include <stdlib.h>
#include <string.h>

/* One expectation that concerns a rule. */
struct trace_test {
    const struct test *test;
    const struct test_step *step;
};

struct trace_row {
    const char *requirement;          /* "": the rule names none */
    const char *kind, *rule;
    struct place at;
    uint32_t line;
    bool unjudged;                    /* of a direct channel: there is no verdict that a test could show */
    LIST(struct trace_test) tests;
};

struct trace {
    const struct policy *policy;
    struct text *out;
    struct place counted;             /* lines are counted on from here, where `line` is */
    uint32_t line;
    LIST(struct trace_row) rows;
};

/* ---- collecting ---- */
/* `restrict` rules have a part in every verdict on their flow; what shows one is a verdict in its name. */
static bool concerns(const struct trace_row *row, const struct allow *flow, const struct privilege *privilege,
                     bool is_restrict, const struct test_step *s)
{
    if (privilege != NULL && (s->kind != TEST_OPERATE || s->privilege != privilege)) return false;
    if (flow != NULL && (s->kind != TEST_SEND || s->channel != flow->channel || s->message.type != flow->type)) return false;
    size_t length = strlen(row->rule);
    return !is_restrict || (strncmp(s->rule.text, row->rule, length) == 0 && strchr(".", s->rule.text[length]) != NULL);
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

/* Rules come mostly in the order of the text: each file is read about once, not once a rule. */
static uint32_t trace_line(struct trace *t, struct place at)
{
    if (at.file != t->counted.file || at.offset < t->counted.offset || t->line == 0) {
        t->counted = (struct place){ .file = at.file };
        t->line = 1;
    }
    const char *text = t->policy->sources.files.items[at.file]->text;
    for (uint32_t i = t->counted.offset; i < at.offset; i++) t->line += text[i] == '\n';
    t->counted.offset = at.offset;
    return t->line;
}

static void trace_add(struct trace *t, const char *kind, const struct name *name, const struct rule_body *body,
                      const struct allow *flow, const struct privilege *privilege, bool is_restrict)
{
    const struct test *test;
    const struct test_step *step;
    struct trace_row *row = LIST_NEW(t->policy->arena, &t->rows);
    *row = (struct trace_row){ .requirement = body->requirement.text != NULL ? body->requirement.text : "", .kind = kind,
                               .rule = name->text, .at = name->at, .line = trace_line(t, name->at) };
    row->unjudged = flow != NULL && flow->direct_at.length > 0;
    LIST_EACH(test, &t->policy->tests) {
        LIST_EACH(step, &test->steps) {
            if (concerns(row, flow, privilege, is_restrict, step)) row_add_test(t->policy->arena, row, test, step);
        }
    }
}

/* By requirement, rules without one at the end; then as they stand in the policy. */
static int row_order(const void *left, const void *right)
{
    const struct trace_row *a = *(struct trace_row *const *)left, *b = *(struct trace_row *const *)right;
    if ((*a->requirement == '\0') != (*b->requirement == '\0')) return *a->requirement == '\0' ? 1 : -1;
    int order = strcmp(a->requirement, b->requirement);
    if (order != 0) return order;
    if (a->at.file != b->at.file) return a->at.file < b->at.file ? -1 : 1;
    return a->at.offset < b->at.offset ? -1 : 1;
}

/* ---- writing ---- */
static const char *row_file(const struct trace *t, const struct trace_row *row)
{
    return t->policy->sources.files.items[row->at.file]->shown;
}

static const char unjudged_text[] = "nobody judges what passes here, so no test can show it: its receiver checks by itself";

/* Whether a test is missing that there could be. */
static bool row_is_bare(const struct trace_row *row)
{
    return row->tests.count == 0 && !row->unjudged;
}

static const char *verdict(const struct test_step *s)
{
    return s->expects_allow ? "allow" : "deny";
}

static void write_text(const struct trace *t)
{
    const struct trace_row *row;
    const struct trace_test *test;
    const char *last = NULL;
    uint32_t bare = 0, unjudged = 0;
    LIST_EACH(row, &t->rows) {
        if (last == NULL || strcmp(last, row->requirement) != 0) {
            text_add_clean(t->out, *row->requirement != '\0' ? row->requirement : "(no requirement)");
            text_add(t->out, "\n");
        }
        last = row->requirement;
        text_add(t->out, "  %s %s (%s:%u)\n", row->kind, row->rule, row_file(t, row), row->line);
        LIST_EACH(test, &row->tests) {
            text_add(t->out, "    %-5s by %s: ", verdict(test->step), test->step->rule.text);
            text_add_clean(t->out, test->test->title.text);
            text_add(t->out, "\n");
        }
        bare += row_is_bare(row);
        unjudged += row->unjudged;
        if (row_is_bare(row)) text_add(t->out, "    no test\n");
        if (row->unjudged) text_add(t->out, "    %s\n", unjudged_text);
    }
    text_add(t->out, "%u rule%s, %u without a test", t->rows.count, t->rows.count == 1 ? "" : "s", bare);
    if (unjudged > 0) text_add(t->out, ", %u of direct channels, which no test can show", unjudged);
    text_add(t->out, "\n");
}

/* A spreadsheet takes a cell that begins with one of these for a formula. */
static void csv_cell(struct text *out, const char *string)
{
    text_add(out, "\"%s", strchr("=+-@", *string) != NULL && *string != '\0' ? "'" : "");
    for (const char *c = string; *c != '\0'; c++) text_add(out, *c == '"' ? "\"\"" : "%c", *c);
    text_add(out, "\"");
}

static void csv_row(const struct trace *t, const struct trace_row *row, const struct trace_test *test)
{
    csv_cell(t->out, row->requirement);
    text_add(t->out, ",%s,%s,", row->kind, row->rule);
    csv_cell(t->out, row_file(t, row));
    text_add(t->out, ",%u,", row->line);
    csv_cell(t->out, test != NULL ? test->test->title.text : "");
    text_add(t->out, ",%s,%s\r\n", test != NULL ? verdict(test->step) : row->unjudged ? "not judged" : "",
             test != NULL ? test->step->rule.text : "");
}

static void write_csv(const struct trace *t)
{
    const struct trace_row *row;
    const struct trace_test *test;
    text_add(t->out, "requirement,kind,rule,file,line,test,verdict,by\r\n");
    LIST_EACH(row, &t->rows) {
        LIST_EACH(test, &row->tests) csv_row(t, row, test);
        if (row->tests.count == 0) csv_row(t, row, NULL);
    }
}

static void html_text(struct text *out, const char *string)
{
    for (const char *c = string; *c != '\0'; c++) {
        if (strchr("<>&\"'", *c) != NULL)
            text_add(out, "&#%d;", *c);
        else
            text_add(out, "%c", *c);
    }
}

static void write_html(const struct trace *t)
{
    const struct trace_row *row;
    const struct trace_test *test;
    text_add(t->out,
             "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\">\n"
             "<title>%s: requirements, rules, tests</title>\n"
             "<style>body { font-family: sans-serif } table { border-collapse: collapse }\n"
             "td, th { border: 1px solid #999; padding: 0.3em 0.6em; text-align: left; vertical-align: top }\n"
             ".bare { background: #fdd }</style></head>\n<body>\n<h1>%s, version %u: requirements, rules, tests</h1>\n"
             "<table>\n<tr><th>Requirement</th><th>Rule</th><th>Where</th><th>Tests</th></tr>\n",
             t->policy->system.text, t->policy->system.text, (unsigned)t->policy->version.number);
    LIST_EACH(row, &t->rows) {
        text_add(t->out, "<tr%s><td>", row_is_bare(row) ? " class=\"bare\"" : "");
        html_text(t->out, row->requirement);
        text_add(t->out, "</td><td>%s %s</td><td>", row->kind, row->rule);
        html_text(t->out, row_file(t, row));
        text_add(t->out, ":%u</td><td>%s", row->line, row->unjudged ? unjudged_text : row_is_bare(row) ? "no test" : "");
        LIST_EACH(test, &row->tests) {
            text_add(t->out, "%s%s by %s: ", test_at > 0 ? "<br>" : "", verdict(test->step), test->step->rule.text);
            html_text(t->out, test->test->title.text);
        }
        text_add(t->out, "</td></tr>\n");
    }
    text_add(t->out, "</table>\n</body>\n</html>\n");
}

static void write_json(const struct trace *t)
{
    const struct trace_row *row;
    const struct trace_test *test;
    text_add(t->out, "{ \"rules\": [");
    LIST_EACH(row, &t->rows) {
        text_add(t->out, "%s\n  { \"requirement\": ", row_at > 0 ? "," : "");
        text_add_json(t->out, row->requirement);
        text_add(t->out, ", \"kind\": \"%s\", \"rule\": \"%s\", \"file\": ", row->kind, row->rule);
        text_add_json(t->out, t->policy->sources.files.items[row->at.file]->path);
        text_add(t->out, ", \"line\": %u, \"judged\": %s, \"tests\": [", row->line, row->unjudged ? "false" : "true");
        LIST_EACH(test, &row->tests) {
            text_add(t->out, "%s{ \"test\": ", test_at > 0 ? ", " : "");
            text_add_json(t->out, test->test->title.text);
            text_add(t->out, ", \"verdict\": \"%s\", \"by\": \"%s\" }", verdict(test->step), test->step->rule.text);
        }
        text_add(t->out, "] }");
    }
    text_add(t->out, "\n] }\n");
}

void trace_write(const struct policy *p, enum trace_form form, struct text *out)
{
    static void (*const writers[])(const struct trace *t) = {
        [TRACE_TEXT] = write_text, [TRACE_CSV] = write_csv, [TRACE_HTML] = write_html, [TRACE_JSON] = write_json,
    };
    struct trace t = { .policy = p, .out = out };
    const struct allow *a;
    const struct restrict_rule *r;
    const struct privilege *v;
    LIST_EACH(a, &p->allows) trace_add(&t, "allow", &a->name, &a->body, a, NULL, false);
    LIST_EACH(a, &p->direct_allows) trace_add(&t, "direct", &a->name, &a->body, a, NULL, false);
    LIST_EACH(r, &p->restricts) trace_add(&t, "restrict", &r->name, &r->body, r->allow, r->privilege, true);
    LIST_EACH(v, &p->privileges) trace_add(&t, "privilege", &v->name, &v->body, NULL, v, false);
    if (t.rows.count > 1) qsort(t.rows.items, t.rows.count, sizeof *t.rows.items, row_order);
    writers[form](&t);
}
