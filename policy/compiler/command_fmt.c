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

/* Formats one file; an exit status. */
static int format_file(struct arena *a, const char *path, struct text *text, bool *changed)
{
    struct policy p = { .arena = a, .sources.arena = a, .diag.arena = a };
    bool is_stream = strcmp(path, "-") == 0;
    size_t size = 0;
    p.diag.sources = &p.sources;
    char *bytes = is_stream ? read_stream(a, stdin, &size) : source_read_file(a, path, &size);
    if (bytes == NULL) {
        diag_complain("cannot read %s: %s", path, source_why(errno));
        return EXIT_USAGE;
    }
    const char *name = is_stream ? "standard input" : path;
    source_add(&p.sources, name, name, bytes, size);
    switch (format_policy(&p, text)) {
    case FORMAT_SYNTAX:
        diag_print(&p.diag, stderr);
        return EXIT_POLICY;
    case FORMAT_WRONG:
        diag_complain("%s: the canonical layout would not say the same; nothing is written", name);
        return EXIT_USAGE;
    case FORMAT_GOOD:
        break;
    }
    *changed = text->size != size || (size > 0 && memcmp(text->bytes, bytes, size) != 0);
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
    int worst = EXIT_GOOD;
    for (unsigned i = 0; i < o->word_count; i++) {
        struct text text = { .arena = a };
        bool changed = false, is_stream = strcmp(o->words[i], "-") == 0;
        int status = format_file(a, o->words[i], &text, &changed);
        if (status == EXIT_GOOD && changed && check) {
            printf("%s\n", o->words[i]);         /* for xargs: as it was given */
            status = EXIT_POLICY;
        } else if (status == EXIT_GOOD && is_stream && !check) {
            if (text.size > 0 && fwrite(text.bytes, 1, text.size, stdout) != text.size) status = EXIT_USAGE;
        } else if (status == EXIT_GOOD && changed) {
            output_add(&out, real_path(a, o->words[i]), text.bytes, text.size);
        }
        if (status > worst) worst = status;
    }
    if (worst != EXIT_GOOD) return worst;
    return command_write(&out);
}
