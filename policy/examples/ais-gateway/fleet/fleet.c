/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Usage: fleet [--reports N] [--seed N] [--damaged PERCENT] [--expect FILE] [--counts FILE]
 *
 * Writes AIS sentences to standard output, the same ones for the same options everywhere; to --expect what the gateway must
 * deliver, as JSON lines; to --counts how many of which kind, as one JSON object.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "traffic.h"

enum { FLEET_USAGE = 2, FLEET_REPORTS = 2000, FLEET_REPORTS_MAX = 10000000, FLEET_DAMAGED = 5, FLEET_DAMAGED_MAX = 1000 };

static const char fleet_usage[] = "usage: fleet [--reports N] [--seed N] [--damaged PERCENT] [--expect FILE] [--counts FILE]";
static const char fleet_help[] =
    "  --reports N        position reports to send, 2000 if not said\n"
    "  --seed N           another fleet for each number, 1 if not said\n"
    "  --damaged PERCENT  damaged sentences for each hundred, 5 if not said\n"
    "  --expect FILE      writes what the gateway must deliver, as JSON lines\n"
    "  --counts FILE      writes how many of which kind there are, as one JSON object\n";

_Noreturn static void fleet_stop(int status, const char *what, const char *which)
{
    fprintf(stderr, "fleet: %s%s\n%s\n", what, which, status == FLEET_USAGE ? fleet_usage : strerror(errno));
    exit(status);
}

/* A number in decimal, at most `max`; a percent sign may follow. */
static uint64_t fleet_number(const char *option, const char *text, uint64_t max)
{
    char *end;

    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (*end == '%') end++;
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || value > max) {
        fleet_stop(FLEET_USAGE, "not a number in range: ", option);
    }
    return value;
}

static FILE *fleet_open(const char *path)
{
    FILE *file = fopen(path, "w");

    if (file == NULL) fleet_stop(EXIT_FAILURE, "cannot write ", path);
    return file;
}

static void fleet_close(FILE *file, const char *path)
{
    bool failed = ferror(file) != 0;

    if (fclose(file) != 0 || failed) fleet_stop(EXIT_FAILURE, "cannot write ", path);
}

static void fleet_write_counts(const char *path, const struct traffic_counts *c)
{
    FILE *file = fleet_open(path);

    fprintf(file,
            "{\"lines\": %u, \"sentences\": %u, \"damaged\": %u, \"lost_parts\": %u, \"messages\": %u, \"ignored\": %u, "
            "\"misfits\": %u, \"reports\": %u, \"inside\": %u, \"refused\": %u, \"delivered\": %u}\n",
            c->lines, c->sentences, c->damaged, c->lost_parts, c->messages, c->ignored, c->misfits, c->reports, c->inside,
            c->refused, c->delivered);
    fleet_close(file, path);
}

int main(int argc, char **argv)
{
    struct traffic_options options = { .reports = FLEET_REPORTS, .seed = 1, .damaged = FLEET_DAMAGED };
    const char *expect = NULL, *counts = NULL;

    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        printf("%s\n%s", fleet_usage, fleet_help);
        return EXIT_SUCCESS;
    }
    for (int i = 1; i < argc; i += 2) {
        const char *name = argv[i], *value = argv[i + 1];
        if (value == NULL) fleet_stop(FLEET_USAGE, "no value or no such option: ", name);
        if (strcmp(name, "--reports") == 0) options.reports = (uint32_t)fleet_number(name, value, FLEET_REPORTS_MAX);
        else if (strcmp(name, "--seed") == 0) options.seed = fleet_number(name, value, UINT64_MAX);
        else if (strcmp(name, "--damaged") == 0) options.damaged = (uint32_t)fleet_number(name, value, FLEET_DAMAGED_MAX);
        else if (strcmp(name, "--expect") == 0) expect = value;
        else if (strcmp(name, "--counts") == 0) counts = value;
        else fleet_stop(FLEET_USAGE, "no such option: ", name);
    }
    FILE *delivered = expect == NULL ? NULL : fleet_open(expect);
    struct traffic_counts result = traffic_write(&options, stdout, delivered);

    if (delivered != NULL) fleet_close(delivered, expect);
    if (counts != NULL) fleet_write_counts(counts, &result);
    fleet_close(stdout, "standard output");
    return EXIT_SUCCESS;
}
