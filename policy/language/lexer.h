/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens of the policy language. The text is untrusted: any byte may come. */
#pragma once

#include "language/diag.h"

/* Wide enough for every sum and product of two 64-bit values that the compiler forms. */
__extension__ typedef __int128 wide;

enum token_kind {
    TOKEN_END, TOKEN_WORD, TOKEN_NUMBER, TOKEN_STRING,
    TOKEN_MARK                        /* punctuation; its text says which */
};

struct token {
    enum token_kind kind;
    struct place at;
    const char *text;                 /* word, mark, or the string without its quotes */
    wide digits;                      /* number: the value times 10 to the power of `decimals` */
    uint32_t decimals;
    bool is_character;                /* number: written as 'X' */
    bool bad;                         /* it has been reported: what its value says is not worth another report */
};

struct lexer {
    struct arena *arena;
    struct diag *diag;
    const struct source *source;
    uint32_t file;
    size_t at;
    uint32_t told_line;               /* bytes of this line that are no UTF-8: the first one is reported */
    uint32_t told_unused;             /* runs of characters without use in this line: likewise */
};

/* The next token. After the end of the text it is TOKEN_END for ever. What is no token is reported and skipped. */
struct token lexer_next(struct lexer *l);
