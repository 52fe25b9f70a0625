/* SPDX-License-Identifier: Apache-2.0 */
/* Collecting and printing diagnostics. What is quoted from a policy is untrusted: no control character reaches the terminal. */
#include "language/diag.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define DIAG_TEXT_MAX 512
#define DIAG_COMPLAINT_MAX 8192       /* a path has 4096 bytes at most */
#define DIAG_LINE_MAX 200u            /* longer source lines are not shown */

static const char *diag_format(struct diag *d, const char *format, va_list arguments)
{
    char text[DIAG_TEXT_MAX];
    vsnprintf(text, sizeof text, format, arguments);
    return arena_copy_text(d->arena, text, strlen(text));
}

/* A rule that a role has for several holders is checked for each: what is wrong with it is said once. */
static bool diag_is_said(const struct diag *d, enum diag_code code, struct place at, const char *text)
{
    const struct diag_message *m;
    LIST_EACH(m, &d->messages) {
        if (m->code == code && m->at.file == at.file && m->at.offset == at.offset && strcmp(m->text, text) == 0) return true;
    }
    return false;
}

/* What an unread statement or file would have said is not missed: the first message of the chain is enough. */
static bool diag_follows(const struct diag *d, enum diag_code code, const char *text)
{
    switch (code) {
    case BH_NAME_UNKNOWN:
    case BH_FIELD_UNKNOWN:
    case BH_LABEL_PART: return d->is_incomplete || lost_is_quoted(&d->lost_names, text);
    case BH_PLATFORM:
    case BH_PLAN_MISSING:
    case BH_CHANNEL_UNUSED:
    case BH_LABEL:
    case BH_WIRE:
    case BH_AUDIT:
    case BH_MEASURE: return d->is_incomplete || lost_is_quoted(&d->lost_words, text);
    default: return false;
    }
}

void diag_lose(struct diag *d, struct place at)
{
    if (at.file >= d->sources->files.count) return;
    const char *text = d->sources->files.items[at.file]->text + at.offset;
    static const char *const lists[] = { "labels", "categories", "integrity" };
    bool names_only = false;
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        names_only |= at.length > strlen(lists[i]) && strncmp(text, lists[i], strlen(lists[i])) == 0;
    lost_add(d->arena, &d->lost_names, text, at.length, names_only ? at.length : 2);      /* KEYWORD NAME, or NAME : */
    lost_add(d->arena, &d->lost_words, text, at.length, at.length);
}

/* Such an error is said of a policy that is clear in itself. */
static bool diag_judges(enum diag_code code)
{
    bool proof = code >= BH_NEVER && code <= BH_BACKPRESSURE;
    return proof || code == BH_RESTRICT_CLOSES || code == BH_EVERYTHING || code == BH_TEST_FAILED;
}

static void diag_add(struct diag *d, enum diag_severity severity, enum diag_code code, struct place at, const char *format,
                     va_list arguments)
{
    uint32_t *counter = severity == DIAG_ERROR ? &d->errors : &d->warnings;
    d->last = NULL;
    const char *text = diag_format(d, format, arguments);
    if (diag_is_said(d, code, at, text)) return;
    ++*counter;
    if (severity == DIAG_ERROR && diag_judges(code)) d->judgements++;
    if (diag_follows(d, code, text)) {
        d->followed[severity]++;
        return;
    }
    if (d->messages.count >= DIAG_MAX) return;
    d->last = LIST_NEW(d->arena, &d->messages);
    *d->last = (struct diag_message){ .severity = severity, .code = code, .at = at, .order = d->messages.count };
    d->last->text = text;
}

void diag_error(struct diag *d, enum diag_code code, struct place at, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    diag_add(d, DIAG_ERROR, code, at, format, arguments);
    va_end(arguments);
}

void diag_warn(struct diag *d, enum diag_code code, struct place at, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    diag_add(d, DIAG_WARNING, code, at, format, arguments);
    va_end(arguments);
}

void diag_note(struct diag *d, struct place at, const char *format, ...)
{
    if (d->last == NULL) return;
    va_list arguments;
    va_start(arguments, format);
    struct diag_note *note = LIST_NEW(d->arena, &d->last->notes);
    note->at = at;
    note->text = diag_format(d, format, arguments);
    va_end(arguments);
}

static uint32_t diag_all(const struct diag *d)
{
    return d->errors + d->warnings - d->followed[DIAG_ERROR] - d->followed[DIAG_WARNING];
}

bool diag_is_whole(const struct diag *d)
{
    return d->errors == d->judgements;
}

bool diag_is_cut(const struct diag *d)
{
    return diag_all(d) > d->messages.count;
}

static int diag_order(const void *left, const void *right)
{
    const struct diag_message *a = *(struct diag_message *const *)left, *b = *(struct diag_message *const *)right;
    int order = place_compare(a->at, b->at);
    return order != 0 ? order : a->order < b->order ? -1 : 1;
}

static void diag_sort(struct diag *d)
{
    if (d->messages.count > 1) qsort(d->messages.items, d->messages.count, sizeof *d->messages.items, diag_order);
}

/* ---- text ---- */
static void diag_print_clean(const char *text, size_t length, FILE *out)
{
    for (size_t i = 0; i < length; i++) {
        size_t hidden = source_hidden(text + i, length - i), whole = source_character(text + i, length - i);
        if (hidden > 0 || whole == 0 || text[i] == '\n')
            fputc('?', out);
        else
            fwrite(text + i, 1, whole, out);
        i += hidden > 0 ? hidden - 1 : whole > 0 ? whole - 1 : 0;
    }
}

