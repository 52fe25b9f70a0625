/* SPDX-License-Identifier: Apache-2.0 */
/* Statements are found by the lexer alone: a statement ends with `;`, or with the `}` that closes its block. */
#include "compiler/edit.h"
#include "language/names.h"

#include <errno.h>

/* What edit_reader() works on: a source_reader is given nothing but a path. */
static const struct edit *edit_now;

/* ---- statements ---- */
/* The next statement's first and last token together; false at the end of the text. */
static bool statement_next(struct lexer *l, struct place *span)
{
    uint32_t depth = 0;
    struct token t = lexer_next(l);
    if (t.kind == TOKEN_END) return false;
    *span = t.at;
    for (; t.kind != TOKEN_END; t = lexer_next(l)) {
        *span = place_span(*span, t.at);
        if (t.kind != TOKEN_MARK) continue;
        if (t.text[0] == '{') depth++;
        if (t.text[0] == '}' && depth > 0 && --depth == 0) {
            struct lexer here = *l;
            t = lexer_next(l);
            if (t.kind == TOKEN_MARK && t.text[0] == ';')
                *span = place_span(*span, t.at);
            else
                *l = here;
            return true;
        }
        if (t.text[0] == ';' && depth == 0) return true;
    }
    return true;
}

/* ---- files ---- */
static struct edit_file *edit_file(struct edit *e, const struct policy *p, uint32_t index)
{
    const struct source *s = p->sources.files.items[index];
    struct edit_file *f;
    LIST_EACH (f, &e->files) {
        if (strcmp(f->path, s->path) == 0) return f;
    }
    f = LIST_NEW(p->arena, &e->files);
    *f = (struct edit_file){ s->path, arena_copy_text(p->arena, s->text, s->size), s->size };
    return f;
}

static char *edit_reader(struct arena *a, const char *path, size_t *size)
{
    const struct edit_file *f;
    LIST_EACH (f, &edit_now->files) {
        if (strcmp(f->path, path) != 0) continue;
        *size = f->size;
        if (f->size <= SOURCE_MAX_SIZE) return arena_copy_text(a, f->text, f->size);
        errno = EFBIG;
        return NULL;
    }
    return source_read_file(a, path, size);
}

void edit_read(const struct edit *e, struct policy *p, struct arena *a, const char *path)
{
    edit_now = e;
    policy_read(p, a, path, edit_reader);
    edit_now = NULL;
}

/* ---- removing ---- */
static bool edit_blank(struct edit *e, const struct policy *p, struct place at)
{
    struct diag diag = { .arena = p->arena, .sources = &p->sources };
    struct lexer l = { .arena = p->arena, .diag = &diag, .source = p->sources.files.items[at.file], .file = at.file };
    struct place span;
    while (statement_next(&l, &span)) {
        if (at.offset < span.offset || at.offset >= span.offset + span.length) continue;
        struct edit_file *f = edit_file(e, p, at.file);
        for (uint32_t i = span.offset; i < span.offset + span.length; i++) {
            if (f->text[i] != '\n') f->text[i] = ' ';
        }
        return true;
    }
    return false;
}

bool edit_remove(struct edit *e, const struct policy *p, const char *name)
{
    const struct restrict_rule *r;
    struct place at = names_place(p, name);
    if (at.file >= p->sources.files.count || !edit_blank(e, p, at)) {
        e->wrong = arena_print(p->arena, "the policy declares no `%s`%s", name, names_suggest_any(p, name));
        return false;
    }
    LIST_EACH (r, &p->restricts) {
        if (name_is(&r->on, name)) edit_blank(e, p, r->name.at);
    }
    return true;
}

/* ---- adding ---- */
/* The file for a statement that begins so: the root where everyone may say everything; -1: nobody may. */
static int64_t edit_place(const struct policy *p, const char *word)
{
    const struct part *part;
    const struct name *may;
    if (p->authorities.count == 0) return 0;
    LIST_EACH (part, &p->parts) {
        if (part->authority == NULL) continue;
        LIST_EACH (may, &part->authority->may) {
            if (name_is(may, word)) return part->file;
        }
    }
    return -1;
}

bool edit_add(struct edit *e, const struct policy *p, const char *text)
{
    struct sources sources = { .arena = p->arena };
    struct diag diag = { .arena = p->arena, .sources = &sources };
    struct place span;
    size_t size = strlen(text);
    if (size > SOURCE_MAX_SIZE) e->wrong = "more is added than a file may hold";
    if (size > SOURCE_MAX_SIZE) return false;
    uint32_t file_index = source_add(&sources, "--add", "--add", text, size);
    struct lexer l = { .arena = p->arena, .diag = &diag, .source = sources.files.items[file_index], .file = file_index };
    while (statement_next(&l, &span)) {
        const char *statement = arena_copy_text(p->arena, text + span.offset, span.length);
        const char *word = arena_copy_text(p->arena, statement, strcspn(statement, " \t\n"));
        int64_t file = edit_place(p, word);
        if (file < 0) {
            e->wrong = arena_print(p->arena, "no authority may say `%s`", word);
            return false;
        }
        struct edit_file *f = edit_file(e, p, (uint32_t)file);
        f->text = arena_print(p->arena, "%s\n%s\n", f->text, statement);
        f->size = strlen(f->text);
    }
    return true;
}
