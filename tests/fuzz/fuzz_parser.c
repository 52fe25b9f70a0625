/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parser alone on arbitrary text, as a root, as an authority's part or as a platform; nothing is resolved or checked. A text
 * that it takes without a word has no more statements than bytes.
 */
#include <stdlib.h>
#include <string.h>
#include "language/parser.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint32_t statements(const struct policy *p)
{
    return p->types.count + p->subjects.count + p->channels.count + p->allows.count + p->restricts.count + p->protocols.count +
           p->nevers.count + p->tests.count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static FILE *nowhere;
    static const struct authority nobody = { .name = { .text = "nobody" } };
    struct arena memory = { 0 };
    struct policy p = { .arena = &memory, .sources.arena = &memory, .diag = { .arena = &memory } };
    if (size == 0 || size > SOURCE_MAX_SIZE) return 0;
    if (nowhere == NULL) nowhere = fopen("/dev/null", "w");
    p.diag.sources = &p.sources;
    char *text = arena_copy_text(&memory, (const char *)data + 1, size - 1);
    uint32_t file = source_add(&p.sources, "x.policy", "x.policy", text, size - 1);
    struct part part = { .authority = &nobody };
    switch (data[0] % 4) {
    case 0: parse_platform_file(&p, file); break;
    case 1: parse_part(&p, file, &part); break;
    default: parse_part(&p, file, NULL); break;
    }
    if (statements(&p) > size) abort();
    diag_print(&p.diag, nowhere);
    arena_release(&memory);
    return 0;
}
