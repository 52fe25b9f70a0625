/* SPDX-License-Identifier: Apache-2.0 */
/* `graph`: the policy's flows as a picture. */
#include "compiler/command.h"
#include "compiler/output.h"
#include "compiler/picture.h"

static bool graph_draw(struct picture *pic, const struct options *o, struct text *out)
{
    if (o->value[OPTION_DOT] != NULL) {
        picture_dot(pic, out);
        return true;
    }
    if (!picture_arrange(pic)) {
        diag_complain("there are too many long edges to draw; use --dot");
        return false;
    }
    picture_place(pic);
    picture_svg(pic, out);
    return true;
}

int command_graph(struct arena *a, const struct options *o)
{
    struct policy p;
    struct picture pic;
    struct text text = { .arena = a };
    struct output out = { .arena = a };
    if ((o->value[OPTION_DOT] != NULL) == (o->value[OPTION_SVG] != NULL)) {
        diag_complain("graph needs either --dot or --svg");
        return EXIT_USAGE;
    }
    policy_read(&p, a, o->words[0], source_read_file);
    if (p.diag.errors > 0) return command_print_result(&p, o);
    picture_build(&pic, &p);
    if (!graph_draw(&pic, o, &text)) return EXIT_USAGE;
    if (o->value[OPTION_OUTPUT] == NULL) return fwrite(text.bytes, 1, text.size, stdout) == text.size ? EXIT_GOOD : EXIT_USAGE;
    output_add(&out, o->value[OPTION_OUTPUT], text.bytes, text.size);
    command_keep_inputs(&out, o, &p);
    return command_write(&out);
}
