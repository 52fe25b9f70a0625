/* SPDX-License-Identifier: Apache-2.0 */
/* bulkhead fmt: files in, the same files in canonical layout out; all of them or none. */
#include "compiler/command.h"
#include "compiler/format.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static char *read_stream(struct arena *a, FILE *in, size_t *size)
{
    char *text = arena_take(a, SOURCE_MAX_SIZE + 2);
    *size = fread(text, 1, SOURCE_MAX_SIZE + 1, in);
    if (*size <= SOURCE_MAX_SIZE && !ferror(in)) return text;
    errno = ferror(in) ? EIO : EFBIG;
    return NULL;
}

/* Errors that the layout could hide or be misled by; who may say what does not matter here. */
static bool has_syntax_errors(const struct diag *d)
{
    const struct diag_message *m;
    LIST_EACH(m, &d->messages) {
        if (m->code != BH_AUTHORITY && m->code != BH_UNSUPPORTED) return true;
    }
    return d->errors > d->messages.count;
}

/* A root, a platform's file, or a part: its first words tell. */
static void parse_file(struct policy *p)
{
    static const struct part anyone = { 0 };
    struct parser look;
    parser_start(&look, p, 0);
    bool is_root = parser_is_word(&look, "system"), is_board = false;
    if (parser_take_word(&look, "platform")) is_board = look.token.kind == TOKEN_WORD;
    p->diag = (struct diag){ .arena = p->arena, .sources = &p->sources };     /* that was a look, not a reading */
    if (is_board)
        parse_platform_file(p, 0);
    else
        parse_part(p, 0, is_root ? NULL : &anyone);
}

/* Formats one file; an exit status. */
static enum command_exit format_file(struct arena *a, const char *path, struct text *text, bool *changed)
{
    struct policy p = { .arena = a, .sources.arena = a, .diag.arena = a };
    bool is_stream = strcmp(path, "-") == 0;
    size_t size = 0;
    p.diag.sources = &p.sources;
    char *bytes = is_stream ? read_stream(a, stdin, &size) : source_read_file(a, path, &size);
    if (bytes == NULL) {
        fprintf(stderr, "bulkhead: cannot read %s: %s\n", path, strerror(errno));
        return EXIT_USAGE;
    }
    const char *name = is_stream ? "standard input" : path;
    *LIST_NEW(a, &p.sources.files) = (struct source){ name, name, bytes, size };
    parse_file(&p);
    if (has_syntax_errors(&p.diag)) {
        diag_print(&p.diag, stderr);
        return EXIT_POLICY;
    }
    if (!format_source(&p, 0, text)) {
        fprintf(stderr, "bulkhead: %s: the canonical layout would not say the same; nothing is written\n", name);
        return EXIT_USAGE;
    }
    *changed = text->size != size || memcmp(text->bytes, bytes, size) != 0;
    return EXIT_GOOD;
}

/* A symbolic link stays one: what it leads to is rewritten. */
static const char *real_path(struct arena *a, const char *path)
{
    char *real = realpath(path, NULL);
    if (real == NULL) return path;
    const char *copy = arena_copy_text(a, real, strlen(real));
    free(real);
    return copy;
}

int command_fmt(struct arena *a, const struct options *o)
{
    struct output out = { .arena = a };
    bool check = o->value[OPTION_CHECK] != NULL;
    enum command_exit worst = EXIT_GOOD;
    for (unsigned i = 0; i < o->word_count; i++) {
        struct text text = { .arena = a };
        bool changed = false, is_stream = strcmp(o->words[i], "-") == 0;
        enum command_exit status = format_file(a, o->words[i], &text, &changed);
        if (status == EXIT_GOOD && changed && check) {
            printf("%s\n", o->words[i]);
            status = EXIT_POLICY;
        } else if (status == EXIT_GOOD && is_stream && !check) {
            if (fwrite(text.bytes, 1, text.size, stdout) != text.size) status = EXIT_USAGE;
        } else if (status == EXIT_GOOD && changed) {
            output_add(&out, real_path(a, o->words[i]), text.bytes, text.size);
        }
        if (status > worst) worst = status;
    }
    if (worst != EXIT_GOOD) return worst;
    return output_write(&out) ? EXIT_GOOD : EXIT_USAGE;
}
