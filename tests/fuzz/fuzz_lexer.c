/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lexer on arbitrary bytes. Tokens stand one behind the other within the text, none is empty but the end, which stays the
 * end; a byte that is in no token, blank or comment has been reported.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "language/lexer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool good, const char *what)
{
    if (good) return;
    fprintf(stderr, "ERROR: %s\n", what);
    abort();
}

/* Whether what lies between two tokens is blank or comments. */
static bool is_blank(const char *text, size_t from, size_t to)
{
    for (bool comment = false; from < to; from++) {
        comment = text[from] == '#' || (comment && text[from] != '\n');
        if (!comment && memchr(" \t\r\n", text[from], 4) == NULL) return false;
    }
    return true;
}

static void check(struct lexer *l)
{
    size_t size = l->source->size, end = 0, count = 0;
    for (struct token t = lexer_next(l); ; t = lexer_next(l)) {
        require(t.at.offset >= end && t.at.length <= size && t.at.offset <= size - t.at.length, "tokens overlap or leave");
        require(is_blank(l->source->text, end, t.at.offset) || l->diag->errors > 0, "bytes passed without a report");
        require(t.kind == TOKEN_NUMBER || t.text != NULL, "no text");
        require(t.kind != TOKEN_NUMBER || t.digits >= 0, "a negative number");
        end = t.at.offset + t.at.length;
        if (t.kind == TOKEN_END) break;
        require(t.at.length > 0 && ++count <= size, "an empty token");
    }
    require(lexer_next(l).kind == TOKEN_END && l->at == size, "something behind the end");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static FILE *nowhere;
    struct arena memory = { 0 };
    struct sources sources = { .arena = &memory };
    struct diag diag = { .arena = &memory, .sources = &sources };
    if (nowhere == NULL) nowhere = fopen("/dev/null", "w");
    char *text = malloc(size + 1);                       /* of the exact size: a read beyond it is found */
    memcpy(text, data, size);
    text[size] = '\0';
    source_add(&sources, "input", "input", text, size);
    check(&(struct lexer){ .arena = &memory, .diag = &diag, .source = sources.files.items[0] });
    diag_print(&diag, nowhere);
    free(text);
    arena_release(&memory);
    return 0;
}
