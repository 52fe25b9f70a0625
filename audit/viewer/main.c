/* SPDX-License-Identifier: Apache-2.0 */
/* bulkhead-audit: verifies an audit log. Exit status 0: verified, 1: not, 2: it could not be tried. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include "report.h"

enum { VERIFIED = 0, NOT_VERIFIED = 1, NOT_TRIED = 2 };

struct arguments {
    const char *console, *image, *log;
    bool json;
};

static const char usage[] =
    "usage: bulkhead-audit verify --console FILE [--image FILE] [--json] LOG\n"
    "  LOG             what the audit subject wrote: RFC 5424 lines, `-' for standard input\n"
    "  --console FILE  the kernel's console (COM1), with the heads that it printed at the end\n"
    "  --image FILE    the system image that ran: its catalogue says what the names must be\n"
    "  --json          one JSON object instead of text\n";

static bool parse_arguments(int argc, char **argv, struct arguments *a)
{
    static const struct option options[] = {
        { "console", required_argument, NULL, 'c' }, { "image", required_argument, NULL, 'i' },
        { "json", no_argument, NULL, 'j' },          { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    *a = (struct arguments){ 0 };
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 'c': a->console = optarg; break;
        case 'i': a->image = optarg; break;
        case 'j': a->json = true; break;
        case 'h': fputs(usage, stdout); exit(VERIFIED);
        default: return false;
        }
    }
    if (argc - optind != 2 || strcmp(argv[optind], "verify") != 0 || a->console == NULL) return false;
    a->log = argv[optind + 1];
    return true;
}

static bool open_names(struct names *names, const char *path)
{
    struct slice image;
    if (path == NULL) return true;
    if (!input_read(path, &image)) return false;
    bool good = names_open_image(names, image);
    free((void *)image.data);
    return good;
}

/* False if it could not be tried; a message has said why. */
static bool run(const struct arguments *a, struct verify *v, bool *verified)
{
    struct heads heads[IMAGE_MAX_CPUS];
    struct slice console, log;
    if (!open_names(&v->names, a->image) || !input_read(a->console, &console)) return false;
    bool good = heads_read(console, heads);
    free((void *)console.data);
    if (!good || !input_read(strcmp(a->log, "-") == 0 ? "/dev/stdin" : a->log, &log)) return false;
    *verified = verify_log(v, heads, log);
    free((void *)log.data);
    return true;
}

int main(int argc, char **argv)
{
    static struct verify v;
    struct arguments a;
    bool verified = false;
    if (!parse_arguments(argc, argv, &a)) {
        fputs(usage, stderr);
        return NOT_TRIED;
    }
    bool tried = run(&a, &v, &verified);
    if (tried) (a.json ? report_json : report_text)(stdout, &v);
    verify_free(&v);
    if (!tried || fflush(stdout) != 0) return NOT_TRIED;
    return verified ? VERIFIED : NOT_VERIFIED;
}
