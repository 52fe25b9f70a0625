/* SPDX-License-Identifier: Apache-2.0 */
/* Showing an image, and holding it against its policy by the second reader. */
#include "compiler/command.h"
#include "compiler/inspect.h"
#include "compiler/signature.h"
#include "compiler/verify/verify.h"

static bool all_signed(struct policy *p)
{
    const struct signed_file *f;
    signed_files all = { 0 };
    bool good = true;
    signature_look(p, &all);
    LIST_EACH(f, &all) good &= signature_is_good(f);
    return good;
}

static int verify(struct arena *a, const struct options *o)
{
    struct policy p, said;
    struct options policy = { .words = { o->value[OPTION_VERIFY] }, .word_count = 1 };
    struct verify_input in = { .policy = &p, .said = &said, .images = o->value[OPTION_IMAGES] };
    in.image = inspect_load(a, o->words[0], &in.size);
    if (in.image == NULL) return EXIT_USAGE;
    policy_read(&p, a, policy.words[0], source_read_file);
    int status = command_print_result(&p, &policy);
    if (status != EXIT_GOOD) return status;
    policy_parse(&said, a, policy.words[0], source_read_file);
    in.is_signed = all_signed(&p);
    return verify_image(a, &in, stdout) ? EXIT_GOOD : EXIT_POLICY;
}

int command_inspect(struct arena *a, const struct options *o)
{
    if (o->value[OPTION_VERIFY] != NULL) return verify(a, o);
    if (o->value[OPTION_IMAGES] != NULL) {
        diag_complain("--images belongs to --verify");
        return EXIT_USAGE;
    }
    return inspect_file(a, o->words[0], stdout) ? EXIT_GOOD : EXIT_USAGE;
}
