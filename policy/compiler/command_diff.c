/* SPDX-License-Identifier: Apache-2.0 */
/* `diff`: two policies compared in meaning. */
#include "compiler/changes_print.h"
#include "compiler/command.h"

/* Standard output holds the comparison alone: diagnostics of either policy go elsewhere. */
static bool diff_read(struct arena *a, struct policy *p, const char *path)
{
    policy_read(p, a, path, source_read_file);
    if (p->diag.errors > 0) diag_print(&p->diag, stderr);
    return p->diag.errors == 0;
}

int command_diff(struct arena *a, const struct options *o)
{
    struct policy old_policy, new_policy;
    struct changes changes;
    bool good = diff_read(a, &old_policy, o->words[0]);
    if (!diff_read(a, &new_policy, o->words[1]) || !good) return EXIT_USAGE;
    compare_policies(&changes, &old_policy, &new_policy);
    if (o->json)
        changes_print_json(&changes, stdout);
    else
        changes_print(&changes, stdout);
    return (changes.way & CHANGE_WIDER) != 0 ? EXIT_POLICY : EXIT_GOOD;
}
