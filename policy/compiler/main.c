/* SPDX-License-Identifier: Apache-2.0 */
/* bulkhead: the commands, and the command line. */
#include "compiler/command.h"
#include "compiler/progress.h"
#include "language/names.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

struct command {
    const char *name;
    command_function *run;
    unsigned min_words, max_words;
    unsigned options;                 /* bit 1 << enum command_option; JSON: OPTION_JSON */
    const char *help;
};

#define BIT(option) (1u << (option))
#define OPTION_JSON BIT(OPTION_COUNT)
#define OPTION_RELEASE BIT(OPTION_COUNT + 1)

static const char *const option_words[OPTION_COUNT] = {
    [OPTION_OUTPUT] = "-o", [OPTION_IMAGES] = "--images", [OPTION_HEADERS] = "--headers", [OPTION_LOCK] = "--lock",
    [OPTION_STATE] = "--state", [OPTION_PLAN] = "--plan", [OPTION_STORED] = "--check", [OPTION_ADD] = "--add",
    [OPTION_REMOVE] = "--remove",
    [OPTION_KEY] = "--key", [OPTION_AS] = "--as", [OPTION_VERIFY] = "--verify",
    [OPTION_CHECK] = "--check", [OPTION_LIST] = "--list", [OPTION_CSV] = "--csv", [OPTION_HTML] = "--html",
    [OPTION_DOT] = "--dot", [OPTION_SVG] = "--svg", [OPTION_ALL] = "--all", [OPTION_NO_IMAGES] = "--no-images",
};

