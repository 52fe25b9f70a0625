/* SPDX-License-Identifier: Apache-2.0 */
/* Commands that sign a policy's files and check their signatures. */
#include "compiler/command.h"
#include "compiler/output.h"
#include "compiler/signature.h"

#define SIGNER_NAME_MAX 32u

static bool signer_name_is_good(const char *name)
{
    static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    size_t length = strlen(name);
    return length > 0 && length <= SIGNER_NAME_MAX && strspn(name, good) == length;
}

int command_sign(struct arena *a, const struct options *o)
{
    const char *key = o->value[OPTION_KEY], *as = o->value[OPTION_AS], *part = o->words[0];
    struct output out = { .arena = a };
    uint8_t *bytes;
    size_t size = 0;
    if (key == NULL) {
        diag_complain("sign needs --key KEY.pem");
        return EXIT_USAGE;
    }
    if (as != NULL && !signer_name_is_good(as)) {
        diag_complain("--as wants a name of letters, digits, `_` and `-`, %u at most", SIGNER_NAME_MAX);
        return EXIT_USAGE;
    }
    const char *wrong = signature_make(a, part, key, &bytes, &size);
    if (wrong != NULL) {
        diag_complain("cannot sign: %s", wrong);
        return EXIT_USAGE;
    }
    LIST_ADD(a, &out.inputs, part);
    LIST_ADD(a, &out.inputs, key);
    output_add(&out, as == NULL ? arena_print(a, "%s.sig", part) : arena_print(a, "%s.%s.sig", part, as), bytes, size);
    return command_write(&out);
}

/* ---- verify ---- */
/* Other signatures beside the file matter where one is missing: it may be meant to be among them. */
static void print_signers(struct arena *a, const struct signed_file *f, const char *name, bool is_good)
{
    const struct signer *s;
    const char *bad, *shown = source_show(a, name);
    LIST_EACH(s, &f->signers) printf("%s: %s is by key %s\n", shown, source_show(a, s->file), s->fingerprint);
    if (is_good) return;
    LIST_EACH(bad, &f->bad) printf("%s: %s is by none of the keys, or over other bytes\n", shown, source_show(a, bad));
}

static void json_signers(const struct signed_file *f)
{
    const struct signer *s;
    const char *bad;
    printf("{ \"signed\": %s, \"signers\": [", f->signers.count > 0 ? "true" : "false");
    LIST_EACH(s, &f->signers) {
        printf("%s{ \"file\": ", s_at > 0 ? ", " : "");
        diag_json_text(s->file, stdout);
        printf(", \"key\": \"%s\" }", s->fingerprint);
    }
    printf("], \"bad\": [");
    LIST_EACH(bad, &f->bad) {
        printf("%s", bad_at > 0 ? ", " : "");
        diag_json_text(bad, stdout);
    }
    printf("] }\n");
}

/* One file against one key file. */
static int verify_file(struct arena *a, const struct options *o)
{
    struct signed_file f = { 0 };
    struct policy none = { .arena = a, .sources.arena = a, .diag = { .arena = a, .sources = &none.sources } };
    const char *wrong = signature_check_file(a, o->words[0], o->value[OPTION_KEY], &f);
    if (wrong != NULL) return command_refuse(&none, o, arena_print(a, "cannot verify: %s", wrong));
    if (o->json) {
        json_signers(&f);
    } else {
        print_signers(a, &f, o->words[0], f.signers.count > 0);
        if (f.signers.count == 0 && f.bad.count == 0)
            printf("%s: there is no signature beside it\n", source_show(a, o->words[0]));
    }
    return f.signers.count > 0 ? EXIT_GOOD : EXIT_POLICY;
}

/* Every file of a policy, as a release demands it. */
static int verify_policy(struct arena *a, const struct options *o)
{
    struct policy p;
    signed_files all = { 0 };
    const struct signed_file *f;
    policy_read(&p, a, o->words[0], source_read_file);
    if (p.diag.errors == 0) {
        signature_look(&p, &all);
        signature_demand(&p, &all);
    }
    int status = command_print_result(&p, o);
    if (o->json) return status;
    LIST_EACH(f, &all) print_signers(a, f, f->file->name, signature_is_good(f));
    if (status == EXIT_GOOD) printf("%s: all %u files are signed\n", p.sources.files.items[0]->shown, p.sources.files.count);
    return status;
}

int command_verify(struct arena *a, const struct options *o)
{
    return o->value[OPTION_KEY] != NULL ? verify_file(a, o) : verify_policy(a, o);
}
