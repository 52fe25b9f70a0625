/* SPDX-License-Identifier: Apache-2.0 */
/* The matrix as text, CSV, HTML and JSON. */
#include "compiler/trace_matrix.h"

#include <string.h>

static const char unjudged_text[] = "nobody judges what passes here, so no test can show it: its receiver checks by itself";
static const char proved_text[] = "proved by the compiler";

static const char *verdict(const struct test_step *s)
{
    return s->expects_allow ? "allow" : "deny";
}

/* How it is shown where no test does. */
static const char *row_shown(const struct trace_row *row)
{
    if (row->of->kind == MEETING_PROVED) return proved_text;
    return row->of->kind == MEETING_UNJUDGED ? unjudged_text : trace_is_bare(row) ? "no test" : NULL;
}

/* What is said of an entry without a statement. */
static const char *entry_lacks(const struct trace_entry *e)
{
    return *e->requirement == '\0' ? "nothing counters it" : "nothing meets it";
}

/* ---- text ---- */
static void text_heading(const struct trace *t, int indent, const char *first, const char *second)
{
    text_add(t->out, "%*s", indent, "");
    text_add_clean(t->out, first);
    if (second != NULL) text_add(t->out, ": ");
    if (second != NULL) text_add_clean(t->out, second);
    text_add(t->out, "\n");
}

static void text_row(const struct trace *t, int indent, const struct trace_row *row)
{
    const struct trace_test *test;
    const char *shown = row_shown(row);
    text_add(t->out, "%*s%s %s (%s:%u)\n", indent, "", row->of->word, row->of->name, row->file, row->line);
    LIST_EACH(test, &row->tests) {
        text_add(t->out, "%*s%-5s by %s: ", indent + 2, "", verdict(test->step), test->step->rule.text);
        text_add_clean(t->out, test->test->title.text);
        text_add(t->out, "\n");
    }
    if (shown != NULL) text_add(t->out, "%*s%s\n", indent + 2, "", shown);
}

static void text_counts(const struct trace *t)
{
    const struct trace_row *row;
    const struct threat *threat;
    uint32_t bare = 0, unjudged = 0, proved = 0, open = 0;
    LIST_EACH(row, &t->rows) {
        bare += trace_is_bare(row);
        unjudged += row->of->kind == MEETING_UNJUDGED;
        proved += row->of->kind == MEETING_PROVED;
    }
    LIST_EACH(threat, &t->threats) open += !trace_is_countered(t, threat);
    uint32_t rules = t->rows.count - proved;
    text_add(t->out, "%u rule%s, %u without a test", rules, rules == 1 ? "" : "s", bare);
    if (unjudged > 0) text_add(t->out, ", %u of direct channels, which no test can show", unjudged);
    if (proved > 0) text_add(t->out, "; %u assertion%s, proved", proved, proved == 1 ? "" : "s");
    if (t->threats.count > 0)
        text_add(t->out, "; %u threat%s, %u not countered", t->threats.count, t->threats.count == 1 ? "" : "s", open);
    text_add(t->out, "\n");
}

void trace_write_text(const struct trace *t)
{
    const struct trace_entry *e, *last = NULL;
    int indent = t->threats.count > 0 ? 2 : 0;
    LIST_EACH(e, &t->entries) {
        bool other = last == NULL || last->threat != e->threat;
        if (indent > 0 && other)
            text_heading(t, 0, e->threat != NULL ? e->threat->name.text : "(no threat)",
                         e->threat != NULL ? e->threat->text.text : NULL);
        bool none = *e->requirement == '\0';
        if (other || strcmp(last->requirement, e->requirement) != 0)
            text_heading(t, indent, !none ? e->requirement : e->row != NULL ? "(no requirement)" : entry_lacks(e), NULL);
        if (e->row != NULL) text_row(t, indent + 2, e->row);
        else if (!none) text_heading(t, indent + 2, entry_lacks(e), NULL);
        last = e;
    }
    text_counts(t);
}

