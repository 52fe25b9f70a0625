/* SPDX-License-Identifier: Apache-2.0 */
/* `expand`: a sorted line for each thing that a policy means, to be kept beside it and reviewed when one changes. */
#include "compiler/command.h"
#include "compiler/expand.h"
#include "compiler/signature.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define EXPAND_SHOWN 20u /* stale lines */
#define EXPAND_MAX_SIZE ((size_t)SOURCE_MAX_FILES * SOURCE_MAX_SIZE) /* of what is kept: as much as a policy can have */

struct lines {
    const char **items, **sorted;
    uint32_t count;
};

/* ---- --check ---- */
static int line_order(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static struct lines split(struct arena *a, char *text)
{
    struct lines l = { 0 };
    uint32_t most = 1;
    for (const char *c = text; *c != '\0'; c++) most += *c == '\n';
    l.items = arena_take(a, most * sizeof *l.items);
    l.sorted = arena_take(a, most * sizeof *l.sorted);
    while (*text != '\0') {
        char *line = text, *end = text + strcspn(text, "\n");
        text = end + (*end != '\0');
        *end = '\0';
        l.items[l.count++] = line;
    }
    memcpy(l.sorted, l.items, l.count * sizeof *l.items);
    qsort(l.sorted, l.count, sizeof *l.sorted, line_order);
    return l;
}

static bool lines_have(const struct lines *l, const char *line)
{
    return l->count > 0 && bsearch(&line, l->sorted, l->count, sizeof *l->sorted, line_order) != NULL;
}

static uint32_t print_missing(const struct lines *from, const struct lines *in, char mark)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < from->count; i++) {
        if (lines_have(in, from->items[i]) || ++count > EXPAND_SHOWN) continue;
        fprintf(stderr, "%c ", mark);
        diag_print_text(from->items[i], stderr);
        fputc('\n', stderr);
    }
    if (count > EXPAND_SHOWN) fprintf(stderr, "%c ... and %u more\n", mark, count - EXPAND_SHOWN);
    return count;
}

static uint32_t json_missing(const struct lines *from, const struct lines *in, const char *member)
{
    uint32_t count = 0;
    printf("\"%s\": [", member);
    for (uint32_t i = 0; i < from->count; i++) {
        if (lines_have(in, from->items[i])) continue;
        printf("%s\n  ", count++ > 0 ? "," : "");
        diag_json_text(from->items[i], stdout);
    }
    printf("]");
    return count;
}

/* The first line that is there twice, or not in its place, where no line is missing; NULL: all are as they should be. */
static const char *misplaced(const struct lines *old_lines, const struct lines *new_lines)
{
    for (uint32_t i = 0; i < old_lines->count; i++) {
        if (i >= new_lines->count || strcmp(old_lines->items[i], new_lines->items[i]) != 0) return old_lines->items[i];
    }
    return NULL;
}

/* `ends`: the old text's last line does. */
static uint32_t compare_places(const struct lines *old_lines, const struct lines *new_lines, bool ends, bool json)
{
    const char *line = misplaced(old_lines, new_lines);
    if (line == NULL && ends) return 0;
    if (line == NULL) {
        fputs(json ? ", \"unended\": true" : "! the last line does not end\n", json ? stdout : stderr);
        return 1;
    }
    fputs(json ? ", \"misplaced\": " : "! ", json ? stdout : stderr);
    if (json) {
        diag_json_text(line, stdout);
    } else {
        diag_print_text(line, stderr);
        fputs(", from which on lines are there twice or in another order\n", stderr);
    }
    return 1;
}

static uint32_t expand_compare(const struct lines *old_lines, const struct lines *new_lines, bool ends, bool json)
{
    uint32_t stale;
    if (!json) {
        stale = print_missing(old_lines, new_lines, '-') + print_missing(new_lines, old_lines, '+');
        return stale > 0 ? stale : compare_places(old_lines, new_lines, ends, false);
    }
    printf("{ ");
    stale = json_missing(old_lines, new_lines, "stale");
    printf(", ");
    stale += json_missing(new_lines, old_lines, "missing");
    if (stale == 0) stale = compare_places(old_lines, new_lines, ends, true);
    printf(" }\n");
    return stale;
}

/* Why a file is not compared at all; NULL: it is. */
static const char *not_compared(struct arena *a, const char *path, const char *stored, size_t size)
{
    const char *end = strstr(stored, "\r\n");
    uint32_t line = 1;
    if (strlen(stored) != size) return arena_print(a, "%s has a NUL byte: it is no text", path);
    if (end == NULL) return NULL;
    for (const char *c = stored; c < end; c++) line += *c == '\n';
    return arena_print(a, "line %u of %s ends in CR LF, as no line of `expand` does; write it anew, and keep what converted it "
                       "from doing so again (git: `%s -text` in .gitattributes)", line, path, path);
}

/* Byte for byte, comments too: what was signed is what is shown. */
static int expand_check(struct policy *p, const struct options *o, struct text *now)
{
    size_t size = 0;
    struct arena *a = p->arena;
    const char *path = o->value[OPTION_STORED];
    char *stored = source_read_regular(a, path, EXPAND_MAX_SIZE, &size);
    if (stored == NULL) return command_refuse(p, o, arena_print(a, "cannot read %s: %s", path, source_why(errno)));
    const char *why = not_compared(a, path, stored, size);
    if (why != NULL) return command_refuse(p, o, why);
    bool ends = size == 0 || stored[size - 1] == '\n';
    struct lines old_lines = split(a, stored), new_lines = split(a, arena_copy_text(a, now->bytes, now->size));
    uint32_t stale = expand_compare(&old_lines, &new_lines, ends, o->json);
    if (stale == 0) return EXIT_GOOD;
    if (!o->json)
        diag_complain("%s is stale: %u lines differ; review them, then `bulkhead expand %s > %s`", path, stale, o->words[0],
                      path);
    return EXIT_POLICY;
}

int command_expand(struct arena *a, const struct options *o)
{
    struct policy p;
    struct text text = { .arena = a };
    policy_read(&p, a, o->words[0], source_read_file);
    if (p.diag.errors > 0) return command_print_result(&p, o);
    signature_read_keys(&p);
    if (o->json && o->value[OPTION_STORED] == NULL) {
        expand_json(&p, stdout);
        return EXIT_GOOD;
    }
    expand_text(&text, &p);
    if (o->value[OPTION_STORED] != NULL) return expand_check(&p, o, &text);
    fwrite(text.bytes, 1, text.size, stdout);
    return EXIT_GOOD;
}
