/* SPDX-License-Identifier: Apache-2.0 */
/* See report.h. Names and problems hold bytes of the log: they are cleaned before they reach a terminal. */
#include "report.h"
#include <stdlib.h>
#include <string.h>

/* How often an event happened under a rule; equal events that share a record count each. */
struct count {
    uint32_t event, rule;
    uint64_t count;
};

static const char *const event_names[] = {
#define EVENT_NAME(id, name, severity) name,
    AUDIT_EVENTS(EVENT_NAME)
#undef EVENT_NAME
};

static const char *event_name(uint32_t event)
{
    return event < AUDIT_EVENT_COUNT ? event_names[event] : "unknown";
}

static int compare(const void *a, const void *b)
{
    const struct count *x = a, *y = b;
    if (x->event != y->event) return x->event < y->event ? -1 : 1;
    return (x->rule > y->rule) - (x->rule < y->rule);
}

/* Sums up all records that are in order; returns how many sums there are. The caller frees them. */
static size_t sum_up(const struct verify *v, struct count **counts)
{
    size_t total = 0, used = 0, merged = 0;
    for (uint32_t cpu = 0; cpu < IMAGE_MAX_CPUS; cpu++) total += v->rings[cpu].length;
    struct count *c = memory_resize(NULL, total + 1, sizeof *c);
    for (uint32_t cpu = 0; cpu < IMAGE_MAX_CPUS; cpu++) {
        const struct verify_ring *ring = &v->rings[cpu];
        for (uint64_t i = 0; i < ring->length; i++) {
            const struct audit_record *r = &ring->records[ring->order[i]].record;
            c[used++] = (struct count){ r->event, r->rule, r->count };
        }
    }
    qsort(c, used, sizeof *c, compare);
    for (size_t i = 0; i < used; i++) {
        if (merged > 0 && compare(&c[merged - 1], &c[i]) == 0) c[merged - 1].count += c[i].count;
        else c[merged++] = c[i];
    }
    *counts = c;
    return merged;
}

/* The rule's name as the log has it, "none" for none, "#7" for one that has no name. */
static void name_rule(const struct verify *v, uint32_t rule, char *to, size_t size)
{
    struct catalogue catalogue = names_catalogue(&v->names);
    const struct catalogue_entry *e = catalogue_find(&catalogue, CATALOGUE_RULE, rule);
    if (rule == IMAGE_RULE_NONE) snprintf(to, size, "none");
    else if (e == NULL) snprintf(to, size, "#%u", rule);
    else snprintf(to, size, "%s", e->name);
}

static void print_hash(FILE *to, const uint8_t hash[32])
{
    for (uint32_t i = 0; i < 32; i++) fprintf(to, "%02x", hash[i]);
}

static struct slice slice_of(const char *text)
{
    return (struct slice){ text, strlen(text) };
}

/* ---- text ---- */
static void print_ring(FILE *to, uint32_t cpu, const struct verify_ring *r)
{
    fprintf(to, "CPU %u: %lu records in the log, %lu of them verified; %lu written, %lu acknowledged, %lu lost\n", cpu,
            r->length, r->verified, r->heads.written, r->heads.acked, r->heads.lost);
    if (r->length < r->heads.written) {
        fprintf(to, "CPU %u: %lu records came after the log's end\n", cpu, r->heads.written - r->length);
    }
}

static void print_counts(FILE *to, const struct verify *v)
{
    struct count *counts;
    size_t n = sum_up(v, &counts);
    for (size_t i = 0; i < n; i++) {
        char rule[80];
        name_rule(v, counts[i].rule, rule, sizeof rule);
        fprintf(to, "%10lu  %-10s ", counts[i].count, event_name(counts[i].event));
        slice_print(to, slice_of(rule));
        fputc('\n', to);
    }
    free(counts);
}

static void print_problems(FILE *to, const struct verify *v)
{
    for (uint32_t i = 0; i < v->problem_count && i < VERIFY_PROBLEMS; i++) {
        const struct verify_problem *p = &v->problems[i];
        if (p->line != 0) fprintf(to, "line %lu: ", p->line);
        slice_print(to, slice_of(p->text));
        fputc('\n', to);
    }
    if (v->problem_count > VERIFY_PROBLEMS) fprintf(to, "and %u more\n", v->problem_count - VERIFY_PROBLEMS);
}

void report_text(FILE *to, const struct verify *v)
{
    fprintf(to, "policy ");
    print_hash(to, v->policy_hash);
    fputc('\n', to);
    for (uint32_t cpu = 0; cpu < IMAGE_MAX_CPUS; cpu++) {
        if (v->rings[cpu].heads.known) print_ring(to, cpu, &v->rings[cpu]);
    }
    print_counts(to, v);
    print_problems(to, v);
    if (!v->names.complete) fprintf(to, "names were not compared with an image: give --image\n");
    fprintf(to, v->problem_count == 0 ? "verified\n" : "NOT VERIFIED\n");
}

/* ---- JSON ---- */
static void json_string(FILE *to, const char *text)
{
    fputc('"', to);
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\') fputc('\\', to);
        fputc(*text >= ' ' && *text <= '~' ? *text : '?', to);
    }
    fputc('"', to);
}

static void json_rings(FILE *to, const struct verify *v)
{
    const char *comma = "";
    fprintf(to, "\"rings\":[");
    for (uint32_t cpu = 0; cpu < IMAGE_MAX_CPUS; cpu++) {
        const struct verify_ring *r = &v->rings[cpu];
        if (!r->heads.known) continue;
        fprintf(to, "%s{\"cpu\":%u,\"records\":%lu,\"written\":%lu,\"acked\":%lu,\"lost\":%lu,", comma, cpu, r->length,
                r->heads.written, r->heads.acked, r->heads.lost);
        fprintf(to, "\"verified_records\":%lu}", r->verified);
        comma = ",";
    }
    fprintf(to, "],");
}

static void json_counts(FILE *to, const struct verify *v)
{
    struct count *counts;
    size_t n = sum_up(v, &counts);
    fprintf(to, "\"counts\":[");
    for (size_t i = 0; i < n; i++) {
        char rule[80];
        name_rule(v, counts[i].rule, rule, sizeof rule);
        fprintf(to, "%s{\"event\":\"%s\",\"rule\":", i > 0 ? "," : "", event_name(counts[i].event));
        json_string(to, rule);
        fprintf(to, ",\"count\":%lu}", counts[i].count);
    }
    fprintf(to, "],");
    free(counts);
}

static void json_problems(FILE *to, const struct verify *v)
{
    fprintf(to, "\"problem_count\":%u,\"problems\":[", v->problem_count);
    for (uint32_t i = 0; i < v->problem_count && i < VERIFY_PROBLEMS; i++) {
        fprintf(to, "%s{\"line\":%lu,\"text\":", i > 0 ? "," : "", v->problems[i].line);
        json_string(to, v->problems[i].text);
        fputc('}', to);
    }
    fputc(']', to);
}

void report_json(FILE *to, const struct verify *v)
{
    fprintf(to, "{\"verified\":%s,\"policy\":\"", v->problem_count == 0 ? "true" : "false");
    print_hash(to, v->policy_hash);
    fprintf(to, "\",\"names_checked\":%s,", v->names.complete ? "true" : "false");
    json_rings(to, v);
    json_counts(to, v);
    json_problems(to, v);
    fprintf(to, "}\n");
}
