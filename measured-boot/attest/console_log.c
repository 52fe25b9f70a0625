/* SPDX-License-Identifier: Apache-2.0 */
/* See console_log.h. */
#include "console_log.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "hex.h"
#include "report.h"

#define MAX_LINE 256                  /* a measure line has at most 7 + 1 + 31 + 8 + 64 + 7 characters */
#define MAX_LOG (64u << 20)

/* Reads the line up to its end, or what fits of it: the rest is then passed over. False at the end of the file. */
static bool next_line(FILE *f, char line[MAX_LINE])
{
    if (!fgets(line, MAX_LINE, f)) return false;
    size_t length = strlen(line);
    if (length + 1 == MAX_LINE && line[length - 1] != '\n') {
        for (int c = fgetc(f); c != '\n' && c != EOF;) c = fgetc(f);
    }
    line[strcspn(line, "\r\n")] = '\0';
    return true;
}

/* Whether the line is a measure line for `pcr`; if so, adds its piece. */
static bool take_line(const char *line, uint32_t pcr, struct lock_pieces *pieces)
{
    static const char begin[] = "measure ", middle[] = " sha256=";
    char end[16];
    if (strncmp(line, begin, sizeof begin - 1) != 0) return false;
    const char *name = line + sizeof begin - 1;
    size_t length = strcspn(name, " ");
    if (length == 0 || length >= LOCK_NAME || strncmp(name + length, middle, sizeof middle - 1) != 0) return false;
    const char *digest = name + length + sizeof middle - 1;
    if (!hex_read(digest, pieces->digests[pieces->count], PREDICT_PIECE)) return false;
    snprintf(end, sizeof end, " pcr=%u", pcr);
    if (strcmp(digest + 2 * PREDICT_PIECE, end) != 0) return false;
    memcpy(pieces->names[pieces->count], name, length);
    pieces->names[pieces->count++][length] = '\0';
    return true;
}

bool console_log_read(const char *path, uint32_t pcr, struct lock_pieces *pieces)
{
    char line[MAX_LINE];
    FILE *f = fopen(path, "rb");
    pieces->count = 0;
    if (!f) {
        report_error("%s: %s", path, strerror(errno));
        return false;
    }
    while (pieces->count < LOCK_MAX_PIECES && ftell(f) < (long)MAX_LOG && next_line(f, line)) take_line(line, pcr, pieces);
    bool good = feof(f) && !ferror(f);
    if (!good) report_error("%s: cannot be read to its end, or is larger than any console log", path);
    fclose(f);
    return good;
}
