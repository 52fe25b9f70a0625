/* SPDX-License-Identifier: Apache-2.0 */
/* See verify.h. */
#include "verify.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "audit/forwarder/syslog.h"
#include "chain.h"
#include "entry.h"

__attribute__((format(printf, 3, 4))) static void problem(struct verify *v, uint64_t line, const char *format, ...)
{
    va_list args;
    if (v->problem_count++ >= VERIFY_PROBLEMS) return;
    struct verify_problem *p = &v->problems[v->problem_count - 1];
    p->line = line;
    va_start(args, format);
    vsnprintf(p->text, sizeof p->text, format, args);
    va_end(args);
}

/* ---- a line against its record ---- */
static bool note(struct verify *v, uint64_t line, const char *what, enum catalogue_kind kind, uint32_t index, struct slice name,
                 struct slice place)
{
    const char *wrong = name.size == 0 ? NULL : names_note(&v->names, kind, index, name, place);
    if (wrong != NULL) problem(v, line, "the %s %s: `%.*s' for %u", what, wrong, (int)name.size, name.data, index);
    return wrong == NULL;
}

static bool note_names(struct verify *v, uint64_t line, const struct entry *e)
{
    const struct audit_record *r = &e->record;
    const struct slice none = { 0 };
    return note(v, line, "subject", CATALOGUE_SUBJECT, r->subject, e->subject, none) &&
           note(v, line, "channel", CATALOGUE_CHANNEL, r->channel, e->channel, none) &&
           note(v, line, "type", CATALOGUE_TYPE, r->type, e->type, none) &&
           note(v, line, "field", CATALOGUE_FIELD, r->field, e->field, none) &&
           note(v, line, "rule", CATALOGUE_RULE, r->rule, e->rule, e->place);
}

/* Where two texts differ first. */
static size_t first_difference(struct slice a, struct slice b)
{
    size_t i = 0;
    while (i < a.size && i < b.size && a.data[i] == b.data[i]) i++;
    return i;
}

static int shown(struct slice s, size_t from)
{
    return (int)(s.size - from < 40 ? s.size - from : 40);
}

/* Formats the record as the forwarder does; the line must read just so. */
static void check_text(struct verify *v, uint64_t line, const struct entry *e)
{
    struct catalogue catalogue = names_catalogue(&v->names);
    char buffer[SYSLOG_LINE_MAX];
    struct text text;
    text_start(&text, buffer, sizeof buffer);
    syslog_print_record(&text, &catalogue, &e->record);
    struct entry wanted = entry_parse((struct slice){ text.data, text.length - 1 });     /* without the line feed */
    if (e->priority != wanted.priority) {
        problem(v, line, "the line does not agree with its record: priority %lu, not %lu", e->priority, wanted.priority);
        return;
    }
    size_t at = first_difference(e->body, wanted.body);
    if (at == e->body.size && at == wanted.body.size) return;
    problem(v, line, "the line does not agree with its record: it reads `%.*s', the record `%.*s'", shown(e->body, at),
            e->body.data + at, shown(wanted.body, at), wanted.body.data + at);
}

static void add_record(struct verify *v, uint64_t line, const struct entry *e)
{
    uint32_t cpu = e->record.cpu;
    if (cpu >= IMAGE_MAX_CPUS || !v->rings[cpu].heads.known) {
        problem(v, line, "a record of CPU %u, of which the console knows no ring", cpu);
        return;
    }
    struct verify_ring *ring = &v->rings[cpu];
    if (ring->count == ring->room) {
        ring->room = ring->room * 2 + 256;
        ring->records = memory_resize(ring->records, ring->room, sizeof *ring->records);
    }
    ring->records[ring->count++] = (struct verify_record){ e->record, line, v->life };
}

static void read_line(struct verify *v, uint64_t number, struct slice line)
{
    if (line.size == 0) return;
    entry_cut_before_start(&line);
    struct entry e = entry_parse(line);
    switch (e.kind) {
    case ENTRY_RECORD:
        if (note_names(v, number, &e)) check_text(v, number, &e);
        add_record(v, number, &e);
        break;
    case ENTRY_START: v->life++; break;
    case ENTRY_REMARK: break;
    case ENTRY_DAMAGED: problem(v, number, "damaged line: %s", e.damage); break;
    }
}

/* ---- the order of a ring's records ---- */
static const struct verify_record *find_later(const struct verify_ring *ring, size_t from, uint64_t sequence)
{
    for (size_t i = from; i < ring->count; i++) {
        if (ring->records[i].record.sequence == sequence) return &ring->records[i];
    }
    return NULL;
}

/* Record `i` of the log should have been record `ring->length` of the ring. */
static void report_gap(struct verify *v, uint32_t cpu, const struct verify_ring *ring, size_t i)
{
    const struct verify_record *r = &ring->records[i], *later = find_later(ring, i + 1, ring->length);
    if (later != NULL) {
        problem(v, r->line, "lines out of order: record %lu of CPU %u stands before record %lu, which is line %lu",
                r->record.sequence, cpu, ring->length, later->line);
    } else if (r->record.sequence == ring->length + 1) {
        problem(v, r->line, "record %lu of CPU %u is missing before this line", ring->length, cpu);
    } else {
        problem(v, r->line, "records %lu to %lu of CPU %u are missing before this line", ring->length,
                r->record.sequence - 1, cpu);
    }
}

