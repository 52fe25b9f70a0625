/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Diagnostics: collected while a policy is read and checked, printed in the order of the text. Never more than DIAG_MAX: what
 * comes after is counted only.
 */
#pragma once

#include <stdio.h>
#include "language/diag_codes.h"
#include "language/lost.h"
#include "language/source.h"

#define DIAG_MAX 100u

enum diag_severity { DIAG_ERROR, DIAG_WARNING };

struct diag_note { struct place at; const char *text; };

struct diag_message {
    enum diag_severity severity;
    enum diag_code code;
    struct place at;
    const char *text;
    uint32_t order;                   /* keeps messages of one place as they came */
    LIST(struct diag_note) notes;
};

struct diag {
    struct arena *arena;
    const struct sources *sources;
    uint32_t errors, warnings;        /* all of them */
    uint32_t judgements;              /* errors by which a whole policy is not as it should be */
    uint32_t followed[2];             /* among them, by severity: those that only follow from what could not be read */
    struct diag_message *last;        /* takes the next notes; NULL: it was not kept */
    LIST(struct diag_message) messages;
    struct lost lost_names, lost_words;       /* what unread statements declare, and all that they say */
    bool is_incomplete;               /* a file of the policy could not be read, or is not known */
};

#define DIAG_PRINTF(text, first) __attribute__((format(printf, text, first)))
DIAG_PRINTF(4, 5) void diag_error(struct diag *d, enum diag_code code, struct place at, const char *format, ...);
DIAG_PRINTF(4, 5) void diag_warn(struct diag *d, enum diag_code code, struct place at, const char *format, ...);
/* What stands at this place could not be read: later checks do not miss what it says. */
void diag_lose(struct diag *d, struct place at);
/* Whether no error but judgements hinders what builds on the policy: its tables, tests and layout. */
bool diag_is_whole(const struct diag *d);
/* Whether there are more messages than are kept. */
bool diag_is_cut(const struct diag *d);
/* Belongs to the message before. A place of PLACE_NOWHERE adds a line without a source. */
DIAG_PRINTF(3, 4) void diag_note(struct diag *d, struct place at, const char *format, ...);

/* Text that may hold anything, without control characters; or as a JSON string with its quotes, bytes that are not UTF-8 being
 * U+FFFD. */
void diag_print_text(const char *text, FILE *out);
void diag_json_text(const char *text, FILE *out);

/* A line of the program's own, "bulkhead: ...", on standard error; what is quoted may be anything. */
DIAG_PRINTF(1, 2) void diag_complain(const char *format, ...);

/* Text for people, or one JSON object for tools. */
void diag_print(struct diag *d, FILE *out);
void diag_print_json(struct diag *d, FILE *out);
/* The members of that object without its braces, for one that has others; of several policies' diagnostics together. */
void diag_print_json_members(struct diag *const *all, uint32_t count, FILE *out);