static const struct command commands[] = {
    { "check", command_check, 1, 1, BIT(OPTION_IMAGES) | BIT(OPTION_NO_IMAGES) | OPTION_JSON | OPTION_RELEASE,
      "check ROOT.policy [--images DIR | --no-images] [--release] [--json]\n"
      "    Reports every error of a policy; runs its assertions and tests, and lays out its memory: all that `build` with\n"
      "    the same options refuses. A broken assertion or a failing test hides nothing else; what cannot be read hides only\n"
      "    what is asked of a whole policy: conditions without sense, tests, layout. Guests are read from DIR/..., by default\n"
      "    from beside the policy; --no-images looks at the policy alone and says what that leaves unchecked.\n" },
    { "build", command_build, 1, 1,
      BIT(OPTION_OUTPUT) | BIT(OPTION_IMAGES) | BIT(OPTION_HEADERS) | BIT(OPTION_LOCK) | OPTION_JSON | OPTION_RELEASE,
      "build ROOT.policy -o IMAGE [--release] [--images DIR] [--headers DIR] [--lock FILE] [--json]\n"
      "    Writes the system image, and if asked the guests' C headers and the lock file with the predicted PCR values.\n"
      "    Guests are read from DIR/..., by default from beside the policy. On an error nothing is written.\n"
      "    --release wants every file signed as its authority demands, and the image of each subject of several labels pinned\n"
      "    by `trust`; other images call themselves unsigned.\n" },
    { "headers", command_headers, 1, 1, BIT(OPTION_HEADERS) | OPTION_JSON,
      "headers ROOT.policy --headers DIR [--json]\n"
      "    Writes DIR/SYSTEM.h, message structures and validators, and DIR/SYSTEM_channels.h, which has functions for each\n"
      "    channel that open its ends, send and receive one message or several, on the guest library. Needs no guests.\n" },
    { "dfdl", command_dfdl, 1, COMMAND_MAX_WORDS, BIT(OPTION_OUTPUT),
      "dfdl ROOT.policy [TYPE...] [-o FILE]\n"
      "    The message types, or those that are named, as a DFDL 1.0 schema: by which other tools read the same payloads and\n"
      "    check lengths, byte order, ranges, padding and conditions of types. What rules add to a type is not in it.\n" },
    { "test", command_test, 1, 1, OPTION_JSON,
      "test ROOT.policy [--json]\n"
      "    Runs the tests inside the policy: PASS or FAIL each.\n" },
    { "inspect", command_inspect, 1, 1, BIT(OPTION_VERIFY) | BIT(OPTION_IMAGES),
      "inspect IMAGE [--verify ROOT.policy [--images DIR]]\n"
      "    Checks a system image and shows it as text; of one that the kernel calls `image refused: REGION_ORDER`, or by\n"
      "    another name, says in words what is wrong; of components that are not what their digests say, which they are.\n"
      "    Exit status 2: the kernel refuses it. With --verify, a second reader derives every table from the policy\n"
      "    instead and names what differs; with --images also the guests' programs. Exit status 1: it differs.\n" },
    { "explain", command_explain, 4, COMMAND_MAX_WORDS, BIT(OPTION_STATE) | BIT(OPTION_PLAN) | OPTION_JSON,
      "explain ROOT.policy SUBJECT MESSAGE CHANNEL [FIELD=VALUE...] [--state PROTOCOL=STATE[:REGISTER],...] [--plan PLAN]\n"
      "        [--json]\n"
      "  bulkhead explain ROOT.policy SUBJECT restart|stop|switch OBJECT [--plan PLAN] [--json]\n"
      "    What the kernel would say of a message, a type or a sample, check by check: the rule that decides and where it\n"
      "    stands, the rule that comes nearest to allowing it, and why that does not. Values may have units: lat=60deg.\n"
      "    That of a whole array is a text, or bytes in hexadecimal: name=BOB key=00ff; of an element name[2]=7.\n"
      "    Protocols are in their first states, or as --state says; of an order it may also say `held` or `free`. The first\n"
      "    plan runs, or that of --plan. What is on a direct channel nobody judges: there it says who may write. The second\n"
      "    form asks about the use of a privilege over a subject or, for `switch`, a plan.\n" },
    { "explain-code", command_explain_code, 0, COMMAND_MAX_WORDS, BIT(OPTION_LIST),
      "explain-code CODE... | --list\n"
      "    What a diagnostic means, an example that provokes it, and the cure; the list of all.\n" },
    { "fmt", command_fmt, 1, COMMAND_MAX_WORDS, BIT(OPTION_CHECK),
      "fmt FILE... [--check]\n"
      "    Rewrites policies and platform files in their canonical layout; comments stay, the meaning cannot change. With `-`\n"
      "    from standard input to standard output. With --check, writes nothing and names the files that it would change.\n" },
    { "trace", command_trace, 1, 1, BIT(OPTION_CHECK) | BIT(OPTION_CSV) | BIT(OPTION_HTML) | OPTION_JSON,
      "trace ROOT.policy [--csv | --html | --json] [--check]\n"
      "    The matrix of threats, the requirements (`req`) that counter them, the rules and assertions that meet these, and\n"
      "    the tests inside the policy that show it. With --check, exit status 1 where a threat names no requirement, or one\n"
      "    that nothing meets.\n" },
    { "new", command_new, 1, 1, 0,
      "new NAME\n"
      "    Starts a project in the folder NAME: a policy, two guests in C, a Makefile; it builds and boots as it is.\n" },
    { "paths", command_paths, 3, 3, BIT(OPTION_ALL) | OPTION_JSON,
      "paths ROOT.policy FROM TO [--all] [--json]\n"
      "    Every simple way by which information can flow between two subjects or wires, the shortest first: kind, rule and\n"
      "    place of each step, and how many bits a second can flow: log2(values of the type + silence) times the rate.\n"
      "    The first 32 of them, and how many more there are, as far as a second's search finds them; --all prints each,\n"
      "    as it is found, however many there are.\n" },
    { "expand", command_expand, 1, 1, BIT(OPTION_STORED) | OPTION_JSON,
      "expand ROOT.policy [--check FILE] [--json]\n"
      "    A sorted line for each effective flow, and for each thing that bounds, records or proves flows: all that `diff`\n"
      "    compares. To be kept beside the policy: --check compares FILE byte for byte; exit status 1 if it is stale.\n" },
    { "diff", command_diff, 2, 2, OPTION_JSON,
      "diff OLD.policy NEW.policy [--json]\n"
      "    What NEW lets pass, limits, proves, records and demands signatures for otherwise, grouped by whose part says so;\n"
      "    at the end who has to sign, by whose files have other bytes (each authority signs the root).\n"
      "    Less of what closes something else (after which another rule's message is denied; a stop, a restart, a switch) is\n"
      "    wider as well. Exit status 0 if it is the same or narrower, 1 if anything is wider, 2 if either has errors.\n" },
    { "whatif", command_whatif, 1, 1, BIT(OPTION_ADD) | BIT(OPTION_REMOVE) | OPTION_JSON,
      "whatif ROOT.policy [--add 'STATEMENT; ...'] [--remove NAME,...] [--json]\n"
      "    The comparison of `diff` for statements added or removed, without editing a file, and what `check` would say. What\n"
      "    would be refused: first why, then what changes, but nothing says that it is narrower; exit status 2.\n" },
    { "graph", command_graph, 1, 1, BIT(OPTION_OUTPUT) | BIT(OPTION_DOT) | BIT(OPTION_SVG),
      "graph ROOT.policy --svg|--dot [-o FILE]\n"
      "    The flows as a picture, ready for a report (SVG) or to be laid out by Graphviz (DOT).\n" },
    { "sign", command_sign, 1, 1, BIT(OPTION_KEY) | BIT(OPTION_AS),
      "sign PART --key KEY.pem [--as NAME]\n"
      "    Signs a file of a policy: PART.sig, or PART.NAME.sig where several sign. ECDSA or RSA over SHA-256, as\n"
      "    `openssl dgst -sha256 -verify KEY.pub -signature PART.sig PART` checks it.\n" },
    { "verify", command_verify, 1, 1, BIT(OPTION_KEY) | OPTION_JSON,
      "verify ROOT.policy [--json] | verify PART --key KEYS.pub\n"
      "    Checks that every file of a policy is signed as `build --release` demands, or one against a file of keys.\n" },
};
#define COMMAND_COUNT (sizeof commands / sizeof commands[0])

