/* SPDX-License-Identifier: Apache-2.0 */
/* `whatif`: what a change would mean, before a file is touched. */
#include "compiler/changes_print.h"
#include "compiler/command.h"
#include "compiler/edit.h"
#include "compiler/policy_tests.h"

#include <string.h>

#define CODE_MODEL 500                /* below: texts, names and values, without which nothing can be compared */

/*
 * Names that a removed one leaves behind where it was used do not hide what the rest means, but for those within labels: one
 * that cannot be read is neither lower nor higher than another.
 */
static bool whatif_comparable(const struct policy *p)
{
    const struct diag_message *m;
    const struct label *l;
    const struct external *e;
    LIST_EACH (l, &p->labels) {
        if (!l->known) return false;
    }
    LIST_EACH (e, &p->externals) {
        if (!e->known) return false;
    }
    if (diag_is_cut(&p->diag)) return false;
    LIST_EACH (m, &p->diag.messages) {
        if (m->severity == DIAG_ERROR && m->code < CODE_MODEL && m->code != BH_NAME_UNKNOWN) return false;
    }
    return true;
}

static bool whatif_edit(struct edit *e, const struct policy *p, const struct options *o)
{
    if (o->value[OPTION_REMOVE] != NULL) {
        char *names = arena_copy_text(p->arena, o->value[OPTION_REMOVE], strlen(o->value[OPTION_REMOVE]));
        for (char *name = strtok(names, ", "); name != NULL; name = strtok(NULL, ", ")) {
            if (!edit_remove(e, p, name)) return false;
        }
    }
    return o->value[OPTION_ADD] == NULL || edit_add(e, p, o->value[OPTION_ADD]);
}

/* Of what is refused, what changes is told behind the errors, but neither that nothing does nor which way the whole goes. */
static void whatif_print(struct policy *after, const struct changes *changes, bool comparable, const struct options *o)
{
    bool refused = after->diag.errors > 0;
    if (refused && changes->all.count == 0) comparable = false;
    if (o->json) {
        command_print_members(after, o);
        if (comparable) printf(", ");
        if (comparable) changes_print_json(changes, !refused, stdout);
        printf(" }\n");
        return;
    }
    if (refused) {
        fprintf(stderr, "the policy would be refused:\n");
        diag_print(&after->diag, stderr);
        fflush(stderr);
    }
    if (comparable) changes_print(changes, !refused, stdout);
    fflush(stdout);
    if (!refused) diag_print(&after->diag, stderr);
}

int command_whatif(struct arena *a, const struct options *o)
{
    struct policy before, after;
    struct build b;
    struct changes changes = { 0 };
    struct edit edit = { 0 };
    if (o->value[OPTION_ADD] == NULL && o->value[OPTION_REMOVE] == NULL) {
        diag_complain("whatif needs --add or --remove");
        return EXIT_USAGE;
    }
    policy_read(&before, a, o->words[0], source_read_file);
    if (before.diag.errors > 0) {
        command_print_result(&before, o);
        return EXIT_USAGE;
    }
    if (!whatif_edit(&edit, &before, o)) return command_refuse(&before, o, edit.wrong);
    edit_read(&edit, &after, a, o->words[0]);
    bool comparable = whatif_comparable(&after);
    if (comparable) compare_policies(&changes, &before, &after);
    if (command_build_tables(&b, &after)) policy_tests_run(&b);
    whatif_print(&after, &changes, comparable, o);
    if (after.diag.errors > 0) return EXIT_USAGE;
    return (changes.way & CHANGE_WIDER) != 0 ? EXIT_POLICY : EXIT_GOOD;
}
