/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commands of the program `bulkhead`: what each is given, and what they have in common. A command is one function, listed with
 * its options and its help in main.c.
 */
#pragma once

#include "compiler/build.h"
#include "compiler/output.h"
#include "compiler/signature.h"

/* 1: the policy has errors, its tests fail, or what was compared differs; 2: wrong usage, or a file problem. */
enum command_exit { EXIT_GOOD, EXIT_POLICY, EXIT_USAGE };

enum { COMMAND_MAX_WORDS = 256 };

/* Options; the last ones have no value, and are their own. `--check` of expand has one, those of fmt and trace have none. */
enum command_option {
    OPTION_OUTPUT, OPTION_IMAGES, OPTION_HEADERS, OPTION_LOCK, OPTION_STATE, OPTION_PLAN, OPTION_STORED, OPTION_ADD,
    OPTION_REMOVE, OPTION_KEY, OPTION_AS, OPTION_VERIFY, OPTION_CHECK, OPTION_LIST, OPTION_CSV, OPTION_HTML, OPTION_DOT,
    OPTION_SVG, OPTION_ALL, OPTION_NO_IMAGES, OPTION_COUNT,
    OPTION_FIRST_FLAG = OPTION_CHECK
};

struct options {
    const char *words[COMMAND_MAX_WORDS];     /* what is not an option, in its order; the first is the policy or the image */
    unsigned word_count;
    const char *value[OPTION_COUNT];          /* NULL: not given */
    bool json, release;
    bool only_words;                  /* behind `--` */
};

typedef int command_function(struct arena *a, const struct options *o);

command_function command_check, command_test, command_headers, command_build, command_inspect, command_sign, command_verify;
command_function command_explain, command_explain_code, command_fmt, command_new, command_trace;
command_function command_paths, command_expand, command_diff, command_whatif, command_graph, command_dfdl;

/* Reads and checks the policy in words[0] and makes its tables; false if it is not whole (diag_is_whole()), else with errors or
 * without. */
bool command_read_policy(struct arena *a, const struct options *o, struct policy *p, struct build *b);
/* Makes the tables of a policy that has been read; false if it has errors. */
bool command_build_tables(struct build *b, struct policy *p);

/* A word of the command line as a name in a source of its own, so that what is wrong with it is shown as everywhere. */
struct name command_word(struct policy *p, const char *word);

/* Prints the diagnostics as the options say; returns the exit status that they lead to. */
int command_print_result(struct policy *p, const struct options *o);
/* The same, but a JSON object is left open for members of the command's own. */
int command_print_members(struct policy *p, const struct options *o);
/* Prints the diagnostics and why nothing comes of it though the policy may have no errors; returns EXIT_USAGE. */
int command_refuse(struct policy *p, const struct options *o, const char *why);

/* The directory of the guests' files: that of --images, or the policy's own. */
const char *command_images(struct arena *a, const struct options *o);
/* What is read is not written over: the policy's files and the guests', and those that vouch for them. */
void command_keep_inputs(struct output *out, const struct options *o, const struct policy *p);
void command_keep_signatures(struct output *out, const signed_files *all);
/* Writes the files, or prints why not; an exit status. */
int command_write(struct output *out);