static void print_usage(FILE *out, const struct command *only)
{
    fprintf(out, "usage:\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (only == NULL || only == &commands[i]) fprintf(out, "  bulkhead %s", commands[i].help);
    }
    fprintf(out, "exit status: 0 done, 1 the policy has errors or a test fails, 2 wrong usage or a file problem\n");
}

static int refuse(const struct command *c, const char *argument)
{
    diag_complain("%s does not take `%s`; see bulkhead %s --help", c->name, argument, c->name);
    return 0;
}

static bool take_flag(const struct command *c, struct options *o, const char *word)
{
    if (strcmp(word, "--json") == 0 && (c->options & OPTION_JSON)) return o->json = true;
    if (strcmp(word, "--release") == 0 && (c->options & OPTION_RELEASE)) return o->release = true;
    for (unsigned i = OPTION_FIRST_FLAG; i < OPTION_COUNT; i++) {
        if (strcmp(option_words[i], word) != 0 || !(c->options & BIT(i))) continue;
        o->value[i] = word;
        return true;
    }
    return false;
}

/* `--option VALUE` or `--option=VALUE`; returns how many arguments that took, or 0 after a message. */
static int take_option(const struct command *c, struct options *o, int left, char *const *arguments)
{
    const char *word = arguments[0], *equals = strchr(word, '=');
    size_t length = equals != NULL ? (size_t)(equals - word) : strlen(word);
    if (take_flag(c, o, word)) return 1;
    for (unsigned i = 0; i < OPTION_FIRST_FLAG; i++) {
        if (strncmp(option_words[i], word, length) != 0 || option_words[i][length] != '\0' || !(c->options & BIT(i))) continue;
        const char *value = equals != NULL ? equals + 1 : left > 1 ? arguments[1] : "";
        if (*value == '\0' || o->value[i] != NULL) {
            diag_complain("%s %s", option_words[i], *value == '\0' ? "wants a value" : "is given twice");
            return 0;
        }
        o->value[i] = value;
        return equals != NULL ? 1 : 2;
    }
    return refuse(c, word);
}

