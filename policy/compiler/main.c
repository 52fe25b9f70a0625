/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bulkhead: checks policies and builds system images. The policy and the guests' files are untrusted.
 * Exit status: 0 done, 1 the policy has errors or its tests fail, 2 wrong usage or a file that cannot be read or written.
 */
#include "compiler/header.h"
#include "compiler/inspect.h"
#include "compiler/lock.h"
#include "compiler/policy_tests.h"

#include <string.h>

enum { EXIT_GOOD, EXIT_POLICY, EXIT_USAGE };

struct options {
    const char *root;                 /* or the image, for inspect */
    const char *image, *images, *headers, *lock;
    bool json;
};

struct command {
    const char *name;
    int (*run)(struct arena *a, const struct options *o);
    const char *allowed;              /* letters of the options that it takes */
    const char *help;
};

static const struct option { char letter; const char *word; } option_words[] = {
    { 'o', "-o" }, { 'i', "--images" }, { 'h', "--headers" }, { 'l', "--lock" }, { 'j', "--json" },
};

/* ---- what the commands have in common ---- */
/* Reads and checks a policy and makes its tables; false if it has errors. */
static bool read_policy(struct arena *a, const struct options *o, struct policy *p, struct build *b)
{
    policy_read(p, a, o->root, source_read_file);
    if (p->diag.errors > 0) return false;
    build_start(b, p);
    build_types(b);
    build_flows(b);
    build_subjects(b);
    return build_is_bounded(b) && p->diag.errors == 0;
}

static int print_result(struct policy *p, const struct options *o)
{
    if (o->json)
        diag_print_json(&p->diag, stdout);
    else
        diag_print(&p->diag, stderr);
    if (p->sources.files.count == 0) return EXIT_USAGE;         /* not even the root could be read */
    return p->diag.errors == 0 ? EXIT_GOOD : EXIT_POLICY;
}

static const char *images_directory(struct arena *a, const struct options *o)
{
    const char *slash = strrchr(o->root, '/');
    if (o->images != NULL) return o->images;
    return slash == NULL ? "." : arena_copy_text(a, o->root, (size_t)(slash - o->root));
}

/* ---- commands ---- */
static int command_check(struct arena *a, const struct options *o)
{
    struct policy p;
    struct build b;
    size_t size;
    if (read_policy(a, o, &p, &b)) policy_tests_run(&b, NULL);
    if (p.diag.errors == 0 && o->images != NULL) build_layout(&b, o->images);
    if (p.diag.errors == 0 && o->images != NULL) image_whole(&b, &size);
    int status = print_result(&p, o);
    if (status == EXIT_GOOD && !o->json)
        printf("%s: %u subjects, %u channels, %u rules, %u types, %u tests passed\n", o->root, p.subjects.count,
               p.channels.count, b.rules.count, p.types.count, p.tests.count);
    return status;
}

static int command_test(struct arena *a, const struct options *o)
{
    struct policy p;
    struct build b;
    if (read_policy(a, o, &p, &b)) policy_tests_run(&b, stdout);
    return print_result(&p, o);
}

static void add_header(struct build *b, const char *directory, struct output *out)
{
    struct text text = { .arena = b->arena };
    header_write(b, &text);
    output_add(out, arena_print(b->arena, "%s/%s.h", directory, b->policy->system.text), text.bytes, text.size);
}

static int command_headers(struct arena *a, const struct options *o)
{
    struct policy p;
    struct build b;
    struct output out = { .arena = a };
    if (o->headers == NULL) {
        fprintf(stderr, "bulkhead: headers needs --headers DIR\n");
        return EXIT_USAGE;
    }
    if (!read_policy(a, o, &p, &b)) return print_result(&p, o);
    add_header(&b, o->headers, &out);
    int status = print_result(&p, o);
    return output_write(&out) ? status : EXIT_USAGE;
}

/* What the image costs: memory is laid out once and never asked for again. */
static void print_cost(const struct build *b, const struct options *o)
{
    const struct image_region *regions = (const struct image_region *)(const void *)b->tables[IMAGE_REGIONS].bytes;
    const struct image_region *last = &regions[b->tables[IMAGE_REGIONS].count - 1];
    printf("%s: image %llu KiB, kept for restarts %llu KiB, kernel pool %llu KiB, memory in use %llu of %llu MiB; unsigned\n",
           o->image, (unsigned long long)(b->header.image_size + 1023) >> 10,
           (unsigned long long)regions[b->header.image_home].size >> 10,
           (unsigned long long)regions[b->header.kernel_pool].size >> 10,
           (unsigned long long)(last->hpa + last->size - b->header.ram_base) >> 20,
           (unsigned long long)(b->header.ram_end - b->header.ram_base) >> 20);
}

