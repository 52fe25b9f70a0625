/* SPDX-License-Identifier: Apache-2.0 */
/* bulkhead trace: only of a policy whose tests pass, else the matrix would show what is not so. */
#include "compiler/command.h"
#include "compiler/policy_tests.h"
#include "compiler/trace.h"

int command_trace(struct arena *a, const struct options *o)
{
    struct policy p;
    struct build b;
    struct text text = { .arena = a };
    bool csv = o->value[OPTION_CSV] != NULL, html = o->value[OPTION_HTML] != NULL;
    if (csv + html + o->json > 1) {
        diag_complain("trace takes one of --csv, --html and --json");
        return EXIT_USAGE;
    }
    if (command_read_policy(a, o, &p, &b)) policy_tests_run(&b);
    if (p.diag.errors > 0) return command_print_result(&p, o);
    enum trace_form form = csv ? TRACE_CSV : html ? TRACE_HTML : o->json ? TRACE_JSON : TRACE_TEXT;
    bool countered = trace_write(&p, form, &text);
    if (fwrite(text.bytes, 1, text.size, stdout) != text.size) return EXIT_USAGE;
    return countered || o->value[OPTION_CHECK] == NULL ? EXIT_GOOD : EXIT_POLICY;
}