/* A record that came before: right if the forwarder has started again since and it is the same one. */
static bool check_repeat(struct verify *v, uint32_t cpu, const struct verify_record *r, bool again)
{
    const struct verify_ring *ring = &v->rings[cpu];
    const struct verify_record *first = &ring->records[ring->order[r->record.sequence]];
    if (again && memcmp(&first->record, &r->record, sizeof r->record) == 0) return true;
    problem(v, r->line, "record %lu of CPU %u stands here again, %s line %lu", r->record.sequence, cpu,
            again ? "other than in" : "after", first->line);
    return false;
}

/* Puts the ring's records in order; stops at the first that is out of it. */
static bool check_order(struct verify *v, uint32_t cpu)
{
    struct verify_ring *ring = &v->rings[cpu];
    uint32_t life = ring->count > 0 ? ring->records[0].life : 0;
    bool again = false;
    ring->order = memory_resize(NULL, ring->count + 1, sizeof *ring->order);
    for (size_t i = 0; i < ring->count; i++) {
        const struct verify_record *r = &ring->records[i];
        if (r->life != life) again = true;
        life = r->life;
        if (r->record.sequence > ring->length) {
            report_gap(v, cpu, ring, i);
            return false;
        }
        if (r->record.sequence < ring->length) {
            if (!check_repeat(v, cpu, r, again)) return false;
            continue;
        }
        again = false;
        ring->order[ring->length++] = i;
    }
    return true;
}

/* ---- a ring against its heads ---- */
static bool check_length(struct verify *v, uint32_t cpu)
{
    const struct verify_ring *ring = &v->rings[cpu];
    if (ring->length > ring->heads.written) {
        problem(v, 0, "the log has %lu records of CPU %u, the kernel wrote %lu", ring->length, cpu, ring->heads.written);
    } else if (ring->length < ring->heads.acked || ring->length == 0) {
        problem(v, 0, "the end is missing: the log has %lu records of CPU %u, the audit subject acknowledged %lu of %lu",
                ring->length, cpu, ring->heads.acked, ring->heads.written);
    } else {
        return true;
    }
    return false;
}

/* The first record of every ring names the policy; its chain begins with that name. */
static bool check_boot(struct verify *v, uint32_t cpu)
{
    const struct verify_ring *ring = &v->rings[cpu];
    const struct verify_record *first = &ring->records[ring->order[0]];
    static const uint8_t none[32];
    if (first->record.event != AUDIT_EVENT_BOOT || first->record.payload_length != sizeof v->policy_hash) {
        problem(v, first->line, "the first record of CPU %u is not that of the start", cpu);
        return false;
    }
    if (memcmp(v->policy_hash, none, sizeof none) == 0) memcpy(v->policy_hash, first->record.payload, sizeof v->policy_hash);
    if (memcmp(v->policy_hash, first->record.payload, sizeof v->policy_hash) == 0) return true;
    problem(v, first->line, "CPU %u recorded under another policy than %s", cpu, v->names.complete ? "the image's" : "CPU 0");
    return false;
}

static void check_chain(struct verify *v, uint32_t cpu)
{
    struct verify_ring *ring = &v->rings[cpu];
    bool last = false;
    struct chain chain;
    chain_start(&chain, v->policy_hash, cpu);
    for (uint32_t i = 0; i < ring->heads.anchor_count && ring->heads.anchors[i].records <= ring->length; i++) {
        const struct head *head = &ring->heads.anchors[i];
        for (; chain.records < head->records;) chain_add(&chain, &ring->records[ring->order[chain.records]].record);
        if (!chain_is(&chain, head->value)) {
            problem(v, 0, "the chain of CPU %u is broken: records %lu to %lu are not as the kernel wrote them", cpu,
                    ring->verified, head->records - 1);
            return;
        }
        ring->verified = head->records;
        last = head->records == ring->length;
    }
    if (!last) {
        problem(v, 0, "no head on the console covers the last records of CPU %u: %lu to %lu", cpu, ring->verified,
                ring->length - 1);
    }
}

bool verify_log(struct verify *v, const struct heads *heads, struct slice log)
{
    struct slice rest = log, line;
    uint64_t number = 0;
    for (uint32_t cpu = 0; cpu < IMAGE_MAX_CPUS; cpu++) v->rings[cpu] = (struct verify_ring){ .heads = heads[cpu] };
    if (v->names.complete) memcpy(v->policy_hash, v->names.policy_hash, sizeof v->policy_hash);
    while (input_line(&rest, &line, &number)) read_line(v, number, line);
    for (uint32_t cpu = 0; cpu < IMAGE_MAX_CPUS; cpu++) {
        if (!heads[cpu].known) continue;
        if (check_order(v, cpu) && check_length(v, cpu) && check_boot(v, cpu)) check_chain(v, cpu);
    }
    return v->problem_count == 0;
}

void verify_free(struct verify *v)
{
    for (uint32_t cpu = 0; cpu < IMAGE_MAX_CPUS; cpu++) {
        free(v->rings[cpu].records);
        free(v->rings[cpu].order);
    }
    names_free(&v->names);
}