/* ---- CSV ---- */
/* A spreadsheet takes a cell that begins with one of these for a formula. */
static void csv_cell(struct text *out, const char *string)
{
    text_add(out, "\"%s", strchr("=+-@", *string) != NULL && *string != '\0' ? "'" : "");
    for (const char *c = string; *c != '\0'; c++) text_add(out, *c == '"' ? "\"\"" : "%c", *c);
    text_add(out, "\"");
}

static void csv_entry(const struct trace *t, const struct trace_entry *e)
{
    csv_cell(t->out, e->threat != NULL ? e->threat->name.text : "");
    text_add(t->out, ",");
    csv_cell(t->out, e->requirement);
    if (e->row == NULL) {
        text_add(t->out, ",,,,,,%s,\r\n", *e->requirement == '\0' ? "not countered" : "not met");
        return;
    }
    text_add(t->out, ",%s,", e->row->of->word);
    csv_cell(t->out, e->row->of->name);
    text_add(t->out, ",");
    csv_cell(t->out, e->row->file);
    text_add(t->out, ",%u,", e->row->line);
}

void trace_write_csv(const struct trace *t)
{
    const struct trace_entry *e;
    const struct trace_test *test;
    text_add(t->out, "threat,requirement,kind,rule,file,line,test,verdict,by\r\n");
    LIST_EACH(e, &t->entries) {
        if (e->row == NULL || e->row->tests.count == 0) csv_entry(t, e);
        if (e->row == NULL) continue;
        LIST_EACH(test, &e->row->tests) {
            csv_entry(t, e);
            csv_cell(t->out, test->test->title.text);
            text_add(t->out, ",%s,%s\r\n", verdict(test->step), test->step->rule.text);
        }
        enum meeting_kind kind = e->row->of->kind;
        const char *shown = kind == MEETING_PROVED ? "proved" : kind == MEETING_UNJUDGED ? "not judged" : "";
        if (e->row->tests.count == 0) text_add(t->out, "\"\",%s,\r\n", shown);
    }
}

/* ---- HTML ---- */
static void html_text(struct text *out, const char *string)
{
    for (const char *c = string; *c != '\0'; c++) {
        if (strchr("<>&\"'", *c) != NULL)
            text_add(out, "&#%d;", *c);
        else
            text_add(out, "%c", *c);
    }
}

static void html_row(const struct trace *t, const struct trace_row *row)
{
    const struct trace_test *test;
    text_add(t->out, "%s ", row->of->word);
    html_text(t->out, row->of->name);
    text_add(t->out, "</td><td>");
    html_text(t->out, row->file);
    text_add(t->out, ":%u</td><td>%s", row->line, row_shown(row) != NULL ? row_shown(row) : "");
    LIST_EACH(test, &row->tests) {
        text_add(t->out, "%s%s by %s: ", test_at > 0 ? "<br>" : "", verdict(test->step), test->step->rule.text);
        html_text(t->out, test->test->title.text);
    }
}

static void html_entry(const struct trace *t, const struct trace_entry *e)
{
    text_add(t->out, "<tr%s><td>", e->row == NULL || trace_is_bare(e->row) ? " class=\"bare\"" : "");
    if (t->threats.count > 0) {
        if (e->threat != NULL) html_text(t->out, e->threat->name.text);
        if (e->threat != NULL) text_add(t->out, ": ");
        if (e->threat != NULL) html_text(t->out, e->threat->text.text);
        text_add(t->out, "</td><td>");
    }
    html_text(t->out, e->requirement);
    text_add(t->out, "</td><td>");
    if (e->row != NULL) html_row(t, e->row);
    else text_add(t->out, "%s</td><td></td><td>", entry_lacks(e));
    text_add(t->out, "</td></tr>\n");
}

