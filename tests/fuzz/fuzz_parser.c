/* SPDX-License-Identifier: Apache-2.0 */
/* The parser alone on arbitrary text: as the root, as a part and as a platform's file. */
#include <stdlib.h>
#include <string.h>
#include "language/parser.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum file_kind { ROOT, PART, PLATFORM, FILE_KINDS };

static void parse(enum file_kind kind, const char *text, size_t size, FILE *nowhere)
{
    static const struct part part;
    struct arena memory = { 0 };
    struct policy p = { .arena = &memory, .sources.arena = &memory, .diag.arena = &memory };
    p.diag.sources = &p.sources;
    source_add(&p.sources, "input", "input", text, size);
    if (kind == PLATFORM)
        parse_platform_file(&p, 0);
    else
        parse_part(&p, 0, kind == ROOT ? NULL : &part);
    if (p.diag.messages.count > DIAG_MAX || p.diag.messages.count > p.diag.errors + p.diag.warnings) abort();
    diag_print(&p.diag, nowhere);
    diag_print_json(&p.diag, nowhere);
    arena_release(&memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static FILE *nowhere;
    if (nowhere == NULL) nowhere = fopen("/dev/null", "w");
    char *text = malloc(size + 1);                       /* of the exact size: a read beyond it is found */
    memcpy(text, data, size);
    text[size] = '\0';
    for (unsigned kind = ROOT; kind < FILE_KINDS; kind++) parse((enum file_kind)kind, text, size, nowhere);
    free(text);
    return 0;
}
