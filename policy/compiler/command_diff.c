/* SPDX-License-Identifier: Apache-2.0 */
/* `diff`: two policies compared in meaning. */
#include "compiler/changes_print.h"
#include "compiler/command.h"
#include "compiler/signature.h"

/* In text, standard output holds the comparison alone. */
static int diff_refuse(const struct options *o, struct diag *old_diag, struct diag *new_diag)
{
    struct diag *const both[] = { old_diag, new_diag };
    if (!o->json) {
        if (old_diag->errors > 0) diag_print(old_diag, stderr);
        if (new_diag->errors > 0) diag_print(new_diag, stderr);
        return EXIT_USAGE;
    }
    printf("{ ");
    diag_print_json_members(both, 2, stdout);
    printf(" }\n");
    return EXIT_USAGE;
}

int command_diff(struct arena *a, const struct options *o)
{
    struct policy old_policy, new_policy;
    struct changes changes;
    policy_read(&old_policy, a, o->words[0], source_read_file);
    policy_read(&new_policy, a, o->words[1], source_read_file);
    if (old_policy.diag.errors + new_policy.diag.errors > 0) return diff_refuse(o, &old_policy.diag, &new_policy.diag);
    signature_read_keys(&old_policy);
    signature_read_keys(&new_policy);
    compare_policies(&changes, &old_policy, &new_policy);
    if (o->json) {
        printf("{ ");
        changes_print_json(&changes, true, stdout);
        printf(" }\n");
    } else {
        changes_print(&changes, true, stdout);
    }
    return (changes.way & CHANGE_WIDER) != 0 ? EXIT_POLICY : EXIT_GOOD;
}
