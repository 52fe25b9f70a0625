/* SPDX-License-Identifier: Apache-2.0 */
/* The formatter on arbitrary text: what it writes says the same, and is what it would write of that again. */
#include <stdlib.h>
#include <string.h>
#include "compiler/format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum format_result format(struct arena *a, const char *text, size_t size, struct text *out)
{
    struct policy p = { .arena = a, .sources.arena = a, .diag.arena = a };
    *out = (struct text){ .arena = a };
    p.diag.sources = &p.sources;
    source_add(&p.sources, "input", "input", arena_copy_text(a, text, size), size);
    return format_policy(&p, out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena memory = { 0 };
    struct text once, twice;
    enum format_result result = format(&memory, (const char *)data, size, &once);
    if (result == FORMAT_WRONG) abort();
    if (result == FORMAT_GOOD && once.size > 0) {
        if (format(&memory, once.bytes, once.size, &twice) != FORMAT_GOOD) abort();
        if (once.size != twice.size || memcmp(once.bytes, twice.bytes, once.size) != 0) abort();
    }
    arena_release(&memory);
    return 0;
}
