/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands have in common. */
#include "compiler/command.h"
#include "compiler/progress.h"

bool command_read_policy(struct arena *a, const struct options *o, struct policy *p, struct build *b)
{
    policy_read(p, a, o->words[0], source_read_file);
    if (p->diag.errors > 0) return false;
    build_start(b, p);
    build_types(b);
    build_flows(b);
    build_subjects(b);
    return build_is_bounded(b) && p->diag.errors == 0;
}

int command_print_result(struct policy *p, const struct options *o)
{
    progress_end();
    if (o->json)
        diag_print_json(&p->diag, stdout);
    else
        diag_print(&p->diag, stderr);
    if (p->sources.files.count == 0) return EXIT_USAGE;         /* not even the root could be read */
    return p->diag.errors == 0 ? EXIT_GOOD : EXIT_POLICY;
}
