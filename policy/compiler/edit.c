/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Statements are found by the lexer alone: a statement ends with `;`, or with the `}` that closes its block. Those of labels
 * have braces within, and end with `;`.
 */
#include "compiler/edit.h"
#include "language/names.h"

#include <errno.h>
#include <string.h>

/* What edit_reader() works on: a source_reader is given nothing but a path. */
static const struct edit *edit_now;

/* ---- statements ---- */
/* The next statement's first and last token together; false at the end of the text. */
static bool statement_next(struct lexer *l, struct place *span)
{
    uint32_t depth = 0;
    struct token t = lexer_next(l);
    if (t.kind == TOKEN_END) return false;
    bool has_braces = t.kind == TOKEN_WORD && (strcmp(t.text, "label") == 0 || strcmp(t.text, "external") == 0);
    *span = t.at;
    for (; t.kind != TOKEN_END; t = lexer_next(l)) {
        *span = place_span(*span, t.at);
        if (t.kind != TOKEN_MARK) continue;
        if (t.text[0] == '{') depth++;
        if (t.text[0] == '}' && depth > 0 && --depth == 0 && !has_braces) {
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
static void edit_wipe(struct edit_file *f, struct place span)
{
    for (uint32_t i = span.offset; i < span.offset + span.length; i++) {
        if (f->text[i] != '\n') f->text[i] = ' ';
    }
}

/* The text as far as it is edited, to be read by the lexer: what was taken out before is no statement any more. */
static struct lexer edit_lexer(const struct policy *p, const struct edit_file *f, uint32_t file, struct source *now,
                               struct diag *diag)
{
    *now = *p->sources.files.items[file];
    now->text = f->text;
    now->size = f->size;
    *diag = (struct diag){ .arena = p->arena, .sources = &p->sources };
    return (struct lexer){ .arena = p->arena, .diag = diag, .source = now, .file = file };
}

/* Of a list whose members are parted by `mark` one member, and the mark that goes with it; the last one is the statement. */
static struct place edit_member(struct lexer l, struct place statement, struct place name, const char *mark)
{
    struct token before = { 0 }, t = { 0 };
    l.at = statement.offset;
    for (t = lexer_next(&l); t.kind != TOKEN_END && t.at.offset < name.offset; t = lexer_next(&l)) before = t;
    struct token behind = lexer_next(&l);
    if (behind.kind == TOKEN_MARK && strcmp(behind.text, mark) == 0) return place_span(name, behind.at);
    if (before.kind == TOKEN_MARK && strcmp(before.text, mark) == 0) return place_span(before.at, name);
    return statement;
}

/* The mark between the members of the list that declares the name; NULL: the statement declares it alone. */
static const char *edit_list_mark(const struct policy *p, const char *name)
{
    if (names_look(p, NAME_LEVEL, name) != NULL || names_look(p, NAME_INTEGRITY, name) != NULL) return "<";
    return names_look(p, NAME_CATEGORY, name) != NULL || names_look(p, NAME_RETIRED, name) != NULL ? "," : NULL;
}

static bool edit_blank(struct edit *e, const struct policy *p, struct place at, const char *mark)
{
    struct edit_file *f = edit_file(e, p, at.file);
    struct source now;
    struct diag diag;
    struct lexer l = edit_lexer(p, f, at.file, &now, &diag);
    struct place span;
    if (f->text[at.offset] == ' ') return true;       /* taken out already */
    while (statement_next(&l, &span)) {
        if (at.offset < span.offset || at.offset >= span.offset + span.length) continue;
        edit_wipe(f, mark != NULL ? edit_member(l, span, at, mark) : span);
        return true;
    }
    return false;
}

/* Whether it is not a name but the first word of a statement that the policy has. */
static bool edit_is_statement(const struct policy *p, const char *word)
{
    struct source now;
    struct diag diag;
    struct place span;
    for (uint32_t i = 0; i < p->sources.files.count; i++) {
        const struct source *s = p->sources.files.items[i];
        const struct edit_file f = { s->path, arena_copy_text(p->arena, s->text, s->size), s->size };
        struct lexer l = edit_lexer(p, &f, i, &now, &diag);
        while (statement_next(&l, &span)) {
            if (strncmp(s->text + span.offset, word, strlen(word)) == 0 && span.length > strlen(word) &&
                strchr(" \t\n", s->text[span.offset + strlen(word)]) != NULL)
                return true;
        }
    }
    return false;
}

/* Why there is nothing to remove by that name, and what there is instead. */
static const char *edit_unknown(const struct policy *p, const char *name)
{
    const char *what = strcmp(name, "labels") == 0 && p->levels.count > 0 ? p->levels.items[0]->name.text
                       : strcmp(name, "categories") == 0 && p->categories.count > 0 ? p->categories.items[0]->name.text
                       : strcmp(name, "integrity") == 0 && p->integrities.count > 0 ? p->integrities.items[0]->name.text : NULL;
    if (what != NULL)
        return arena_print(p->arena, "`%s` is no name: what can be removed are its members by their names, as `%s`, one or all",
                           name, what);
    if (edit_is_statement(p, name))
        return arena_print(p->arena, "`%s` is no name: what can be removed is what is declared by a name, as an `allow` or a "
                           "`subject`", name);
    return arena_print(p->arena, "the policy declares no `%s`%s", name, names_suggest_any(p, name));
}

bool edit_remove(struct edit *e, const struct policy *p, const char *name)
{
    const struct restrict_rule *r;
    struct place at = names_place(p, name);
    size_t of_role = strcspn(name, ".");
    if (at.file < p->sources.files.count && name[of_role] == '.') {
        e->wrong = arena_print(p->arena, "`%s` comes from the rule of a role: remove `%.*s`, which is for all holders", name,
                               (int)of_role, name);
        return false;
    }
    if (at.file >= p->sources.files.count || !edit_blank(e, p, at, edit_list_mark(p, name))) {
        e->wrong = edit_unknown(p, name);
        return false;
    }
    LIST_EACH (r, &p->restricts) {
        if (name_is(&r->on, name)) edit_blank(e, p, r->name.at, NULL);
    }
    return true;
}

/* ---- adding ---- */
static bool edit_may(const struct part *part, const char *word)
{
    const struct name *may;
    if (part->authority == NULL) return false;
    LIST_EACH (may, &part->authority->may) {
        if (name_is(may, word)) return true;
    }
    return false;
}

/* Whether the part's authority holds what the statement needs beside its first word. */
static bool edit_may_all(const struct policy *p, const struct part *part, const char *statement)
{
    static const struct { const char *said, *needs; } words[] = {
        { "downgrade", "downgrade" }, { "endorse", "endorse" }, { "direct", "direct" }, { "shared", "share" },
        { "full", "feedback" }, { "acknowledged", "feedback" }
    };
    struct sources sources = { .arena = p->arena };
    struct diag diag = { .arena = p->arena, .sources = &sources };
    uint32_t file = source_add(&sources, "--add", "--add", statement, strlen(statement));
    struct lexer l = { .arena = p->arena, .diag = &diag, .source = sources.files.items[file], .file = file };
    for (struct token t = lexer_next(&l); t.kind != TOKEN_END; t = lexer_next(&l)) {
        for (size_t i = 0; i < sizeof words / sizeof words[0] && t.kind == TOKEN_WORD; i++) {
            if (strcmp(t.text, words[i].said) == 0 && !edit_may(part, words[i].needs)) return false;
        }
    }
    return true;
}

/* The file for a statement: the root where everyone may say everything; -1: nobody may. */
static int64_t edit_place(const struct policy *p, const char *word, const char *statement)
{
    const struct part *part;
    int64_t file = -1;
    if (p->authorities.count == 0) return 0;
    LIST_EACH (part, &p->parts) {
        if (!edit_may(part, word)) continue;
        if (edit_may_all(p, part, statement)) return part->file;
        if (file < 0) file = part->file;
    }
    return file;
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
        int64_t file = edit_place(p, word, statement);
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
