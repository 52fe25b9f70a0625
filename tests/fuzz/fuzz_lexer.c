/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lexer on arbitrary bytes: tokens lie in the text one behind the other, there are no more of them than bytes, and behind the
 * end there is nothing for ever. What it reports is printed.
 */
#include <stdlib.h>
#include <string.h>
#include "language/lexer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static FILE *nowhere;
    struct arena memory = { 0 };
    struct sources sources = { .arena = &memory };
    struct diag diag = { .arena = &memory, .sources = &sources };
    if (size > SOURCE_MAX_SIZE) return 0;
    if (nowhere == NULL) nowhere = fopen("/dev/null", "w");
    uint32_t file = source_add(&sources, "x.policy", "x.policy", arena_copy_text(&memory, (const char *)data, size), size);
    struct lexer l = { .arena = &memory, .diag = &diag, .source = sources.files.items[file], .file = file };
    struct token t;
    size_t end = 0, count = 0;
    while ((t = lexer_next(&l)).kind != TOKEN_END) {
        if (t.at.offset < end || t.at.length == 0 || t.at.offset + t.at.length > size || ++count > size) abort();
        end = t.at.offset + t.at.length;
    }
    if (lexer_next(&l).kind != TOKEN_END) abort();
    diag_print(&diag, nowhere);
    diag_print_json(&diag, nowhere);
    arena_release(&memory);
    return 0;
}
