/* SPDX-License-Identifier: Apache-2.0 */
/* bulkhead-attest: reads a TPM's PCRs and compares them with what the policy compiler predicted. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "compare.h"
#include "console_log.h"
#include "output.h"
#include "report.h"

struct options {
    const char *tcti, *lock, *console;
    bool json;
};

static void print_usage(FILE *to)
{
    fputs("usage: bulkhead-attest pcrs --tcti TCTI [--json]\n"
          "       bulkhead-attest compare --lock LOCK.json --tcti TCTI [--console console.log] [--json]\n"
          "\n"
          "pcrs     prints every PCR of every bank that the TPM has.\n"
          "compare  holds the PCR that LOCK.json names against the values that it predicts. With --console, names the\n"
          "         components whose `measure` lines differ from the lock file's digests.\n"
          "TCTI     the TPM's address as tpm2-tss writes it: device:/dev/tpmrm0, swtpm:path=SOCKET\n"
          "\n"
          "exit status: 0 equal (pcrs: read), 1 differs, 2 error\n", to);
}

/* False after a report. */
static bool parse_options(int argc, char **argv, struct options *o)
{
    static const struct option known[] = {
        { "tcti", required_argument, NULL, 't' }, { "lock", required_argument, NULL, 'l' },
        { "console", required_argument, NULL, 'c' }, { "json", no_argument, NULL, 'j' },
        { "help", no_argument, NULL, 'h' }, { NULL, 0, NULL, 0 },
    };
    for (int c; (c = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        switch (c) {
        case 't': o->tcti = optarg; break;
        case 'l': o->lock = optarg; break;
        case 'c': o->console = optarg; break;
        case 'j': o->json = true; break;
        case 'h': print_usage(stdout); exit(EXIT_SUCCESS);
        default: print_usage(stderr); return false;
        }
    }
    if (optind == argc && o->tcti) return true;
    if (optind < argc) {
        report_error("unexpected argument `%s`", argv[optind]);
    } else {
        report_error("--tcti is missing: which TPM?");
    }
    print_usage(stderr);
    return false;
}

static int run_pcrs(const struct options *o)
{
    static struct pcrs pcrs;
    if (o->lock || o->console) {
        report_error("`pcrs` takes no --lock and no --console; did you mean `compare`?");
        return ATTEST_ERROR;
    }
    if (!pcrs_read(o->tcti, &pcrs)) return ATTEST_ERROR;
    output_pcrs(&pcrs, o->json);
    return ATTEST_EQUAL;
}

static int compare(const struct lock *lock, const struct options *o)
{
    static struct pcrs pcrs;
    static struct lock_pieces seen;
    if (o->console && !console_log_read(o->console, lock->pcr, &seen)) return ATTEST_ERROR;
    if (!pcrs_read(o->tcti, &pcrs)) return ATTEST_ERROR;
    struct comparison c = compare_values(lock, &pcrs);
    if (!c.comparable) {
        report_error("the TPM has none of the banks that %s predicts", o->lock);
        return ATTEST_ERROR;
    }
    output_comparison(lock, &pcrs, &c, o->console ? &seen : NULL, o->json);
    return c.equal ? ATTEST_EQUAL : ATTEST_DIFFERS;
}

static int run_compare(const struct options *o)
{
    if (!o->lock) {
        report_error("--lock is missing: compare with what?");
        return ATTEST_ERROR;
    }
    struct lock *lock = lock_read(o->lock);
    int status = lock ? compare(lock, o) : ATTEST_ERROR;
    free(lock);
    return status;
}

int main(int argc, char **argv)
{
    struct options o = { 0 };
    if (argc >= 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0)) {
        print_usage(stdout);
        return EXIT_SUCCESS;
    }
    bool pcrs = argc >= 2 && strcmp(argv[1], "pcrs") == 0;
    if (!pcrs && (argc < 2 || strcmp(argv[1], "compare") != 0)) {
        print_usage(stderr);
        return ATTEST_ERROR;
    }
    if (!parse_options(argc - 1, argv + 1, &o)) return ATTEST_ERROR;
    int status = pcrs ? run_pcrs(&o) : run_compare(&o);
    return fflush(stdout) == 0 ? status : ATTEST_ERROR;
}
