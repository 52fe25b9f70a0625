/* SPDX-License-Identifier: Apache-2.0 */
/* Changes between two policies for people and for tools. */
#include "compiler/changes_print.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *way_text(unsigned way)
{
    static const char *const words[] = { "as wide as before", "wider", "narrower", "wider and narrower" };
    return words[way & (CHANGE_WIDER | CHANGE_NARROWER)];
}

/* Red is wider, green narrower; only on a terminal, and not where NO_COLOR is set. */
static void color(unsigned way, FILE *out, bool on)
{
    const char *no = getenv("NO_COLOR");
    if ((no != NULL && *no != '\0') || !isatty(fileno(out))) return;
    fputs(!on ? "\x1b[0m" : (way & CHANGE_WIDER) != 0 ? "\x1b[31m" : (way & CHANGE_NARROWER) != 0 ? "\x1b[32m" : "", out);
}

static void print_place(const struct change *c, FILE *out)
{
    const struct sources *sources = &c->in->sources;
    if (c->at.file >= sources->files.count) return;
    fprintf(out, "  %s:%u", sources->files.items[c->at.file]->shown, source_position(sources, c->at).line);
}

static void print_change(const struct change *c, FILE *out)
{
    static const char marks[] = { '~', '+', '-', '~' };
    color(c->way, out, true);
    fprintf(out, "    %c ", marks[c->way & 3]);
    diag_print_text(c->key, out);
    if (c->trait != NULL)
        fprintf(out, ": %s %s => %s", c->trait, c->before, c->after);
    else if (c->section >= CHANGE_LIMIT)
        fprintf(out, ": %s", c->after != NULL ? c->after : c->before);
    bool flow = c->section == CHANGE_GAINED || c->section == CHANGE_LOST, both = c->way == (CHANGE_WIDER | CHANGE_NARROWER);
    if (c->way != CHANGE_SAME && (!flow || both)) fprintf(out, " (%s)", way_text(c->way));
    color(c->way, out, false);
    print_place(c, out);
    fputc('\n', out);
    if (c->why != NULL) fprintf(out, "        %s\n", c->why);
}

static void print_signers(const struct changes *changes, FILE *out)
{
    const char *name;
    if (changes->signers.count > 0) fprintf(out, "; to be signed by: ");
    LIST_EACH (name, &changes->signers) fprintf(out, "%s%s", name_at > 0 ? ", " : "", name);
    fputc('\n', out);
}

void changes_print(const struct changes *changes, bool whole, FILE *out)
{
    static const char *const titles[CHANGE_SECTIONS] = {
        "flows gained", "flows lost", "limits changed", "assertions", "audit and measured boot", "tests", "pins and signatures",
        "others",
    };
    const struct change *c, *before = NULL;
    LIST_EACH (c, &changes->all) {
        bool section = before == NULL || before->section != c->section;
        if (section) fprintf(out, "%s\n", titles[c->section]);
        if (section || strcmp(before->authority, c->authority) != 0) fprintf(out, "  %s:\n", c->authority);
        print_change(c, out);
        before = c;
    }
    if (!whole) return;
    bool wider = (changes->way & CHANGE_WIDER) != 0;
    fputs(changes->all.count == 0 ? "same meaning" : wider ? "WIDER" : way_text(changes->way), out);
    print_signers(changes, out);
}

/* ---- JSON ---- */
static void json_member(const char *name, const char *text, FILE *out)
{
    if (text == NULL) return;
    fprintf(out, ", \"%s\": ", name);
    diag_json_text(text, out);
}

void changes_print_json(const struct changes *changes, bool whole, FILE *out)
{
    static const char *const sections[CHANGE_SECTIONS] = {
        "gained", "lost", "limit", "assertion", "evidence", "test", "signature", "other",
    };
    const struct change *c;
    const char *name;
    if (whole)
        fprintf(out, "\"wider\": %s, \"narrower\": %s, ", (changes->way & CHANGE_WIDER) != 0 ? "true" : "false",
                (changes->way & CHANGE_NARROWER) != 0 ? "true" : "false");
    fprintf(out, "\"changes\": [");
    LIST_EACH (c, &changes->all) {
        const struct sources *sources = &c->in->sources;
        fprintf(out, "%s\n  { \"section\": \"%s\", \"way\": \"%s\"", c_at > 0 ? "," : "", sections[c->section],
                way_text(c->way));
        json_member("authority", c->authority, out);
        json_member("key", c->key, out);
        json_member("trait", c->trait, out);
        json_member("before", c->before, out);
        json_member("after", c->after, out);
        json_member("why", c->why, out);
        if (c->at.file < sources->files.count) {
            json_member("file", sources->files.items[c->at.file]->path, out);
            fprintf(out, ", \"line\": %u", source_position(sources, c->at).line);
        }
        fprintf(out, " }");
    }
    fprintf(out, "%s], \"to_be_signed_by\": [", changes->all.count > 0 ? "\n" : "");
    LIST_EACH (name, &changes->signers) {
        if (name_at > 0) fprintf(out, ", ");
        diag_json_text(name, out);
    }
    fputc(']', out);
}
