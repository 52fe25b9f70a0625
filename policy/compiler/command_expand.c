/* SPDX-License-Identifier: Apache-2.0 */
/* `expand`: one sorted line for each effective flow, to be kept beside the policy and reviewed when it changes. */
#include "compiler/command.h"
#include "compiler/facts.h"
#include "compiler/output.h"

#include <errno.h>
#include <string.h>

#define EXPAND_SHOWN 20u /* stale lines */

struct lines {
    const char **items;
    uint32_t count;
};

static void expand_fact(struct text *t, const struct fact *f)
{
    const struct trait *trait;
    text_add(t, "%s:", f->key);
    LIST_EACH (trait, &f->traits) text_add(t, "%s %s %s", trait_at > 0 ? ";" : "", trait->name, trait->text);
    text_add(t, "\n");
}

static void expand_text(struct text *t, const struct policy *p)
{
    struct facts facts;
    const struct fact *f;
    facts_collect_flows(&facts, p);
    text_add(t, "# The effective flows of %s: `bulkhead expand`.\n", p->system.text);
    LIST_EACH (f, &facts.all) expand_fact(t, f);
}

static void expand_json(const struct policy *p)
{
    struct facts facts;
    const struct fact *f;
    const struct trait *t;
    facts_collect_flows(&facts, p);
    printf("{ \"flows\": [");
    LIST_EACH (f, &facts.all) {
        printf("%s\n  { \"flow\": ", f_at > 0 ? "," : "");
        diag_json_text(f->key, stdout);
        LIST_EACH (t, &f->traits) {
            printf(", \"%s\": ", t->name);
            diag_json_text(t->text, stdout);
        }
        printf(" }");
    }
    printf("\n] }\n");
}

/* ---- --check ---- */
static struct lines split(struct arena *a, char *text)
{
    struct lines l = { 0 };
    uint32_t most = 1;
    for (const char *c = text; *c != '\0'; c++) most += *c == '\n';
    l.items = arena_take(a, most * sizeof *l.items);
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        if (line[0] != '#') l.items[l.count++] = line;
    }
    return l;
}

static bool lines_have(const struct lines *l, const char *line)
{
    for (uint32_t i = 0; i < l->count; i++) {
        if (strcmp(l->items[i], line) == 0) return true;
    }
    return false;
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

static uint32_t expand_compare(const struct lines *old_lines, const struct lines *new_lines, bool json)
{
    if (!json) return print_missing(old_lines, new_lines, '-') + print_missing(new_lines, old_lines, '+');
    printf("{ ");
    uint32_t stale = json_missing(old_lines, new_lines, "stale");
    printf(", ");
    stale += json_missing(new_lines, old_lines, "missing");
    printf(" }\n");
    return stale;
}

/* Both sorted and each line once, unless the file was edited: then its lines count, not their order. */
static int expand_check(struct policy *p, const struct options *o, struct text *now)
{
    size_t size = 0;
    struct arena *a = p->arena;
    const char *path = o->value[OPTION_STORED];
    char *stored = source_read_file(a, path, &size);
    if (stored == NULL) return command_refuse(p, o, arena_print(a, "cannot read %s: %s", path, source_why(errno)));
    struct lines old_lines = split(a, stored), new_lines = split(a, arena_copy_text(a, now->bytes, now->size));
    uint32_t stale = expand_compare(&old_lines, &new_lines, o->json);
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
    if (o->json && o->value[OPTION_STORED] == NULL) {
        expand_json(&p);
        return EXIT_GOOD;
    }
    expand_text(&text, &p);
    if (o->value[OPTION_STORED] != NULL) return expand_check(&p, o, &text);
    fwrite(text.bytes, 1, text.size, stdout);
    return EXIT_GOOD;
}