static int command_build(struct arena *a, const struct options *o)
{
    struct policy p;
    struct build b;
    struct output out = { .arena = a };
    void *image = NULL;
    size_t size = 0;
    if (o->image == NULL) {
        fprintf(stderr, "bulkhead: build needs -o IMAGE\n");
        return EXIT_USAGE;
    }
    if (read_policy(a, o, &p, &b)) policy_tests_run(&b, NULL);
    if (p.diag.errors == 0) build_layout(&b, images_directory(a, o));
    if (p.diag.errors == 0) image = image_whole(&b, &size);
    int status = print_result(&p, o);
    if (status != EXIT_GOOD) return status;
    output_add(&out, o->image, image, size);
    if (o->headers != NULL) add_header(&b, o->headers, &out);
    if (o->lock != NULL) {
        struct text text = { .arena = a };
        lock_write(&b, image, &text);
        output_add(&out, o->lock, text.bytes, text.size);
    }
    if (!output_write(&out)) return EXIT_USAGE;
    if (!o->json) print_cost(&b, o);
    return EXIT_GOOD;
}

static int command_inspect(struct arena *a, const struct options *o)
{
    return inspect_file(a, o->root, stdout) ? EXIT_GOOD : EXIT_USAGE;
}

static const struct command commands[] = {
    { "check", command_check, "ij",
      "check ROOT.policy [--json] [--images DIR]\n"
      "    Reports every error of a policy; runs its assertions and tests. With --images, lays out the image too.\n" },
    { "build", command_build, "oihlj",
      "build ROOT.policy -o IMAGE [--images DIR] [--headers DIR] [--lock FILE] [--json]\n"
      "    Writes the system image, and if asked the guests' C header and the lock file with the predicted PCR values.\n"
      "    Guests are read from DIR/..., by default from beside the policy. On an error nothing is written.\n" },
    { "headers", command_headers, "hj",
      "headers ROOT.policy --headers DIR [--json]\n"
      "    Writes DIR/SYSTEM.h alone: message structures and validators. Needs no guests.\n" },
    { "test", command_test, "j",
      "test ROOT.policy [--json]\n"
      "    Runs the tests inside the policy: PASS or FAIL each.\n" },
    { "inspect", command_inspect, "",
      "inspect IMAGE\n"
      "    Checks a system image and shows it as text.\n" },
};
#define COMMAND_COUNT (sizeof commands / sizeof commands[0])

/* ---- the command line ---- */
static void print_usage(FILE *out, const struct command *only)
{
    fprintf(out, "usage:\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (only == NULL || only == &commands[i]) fprintf(out, "  bulkhead %s", commands[i].help);
    }
    fprintf(out, "exit status: 0 done, 1 the policy has errors or a test fails, 2 wrong usage or a file problem\n");
}

static const char **option_target(struct options *o, char letter)
{
    switch (letter) {
    case 'o': return &o->image;
    case 'i': return &o->images;
    case 'h': return &o->headers;
    case 'l': return &o->lock;
    default: return NULL;
    }
}

/* Takes one argument, and its value behind it; returns how many, or 0 after a message. */
static int take_argument(const struct command *c, struct options *o, int left, char *const *arguments)
{
    const struct option *found = NULL;
    for (size_t i = 0; i < sizeof option_words / sizeof option_words[0]; i++) {
        if (strcmp(option_words[i].word, arguments[0]) == 0) found = &option_words[i];
    }
    if (found == NULL && arguments[0][0] != '-' && o->root == NULL) {
        o->root = arguments[0];
        return 1;
    }
    if (found == NULL || strchr(c->allowed, found->letter) == NULL) {
        fprintf(stderr, "bulkhead: %s does not take `%s`; see bulkhead %s --help\n", c->name, arguments[0], c->name);
        return 0;
    }
    if (found->letter == 'j') {
        o->json = true;
        return 1;
    }
    if (left < 2) {
        fprintf(stderr, "bulkhead: %s wants a value\n", found->word);
        return 0;
    }
    *option_target(o, found->letter) = arguments[1];
    return 2;
}

static int run_command(const struct command *c, int count, char *const *arguments)
{
    struct options o = { 0 };
    struct arena a = { 0 };
    for (int at = 0; at < count;) {
        if (strcmp(arguments[at], "--help") == 0) {
            print_usage(stdout, c);
            return EXIT_GOOD;
        }
        int taken = take_argument(c, &o, count - at, arguments + at);
        if (taken == 0) return EXIT_USAGE;
        at += taken;
    }
    if (o.root == NULL) {
        print_usage(stderr, c);
        return EXIT_USAGE;
    }
    int status = c->run(&a, &o);
    arena_release(&a);
    return status;
}

int main(int count, char **arguments)
{
    const char *name = count > 1 ? arguments[1] : "";
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(commands[i].name, name) == 0) return run_command(&commands[i], count - 2, arguments + 2);
    }
    if (strcmp(name, "--version") == 0) {
        printf("bulkhead: image format %u\n", IMAGE_FORMAT);
        return EXIT_GOOD;
    }
    bool help = strcmp(name, "--help") == 0;
    if (!help && *name != '\0') fprintf(stderr, "bulkhead: there is no command `%s`\n", name);
    print_usage(help ? stdout : stderr, NULL);
    return help ? EXIT_GOOD : EXIT_USAGE;
}