/* Behind `--`, nothing is an option. */
static int take_argument(const struct command *c, struct options *o, int left, char *const *arguments)
{
    bool is_option = arguments[0][0] == '-' && arguments[0][1] != '\0' && !o->only_words;
    if (is_option && strcmp(arguments[0], "--") == 0) {
        o->only_words = true;
        return 1;
    }
    if (is_option) return take_option(c, o, left, arguments);
    if (o->word_count == c->max_words) return refuse(c, arguments[0]);
    o->words[o->word_count++] = arguments[0];
    return 1;
}

static bool is_help(const char *argument)
{
    return strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0;
}

/* Names the first argument that is not there, as the command's help calls it. */
static int lack_argument(const struct command *c, unsigned given)
{
    const char *word = c->help;
    for (unsigned i = 0; i <= given; i++) word += strcspn(word, " ") + 1;
    size_t length = strcspn(word, " \n");
    if (length > 3 && strncmp(word + length - 3, "...", 3) == 0) length -= 3;
    diag_complain("%s lacks its argument %.*s", c->name, (int)length, word);
    print_usage(stderr, c);
    return EXIT_USAGE;
}

static int run_command(const struct command *c, int count, char *const *arguments)
{
    struct options o = { 0 };
    struct arena a = { 0 };
    for (int at = 0; at < count;) {
        if (is_help(arguments[at]) && !o.only_words) {
            print_usage(stdout, c);
            return EXIT_GOOD;
        }
        int taken = take_argument(c, &o, count - at, arguments + at);
        if (taken == 0) return EXIT_USAGE;
        at += taken;
    }
    if (o.word_count < c->min_words) return lack_argument(c, o.word_count);
    progress_start(c->name);
    int status = c->run(&a, &o);
    progress_end();
    arena_release(&a);
    return status;
}

/* Short, so that it is seen: the whole usage is longer than a screen. */
static void refuse_command(const char *name)
{
    struct arena a = { 0 };
    const char *names[COMMAND_COUNT];
    for (size_t i = 0; i < COMMAND_COUNT; i++) names[i] = commands[i].name;
    diag_complain("there is no command `%s`%s", name, names_suggest(&a, name, names, COMMAND_COUNT));
    fprintf(stderr, "there are:");
    for (size_t i = 0; i < COMMAND_COUNT; i++) fprintf(stderr, " %s", names[i]);
    fprintf(stderr, "; see bulkhead help\n");
    arena_release(&a);
}

static const struct command *command_find(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(commands[i].name, name) == 0) return &commands[i];
    }
    if (*name != '\0') refuse_command(name);
    return NULL;
}

static int run(int count, char **arguments)
{
    const char *name = count > 1 ? arguments[1] : "";
    if (strcmp(name, "--version") == 0) {
        printf("bulkhead: image format %u\n", IMAGE_FORMAT);
        return EXIT_GOOD;
    }
    bool help = is_help(name) || strcmp(name, "help") == 0;
    const char *command = help ? (count > 2 ? arguments[2] : "") : name;
    const struct command *about = command_find(command);
    if (about != NULL && !help) return run_command(about, count - 2, arguments + 2);
    if (about == NULL && *command != '\0') return EXIT_USAGE;
    if (*name == '\0') diag_complain("lacks a command");
    print_usage(help ? stdout : stderr, about);
    return help ? EXIT_GOOD : EXIT_USAGE;
}

/* A standard stream that is closed must not become the next file that is opened: it gets one that takes and gives nothing. */
static void keep_standard_streams(void)
{
    for (int i = 0; i <= STDERR_FILENO; i++) {
        if (fcntl(i, F_GETFD) < 0) open("/dev/null", i == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    }
}

/* An answer that did not get out is none. */
int main(int count, char **arguments)
{
    keep_standard_streams();
    signal(SIGXFSZ, SIG_IGN);         /* a file that may not grow further is a write that fails */
    int status = run(count, arguments);
    bool failed = ferror(stdout) != 0;
    if (fclose(stdout) == 0 && !failed) return status;
    diag_complain("standard output cannot be written: %s", strerror(errno));
    return EXIT_USAGE;
}