void trace_write_html(const struct trace *t)
{
    const struct trace_entry *e;
    const char *system = t->policy->system.text, *what = t->threats.count > 0 ? "threats, requirements, rules, tests" :
                                                         "requirements, rules, tests";
    text_add(t->out,
             "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\">\n<title>%s: %s</title>\n"
             "<style>body { font-family: sans-serif } table { border-collapse: collapse }\n"
             "td, th { border: 1px solid #999; padding: 0.3em 0.6em; text-align: left; vertical-align: top }\n"
             ".bare { background: #fdd }</style></head>\n<body>\n<h1>%s, version %u: %s</h1>\n"
             "<table>\n<tr>%s<th>Requirement</th><th>Rule</th><th>Where</th><th>Tests</th></tr>\n",
             system, what, system, (unsigned)t->policy->version.number, what, t->threats.count > 0 ? "<th>Threat</th>" : "");
    LIST_EACH(e, &t->entries) html_entry(t, e);
    text_add(t->out, "</table>\n</body>\n</html>\n");
}

/* ---- JSON ---- */
static void json_threat(const struct trace *t, const struct threat *threat)
{
    const struct name *n;
    uint32_t first, unmet = 0;
    text_add(t->out, "{ \"threat\": ");
    text_add_json(t->out, threat->name.text);
    text_add(t->out, ", \"text\": ");
    text_add_json(t->out, threat->text.text);
    text_add(t->out, ", \"countered\": %s, \"countered_by\": [", trace_is_countered(t, threat) ? "true" : "false");
    LIST_EACH(n, &threat->countered_by) {
        text_add(t->out, n_at > 0 ? ", " : "");
        text_add_json(t->out, n->text);
    }
    text_add(t->out, "], \"unmet\": [");
    LIST_EACH(n, &threat->countered_by) {
        if (trace_find(t, n->text, &first) > 0) continue;
        text_add(t->out, unmet++ > 0 ? ", " : "");
        text_add_json(t->out, n->text);
    }
    text_add(t->out, "] }");
}

static void json_pair(const struct trace *t, const struct trace_pair *pair)
{
    const struct trace_test *test;
    const struct meeting *m = pair->row->of;
    text_add(t->out, "{ \"requirement\": ");
    text_add_json(t->out, pair->requirement);
    text_add(t->out, ", \"kind\": \"%s\", \"rule\": ", m->word);
    text_add_json(t->out, m->name);
    text_add(t->out, ", \"file\": ");
    text_add_json(t->out, t->policy->sources.files.items[m->at.file]->path);
    text_add(t->out, ", \"line\": %u, \"judged\": %s, \"proved\": %s, \"tests\": [", pair->row->line,
             m->kind == MEETING_UNJUDGED || m->kind == MEETING_PROVED ? "false" : "true",
             m->kind == MEETING_PROVED ? "true" : "false");
    LIST_EACH(test, &pair->row->tests) {
        text_add(t->out, "%s{ \"test\": ", test_at > 0 ? ", " : "");
        text_add_json(t->out, test->test->title.text);
        text_add(t->out, ", \"verdict\": \"%s\", \"by\": \"%s\" }", verdict(test->step), test->step->rule.text);
    }
    text_add(t->out, "] }");
}

void trace_write_json(const struct trace *t)
{
    const struct threat *threat;
    const struct trace_pair *pair;
    text_add(t->out, "{ \"threats\": [");
    LIST_EACH(threat, &t->threats) {
        text_add(t->out, "%s\n  ", threat_at > 0 ? "," : "");
        json_threat(t, threat);
    }
    text_add(t->out, "%s],\n  \"rules\": [", t->threats.count > 0 ? "\n" : "");
    LIST_EACH(pair, &t->pairs) {
        text_add(t->out, "%s\n  ", pair_at > 0 ? "," : "");
        json_pair(t, pair);
    }
    text_add(t->out, "\n] }\n");
}
