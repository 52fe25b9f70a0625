/* SPDX-License-Identifier: Apache-2.0 */
/* `dfdl`: message types as a DFDL schema. */
#include "compiler/command.h"
#include "compiler/dfdl.h"
#include "language/names.h"

/* Those that are asked for, in that order; or all. */
static void dfdl_choose(struct policy *p, const struct options *o, dfdl_types *types)
{
    struct type *t;
    for (unsigned i = 1; i < o->word_count; i++) {
        const struct name name = command_word(p, o->words[i]);
        t = names_find(p, NAME_TYPE, &name);
        if (t != NULL) LIST_ADD(p->arena, types, t);
    }
    if (o->word_count > 1) return;
    LIST_EACH(t, &p->types) LIST_ADD(p->arena, types, t);
}

int command_dfdl(struct arena *a, const struct options *o)
{
    struct policy p;
    struct build b;
    struct text text = { .arena = a };
    struct output out = { .arena = a };
    dfdl_types types = { 0 };
    if (command_read_policy(a, o, &p, &b)) dfdl_choose(&p, o, &types);
    if (!diag_is_whole(&p.diag) || p.diag.errors > 0) return command_print_result(&p, o);
    dfdl_write(&p, &types, &text);
    if (o->value[OPTION_OUTPUT] == NULL) return fwrite(text.bytes, 1, text.size, stdout) == text.size ? EXIT_GOOD : EXIT_USAGE;
    output_add(&out, o->value[OPTION_OUTPUT], text.bytes, text.size);
    command_keep_inputs(&out, o, &p);
    return command_write(&out);
}