void diag_print_text(const char *text, FILE *out)
{
    diag_print_clean(text, strlen(text), out);
}

void diag_complain(const char *format, ...)
{
    char text[DIAG_COMPLAINT_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    fputs("bulkhead: ", stderr);
    diag_print_text(text, stderr);
    fputc('\n', stderr);
}

static void diag_print_place(const struct diag *d, struct place at, FILE *out)
{
    if (at.file >= d->sources->files.count) return;
    struct source_position where = source_position(d->sources, at);
    fprintf(out, "%s:%u:%u: ", d->sources->files.items[at.file]->shown, where.line, where.column);
}

static void diag_print_source(const struct diag *d, struct place at, FILE *out)
{
    size_t length;
    const char *line = source_line(d->sources, at, &length);
    if (at.file >= d->sources->files.count || length > DIAG_LINE_MAX) return;
    fprintf(out, "%5u | ", source_line_number(d->sources, at));
    diag_print_clean(line, length, out);
    fputs("\n      | ", out);
    size_t start = at.offset - (size_t)(line - d->sources->files.items[at.file]->text);
    for (size_t i = 0; i < start && i < length; i++) {
        if ((line[i] & 0xc0) != 0x80) fputc(line[i] == '\t' ? '\t' : ' ', out);
    }
    fputc('^', out);
    for (size_t i = start + 1; i < start + at.length && i < length; i++) {
        if ((line[i] & 0xc0) != 0x80) fputc('~', out);
    }
    fputc('\n', out);
}

static void diag_print_message(const struct diag *d, const struct diag_message *m, FILE *out)
{
    const struct diag_note *note;
    diag_print_place(d, m->at, out);
    fputs(m->severity == DIAG_ERROR ? "error: " : "warning: ", out);
    diag_print_text(m->text, out);
    fprintf(out, " [BH%04d]\n", (int)m->code);
    diag_print_source(d, m->at, out);
    LIST_EACH(note, &m->notes) {
        diag_print_place(d, note->at, out);
        fputs("note: ", out);
        diag_print_text(note->text, out);
        fputc('\n', out);
        diag_print_source(d, note->at, out);
    }
}

void diag_print(struct diag *d, FILE *out)
{
    const struct diag_message *m;
    diag_sort(d);
    LIST_EACH(m, &d->messages) diag_print_message(d, m, out);
    if (diag_is_cut(d)) fprintf(out, "note: %u more not shown\n", diag_all(d) - d->messages.count);
}

/* ---- JSON ---- */
void diag_json_text(const char *text, FILE *out)
{
    size_t left = strlen(text);
    fputc('"', out);
    while (left > 0) {
        size_t length = source_character(text, left);
        if (*text == '"' || *text == '\\')
            fprintf(out, "\\%c", *text);
        else if (length == 0)
            fputs("\\ufffd", out);            /* paths may be any bytes */
        else if (length == 1 && ((unsigned char)*text < ' ' || *text == 0x7f))
            fprintf(out, "\\u%04x", (unsigned)*text);
        else
            fwrite(text, 1, length, out);
        length += length == 0;
        text += length;
        left -= length;
    }
    fputc('"', out);
}

static void diag_json_place(const struct diag *d, struct place at, FILE *out)
{
    if (at.file >= d->sources->files.count) return;
    struct source_position where = source_position(d->sources, at);
    fputs("\"file\": ", out);
    diag_json_text(d->sources->files.items[at.file]->path, out);
    fprintf(out, ", \"line\": %u, \"column\": %u, ", where.line, where.column);
}

static void diag_json_message(const struct diag *d, const struct diag_message *m, FILE *out)
{
    const struct diag_note *note;
    fputs("{ ", out);
    diag_json_place(d, m->at, out);
    fprintf(out, "\"severity\": \"%s\", \"code\": \"BH%04d\", \"message\": ", m->severity == DIAG_ERROR ? "error" : "warning",
            (int)m->code);
    diag_json_text(m->text, out);
    fputs(", \"notes\": [", out);
    LIST_EACH(note, &m->notes) {
        fputs(note_at == 0 ? "{ " : ", { ", out);
        diag_json_place(d, note->at, out);
        fputs("\"message\": ", out);
        diag_json_text(note->text, out);
        fputs(" }", out);
    }
    fputs("] }", out);
}

void diag_print_json_members(struct diag *const *all, uint32_t count, FILE *out)
{
    const struct diag_message *m;
    uint32_t errors = 0, warnings = 0, printed = 0;
    for (uint32_t i = 0; i < count; i++) {
        diag_sort(all[i]);
        errors += all[i]->errors - all[i]->followed[DIAG_ERROR];
        warnings += all[i]->warnings - all[i]->followed[DIAG_WARNING];
    }
    fprintf(out, "\"errors\": %u, \"warnings\": %u, \"messages\": [", errors, warnings);
    for (uint32_t i = 0; i < count; i++) {
        LIST_EACH(m, &all[i]->messages) {
            fputs(printed++ == 0 ? "\n  " : ",\n  ", out);
            diag_json_message(all[i], m, out);
        }
    }
    fputs(printed == 0 ? "]" : "\n]", out);
}

void diag_print_json(struct diag *d, FILE *out)
{
    fputs("{ ", out);
    diag_print_json_members(&d, 1, out);
    fputs(" }\n", out);
}
