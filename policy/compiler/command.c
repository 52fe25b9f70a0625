/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands have in common. */
#include "compiler/command.h"
#include "compiler/guest.h"
#include "compiler/progress.h"

#include <string.h>

bool command_build_tables(struct build *b, struct policy *p)
{
    if (!diag_is_whole(&p->diag)) return false;
    build_start(b, p);
    build_types(b);
    build_flows(b);
    build_subjects(b);
    return build_is_bounded(b) && diag_is_whole(&p->diag);
}

bool command_read_policy(struct arena *a, const struct options *o, struct policy *p, struct build *b)
{
    policy_read(p, a, o->words[0], source_read_file);
    return command_build_tables(b, p);
}

struct name command_word(struct policy *p, const char *word)
{
    size_t length = strlen(word) < SOURCE_MAX_SIZE ? strlen(word) : SOURCE_MAX_SIZE;
    const char *text = arena_copy_text(p->arena, word, length);
    uint32_t file = source_add(&p->sources, "command line", "command line", text, length);
    return (struct name){ text, { file, 0, (uint32_t)length } };
}

static int command_status(const struct policy *p)
{
    if (p->sources.files.count == 0) return EXIT_USAGE;         /* not even the root could be read */
    return p->diag.errors == 0 ? EXIT_GOOD : EXIT_POLICY;
}

int command_print_result(struct policy *p, const struct options *o)
{
    progress_end();
    if (o->json)
        diag_print_json(&p->diag, stdout);
    else
        diag_print(&p->diag, stderr);
    return command_status(p);
}

int command_print_members(struct policy *p, const struct options *o)
{
    struct diag *d = &p->diag;
    if (!o->json) return command_print_result(p, o);
    progress_end();
    fputs("{ ", stdout);
    diag_print_json_members(&d, 1, stdout);
    return command_status(p);
}

int command_refuse(struct policy *p, const struct options *o, const char *why)
{
    if (o->json) diag_error(&p->diag, BH_FILE, PLACE_NOWHERE, "%s", why);
    command_print_result(p, o);
    if (!o->json) diag_complain("%s", why);
    return EXIT_USAGE;
}

/* ---- files that are written ---- */
const char *command_images(struct arena *a, const struct options *o)
{
    const char *slash = strrchr(o->words[0], '/');
    if (o->value[OPTION_IMAGES] != NULL) return o->value[OPTION_IMAGES];
    return slash == NULL ? "." : arena_copy_text(a, o->words[0], (size_t)(slash - o->words[0]));
}

void command_keep_inputs(struct output *out, const struct options *o, const struct policy *p)
{
    const struct source *file;
    const struct subject *s;
    const char *images = command_images(out->arena, o);
    LIST_EACH (file, &p->sources.files) LIST_ADD(out->arena, &out->inputs, file->path);
    LIST_EACH (s, &p->subjects) LIST_ADD(out->arena, &out->inputs, guest_path(out->arena, s, images));
}

void command_keep_signatures(struct output *out, const signed_files *all)
{
    const struct signed_file *f;
    const struct signer *s;
    const char *bad;
    LIST_EACH (f, all) {
        if (f->key_path != NULL) LIST_ADD(out->arena, &out->inputs, f->key_path);
        LIST_EACH (s, &f->signers) LIST_ADD(out->arena, &out->inputs, s->file);
        LIST_EACH (bad, &f->bad) LIST_ADD(out->arena, &out->inputs, bad);
    }
}

int command_write(struct output *out)
{
    if (output_write(out)) return EXIT_GOOD;
    diag_complain("%s", out->wrong);
    return EXIT_USAGE;
}
